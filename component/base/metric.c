/* DESIGN (OpenMetrics 1.0): rows of one family stand together, and the first writes its TYPE and HELP. A
 * histogram's cells are kept apart and added up when they are rendered, so that an observation is two
 * additions. */
#include "base/metric.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum metric_type {
    TYPE_GAUGE,
    TYPE_COUNTER,
    TYPE_HISTOGRAM,
};

struct metric_row {
    const char *family;
    const char *labels; /* "" for none */
    enum metric_type type;
    const char *help;
};

static const struct metric_row rows[METRIC_COUNT] = {
    [METRIC_QUEUED_CHAT] = {"crmd_jobs_queued", "lane=\"chat\"", TYPE_GAUGE, "Jobs that wait for a lane."},
    [METRIC_QUEUED_COMMAND] = {"crmd_jobs_queued", "lane=\"command\"", TYPE_GAUGE, ""},
    [METRIC_QUEUED_BULK] = {"crmd_jobs_queued", "lane=\"bulk\"", TYPE_GAUGE, ""},
    [METRIC_DATABASE_CONNECTIONS] = {"crmd_database_connections", "", TYPE_GAUGE,
                                     "Connections of lanes to PostgreSQL that are up."},
    [METRIC_BUSY_CHAT] = {"crmd_busy", "lane=\"chat\"", TYPE_COUNTER,
                          "Jobs that a full lane has turned away, to come again."},
    [METRIC_BUSY_COMMAND] = {"crmd_busy", "lane=\"command\"", TYPE_COUNTER, ""},
    [METRIC_BUSY_BULK] = {"crmd_busy", "lane=\"bulk\"", TYPE_COUNTER, ""},
    [METRIC_JOBS_CHAT] = {"crmd_jobs", "lane=\"chat\"", TYPE_COUNTER, "Jobs done."},
    [METRIC_JOBS_COMMAND] = {"crmd_jobs", "lane=\"command\"", TYPE_COUNTER, ""},
    [METRIC_JOBS_BULK] = {"crmd_jobs", "lane=\"bulk\"", TYPE_COUNTER, ""},
    [METRIC_JOBS_RUN] = {"crmd_timed_jobs", "", TYPE_COUNTER,
                         "Reminders, deadlines and slices of long work that were done."},
    [METRIC_JOBS_FAILED] = {"crmd_timed_jobs_failed", "", TYPE_COUNTER,
                            "How often one of them failed, to be tried again."},
    [METRIC_DATABASE_LOST] = {"crmd_database_lost", "", TYPE_COUNTER,
                              "Connections to PostgreSQL that ended by themselves."},
    [METRIC_UNITS_FAILED] = {"crmd_units_failed", "", TYPE_COUNTER,
                             "Units of work that PostgreSQL did not take: away, unknown, or a bug."},
    [METRIC_STREAM_CONNECTIONS] = {"crmd_stream_connections", "", TYPE_COUNTER,
                                   "How often Prosody has taken us as its component."},
    [METRIC_LOG_WARNINGS] = {"crmd_log_lines", "level=\"warn\"", TYPE_COUNTER, "Lines in the log."},
    [METRIC_LOG_ERRORS] = {"crmd_log_lines", "level=\"error\"", TYPE_COUNTER, ""},
    [METRIC_TURN_CHAT] = {"crmd_turn_seconds", "lane=\"chat\"", TYPE_HISTOGRAM,
                          "How long a lane took for the jobs that it found."},
    [METRIC_TURN_COMMAND] = {"crmd_turn_seconds", "lane=\"command\"", TYPE_HISTOGRAM, ""},
    [METRIC_TURN_BULK] = {"crmd_turn_seconds", "lane=\"bulk\"", TYPE_HISTOGRAM, ""},
    [METRIC_WAIT_CHAT] = {"crmd_wait_seconds", "lane=\"chat\"", TYPE_HISTOGRAM,
                          "How long a job waited in its lane's queue before the lane took it."},
    [METRIC_WAIT_COMMAND] = {"crmd_wait_seconds", "lane=\"command\"", TYPE_HISTOGRAM, ""},
    [METRIC_WAIT_BULK] = {"crmd_wait_seconds", "lane=\"bulk\"", TYPE_HISTOGRAM, ""},
    [METRIC_UNIT] = {"crmd_unit_seconds", "", TYPE_HISTOGRAM, "Units of work, from begin to commit."},
};

static const int64_t bounds[] = {250,   500,    1000,   2500,    5000,    10000,   25000,
                                 50000, 100000, 250000, 1000000, 5000000, 30000000}; /* microseconds */

#define CELLS (sizeof bounds / sizeof bounds[0] + 1)

static atomic_int_fast64_t values[METRIC_COUNT]; /* of a histogram: the sum */
static atomic_int_fast64_t cells[METRIC_COUNT][CELLS];

void metric_add(enum metric metric, int64_t number)
{
    atomic_fetch_add_explicit(&values[metric], number, memory_order_relaxed);
}

void metric_observe(enum metric metric, int64_t microseconds)
{
    size_t cell = 0;
    while (cell < CELLS - 1 && microseconds > bounds[cell]) {
        cell++;
    }
    atomic_fetch_add_explicit(&cells[metric][cell], 1, memory_order_relaxed);
    metric_add(metric, microseconds);
}

int64_t metric_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void render_histogram(struct text *text, const struct metric_row *row, enum metric metric)
{
    const char *comma = row->labels[0] == '\0' ? "" : ",";
    int64_t total = 0;
    for (size_t i = 0; i < CELLS; i++) {
        char bound[32] = "+Inf";
        total += atomic_load_explicit(&cells[metric][i], memory_order_relaxed);
        if (i < CELLS - 1) {
            snprintf(bound, sizeof bound, "%g", (double)bounds[i] / 1e6);
        }
        text_addf(text, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", row->family, row->labels, comma, bound,
                  total);
    }
    const char *open = row->labels[0] == '\0' ? "" : "{", *close = row->labels[0] == '\0' ? "" : "}";
    text_addf(text, "%s_count%s%s%s %" PRId64 "\n", row->family, open, row->labels, close, total);
    text_addf(text, "%s_sum%s%s%s %.6f\n", row->family, open, row->labels, close,
              (double)atomic_load_explicit(&values[metric], memory_order_relaxed) / 1e6);
}

void metric_render(struct text *text)
{
    static const char *const words[] = {"gauge", "counter", "histogram"};
    const char *family = "";
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &rows[i];
        if (strcmp(family, row->family) != 0) {
            text_addf(text, "# TYPE %s %s\n# HELP %s %s\n", row->family, words[row->type], row->family,
                      row->help);
        }
        family = row->family;
        if (row->type == TYPE_HISTOGRAM) {
            render_histogram(text, row, (enum metric)i);
        } else {
            text_addf(text, "%s%s%s%s%s %" PRId64 "\n", row->family,
                      row->type == TYPE_COUNTER ? "_total" : "", row->labels[0] == '\0' ? "" : "{",
                      row->labels, row->labels[0] == '\0' ? "" : "}",
                      (int64_t)atomic_load_explicit(&values[i], memory_order_relaxed));
        }
    }
}
