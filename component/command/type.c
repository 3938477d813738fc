#include "command/type.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/email.h"
#include "base/log.h"
#include "base/money.h"
#include "base/phone.h"
#include "base/similar.h"
#include "base/text.h"
#include "command/table.h"

/* What a number without a calling code and an amount without a currency are of, where only their look counts;
 * else the settings phone.country and money.currency say it. */
#define DEFAULT_COUNTRY  "IN"
#define DEFAULT_CURRENCY "INR"

#define PHONE_LIKE     8 /* digits that are more than an amount without a currency has */
#define CHOICE_LETTERS 5 /* a slip in a shorter word may be another word */

static bool read_text(const struct type_reader *reader, const struct param *param, const char *given,
                      struct value *out)
{
    (void)param;
    out->text = text_squeeze(reader->arena, given);
    return out->text[0] != '\0';
}

static bool read_longtext(const struct type_reader *reader, const struct param *param, const char *given,
                          struct value *out)
{
    (void)param;
    out->text = text_of_lines(reader->arena, given);
    return out->text[0] != '\0';
}

static bool read_email(const struct type_reader *reader, const struct param *param, const char *given,
                       struct value *out)
{
    char *address = NULL;
    (void)param;
    if (email_parse(reader->arena, given, &address) != 0) {
        return false;
    }
    out->text = address;
    return true;
}

static bool read_phone(const struct type_reader *reader, const struct param *param, const char *given,
                       struct value *out)
{
    char number[PHONE_SIZE];
    (void)param;
    enum phone_result result =
        phone_parse(given, reader->country == NULL ? DEFAULT_COUNTRY : reader->country, number);
    out->why = phone_explain(result);
    out->text = result == PHONE_OK ? arena_strdup(reader->arena, number) : NULL;
    return result == PHONE_OK;
}

static const char *show_phone(struct arena *arena, const char *value)
{
    return phone_format(arena, value);
}

const char *type_money(struct arena *arena, int64_t minor, const char *currency)
{
    int places = money_exponent(currency);
    int64_t unit = 1;
    for (int i = 0; i < places; i++) {
        unit *= 10;
    }
    if (places <= 0) {
        return arena_printf(arena, "%lld %s", (long long)minor, currency);
    }
    return arena_printf(arena, "%lld.%0*lld %s", (long long)(minor / unit), places, (long long)(minor % unit),
                        currency);
}

static bool read_money(const struct type_reader *reader, const struct param *param, const char *given,
                       struct value *out)
{
    struct money money;
    (void)param;
    enum money_result result =
        money_parse(given, reader->currency == NULL ? DEFAULT_CURRENCY : reader->currency, &money);
    out->why = money_explain(result);
    if (result != MONEY_OK) {
        return false;
    }
    out->number = money.minor;
    out->currency = arena_strdup(reader->arena, money.currency);
    out->text = type_money(reader->arena, money.minor, money.currency);
    return true;
}

static const char *show_money(struct arena *arena, const char *value)
{
    struct money money;
    return money_parse(value, DEFAULT_CURRENCY, &money) == MONEY_OK ? money_format(arena, money) : value;
}

/* The number in `count` digits at `at`, or -1. */
static int read_digits(const char *at, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        number = number * 10 + (at[i] - '0');
    }
    return number;
}

/* "2026-11-22 20:28…", as PostgreSQL writes a clock. */
static bool read_clock(const char *now, struct date_local *clock)
{
    if (strlen(now) < strlen("2026-11-22 20:28")) {
        return false;
    }
    *clock = (struct date_local){.year = read_digits(now, 4),
                                 .month = read_digits(now + 5, 2),
                                 .day = read_digits(now + 8, 2),
                                 .hour = read_digits(now + 11, 2),
                                 .minute = read_digits(now + 14, 2)};
    return clock->year >= 0 && clock->month >= 1 && clock->month <= 12 && clock->day >= 1 &&
           clock->hour >= 0 && clock->minute >= 0;
}

/* Where a day is written after its month. */
static unsigned date_options(const struct type_reader *reader, const struct param *param)
{
    const char *locale = reader->locale == NULL ? "" : reader->locale;
    bool month_first = strcmp(locale, "en-US") == 0 || strcmp(locale, "en_US") == 0;
    return (month_first ? DATE_MONTH_FIRST : 0) | ((param->flags & PARAM_PAST) != 0 ? DATE_PAST : 0);
}

/* Leaves `text` as what PostgreSQL makes a moment of (see args_resolve): a local time, or "150 minutes" from
 * now. */
static bool read_date(const struct type_reader *reader, const struct param *param, const char *given,
                      struct value *out)
{
    struct date_local now;
    struct date date;
    if (!read_clock(reader->now, &now)) {
        log_bug("a clock shows “%s”", reader->now);
    }
    enum date_result result = date_parse(given, &now, date_options(reader, param), &date);
    out->why = date_explain(result);
    if (result != DATE_OK) {
        return false;
    }
    out->number = date.kind == DATE_INTERVAL;
    out->text = arena_strdup(reader->arena, date.text);
    return true;
}

/* "Tue 1 Dec 2026, 10:30" for a local time. */
static const char *show_date(struct arena *arena, const char *value)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const int offsets[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    struct date_local at;
    if (!read_clock(value, &at)) {
        return value;
    }
    int year = at.month < 3 ? at.year - 1 : at.year;
    int weekday = (year + year / 4 - year / 100 + year / 400 + offsets[at.month - 1] + at.day) % 7;
    return arena_printf(arena, "%s %d %s %d, %02d:%02d", days[weekday], at.day, months[at.month - 1], at.year,
                        at.hour, at.minute);
}

static const char *choice_of(const struct param *param, const char *given)
{
    for (const struct choice *choice = param->choices; choice->value != NULL; choice++) {
        if (text_equal_nocase(choice->value, given) || text_equal_nocase(choice->label, given)) {
            return choice->value;
        }
    }
    return NULL;
}

/* "new, assigned" and "new or assigned". */
static bool read_choices(const struct type_reader *reader, const struct param *param, const char *given,
                         struct value *out)
{
    struct text text = text_new(reader->arena);
    for (const char *at = given + strspn(given, ", "); *at != '\0'; at += strspn(at, ", ")) {
        const char *word = arena_strndup(reader->arena, at, strcspn(at, ", "));
        const char *choice = choice_of(param, word);
        at += strlen(word);
        if (choice != NULL) {
            text_addf(&text, "%s%s", text.length == 0 ? "" : ",", choice);
        } else if (text.length == 0 || (!text_equal_nocase(word, "or") && !text_equal_nocase(word, "and"))) {
            return false;
        }
    }
    out->text = text.data;
    return text.length > 0;
}

static bool read_choice(const struct type_reader *reader, const struct param *param, const char *given,
                        struct value *out)
{
    const char *squeezed = text_squeeze(reader->arena, given);
    out->text = choice_of(param, squeezed);
    return out->text != NULL ||
           ((param->flags & PARAM_MANY) != 0 && read_choices(reader, param, squeezed, out));
}

/* "3 days", "2 weeks", "36h": an interval as PostgreSQL reads it. */
static bool read_age(const struct type_reader *reader, const struct param *param, const char *given,
                     struct value *out)
{
    static const char *const units[][4] = {{"hour", "hours", "h", "hrs"},
                                           {"day", "days", "d", NULL},
                                           {"week", "weeks", "w", NULL},
                                           {"month", "months", NULL, NULL},
                                           {"year", "years", "y", NULL}};
    char *word;
    (void)param;
    long count = strtol(given, &word, 10);
    word = text_squeeze(reader->arena, word);
    for (size_t i = 0; given[0] >= '0' && given[0] <= '9' && i < sizeof units / sizeof units[0]; i++) {
        for (size_t j = 0; j < 4 && units[i][j] != NULL; j++) {
            if (text_equal_nocase(units[i][j], word) && count > 0 && count <= 1000) {
                out->text =
                    arena_printf(reader->arena, "%ld %s%s", count, units[i][0], count == 1 ? "" : "s");
                return true;
            }
        }
    }
    return false;
}

/* Any name may be someone's: who it is, the database knows. */
static bool read_person(const struct type_reader *reader, const struct param *param, const char *given,
                        struct value *out)
{
    return read_text(reader, param, given, out);
}

static bool read_command(const struct type_reader *reader, const struct param *param, const char *given,
                         struct value *out)
{
    (void)param;
    out->text = command_table_topic(reader->arena, reader->table, text_squeeze(reader->arena, given));
    return out->text != NULL;
}

static bool read_number(const struct type_reader *reader, const struct param *param, const char *given,
                        struct value *out)
{
    (void)param;
    char *end;
    const char *digits = given[0] == '#' ? given + 1 : given;
    size_t length = strlen(digits);
    out->number = strtoll(digits, &end, 10);
    out->text = arena_printf(reader->arena, "%lld", (long long)out->number);
    return length > 0 && length <= 18 && *end == '\0' && end != digits &&
           (digits[0] == '-' || digits[0] >= '0');
}

static bool read_boolean(const struct type_reader *reader, const struct param *param, const char *given,
                         struct value *out)
{
    static const char *const words[][2] = {
        {"yes", "no"}, {"true", "false"}, {"1", "0"}, {"on", "off"}, {"y", "n"}};
    (void)reader;
    (void)param;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int no = 0; no < 2; no++) {
            if (text_equal_nocase(words[i][no], given)) {
                out->number = !no;
                out->text = no ? "false" : "true";
                return true;
            }
        }
    }
    return false;
}

static const char *show_boolean(struct arena *arena, const char *value)
{
    (void)arena;
    return strcmp(value, "true") == 0 ? "yes" : "no";
}

/* ---- what was meant to be one */

/* One word around an @: "foo@@bar", "asha@". "@priya" is somebody. */
static bool resembles_email(const struct type_reader *reader, const struct param *param, const char *given)
{
    (void)reader;
    (void)param;
    return strchr(given, '@') > given && strpbrk(given, " \t\n") == NULL;
}

/* Three short groups of digits, or two: a day and not a number. */
static bool is_day_shaped(const char *text)
{
    size_t groups = 0;
    for (; groups < 4; groups++) {
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits == 3 || digits > 4) {
            return false;
        }
        text += digits;
        if (*text == '\0') {
            return groups > 0;
        }
        if (strchr("-/.", *text++) == NULL) {
            return false;
        }
    }
    return false;
}

/* Nothing but digits and what is written between them: a plus before, or more than an amount has. */
static bool resembles_phone(const struct type_reader *reader, const struct param *param, const char *given)
{
    size_t digits = 0;
    (void)reader;
    (void)param;
    if (given[strspn(given, "+0123456789 -.()/")] != '\0' || is_day_shaped(given)) {
        return false;
    }
    for (const char *at = given; *at != '\0'; at++) {
        digits += *at >= '0' && *at <= '9';
    }
    bool grouped = strpbrk(given, " -()/") != NULL;
    return (given[0] == '+' && digits > 0) || digits >= PHONE_LIKE || (grouped && digits >= PHONE_LIKE - 2);
}

/* A sign of a currency beside digits, or an amount that cannot be. */
static bool resembles_money(const struct type_reader *reader, const struct param *param, const char *given)
{
    static const char *const signs[] = {"₹", "$", "€", "£", "¥", "₩"};
    struct money money;
    (void)reader;
    (void)param;
    enum money_result result = money_parse(given, DEFAULT_CURRENCY, &money);
    if (result == MONEY_TOO_PRECISE || result == MONEY_TOO_LARGE || result == MONEY_AMBIGUOUS) {
        return true;
    }
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        const char *sign = strstr(given, signs[i]);
        bool beside = sign != NULL && sign[strlen(signs[i])] >= '0' && sign[strlen(signs[i])] <= '9';
        bool short_one = strpbrk(given, " \t\n") == NULL;
        if (sign != NULL && (beside || strpbrk(given, "0123456789") != NULL) && short_one) {
            return true;
        }
    }
    return false;
}

/* A day or a time that there is not: "31 feb", "25:99". */
static bool resembles_date(const struct type_reader *reader, const struct param *param, const char *given)
{
    struct value value = {.present = false};
    struct date_local now;
    struct date date;
    if (read_date(reader, param, given, &value) || !read_clock(reader->now, &now)) {
        return false;
    }
    enum date_result result = date_parse(given, &now, date_options(reader, param), &date);
    return result == DATE_IMPOSSIBLE || result == DATE_OUT_OF_RANGE || is_day_shaped(given);
}

/* One word with a slip: "linkedn". */
static bool resembles_choice(const struct type_reader *reader, const struct param *param, const char *given)
{
    (void)reader;
    for (const struct choice *choice = param->choices; choice->value != NULL; choice++) {
        unsigned limit = similar_slip_limit(strlen(choice->value));
        if (strlen(choice->value) >= CHOICE_LETTERS && similar_slip(given, choice->value, limit) <= limit) {
            return true;
        }
    }
    return false;
}

static const struct type types[] = {
    [PARAM_TEXT] = {"text", "text", "Asha Rao", "text-single", "xs:string", 200, false, NULL, read_text,
                    NULL},
    [PARAM_LONGTEXT] = {"longtext", "text", "Needs 20 seats by March", "text-multi", NULL, 4000, false, NULL,
                        read_longtext, NULL},
    [PARAM_EMAIL] = {"email", "an email address", "asha@example.in", "text-single", "xs:string", 254, true,
                     resembles_email, read_email, NULL},
    [PARAM_PHONE] = {"phone", "a phone number", "+91 98765 43210", "text-single", "xs:string", 40, true,
                     resembles_phone, read_phone, show_phone},
    [PARAM_MONEY] = {"money", "an amount of money", "50000 INR", "text-single", "xs:string", 40, true,
                     resembles_money, read_money, show_money},
    [PARAM_DATE] = {"date", "a date", "tomorrow 10:30", "text-single", "xs:string", 40, true, resembles_date,
                    read_date, show_date},
    [PARAM_CHOICE] = {"choice", "one of the choices", "", "list-single", "xs:string", 100, true,
                      resembles_choice, read_choice, NULL},
    [PARAM_PERSON] = {"person", "a member of staff", "priya", "text-single", "xs:string", 120, false, NULL,
                      read_person, NULL},
    [PARAM_COMMAND] = {"command", "a command", "lead add", "list-single", "xs:string", 60, false, NULL,
                       read_command, NULL},
    [PARAM_NUMBER] = {"number", "a whole number", "42", "text-single", "xs:integer", 20, false, NULL,
                      read_number, NULL},
    [PARAM_AGE] = {"age", "a length of time", "3 days", "text-single", "xs:string", 20, false, NULL, read_age,
                   NULL},
    [PARAM_BOOLEAN] = {"boolean", "yes or no", "yes", "boolean", "xs:boolean", 10, false, NULL, read_boolean,
                       show_boolean},
};

const struct type *type_of(enum param_type type)
{
    return &types[type];
}

const char *type_expectation(struct arena *arena, const struct param *param)
{
    struct text text = text_new(arena);
    if (param->type != PARAM_CHOICE) {
        const struct type *type = type_of(param->type);
        text_addf(&text, "Give one such as %s.", type->example);
        return text.data;
    }
    text_add(&text, "Give one of: ");
    for (const struct choice *choice = param->choices; choice->value != NULL; choice++) {
        text_addf(&text, "%s%s", choice == param->choices ? "" : ", ", choice->value);
    }
    text_add_char(&text, '.');
    return text.data;
}

const struct choice *type_near_choice(struct arena *arena, const struct choice *choices, const char *given)
{
    size_t count = 0;
    while (choices != NULL && choices[count].value != NULL) {
        count++;
    }
    const char **names = arena_array(arena, 2 * count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[2 * i] = choices[i].value;
        names[2 * i + 1] = choices[i].label;
    }
    const char *near = similar_find(text_squeeze(arena, given), names, 2 * count);
    for (size_t i = 0; near != NULL && i < count; i++) {
        if (near == names[2 * i] || near == names[2 * i + 1]) {
            return &choices[i];
        }
    }
    return NULL;
}

/* What to say behind a value that does not read. */
static const char *expected(struct arena *arena, const struct param *param, const char *given)
{
    const struct choice *near =
        param->type == PARAM_CHOICE ? type_near_choice(arena, param->choices, given) : NULL;
    return near == NULL ? type_expectation(arena, param)
                        : arena_printf(arena, "Did you mean %s?", near->value);
}

static const char *trim(struct arena *arena, const char *given)
{
    given += strspn(given, " \t\r\n");
    size_t length = strlen(given);
    while (length > 0 && strchr(" \t\r\n", given[length - 1]) != NULL) {
        length--;
    }
    return arena_strndup(arena, given, length);
}

const char *type_read(const struct type_reader *reader, const struct param *param, const char *given,
                      struct value *out)
{
    const struct type *type = type_of(param->type);
    size_t limit = param->limit > 0 ? param->limit : type->limit;
    *out = (struct value){.present = false};
    if (given == NULL || (given = trim(reader->arena, given))[0] == '\0') {
        return NULL;
    }
    out->given = given;
    if ((param->flags & PARAM_CLEARS) != 0 && strcmp(given, "-") == 0) {
        out->cleared = true;
        return NULL;
    }
    size_t length = utf8_count(given);
    if (length > limit) {
        return arena_printf(reader->arena, "%s: this has %zu characters; at most %zu fit.", param->label,
                            length, limit);
    }
    out->present = type->read(reader, param, given, out);
    if (out->present) {
        return NULL;
    }
    bool why = out->why != NULL && out->why[0] != '\0';
    return arena_printf(reader->arena, "%s: “%s” is not %s%s%s. %s", param->label,
                        text_shorten(reader->arena, text_squeeze(reader->arena, given), 40), type->noun,
                        why ? ": " : "", why ? out->why : "", expected(reader->arena, param, given));
}

bool type_resembles(const struct type_reader *reader, const struct param *param, const char *given)
{
    const struct type *type = type_of(param->type);
    return type->resembles != NULL && type->resembles(reader, param, given);
}

const char *type_show(struct arena *arena, enum param_type type, const char *value)
{
    const char *(*show)(struct arena *, const char *) = type_of(type)->show;
    return value == NULL || show == NULL ? value : show(arena, value);
}
