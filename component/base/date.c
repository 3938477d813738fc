/* DESIGN: date_words.h gathers what the words know (a day, a weekday, a time, an offset); here the moment is
 * computed from it. Days are counted from 1970-01-01 (proleptic Gregorian, after Howard Hinnant's
 * days_from_civil). */
#include "base/date.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/date_words.h"

#define FIRST_YEAR 1900
#define LAST_YEAR  2199

/* ---- calendar ---- */

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t to_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void from_days(int64_t days, struct date_local *out)
{
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    out->day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    out->month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    out->year = (int)(year_of_era + era * 400 + (out->month <= 2 ? 1 : 0));
}

/* 1970-01-01 was a Thursday. */
static int weekday_of(int64_t days)
{
    return (int)(((days + 3) % 7 + 7) % 7);
}

/* ---- the moment ---- */

static bool time_is_to_come(const struct date_pieces *pieces, const struct date_local *now)
{
    return pieces->hour * 60 + pieces->minute > now->hour * 60 + now->minute;
}

static enum date_result resolve_day(const struct date_pieces *pieces, const struct date_local *now,
                                    int64_t *day)
{
    if (pieces->month > 12 || pieces->day > 31) {
        return DATE_IMPOSSIBLE;
    }
    if (pieces->year != 0) {
        if (pieces->year < FIRST_YEAR || pieces->year > LAST_YEAR) {
            return DATE_OUT_OF_RANGE;
        }
        *day = to_days(pieces->year, pieces->month, pieces->day);
        return pieces->day > days_in_month(pieces->year, pieces->month) ? DATE_IMPOSSIBLE : DATE_OK;
    }
    int64_t today = to_days(now->year, now->month, now->day);
    for (int year = now->year; pieces->past && year > now->year - 9; year--) {
        *day = to_days(year, pieces->month, pieces->day);
        if (*day <= today && pieces->day <= days_in_month(year, pieces->month)) {
            return DATE_OK;
        }
    }
    /* Nine years hold a 29 February, whatever the century does. */
    for (int year = now->year; year < now->year + 9; year++) {
        *day = to_days(year, pieces->month, pieces->day);
        bool exists = pieces->day <= days_in_month(year, pieces->month);
        bool passed = *day < today || (*day == today && pieces->has_time && !time_is_to_come(pieces, now));
        if (exists && !passed) {
            return DATE_OK;
        }
    }
    return DATE_IMPOSSIBLE;
}

static int64_t resolve_weekday(const struct date_pieces *pieces, const struct date_local *now)
{
    int64_t today = to_days(now->year, now->month, now->day);
    int current = weekday_of(today);
    if (pieces->next) {
        return today - current + 7 + pieces->weekday;
    }
    if (pieces->past) {
        return today - (current - pieces->weekday + 7) % 7;
    }
    int ahead = (pieces->weekday - current + 7) % 7;
    if (ahead == 0 && !(pieces->has_time && time_is_to_come(pieces, now))) {
        ahead = 7;
    }
    return today + ahead;
}

static int64_t resolve_offset(const struct date_pieces *pieces, const struct date_local *now)
{
    int months = now->month - 1 + pieces->offset_months;
    int year = now->year + months / 12 - (months % 12 < 0);
    int month = (months % 12 + 12) % 12 + 1;
    int last = days_in_month(year, month);
    int64_t today = to_days(now->year, now->month, now->day);
    if (pieces->first_of_week || pieces->first_of_month) {
        return pieces->first_of_week ? today - weekday_of(today) : today - now->day + 1;
    }
    return to_days(year, month, now->day < last ? now->day : last) + pieces->offset_days;
}

/* The hour that a day without one gets; `keep` keeps the clock of now. */
static void resolve_time(const struct date_pieces *pieces, const struct date_local *now, bool is_today,
                         bool keep, struct date_local *out)
{
    static const struct {
        int hour, minute;
    } defaults[] = {{9, 0}, {18, 0}, {23, 59}};
    out->hour = pieces->has_time ? pieces->hour : now->hour;
    out->minute = pieces->has_time ? pieces->minute : now->minute;
    if (pieces->has_time || keep) {
        return;
    }
    if (pieces->past) {
        out->hour = out->minute = 0;
        return;
    }
    for (int i = 0; i < 3; i++) {
        out->hour = defaults[i].hour;
        out->minute = defaults[i].minute;
        if (!is_today || out->hour * 60 + out->minute > now->hour * 60 + now->minute) {
            return;
        }
    }
}

static enum date_result resolve_local(const struct date_pieces *pieces, const struct date_local *now,
                                      bool keep, struct date *out)
{
    enum date_result result = DATE_OK;
    int64_t today = to_days(now->year, now->month, now->day);
    int64_t day = today;
    if (pieces->has_day) {
        result = resolve_day(pieces, now, &day);
    } else if (pieces->has_weekday) {
        day = resolve_weekday(pieces, now);
    } else if (pieces->has_offset) {
        day = resolve_offset(pieces, now);
    } else if (!pieces->past && !time_is_to_come(pieces, now)) {
        day = today + 1;
    }
    if (result != DATE_OK) {
        return result;
    }
    struct date date = {.kind = DATE_LOCAL};
    from_days(day, &date.local);
    if (date.local.year < FIRST_YEAR || date.local.year > LAST_YEAR) {
        return DATE_OUT_OF_RANGE;
    }
    resolve_time(pieces, now, day == today, keep, &date.local);
    snprintf(date.text, sizeof date.text, "%04d-%02d-%02d %02d:%02d", date.local.year, date.local.month,
             date.local.day, date.local.hour, date.local.minute);
    *out = date;
    return DATE_OK;
}

enum date_result date_parse(const char *text, const struct date_local *now, unsigned options,
                            struct date *out)
{
    struct date_pieces pieces;
    enum date_result result = date_words_read(text, options, &pieces);
    if (result != DATE_OK) {
        return result;
    }
    int days = pieces.has_day + pieces.has_weekday + pieces.has_offset;
    if (pieces.has_minutes) {
        if (days > 0 || pieces.has_time) {
            return DATE_UNCLEAR;
        }
        *out = (struct date){.kind = DATE_INTERVAL, .minutes = pieces.minutes};
        snprintf(out->text, sizeof out->text, "%lld minutes", (long long)pieces.minutes);
        return DATE_OK;
    }
    if (days > 1 || (days == 0 && !pieces.has_time)) {
        return DATE_UNCLEAR;
    }
    return resolve_local(&pieces, now, pieces.counted && !pieces.past, out);
}

const char *date_explain(enum date_result result)
{
    switch (result) {
    case DATE_OK:
        return "";
    case DATE_EMPTY:
        return "no date was given";
    case DATE_UNCLEAR:
        return "it is not clear which moment that is";
    case DATE_IMPOSSIBLE:
        return "there is no such day or time";
    case DATE_OUT_OF_RANGE:
        return "it is too far away";
    }
    return "";
}
