/* jobs: the bulk lane, in which jobs run (job/runner.h), with a database connection of its own, so that
 * nothing slow delays a chat or a command.
 *
 * The lane's queue holds no jobs but wake-ups: one at most, however often it is woken. Jobs are rows, and
 * wait there. Threads: jobs_wake() from any.
 */
#ifndef DAEMON_JOBS_H
#define DAEMON_JOBS_H

#include "job/job.h"

struct daemon;
struct jobs;

struct jobs_settings {
    struct daemon *daemon;
    const struct job_kind *const *rooms; /* job/runner.h */
    const struct db_settings *database;
    const char *web_url;
};

struct jobs *jobs_new(const struct jobs_settings *settings);

/* Ends the lane; a job that is at work is committed first, what is due otherwise waits for the next crmd. */
void jobs_stop(struct jobs *jobs);
void jobs_free(struct jobs *jobs); /* only after jobs_stop() */

/* Something may be due: this crmd has begun to lead, or a job was put that is due soon. */
void jobs_wake(struct jobs *jobs);

/* Any thread: links begin with this address from the next job on. It must outlive the lane. */
void jobs_set_web_url(struct jobs *jobs, const char *web_url);

#endif
