/* lane: a worker thread that owns one database connection and runs plain blocking code.
 *
 * Lanes share nothing but their queues. A full queue refuses: the sender is told to wait, memory never grows.
 * A lane hands its handler all the jobs that wait, up to a limit, so that they can share one transaction.
 * Threads: lane_push() from any; the handler runs in the lane's own.
 */
#ifndef DB_LANE_H
#define DB_LANE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/metric.h"
#include "db/unit.h"

struct lane;

/* What lanes of one kind report. */
struct lane_metrics {
    enum metric queued, busy, jobs, turn, wait;
};

struct lane_settings {
    const char *name; /* "chat 1": thread name, log, application_name */
    const struct db_settings *database;
    size_t queue_limit;
    size_t batch_limit;
    struct lane_metrics metrics;
    /* Takes over the jobs. Also called with none about once a second, for what is timed. */
    void (*run)(void *context, struct lane *lane, void **jobs, size_t count);
    void *context;
};

/* Starts the thread. Settings' strings must outlive it. */
struct lane *lane_start(const struct lane_settings *settings);

/* Appends a job; false when the lane is full or stopping: the job is still the caller's. */
bool lane_push(struct lane *lane, void *job);

/* Refuses more jobs, lets the handler finish what is queued, ends the thread. lane_push() goes on refusing
 * until lane_free(), which only a stopped lane may be given to. */
void lane_stop(struct lane *lane);
void lane_free(struct lane *lane);

struct db *lane_db(struct lane *lane);
size_t lane_length(struct lane *lane);

#endif
