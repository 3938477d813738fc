/* date_words: what the words of a date say, before anybody asks which moment that is. Part of date.h.
 * Threads: any.
 *
 * The text is cut into words; each word (or a number with the word after it) is one piece of knowledge: a
 * day, a weekday, a time, an offset. A second one of a kind is a contradiction.
 */
#ifndef BASE_DATE_WORDS_H
#define BASE_DATE_WORDS_H

#include <stdbool.h>

#include "base/date.h"

struct date_pieces {
    bool past; /* weekdays and days without a year are the last ones */
    bool month_first;
    bool has_day, has_weekday, has_time, has_offset, has_minutes;
    bool counted;         /* the offset was counted ("in 3 days"): the clock is kept; "tomorrow" gets 09:00 */
    int year, month, day; /* each 0 while unknown */
    int weekday;          /* 0 is Monday */
    bool next;
    int hour, minute;
    int offset_days, offset_months;
    bool first_of_week, first_of_month;
    int64_t minutes;
};

/* Fills in `out`; options are those of date_parse(). DATE_EMPTY, DATE_UNCLEAR, DATE_IMPOSSIBLE (25:00) or
 * DATE_OUT_OF_RANGE (a step of more than 100000), and then what is in `out` means nothing. Whether a day
 * exists is not looked at. */
enum date_result date_words_read(const char *text, unsigned options, struct date_pieces *out);

#endif
