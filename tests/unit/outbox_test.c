/* What a lane remembers of what it has sent, and what a barrier covers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "desk/outbox.h"

/* A visitor's receipts may be lost: what has been under way for long is to be sent again, and as long as rows
 * are settled nothing is. */
static void test_rows_that_are_never_receipted_are_overdue(void **state)
{
    (void)state;
    struct pump *pump = pump_new();
    const int64_t rows[] = {3, 5, 8};
    pump_epoch(pump, 1);
    assert_false(pump_channel_is_overdue(NULL, OUTBOX_PATIENCE));
    pump_channel_set(pump, "a@guest.d/x", rows, 2, 7);
    pump_channel_set(pump, "a@guest.d/x", rows, 3, 9);
    assert_false(pump_channel_is_overdue(pump_channel_find(pump, "a@guest.d/x"), OUTBOX_PATIENCE + 6));
    assert_true(pump_channel_is_overdue(pump_channel_find(pump, "a@guest.d/x"), OUTBOX_PATIENCE + 7));
    pump_channel_set(pump, "a@guest.d/x", rows + 1, 2, 11);
    assert_false(pump_channel_is_overdue(pump_channel_find(pump, "a@guest.d/x"), OUTBOX_PATIENCE + 7));
    pump_channel_set(pump, "a@guest.d/x", NULL, 0, 12);
    assert_null(pump_channel_find(pump, "a@guest.d/x"));
    pump_free(pump);
}

static void test_a_channel_remembers_what_is_under_way(void **state)
{
    struct pump *pump = pump_new();
    const int64_t rows[] = {3, 5, 8};
    (void)state;
    pump_epoch(pump, 1);
    assert_null(pump_channel_find(pump, "visitor-1"));
    pump_channel_set(pump, "visitor-1", rows, 3, 0);
    assert_true(pump_channel_has(pump_channel_find(pump, "visitor-1"), 5));
    assert_false(pump_channel_has(pump_channel_find(pump, "visitor-1"), 4));
    pump_channel_set(pump, "visitor-1", rows + 1, 1, 0);
    assert_false(pump_channel_has(pump_channel_find(pump, "visitor-1"), 3));
    pump_channel_set(pump, "visitor-1", NULL, 0, 0);
    assert_null(pump_channel_find(pump, "visitor-1"));
    pump_free(pump);
}

static void test_another_connection_has_sent_nothing(void **state)
{
    struct pump *pump = pump_new();
    const int64_t row = 1;
    (void)state;
    pump_epoch(pump, 1);
    pump_channel_set(pump, "bot-5", &row, 1, 0);
    assert_true(pump_introduce(pump, 7, "asha"));
    pump_epoch(pump, 1);
    assert_non_null(pump_channel_find(pump, "bot-5"));
    pump_epoch(pump, 2);
    assert_null(pump_channel_find(pump, "bot-5"));
    assert_true(pump_introduce(pump, 7, "asha"));
    pump_free(pump);
}

static void test_a_contact_is_introduced_once(void **state)
{
    struct pump *pump = pump_new();
    (void)state;
    pump_epoch(pump, 1);
    assert_true(pump_introduce(pump, 7, "asha"));
    assert_false(pump_introduce(pump, 7, "asha"));
    assert_true(pump_introduce(pump, 7, "ravi"));
    assert_true(pump_introduce(pump, 8, "asha"));
    for (int64_t visitor = 100; visitor < 50000; visitor++) {
        pump_introduce(pump, visitor, "asha");
    }
    assert_true(pump_introduce(pump, 7, "asha")); /* forgotten among so many: harmless */
    pump_free(pump);
}

static void test_a_visitor_has_sessions_of_one_connection(void **state)
{
    struct pump *pump = pump_new();
    const int64_t row = 1;
    (void)state;
    assert_true(pump_session_came(pump, 2, 7, "a@guest.d/x", true));
    assert_null(pump_sessions(pump, 7)); /* nothing may go out on that connection yet */
    pump_epoch(pump, 2);
    assert_int_equal(pump_sessions(pump, 7)->count, 1);
    assert_false(pump_session_came(pump, 1, 7, "a@guest.d/old", true));
    assert_true(pump_session_came(pump, 2, 7, "a@guest.d/y", false));
    pump_channel_set(pump, "a@guest.d/y", &row, 1, 0);
    assert_false(pump_session_came(pump, 2, 7, "a@guest.d/y", false));
    assert_non_null(pump_channel_find(pump, "a@guest.d/y"));
    assert_true(pump_session_came(pump, 2, 7, "a@guest.d/y", true)); /* the same address, another session */
    assert_null(pump_channel_find(pump, "a@guest.d/y"));
    pump_session_gone(pump, 7, "a@guest.d/x");
    assert_int_equal(pump_sessions(pump, 7)->count, 1);
    pump_sessions_gone(pump, 7);
    assert_null(pump_sessions(pump, 7));
    pump_session_came(pump, 2, 7, "a@guest.d/x", true);
    pump_epoch(pump, 3);
    assert_null(pump_sessions(pump, 7));
    pump_free(pump);
}

/* Sessions without presence come and go unseen: rows are not written to each that ever was. */
static void test_sessions_that_never_said_that_they_go_are_forgotten(void **state)
{
    struct pump *pump = pump_new();
    const int64_t row = 1;
    char full[64];
    (void)state;
    pump_epoch(pump, 1);
    assert_true(pump_session_came(pump, 1, 7, "a@guest.d/0", false));
    pump_channel_set(pump, "a@guest.d/0", &row, 1, 0);
    for (int i = 1; i < 10000; i++) {
        snprintf(full, sizeof full, "a@guest.d/%d", i);
        pump_session_came(pump, 1, 7, full, false);
    }
    const struct sessions *sessions = pump_sessions(pump, 7);
    assert_in_range(sessions->count, 10, 20);
    assert_null(sessions_find(sessions, "a@guest.d/0"));
    assert_null(pump_channel_find(pump, "a@guest.d/0"));
    for (int i = 9990; i < 10000; i++) { /* as many as the guard lets in */
        snprintf(full, sizeof full, "a@guest.d/%d", i);
        assert_non_null(sessions_find(sessions, full));
    }
    pump_session_gone(pump, 7, "a@guest.d/9995");
    pump_session_came(pump, 1, 7, "a@guest.d/10000", false);
    assert_non_null(sessions_find(sessions, "a@guest.d/9999"));
    pump_free(pump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_that_are_never_receipted_are_overdue),
        cmocka_unit_test(test_a_channel_remembers_what_is_under_way),
        cmocka_unit_test(test_another_connection_has_sent_nothing),
        cmocka_unit_test(test_a_contact_is_introduced_once),
        cmocka_unit_test(test_a_visitor_has_sessions_of_one_connection),
        cmocka_unit_test(test_sessions_that_never_said_that_they_go_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
