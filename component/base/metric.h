/* metric: counters, gauges and histograms of this process, for whoever watches it.
 *
 * The table in metric.c says what each is called and means; metric_render() writes them all as OpenMetrics
 * text. Numbers only: no name, address or text of anybody. Threads: any, without locks.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include <stdint.h>

#include "base/text.h"

enum metric {
    METRIC_QUEUED_CHAT, /* gauges */
    METRIC_QUEUED_COMMAND,
    METRIC_QUEUED_BULK,
    METRIC_DATABASE_CONNECTIONS,
    METRIC_BUSY_CHAT, /* counters */
    METRIC_BUSY_COMMAND,
    METRIC_BUSY_BULK,
    METRIC_JOBS_CHAT,
    METRIC_JOBS_COMMAND,
    METRIC_JOBS_BULK,
    METRIC_JOBS_RUN,
    METRIC_JOBS_FAILED,
    METRIC_DATABASE_LOST,
    METRIC_UNITS_FAILED,
    METRIC_STREAM_CONNECTIONS,
    METRIC_LOG_WARNINGS,
    METRIC_LOG_ERRORS,
    METRIC_TURN_CHAT, /* histograms */
    METRIC_TURN_COMMAND,
    METRIC_TURN_BULK,
    METRIC_WAIT_CHAT,
    METRIC_WAIT_COMMAND,
    METRIC_WAIT_BULK,
    METRIC_UNIT,
    METRIC_COUNT,
};

/* Adds to a counter or a gauge (a negative number takes away from a gauge). */
void metric_add(enum metric metric, int64_t number);

/* One more observation of a histogram. */
void metric_observe(enum metric metric, int64_t microseconds);

/* The monotonic clock, for metric_observe(). */
int64_t metric_now(void);

/* Adds the text of all metrics, without the "# EOF" that ends an OpenMetrics text. */
void metric_render(struct text *text);

#endif
