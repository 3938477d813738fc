/* runner: does what is due, one job after the other.
 *
 * Knows neither lanes nor clocks: daemon/jobs.c does. Threads: one, which owns the struct db.
 */
#ifndef JOB_RUNNER_H
#define JOB_RUNNER_H

#include "job/job.h"

/* So long may a job that was put without a word (crm.job_put()) wait to be seen. */
#define JOB_LOOK_MS 5000

/* After so many failures in a row a job is an error, and no longer a warning, in the log. */
#define JOB_PATIENCE 6

struct job_runner;

struct job_settings {
    const struct job_kind *const *rooms; /* arrays of kinds, ended by NULL */
    const char *staff_domain, *customer_domain;
    /* Called once after commit for each channel of crm.outbox that has new rows; may be NULL. */
    void (*touched)(void *context, const char *channel);
    void *context;
};

/* The settings are copied, what they point to must outlive the runner. A wrong row is a bug. */
struct job_runner *job_runner_new(const struct job_settings *settings);
void job_runner_free(struct job_runner *runner);

enum job_step {
    JOB_STEP_RAN,    /* something was due: there may be more */
    JOB_STEP_NONE,   /* nothing is */
    JOB_STEP_AWAY,   /* the database is away: later */
    JOB_STEP_FENCED, /* another crmd is in charge: this process must end */
};

/* Does the job that has been due for longest, if there is one, under the lease `epoch`. */
enum job_step job_runner_step(struct job_runner *runner, struct db *db, int64_t epoch, const char *web_url);

/* How many milliseconds there is nothing to do for; at most JOB_LOOK_MS. */
int64_t job_runner_wait(struct job_runner *runner, struct db *db);

#endif
