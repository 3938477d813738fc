/* date: moments in people's words, and what PostgreSQL makes a timestamptz of.
 *
 * Time zones are PostgreSQL's: it passes in what the person's clock shows now, and interprets what comes out
 * in the person's zone. Knows the Gregorian calendar; weeks begin on Monday; day before month, unless
 * it is told otherwise. Threads: any.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdint.h>

/* What a clock on the person's wall shows. */
struct date_local {
    int year, month, day, hour, minute;
};

enum date_kind {
    DATE_LOCAL,    /* `text` is "2026-12-01 10:30", a timestamp without zone, in the person's zone */
    DATE_INTERVAL, /* `text` is "150 minutes", an interval from now: clock changes do not touch it */
};

struct date {
    enum date_kind kind;
    struct date_local local; /* for DATE_LOCAL */
    int64_t minutes;         /* for DATE_INTERVAL */
    char text[32];
};

enum date_option {
    DATE_PAST = 1 << 0,
    DATE_MONTH_FIRST = 1 << 1,
};

enum date_result {
    DATE_OK,
    DATE_EMPTY,
    DATE_UNCLEAR,      /* words that are no date, or two dates */
    DATE_IMPOSSIBLE,   /* 31 February, 25:00 */
    DATE_OUT_OF_RANGE, /* before 1900 or after 2199 */
};

/* Reads "tomorrow 10:30", "fri 5pm", "next friday", "in 3 days", "in 2 hours", "2026-12-01", "1/12/2026", "1
 * dec 2026 14:00", "dec 1", "today", "5pm", "day after tomorrow", "next week", "noon", in any case, with
 * "at", "on" and commas between.
 *
 * A day without a time is at 09:00; today, when that is past, at 18:00 or else at 23:59. A weekday is its
 * next one, today only with a time that is to come; "next friday" is the one in the week that begins next
 * Monday. A day without a year is its next one. A time without a day is the next such time. "in N days",
 * weeks or months keep the time of day. `out` is written only for DATE_OK. Also as one says it in Hindi:
 * "aaj", "kal", "parso", "5 baje".
 *
 * DATE_PAST is for what looks back ("since monday"): a weekday, or a day without a year, is its last one,
 * today included; "kal" is yesterday; "this week" and "this month" are their first days; "last 7 days", "7
 * days ago" and "7 days" are that long ago, "last week" seven days; a day without a time begins at 00:00.
 * DATE_MONTH_FIRST reads 12/1 as 1 December. */
enum date_result date_parse(const char *text, const struct date_local *now, unsigned options,
                            struct date *out);

/* A sentence for the person who wrote it. */
const char *date_explain(enum date_result result);

#endif
