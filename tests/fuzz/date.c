/* Contract of date_parse(), with each of its options: what is taken is a moment that the calendar has, from
 * 1900 to 2199, whose text PostgreSQL reads and that reads as itself, whenever it is read; an interval is not
 * negative. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "fuzz.h"

static const struct date_local clocks[] = {
    {2026, 11, 22, 20, 28}, {2024, 2, 29, 23, 59}, {2026, 12, 31, 18, 0}, {1900, 1, 1, 0, 0},
    {2199, 12, 31, 23, 59}, {2026, 3, 31, 9, 0},   {2027, 1, 1, 8, 59},   {2100, 2, 28, 12, 0},
};

#define CLOCK_COUNT   (sizeof clocks / sizeof *clocks)
#define OPTIONS_COUNT ((DATE_PAST | DATE_MONTH_FIRST) + 1)

static int days_in_month(int year, int month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 ? 28 + leap : 30 + ((month + month / 8) % 2);
}

static void check_local(const struct date *date)
{
    const struct date_local *at = &date->local;
    char text[64];
    FUZZ_CHECK(at->year >= 1900 && at->year <= 2199 && at->month >= 1 && at->month <= 12);
    FUZZ_CHECK(at->day >= 1 && at->day <= days_in_month(at->year, at->month));
    FUZZ_CHECK(at->hour >= 0 && at->hour <= 23 && at->minute >= 0 && at->minute <= 59);
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d", at->year, at->month, at->day, at->hour,
             at->minute);
    FUZZ_CHECK(strcmp(text, date->text) == 0);
    for (size_t i = 0; i < CLOCK_COUNT * OPTIONS_COUNT; i++) {
        struct date again;
        FUZZ_CHECK(date_parse(text, &clocks[i / OPTIONS_COUNT], i % OPTIONS_COUNT, &again) == DATE_OK);
        FUZZ_CHECK(strcmp(again.text, text) == 0);
    }
}

static void check_interval(const struct date *date)
{
    char text[64];
    FUZZ_CHECK(date->minutes >= 0);
    snprintf(text, sizeof text, "%lld minutes", (long long)date->minutes);
    FUZZ_CHECK(strcmp(text, date->text) == 0);
}

static void check(enum date_result result, const struct date *date)
{
    if (result != DATE_OK) {
        FUZZ_CHECK(date_explain(result)[0] != '\0');
    } else if (date->kind == DATE_LOCAL) {
        check_local(date);
    } else {
        check_interval(date);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct date_local *now = &clocks[fuzz_choose(&data, &size, CLOCK_COUNT)];
    struct arena *arena = arena_new();
    struct date date;
    const char *given = fuzz_string(arena, data, size);
    for (unsigned options = 0; options < OPTIONS_COUNT; options++) {
        enum date_result result = date_parse(given, now, options, &date);
        check(result, &date);
    }
    arena_free(arena);
    return 0;
}
