/* What is counted comes out as OpenMetrics text that adds up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/metric.h"

static const char *rendered(struct arena *arena)
{
    struct text text = text_new(arena);
    metric_render(&text);
    return text.data;
}

static void says(const char *text, const char *line)
{
    if (strstr(text, line) == NULL) {
        fail_msg("'%s' is not in:\n%s", line, text);
    }
}

static void counters_and_gauges_add_up(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    metric_add(METRIC_LOG_WARNINGS, 1);
    metric_add(METRIC_LOG_WARNINGS, 2);
    metric_add(METRIC_QUEUED_CHAT, 5);
    metric_add(METRIC_QUEUED_CHAT, -3);
    const char *text = rendered(arena);
    says(text, "# TYPE crmd_log_lines counter\n");
    says(text, "\ncrmd_log_lines_total{level=\"warn\"} 3\ncrmd_log_lines_total{level=\"error\"} 0\n");
    says(text, "\ncrmd_jobs_queued{lane=\"chat\"} 2\ncrmd_jobs_queued{lane=\"command\"} 0\n");
    arena_free(arena);
}

static void a_histogram_is_cumulative(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    metric_observe(METRIC_UNIT, 250);
    metric_observe(METRIC_UNIT, 251);
    metric_observe(METRIC_UNIT, 60000000);
    const char *text = rendered(arena);
    says(text, "\ncrmd_unit_seconds_bucket{le=\"0.00025\"} 1\ncrmd_unit_seconds_bucket{le=\"0.0005\"} 2\n");
    says(text, "\ncrmd_unit_seconds_bucket{le=\"30\"} 2\ncrmd_unit_seconds_bucket{le=\"+Inf\"} 3\n");
    says(text, "\ncrmd_unit_seconds_count 3\ncrmd_unit_seconds_sum 60.000501\n");
    says(text, "crmd_turn_seconds_bucket{lane=\"chat\",le=\"0.00025\"} 0\n");
    arena_free(arena);
}

static void a_family_is_described_once(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    const char *text = rendered(arena), *first = strstr(text, "# TYPE crmd_jobs_queued ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "# TYPE crmd_jobs_queued "));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_and_gauges_add_up),
        cmocka_unit_test(a_histogram_is_cumulative),
        cmocka_unit_test(a_family_is_described_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
