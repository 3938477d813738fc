#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/date.h"

/* A Wednesday. */
static const struct date_local now = {2026, 11, 25, 14, 20};

struct good {
    const char *text, *moment;
};

static const struct good good[] = {
    {"tomorrow 10:30", "2026-11-26 10:30"},
    {"10:30 tomorrow", "2026-11-26 10:30"},
    {"Tomorrow", "2026-11-26 09:00"},
    {"tomorrow at 5 pm", "2026-11-26 17:00"},
    {"tomorrow at 11", "2026-11-26 11:00"},
    {"tomorrow at 4", "2026-11-26 16:00"},
    {"day after tomorrow", "2026-11-27 09:00"},
    {"today", "2026-11-25 18:00"},
    {"today 9am", "2026-11-25 09:00"},
    {"yesterday", "2026-11-24 09:00"},
    {"tonight", "2026-11-25 20:00"},
    {"tomorrow morning", "2026-11-26 09:00"},
    {"fri 5pm", "2026-11-27 17:00"},
    {"on friday", "2026-11-27 09:00"},
    {"next friday", "2026-12-04 09:00"},
    {"next friday 8:15", "2026-12-04 08:15"},
    {"monday", "2026-11-30 09:00"},
    {"next monday", "2026-11-30 09:00"},
    {"wednesday", "2026-12-02 09:00"},
    {"wed 5pm", "2026-11-25 17:00"},
    {"wed 1pm", "2026-12-02 13:00"},
    {"in 3 days", "2026-11-28 14:20"},
    {"3 days", "2026-11-28 14:20"},
    {"in 3 days at 10:00", "2026-11-28 10:00"},
    {"in a week", "2026-12-02 14:20"},
    {"in 2 weeks", "2026-12-09 14:20"},
    {"in 3 months", "2027-02-25 14:20"},
    {"in 1 year", "2027-11-25 14:20"},
    {"next week", "2026-12-02 09:00"},
    {"next month", "2026-12-25 09:00"},
    {"in 2 hours", "120 minutes"},
    {"in an hour", "60 minutes"},
    {"in 90 min", "90 minutes"},
    {"in 2 hours 30 minutes", "150 minutes"},
    {"now", "0 minutes"},
    {"2026-12-01", "2026-12-01 09:00"},
    {"2026-12-01 10:30", "2026-12-01 10:30"},
    {"2026-12-01T10:30:59", "2026-12-01 10:30"},
    {"2026/12/01", "2026-12-01 09:00"},
    {"1/12/2026", "2026-12-01 09:00"},
    {"01.12.26 18:05", "2026-12-01 18:05"},
    {"1-12-2026", "2026-12-01 09:00"},
    {"1/12", "2026-12-01 09:00"},
    {"1/2", "2027-02-01 09:00"},
    {"1 dec 2026 14:00", "2026-12-01 14:00"},
    {"1st december, 2026", "2026-12-01 09:00"},
    {"dec 1", "2026-12-01 09:00"},
    {"Dec 1 2027 2pm", "2027-12-01 14:00"},
    {"25 nov 3pm", "2026-11-25 15:00"},
    {"25 nov 1pm", "2027-11-25 13:00"},
    {"29 feb", "2028-02-29 09:00"},
    {"29/2/2028", "2028-02-29 09:00"},
    {"5pm", "2026-11-25 17:00"},
    {"9:00", "2026-11-26 09:00"},
    {"noon", "2026-11-26 12:00"},
    {"12am tomorrow", "2026-11-26 00:00"},
    {"12pm tomorrow", "2026-11-26 12:00"},
    {"25 may 2027 5:30 p.m.", "2027-05-25 17:30"},
    {"kal", "2026-11-26 09:00"},
    {"kal 5 baje", "2026-11-26 17:00"},
    {"aaj shaam", "2026-11-25 18:00"},
    {"parso subah", "2026-11-27 09:00"},
};

struct bad {
    const char *text;
    enum date_result result;
};

static const struct bad bad[] = {
    {"", DATE_EMPTY},
    {" , ", DATE_EMPTY},
    {"soon", DATE_UNCLEAR},
    {"5", DATE_UNCLEAR},
    {"in", DATE_UNCLEAR},
    {"in 5", DATE_UNCLEAR},
    {"5 potatoes", DATE_UNCLEAR},
    {"next", DATE_UNCLEAR},
    {"friday monday", DATE_UNCLEAR},
    {"tomorrow friday", DATE_UNCLEAR},
    {"tomorrow in 2 hours", DATE_UNCLEAR},
    {"10:30 11:30", DATE_UNCLEAR},
    {"1/12/2026 2/12/2026", DATE_UNCLEAR},
    {"1/12-2026", DATE_UNCLEAR},
    {"1/12/202", DATE_UNCLEAR},
    {"2026-12-01x", DATE_UNCLEAR},
    {"2026-12-01T", DATE_UNCLEAR},
    {"31/2/2026", DATE_IMPOSSIBLE},
    {"31 feb", DATE_IMPOSSIBLE},
    {"29/2/2027", DATE_IMPOSSIBLE},
    {"30 feb 2028", DATE_IMPOSSIBLE},
    {"2026-13-01", DATE_IMPOSSIBLE},
    {"2026-00-10", DATE_IMPOSSIBLE},
    {"2026-12-00", DATE_IMPOSSIBLE},
    {"32/1/2026", DATE_IMPOSSIBLE},
    {"25:00", DATE_IMPOSSIBLE},
    {"tomorrow 10:60", DATE_IMPOSSIBLE},
    {"10:-5", DATE_IMPOSSIBLE},
    {"10:30:99", DATE_IMPOSSIBLE},
    {"10:5", DATE_IMPOSSIBLE},
    {"0000-01-01", DATE_OUT_OF_RANGE},
    {"2026-12", DATE_UNCLEAR},
    {"1/+2", DATE_UNCLEAR},
    {"13pm", DATE_IMPOSSIBLE},
    {"0am", DATE_IMPOSSIBLE},
    {"1/12/1899", DATE_OUT_OF_RANGE},
    {"1/12/2200", DATE_OUT_OF_RANGE},
    {"in 99999 weeks", DATE_OUT_OF_RANGE},
    {"in 99999 years", DATE_OUT_OF_RANGE},
    {"a b c d e f g h i j k l m n o p q r s", DATE_UNCLEAR},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", DATE_UNCLEAR},
};

static void test_words_become_moments(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct date date = {.text = ""};
        enum date_result result = date_parse(good[i].text, &now, 0, &date);
        if (result != DATE_OK || strcmp(date.text, good[i].moment) != 0) {
            fail_msg("'%s': result %d, '%s' and not '%s'", good[i].text, (int)result, date.text,
                     good[i].moment);
        }
        assert_int_equal(date.kind, strstr(date.text, "minutes") != NULL ? DATE_INTERVAL : DATE_LOCAL);
    }
}

static void test_nonsense_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct date date = {.text = "untouched"};
        enum date_result result = date_parse(bad[i].text, &now, 0, &date);
        if (result != bad[i].result) {
            fail_msg("'%s': result %d, '%s'", bad[i].text, (int)result, date.text);
        }
        assert_string_equal(date.text, "untouched");
        assert_true(date_explain(result)[0] != '\0');
    }
}

static void check(const struct date_local *at, const char *text, const char *moment)
{
    struct date date;
    assert_int_equal(date_parse(text, at, 0, &date), DATE_OK);
    assert_string_equal(date.text, moment);
}

static void test_edges_of_the_calendar(void **state)
{
    (void)state;
    const struct date_local last_day = {2026, 12, 31, 23, 59};
    const struct date_local january = {2027, 1, 31, 8, 0};
    const struct date_local sunday = {2026, 11, 22, 8, 0};
    check(&last_day, "tomorrow", "2027-01-01 09:00");
    check(&last_day, "today", "2026-12-31 23:59");
    check(&last_day, "in 1 day", "2027-01-01 23:59");
    check(&january, "in 1 month", "2027-02-28 08:00");
    check(&january, "today", "2027-01-31 09:00");
    check(&sunday, "monday", "2026-11-23 09:00");
    check(&sunday, "next friday", "2026-11-27 09:00");
    check(&sunday, "sunday", "2026-11-29 09:00");
}

static void test_one_can_look_back_and_write_the_month_first(void **state)
{
    (void)state;
    static const struct {
        const char *text, *moment;
        unsigned options;
    } lines[] = {
        {"monday", "2026-11-23 00:00", DATE_PAST},
        {"kal", "2026-11-24 00:00", DATE_PAST},
        {"parso", "2026-11-23 00:00", DATE_PAST},
        {"this week", "2026-11-23 00:00", DATE_PAST},
        {"this month", "2026-11-01 00:00", DATE_PAST},
        {"last friday", "2026-11-20 00:00", DATE_PAST},
        {"last 20 days", "2026-11-05 00:00", DATE_PAST},
        {"past 2 weeks", "2026-11-11 00:00", DATE_PAST},
        {"last month", "2026-10-25 00:00", DATE_PAST},
        {"11 months ago", "2025-12-25 00:00", DATE_PAST},
        {"2 years", "2024-11-25 00:00", DATE_PAST},
        {"3 days", "2026-11-22 00:00", DATE_PAST},
        {"12/1", "2026-01-12 00:00", DATE_PAST},
        {"12/1", "2026-12-01 09:00", DATE_MONTH_FIRST},
        {"12.1", "2027-01-12 09:00", DATE_MONTH_FIRST},
        {"12/1", "2027-01-12 09:00", 0},
        {"2026-12-01", "2026-12-01 09:00", DATE_MONTH_FIRST},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct date date;
        assert_int_equal(date_parse(lines[i].text, &now, lines[i].options, &date), DATE_OK);
        assert_string_equal(date.text, lines[i].moment);
    }
    struct date date;
    assert_int_equal(date_parse("13/13", &now, DATE_MONTH_FIRST, &date), DATE_IMPOSSIBLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_become_moments),
        cmocka_unit_test(test_nonsense_is_refused),
        cmocka_unit_test(test_edges_of_the_calendar),
        cmocka_unit_test(test_one_can_look_back_and_write_the_month_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
