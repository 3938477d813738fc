#include "db/lane.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/progress.h"
#include "base/queue.h"

#define LANE_WAKE_MS 1000

struct lane {
    struct lane_settings settings;
    struct queue *queue;
    struct db *db;
    pthread_t thread;
};

static void run_turn(struct lane *lane, void **jobs, const int64_t *pushed, size_t count)
{
    const struct lane_metrics *metrics = &lane->settings.metrics;
    int64_t begun = metric_now();
    for (size_t i = 0; i < count; i++) {
        metric_observe(metrics->wait, begun - pushed[i]);
    }
    metric_add(metrics->queued, -(int64_t)count);
    lane->settings.run(lane->settings.context, lane, jobs, count);
    if (count == 0) {
        return;
    }
    metric_add(metrics->jobs, (int64_t)count);
    metric_observe(metrics->turn, metric_now() - begun);
}

static void *lane_thread(void *argument)
{
    struct lane *lane = argument;
    void **jobs = calloc(lane->settings.batch_limit, sizeof *jobs);
    int64_t *pushed = calloc(lane->settings.batch_limit, sizeof *pushed);
    if (jobs == NULL || pushed == NULL) {
        log_bug("out of memory");
    }
    progress_begin(lane->settings.name);
    for (;;) {
        bool last = queue_is_closed(lane->queue); /* asked first: what comes in meanwhile is still taken */
        size_t count =
            queue_pop_many_timed(lane->queue, jobs, pushed, lane->settings.batch_limit, LANE_WAKE_MS);
        if (count == 0 && last) {
            break;
        }
        progress_note();
        run_turn(lane, jobs, pushed, count);
    }
    progress_end();
    free(pushed);
    free(jobs);
    return NULL;
}

struct lane *lane_start(const struct lane_settings *settings)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL) {
        log_bug("out of memory");
    }
    lane->settings = *settings;
    lane->queue = queue_new(settings->queue_limit);
    lane->db = db_new(settings->database);
    if (pthread_create(&lane->thread, NULL, lane_thread, lane) != 0) {
        log_bug("cannot start the thread of lane %s", settings->name);
    }
    return lane;
}

bool lane_push(struct lane *lane, void *job)
{
    const struct lane_metrics *metrics = &lane->settings.metrics;
    metric_add(metrics->queued, 1); /* before the lane can take it off */
    if (queue_push(lane->queue, job)) {
        return true;
    }
    metric_add(metrics->queued, -1);
    metric_add(metrics->busy, 1);
    return false;
}

void lane_stop(struct lane *lane)
{
    queue_close(lane->queue);
    pthread_join(lane->thread, NULL);
}

void lane_free(struct lane *lane)
{
    queue_free(lane->queue);
    db_free(lane->db);
    free(lane);
}

struct db *lane_db(struct lane *lane)
{
    return lane->db;
}

size_t lane_length(struct lane *lane)
{
    return queue_length(lane->queue);
}
