#include "base/phone.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define E164_LONGEST  15
#define E164_SHORTEST 8

struct country {
    const char *iso, *calling_code;
    const char *trunk;         /* written before a number within the country, "" for none */
    const char *international; /* written before a calling code */
    size_t shortest, longest;  /* digits of a number without trunk prefix */
    const char *groups; /* how people write it, after the calling code; the rest follows in one group */
};

static const struct country countries[] = {
    {"IN", "91", "0", "00", 10, 10, "55"},  {"US", "1", "1", "011", 10, 10, "334"},
    {"CA", "1", "1", "011", 10, 10, "334"}, {"GB", "44", "0", "00", 9, 10, "436"},
    {"AE", "971", "0", "00", 8, 9, "234"},  {"AU", "61", "0", "0011", 9, 9, "333"},
    {"BD", "880", "0", "00", 8, 10, "46"},  {"BE", "32", "0", "00", 8, 9, "3222"},
    {"BR", "55", "0", "00", 10, 11, "254"}, {"CH", "41", "0", "00", 9, 9, "2322"},
    {"CN", "86", "0", "00", 9, 11, "344"},  {"DE", "49", "0", "00", 6, 12, "34"},
    {"ES", "34", "", "00", 9, 9, "333"},    {"FR", "33", "0", "00", 9, 9, "12222"},
    {"HK", "852", "", "001", 8, 8, "44"},   {"IE", "353", "0", "00", 7, 9, "234"},
    {"IT", "39", "", "00", 6, 11, "334"},   {"JP", "81", "0", "010", 9, 10, "244"},
    {"KE", "254", "0", "000", 9, 9, "333"}, {"KR", "82", "0", "00", 8, 10, "244"},
    {"KW", "965", "", "00", 8, 8, "44"},    {"LK", "94", "0", "00", 9, 9, "234"},
    {"MY", "60", "0", "00", 8, 10, "234"},  {"NL", "31", "0", "00", 9, 9, "234"},
    {"NP", "977", "0", "00", 8, 10, "37"},  {"NZ", "64", "0", "00", 8, 10, "234"},
    {"OM", "968", "", "00", 8, 8, "44"},    {"PK", "92", "0", "00", 9, 10, "37"},
    {"PL", "48", "", "00", 9, 9, "333"},    {"QA", "974", "", "00", 8, 8, "44"},
    {"SA", "966", "0", "00", 8, 9, "234"},  {"SE", "46", "0", "00", 7, 10, "2323"},
    {"SG", "65", "", "000", 8, 8, "44"},    {"ZA", "27", "0", "00", 9, 9, "234"},
};

#define COUNTRY_COUNT (sizeof countries / sizeof *countries)

static const struct country *find_by_iso(const char *iso)
{
    for (size_t i = 0; i < COUNTRY_COUNT; i++) {
        if (text_equal_nocase(countries[i].iso, iso)) {
            return &countries[i];
        }
    }
    return NULL;
}

/* No calling code begins with another, so that the first match is the one. */
static const struct country *find_by_calling_code(const char *digits)
{
    for (size_t i = 0; i < COUNTRY_COUNT; i++) {
        if (strncmp(digits, countries[i].calling_code, strlen(countries[i].calling_code)) == 0) {
            return &countries[i];
        }
    }
    return NULL;
}

struct digits {
    char digit[40];
    size_t count;
    bool plus;
};

/* Takes the digits and drops what people write between them. "(0)" after a calling code is the trunk prefix
 * shown. */
static enum phone_result collect(const char *text, struct digits *out)
{
    *out = (struct digits){.count = 0};
    for (const char *at = text; *at != '\0'; at++) {
        if (out->plus && strncmp(at, "(0)", 3) == 0) {
            at += 2;
        } else if (isdigit((unsigned char)*at)) {
            if (out->count == sizeof out->digit - 1) {
                return PHONE_TOO_LONG;
            }
            out->digit[out->count++] = *at;
        } else if (*at == '+' && out->count == 0 && !out->plus) {
            out->plus = true;
        } else if (strchr(" \t-./()", *at) == NULL) {
            return PHONE_NOT_A_NUMBER;
        }
    }
    if (out->count == 0) {
        return out->plus || text[strspn(text, " \t")] != '\0' ? PHONE_NOT_A_NUMBER : PHONE_EMPTY;
    }
    return PHONE_OK;
}

static enum phone_result check_length(size_t length, size_t shortest, size_t longest)
{
    if (length < shortest) {
        return PHONE_TOO_SHORT;
    }
    return length > longest ? PHONE_TOO_LONG : PHONE_OK;
}

static bool one_digit_repeated(const char *digits)
{
    return strspn(digits, (char[]){digits[0], '\0'}) == strlen(digits);
}

static enum phone_result write_number(const char *calling_code, const char *number, char out[PHONE_SIZE])
{
    if (one_digit_repeated(number)) {
        return PHONE_NOT_A_NUMBER;
    }
    if (strlen(calling_code) + strlen(number) > E164_LONGEST) {
        return PHONE_TOO_LONG;
    }
    snprintf(out, PHONE_SIZE, "+%s%s", calling_code, number);
    return PHONE_OK;
}

/* `digits` begin with a calling code. */
static enum phone_result parse_international(const char *digits, char out[PHONE_SIZE])
{
    const struct country *country = find_by_calling_code(digits);
    enum phone_result result = PHONE_NOT_A_NUMBER;
    if (digits[0] == '0') {
        return result;
    }
    if (country == NULL) {
        result = check_length(strlen(digits), E164_SHORTEST, E164_LONGEST);
        return result == PHONE_OK ? write_number("", digits, out) : result;
    }
    const char *number = digits + strlen(country->calling_code);
    result = check_length(strlen(number), country->shortest, country->longest);
    return result == PHONE_OK ? write_number(country->calling_code, number, out) : result;
}

static bool has_prefix(const char *digits, const char *prefix)
{
    return prefix[0] != '\0' && strncmp(digits, prefix, strlen(prefix)) == 0;
}

/* A number as dialled within the country; also one with the calling code and no plus, when only so its length
 * is right. */
static enum phone_result parse_national(const struct country *country, const char *digits,
                                        char out[PHONE_SIZE])
{
    const char *number = digits;
    if (has_prefix(number, country->trunk)) {
        number += strlen(country->trunk);
    }
    size_t code_length = strlen(country->calling_code);
    if (strlen(number) > country->longest && has_prefix(number, country->calling_code) &&
        check_length(strlen(number) - code_length, country->shortest, country->longest) == PHONE_OK) {
        number += code_length;
    }
    enum phone_result result = check_length(strlen(number), country->shortest, country->longest);
    if (result == PHONE_OK && number[0] == '0' && country->trunk[0] == '0') {
        return PHONE_NOT_A_NUMBER;
    }
    return result == PHONE_OK ? write_number(country->calling_code, number, out) : result;
}

enum phone_result phone_parse(const char *text, const char *country_code, char out[PHONE_SIZE])
{
    struct digits digits;
    const struct country *country = find_by_iso(country_code);
    enum phone_result result = collect(text, &digits);
    if (result != PHONE_OK) {
        return result;
    }
    if (digits.plus) {
        return parse_international(digits.digit, out);
    }
    if (country == NULL) {
        return PHONE_UNKNOWN_COUNTRY;
    }
    if (has_prefix(digits.digit, country->international)) {
        return parse_international(digits.digit + strlen(country->international), out);
    }
    return parse_national(country, digits.digit, out);
}

const char *phone_explain(enum phone_result result)
{
    switch (result) {
    case PHONE_OK:
        return "";
    case PHONE_EMPTY:
        return "no number was given";
    case PHONE_NOT_A_NUMBER:
        return "write digits only, after a + for another country";
    case PHONE_TOO_SHORT:
        return "it has too few digits";
    case PHONE_TOO_LONG:
        return "it has too many digits";
    case PHONE_UNKNOWN_COUNTRY:
        return "write it with + and the country's calling code";
    }
    return "";
}

char *phone_format(struct arena *arena, const char *e164)
{
    const struct country *country = e164[0] == '+' ? find_by_calling_code(e164 + 1) : NULL;
    if (country == NULL) {
        return arena_strdup(arena, e164);
    }
    size_t code_length = strlen(country->calling_code);
    struct text out = text_new(arena);
    text_add_bytes(&out, e164, code_length + 1);
    const char *rest = e164 + 1 + code_length;
    for (const char *group = country->groups; *rest != '\0'; group += *group == '\0' ? 0 : 1) {
        size_t wanted = *group == '\0' || group[1] == '\0' ? strlen(rest) : (size_t)(*group - '0');
        size_t taken = strlen(rest) < wanted ? strlen(rest) : wanted;
        text_add_char(&out, ' ');
        text_add_bytes(&out, rest, taken);
        rest += taken;
    }
    return out.data;
}
