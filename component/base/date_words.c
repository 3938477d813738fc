#include "base/date_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WORD_LIMIT   16
#define WORD_SIZE    24
#define LONGEST_STEP 100000 /* days, hours ... that may follow "in" */

struct words {
    char word[WORD_LIMIT][WORD_SIZE];
    size_t count;
};

/* ---- words ---- */

/* `out` is empty. */
static enum date_result split(const char *text, struct words *out)
{
    const char *at = text + strspn(text, " \t,");
    while (*at != '\0') {
        size_t length = strcspn(at, " \t,");
        if (out->count == WORD_LIMIT || length >= WORD_SIZE) {
            return DATE_UNCLEAR;
        }
        char *word = out->word[out->count++];
        for (size_t i = 0; i < length; i++) {
            word[i] = (char)tolower((unsigned char)at[i]);
        }
        word[length] = '\0';
        at += length;
        at += strspn(at, " \t,");
    }
    return out->count == 0 ? DATE_EMPTY : DATE_OK;
}

/* The index of a name given in full or by its first letters, at least three; -1 when it is none. */
static int find_name(const char *const *names, int count, const char *word)
{
    size_t length = strlen(word);
    if (length > 3 && word[length - 1] == '.') {
        length--;
    }
    for (int i = 0; i < count && length >= 3; i++) {
        if (strncmp(names[i], word, length) == 0) {
            return i;
        }
    }
    return -1;
}

static int find_month(const char *word)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    return find_name(names, 12, word) + 1;
}

static int find_weekday(const char *word)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    return find_name(names, 7, word);
}

/* A plain number with at most five digits, or an ordinal such as "1st"; -1 when it is none. */
static int read_number(const char *word)
{
    if (strcmp(word, "a") == 0 || strcmp(word, "an") == 0 || strcmp(word, "one") == 0) {
        return 1;
    }
    size_t digits = strspn(word, "0123456789");
    const char *rest = word + digits;
    bool ordinal = strcmp(rest, "st") == 0 || strcmp(rest, "nd") == 0 || strcmp(rest, "rd") == 0 ||
                   strcmp(rest, "th") == 0;
    if (digits == 0 || digits > 5 || (*rest != '\0' && !ordinal)) {
        return -1;
    }
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (word[i] - '0');
    }
    return value;
}

/* ---- pieces ---- */

static enum date_result set_time(struct date_pieces *pieces, int hour, int minute)
{
    if (pieces->has_time) {
        return DATE_UNCLEAR;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return DATE_IMPOSSIBLE;
    }
    pieces->has_time = true;
    pieces->hour = hour;
    pieces->minute = minute;
    return DATE_OK;
}

static enum date_result set_day(struct date_pieces *pieces, int year, int month, int day)
{
    if (pieces->has_day) {
        return DATE_UNCLEAR;
    }
    pieces->has_day = true;
    pieces->year = year;
    pieces->month = month;
    pieces->day = day;
    return DATE_OK;
}

static enum date_result set_offset(struct date_pieces *pieces, int days, int months)
{
    if (pieces->has_offset) {
        return DATE_UNCLEAR;
    }
    pieces->has_offset = true;
    pieces->offset_days = days;
    pieces->offset_months = months;
    return DATE_OK;
}

/* Twelve-hour clock: 12am is midnight, 12pm is noon. */
static enum date_result set_half_day_time(struct date_pieces *pieces, int hour, int minute, bool afternoon)
{
    if (hour < 1 || hour > 12) {
        return DATE_IMPOSSIBLE;
    }
    return set_time(pieces, hour % 12 + (afternoon ? 12 : 0), minute);
}

static bool is_half_day(const char *word, bool *afternoon)
{
    *afternoon = word[0] == 'p';
    return strcmp(word, "am") == 0 || strcmp(word, "pm") == 0 || strcmp(word, "a.m.") == 0 ||
           strcmp(word, "p.m.") == 0;
}

/* How a matcher answers: not mine, or taken with a result. */
struct match {
    bool taken;
    enum date_result result;
    size_t words;
};

static const struct match not_mine = {.taken = false};

static struct match took(enum date_result result, size_t words)
{
    return (struct match){.taken = true, .result = result, .words = words};
}

/* Takes a run of `least` to `most` digits at *at and goes past it; false when there is no such run. */
static bool take_digits(const char **at, size_t least, size_t most, int *out)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits < least || digits > most) {
        return false;
    }
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *out = value;
    return true;
}

/* Takes ":30" or ":30:15" if there is a colon; `minute` stays when there is none. False for what is no time.
 */
static bool take_minutes(const char **at, int *minute)
{
    int second = 0;
    if (**at != ':') {
        return true;
    }
    ++*at;
    if (!take_digits(at, 2, 2, minute)) {
        return false;
    }
    if (**at != ':') {
        return true;
    }
    ++*at;
    return take_digits(at, 2, 2, &second) && second < 60;
}

/* "10:30", "10:30:15", "5pm", "5:30pm", "5:30 pm"; `next` is the word after it or "". */
static struct match match_time(struct date_pieces *pieces, const char *word, const char *next)
{
    const char *at = word;
    int hour;
    int minute = 0;
    bool afternoon;
    if (!take_digits(&at, 1, 2, &hour)) {
        return not_mine;
    }
    bool has_minutes = *at == ':';
    if (!take_minutes(&at, &minute)) {
        return took(DATE_IMPOSSIBLE, 1);
    }
    if (is_half_day(at, &afternoon)) {
        return took(set_half_day_time(pieces, hour, minute, afternoon), 1);
    }
    if (*at != '\0') {
        return not_mine;
    }
    if (is_half_day(next, &afternoon)) {
        return took(set_half_day_time(pieces, hour, minute, afternoon), 2);
    }
    if (strcmp(next, "baje") == 0) {
        /* Nobody is called at four in the morning. */
        return took(set_time(pieces, hour >= 1 && hour <= 7 ? hour + 12 : hour, minute), 2);
    }
    return has_minutes ? took(set_time(pieces, hour, minute), 1) : not_mine;
}

static bool is_separator(char c)
{
    return c == '-' || c == '/' || c == '.';
}

/* "2026-12-01", "2026-12-01t10:30", "2026/12/01". */
static struct match match_year_first(struct date_pieces *pieces, const char *word)
{
    const char *at = word;
    int year;
    int month;
    int day;
    if (!take_digits(&at, 4, 4, &year) || !is_separator(*at)) {
        return not_mine;
    }
    char separator = *at++;
    if (!take_digits(&at, 1, 2, &month) || *at++ != separator || !take_digits(&at, 1, 2, &day)) {
        return took(DATE_UNCLEAR, 1);
    }
    if (month < 1 || day < 1) {
        return took(DATE_IMPOSSIBLE, 1);
    }
    if (year == 0) {
        return took(DATE_OUT_OF_RANGE, 1);
    }
    enum date_result result = set_day(pieces, year, month, day);
    if (result == DATE_OK && *at == 't') {
        struct match time = match_time(pieces, at + 1, "");
        return time.taken ? time : took(DATE_UNCLEAR, 1);
    }
    return took(*at == '\0' ? result : DATE_UNCLEAR, 1);
}

/* "/2026" or "/26" at the end of a word; `year` stays when there is nothing. False for anything else. */
static bool take_year(const char *at, char separator, int *year)
{
    if (*at == '\0') {
        return true;
    }
    size_t digits = strspn(at + 1, "0123456789");
    if (*at++ != separator || digits == 3 || !take_digits(&at, 2, 4, year) || *at != '\0') {
        return false;
    }
    *year += digits == 2 ? 2000 : 0;
    return true;
}

/* "1/12/2026", "1.12.2026", "1-12-26", "1/12". */
static struct match match_day_first(struct date_pieces *pieces, const char *word)
{
    const char *at = word;
    int day;
    int month;
    int year = 0;
    if (!take_digits(&at, 1, 2, &day) || !is_separator(*at)) {
        return not_mine;
    }
    char separator = *at++;
    if (!take_digits(&at, 1, 2, &month)) {
        return not_mine;
    }
    bool has_year = *at != '\0';
    if (!take_year(at, separator, &year)) {
        return took(DATE_UNCLEAR, 1);
    }
    if (day < 1 || month < 1) {
        return took(DATE_IMPOSSIBLE, 1);
    }
    if (has_year && year == 0) {
        return took(DATE_OUT_OF_RANGE, 1);
    }
    /* Dots are written where days come first. */
    if (pieces->month_first && separator != '.') {
        return took(set_day(pieces, year, day, month), 1);
    }
    return took(set_day(pieces, year, month, day), 1);
}

static enum date_result add_step(struct date_pieces *pieces, int count, const char *unit)
{
    static const struct {
        const char *name, *short_name;
        int minutes, days, months;
    } units[] = {
        {"minute", "min", 1, 0, 0}, {"hour", "hr", 60, 0, 0}, {"day", "d", 0, 1, 0},
        {"week", "wk", 0, 7, 0},    {"month", "mo", 0, 0, 1}, {"year", "yr", 0, 0, 12},
    };
    char singular[WORD_SIZE];
    snprintf(singular, sizeof singular, "%s", unit);
    size_t length = strlen(singular);
    if (length > 1 && singular[length - 1] == 's') {
        singular[length - 1] = '\0';
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(singular, units[i].name) != 0 && strcmp(singular, units[i].short_name) != 0 &&
            !(i == 1 && strcmp(singular, "h") == 0)) {
            continue;
        }
        if (count > LONGEST_STEP) {
            return DATE_OUT_OF_RANGE;
        }
        if (units[i].minutes > 0) {
            pieces->has_minutes = true;
            pieces->minutes += (int64_t)count * units[i].minutes;
            return DATE_OK;
        }
        return set_offset(pieces, count * units[i].days, count * units[i].months);
    }
    return DATE_UNCLEAR;
}

/* "1 dec", "1 dec 2026", "3 days"; the number is words[at]. */
static struct match match_counted(struct date_pieces *pieces, const struct words *words, size_t at)
{
    int number = read_number(words->word[at]);
    if (number < 0 || at + 1 == words->count) {
        return not_mine;
    }
    int month = find_month(words->word[at + 1]);
    if (month == 0) {
        return took(add_step(pieces, number, words->word[at + 1]), 2);
    }
    int year =
        at + 2 < words->count && strlen(words->word[at + 2]) == 4 ? read_number(words->word[at + 2]) : -1;
    if (number < 1) {
        return took(DATE_IMPOSSIBLE, 2);
    }
    return took(set_day(pieces, year < 0 ? 0 : year, month, number), year < 0 ? 2 : 3);
}

/* "dec 1", "dec 1 2026". */
static struct match match_month_first(struct date_pieces *pieces, const struct words *words, size_t at)
{
    int month = find_month(words->word[at]);
    int day = at + 1 < words->count ? read_number(words->word[at + 1]) : -1;
    if (month == 0 || day < 0) {
        return not_mine;
    }
    int year =
        at + 2 < words->count && strlen(words->word[at + 2]) == 4 ? read_number(words->word[at + 2]) : -1;
    if (day < 1) {
        return took(DATE_IMPOSSIBLE, 2);
    }
    return took(set_day(pieces, year < 0 ? 0 : year, month, day), year < 0 ? 2 : 3);
}

static struct match match_weekday(struct date_pieces *pieces, const char *word)
{
    int weekday = find_weekday(word);
    if (weekday < 0) {
        return not_mine;
    }
    if (pieces->has_weekday) {
        return took(DATE_UNCLEAR, 1);
    }
    pieces->has_weekday = true;
    pieces->weekday = weekday;
    return took(DATE_OK, 1);
}

/* "next week", "next month", "next friday" (the weekday follows as a word of its own). */
static struct match match_next(struct date_pieces *pieces, const char *word, const char *next)
{
    if (strcmp(word, "next") != 0) {
        return not_mine;
    }
    if (find_weekday(next) >= 0) {
        pieces->next = true;
        return took(DATE_OK, 1);
    }
    return took(add_step(pieces, 1, next), 2);
}

/* "at 11", "at 4" at the end: in office hours, from eight to seven. */
static struct match match_hour(struct date_pieces *pieces, const struct words *words, size_t at)
{
    int hour;
    const char *digits = at + 2 == words->count ? words->word[at + 1] : "";
    if (strcmp(words->word[at], "at") != 0 || !take_digits(&digits, 1, 2, &hour) || digits[0] != '\0' ||
        hour < 1 || hour > 23) {
        return not_mine;
    }
    return took(set_time(pieces, hour < 8 ? hour + 12 : hour, 0), 2);
}

static struct match match_plain(struct date_pieces *pieces, const struct words *words, size_t at)
{
    static const struct {
        const char *name;
        int hour, minute;
    } times[] = {{"noon", 12, 0},      {"midnight", 0, 0}, {"morning", 9, 0},
                 {"afternoon", 15, 0}, {"evening", 18, 0}, {"tonight", 20, 0},
                 {"eod", 18, 0},       {"subah", 9, 0},    {"shaam", 18, 0}};
    static const struct {
        const char *name;
        int days;
    } days[] = {{"today", 0},   {"tonight", 0},   {"tomorrow", 1},   {"tmrw", 1}, {"tom", 1},
                {"tomorow", 1}, {"tommorrow", 1}, {"yesterday", -1}, {"aaj", 0}};
    /* Days away, in the direction that one looks. */
    static const struct {
        const char *name;
        int days;
    } ways[] = {{"kal", 1}, {"parso", 2}, {"parson", 2}};
    static const char *const noise[] = {"at", "on", "in", "the", "this", "by", "coming", "and"};
    const char *word = words->word[at];
    struct match hour = match_hour(pieces, words, at);
    if (hour.taken) {
        return hour;
    }
    if (strcmp(word, "now") == 0) {
        pieces->has_minutes = true;
        return took(DATE_OK, 1);
    }
    if (at + 2 < words->count && strcmp(word, "day") == 0 && strcmp(words->word[at + 1], "after") == 0 &&
        strcmp(words->word[at + 2], "tomorrow") == 0) {
        return took(set_offset(pieces, 2, 0), 3);
    }
    struct match match = not_mine;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        if (strcmp(word, days[i].name) == 0) {
            match = took(set_offset(pieces, days[i].days, 0), 1);
            break;
        }
    }
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(word, ways[i].name) == 0) {
            return took(set_offset(pieces, pieces->past ? -ways[i].days : ways[i].days, 0), 1);
        }
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (strcmp(word, times[i].name) == 0 && (!match.taken || match.result == DATE_OK)) {
            return took(set_time(pieces, times[i].hour, times[i].minute), 1);
        }
    }
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++) {
        if (strcmp(word, noise[i]) == 0) {
            return took(DATE_OK, 1);
        }
    }
    return match;
}

/* "this week", looking back: since its Monday; "this month": since its first. */
static struct match match_this(struct date_pieces *pieces, const char *word, const char *next)
{
    bool month = strcmp(next, "month") == 0;
    if (!pieces->past || strcmp(word, "this") != 0 || (!month && strcmp(next, "week") != 0)) {
        return not_mine;
    }
    if (pieces->has_offset) {
        return took(DATE_UNCLEAR, 2);
    }
    pieces->has_offset = true;
    pieces->first_of_month = month;
    pieces->first_of_week = !month;
    return took(DATE_OK, 2);
}

/* Looking back: "last 7 days", "last week", "last friday", "7 days ago", and "7 days" where "since" stands
 * before it. */
static struct match match_back(struct date_pieces *pieces, const struct words *words, size_t at)
{
    const char *word = words->word[at];
    bool last = strcmp(word, "last") == 0 || strcmp(word, "past") == 0;
    size_t number_at = at + last;
    if (!pieces->past || number_at >= words->count ||
        (at > 0 && strcmp(words->word[at - 1], "in") == 0 && !last)) {
        return not_mine;
    }
    if (last && find_weekday(words->word[number_at]) >= 0) {
        return took(DATE_OK, 1);
    }
    int number = read_number(words->word[number_at]);
    if (number < 0 && last) {
        return took(add_step(pieces, -1, words->word[number_at]), 2);
    }
    bool counts = number >= 0 && number_at + 1 < words->count && find_month(words->word[number_at + 1]) == 0;
    if (!counts) {
        return not_mine;
    }
    bool ago = number_at + 2 < words->count && strcmp(words->word[number_at + 2], "ago") == 0;
    return took(number > LONGEST_STEP ? DATE_OUT_OF_RANGE
                                      : add_step(pieces, -number, words->word[number_at + 1]),
                2 + last + ago);
}

static struct match match_word(struct date_pieces *pieces, const struct words *words, size_t at)
{
    const char *word = words->word[at];
    const char *next = at + 1 < words->count ? words->word[at + 1] : "";
    struct match match = match_this(pieces, word, next);
    if (!match.taken) {
        match = match_back(pieces, words, at);
    }
    if (!match.taken) {
        match = match_plain(pieces, words, at);
    }
    if (!match.taken) {
        match = match_next(pieces, word, next);
    }
    if (!match.taken) {
        match = match_weekday(pieces, word);
    }
    if (!match.taken) {
        match = match_year_first(pieces, word);
    }
    if (!match.taken) {
        match = match_time(pieces, word, next);
    }
    if (!match.taken) {
        match = match_day_first(pieces, word);
    }
    if (!match.taken) {
        match = match_month_first(pieces, words, at);
    }
    if (!match.taken) {
        match = match_counted(pieces, words, at);
    }
    return match;
}

static enum date_result collect(const struct words *words, struct date_pieces *pieces)
{
    for (size_t at = 0; at < words->count;) {
        struct match match = match_word(pieces, words, at);
        if (!match.taken || match.result != DATE_OK) {
            return match.taken ? match.result : DATE_UNCLEAR;
        }
        at += match.words;
    }
    return DATE_OK;
}

/* True when the offset was counted ("in 3 days"), so that the clock is kept; named days ("tomorrow") get
 * 09:00. */
static bool offset_was_counted(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (read_number(words->word[i]) >= 0 && i + 1 < words->count) {
            return true;
        }
    }
    return false;
}

enum date_result date_words_read(const char *text, unsigned options, struct date_pieces *out)
{
    struct words words = {.count = 0};
    *out = (struct date_pieces){.past = (options & DATE_PAST) != 0,
                                .month_first = (options & DATE_MONTH_FIRST) != 0};
    enum date_result result = split(text, &words);
    if (result == DATE_OK) {
        result = collect(&words, out);
    }
    out->counted = out->has_offset && offset_was_counted(&words);
    return result;
}
