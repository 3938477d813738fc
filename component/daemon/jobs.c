#include "daemon/jobs.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/progress.h"
#include "daemon/daemon.h"
#include "job/runner.h"

#define AWAY_MS 1000

struct jobs {
    struct jobs_settings settings;
    struct job_runner *runner;
    struct lane *lane;
    atomic_bool stopping;
    atomic_bool woken; /* a wake-up is in the queue */
    const char *_Atomic web_url;
    int64_t next_look; /* the lane's: ms of the monotonic clock */
};

static void jobs_touched(void *context, const char *channel)
{
    const struct jobs *jobs = context;
    desk_pump_channel(jobs->settings.daemon->desk, channel);
}

/* All that is due, one after the other; between two of them it may stop. */
static enum job_step jobs_run_due(struct jobs *jobs, struct db *db)
{
    enum job_step step = JOB_STEP_RAN;
    while (step == JOB_STEP_RAN && !atomic_load(&jobs->stopping)) {
        int64_t lease = atomic_load(&jobs->settings.daemon->lease);
        progress_note();
        step = lease == 0 ? JOB_STEP_AWAY
                          : job_runner_step(jobs->runner, db, lease, atomic_load(&jobs->web_url));
    }
    return step;
}

/* Called when woken, and about once a second. */
static void jobs_lane_run(void *context, struct lane *lane, void **items, size_t count)
{
    struct jobs *jobs = context;
    (void)items;
    if (count > 0) {
        atomic_store(&jobs->woken, false); /* before looking: what comes from here on wakes again */
    } else if (metric_now() / 1000 < jobs->next_look) {
        return;
    }
    enum job_step step = jobs_run_due(jobs, lane_db(lane));
    int64_t wait = AWAY_MS;
    if (step == JOB_STEP_NONE && !atomic_load(&jobs->stopping)) {
        wait = job_runner_wait(jobs->runner, lane_db(lane));
    } else if (step == JOB_STEP_FENCED) {
        daemon_fenced(jobs->settings.daemon);
    }
    jobs->next_look = metric_now() / 1000 + wait;
}

struct jobs *jobs_new(const struct jobs_settings *settings)
{
    const struct domains *domains = &settings->daemon->domains;
    struct jobs *jobs = calloc(1, sizeof *jobs);
    if (jobs == NULL) {
        log_bug("out of memory");
    }
    jobs->settings = *settings;
    atomic_init(&jobs->web_url, settings->web_url);
    jobs->runner = job_runner_new(&(struct job_settings){.rooms = settings->rooms,
                                                         .staff_domain = domains->staff,
                                                         .customer_domain = domains->customer,
                                                         .touched = jobs_touched,
                                                         .context = jobs});
    jobs->lane = lane_start(&(struct lane_settings){
        .name = "bulk",
        .database = settings->database,
        .queue_limit = 2,
        .batch_limit = 2,
        .metrics = {METRIC_QUEUED_BULK, METRIC_BUSY_BULK, METRIC_JOBS_BULK, METRIC_TURN_BULK,
                    METRIC_WAIT_BULK},
        .run = jobs_lane_run,
        .context = jobs,
    });
    return jobs;
}

void jobs_stop(struct jobs *jobs)
{
    atomic_store(&jobs->stopping, true);
    lane_stop(jobs->lane);
}

void jobs_free(struct jobs *jobs)
{
    lane_free(jobs->lane);
    job_runner_free(jobs->runner);
    free(jobs);
}

void jobs_wake(struct jobs *jobs)
{
    if (!atomic_exchange(&jobs->woken, true) && !lane_push(jobs->lane, jobs)) {
        atomic_store(&jobs->woken, false);
    }
}

void jobs_set_web_url(struct jobs *jobs, const char *web_url)
{
    atomic_store(&jobs->web_url, web_url);
}
