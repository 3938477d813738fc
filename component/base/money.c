/* DESIGN: a reader walks the text once and takes what it meets, in any order: at most one currency (sign or
 * code), one number, one multiplier ("k", "lakh"). The amount is computed in integers with overflow checks:
 * digits without the dot, times the multiplier, times ten to the currency's places minus the decimals given.
 */
#include "base/money.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct currency {
    const char *code;
    int exponent;
    const char *sign; /* shown before the amount; NULL shows the code */
};

static const struct currency currencies[] = {
    {"INR", 2, "₹"},  {"USD", 2, "$"},  {"EUR", 2, "€"},  {"GBP", 2, "£"},  {"JPY", 0, "¥"},
    {"CNY", 2, NULL}, {"AED", 2, NULL}, {"AUD", 2, NULL}, {"BDT", 2, NULL}, {"BGN", 2, NULL},
    {"BHD", 3, NULL}, {"BRL", 2, NULL}, {"CAD", 2, NULL}, {"CHF", 2, NULL}, {"CZK", 2, NULL},
    {"DKK", 2, NULL}, {"HKD", 2, NULL}, {"HUF", 2, NULL}, {"IDR", 2, NULL}, {"ILS", 2, NULL},
    {"ISK", 0, NULL}, {"JOD", 3, NULL}, {"KRW", 0, "₩"},  {"KWD", 3, NULL}, {"LKR", 2, NULL},
    {"MXN", 2, NULL}, {"MYR", 2, NULL}, {"NOK", 2, NULL}, {"NPR", 2, NULL}, {"NZD", 2, NULL},
    {"OMR", 3, NULL}, {"PHP", 2, NULL}, {"PKR", 2, NULL}, {"PLN", 2, NULL}, {"QAR", 2, NULL},
    {"RON", 2, NULL}, {"SAR", 2, NULL}, {"SEK", 2, NULL}, {"SGD", 2, NULL}, {"THB", 2, NULL},
    {"TND", 3, NULL}, {"TRY", 2, NULL}, {"TWD", 2, NULL}, {"VND", 0, NULL}, {"ZAR", 2, NULL},
};

struct word {
    const char *word, *code;
};

static const struct word currency_words[] = {
    {"rs", "INR"},     {"rs.", "INR"},     {"re", "INR"},  {"rupee", "INR"}, {"rupees", "INR"},
    {"dollar", "USD"}, {"dollars", "USD"}, {"us$", "USD"}, {"euro", "EUR"},  {"euros", "EUR"},
    {"pound", "GBP"},  {"pounds", "GBP"},  {"yen", "JPY"},
};

struct multiplier {
    const char *word;
    int64_t factor;
};

static const struct multiplier multipliers[] = {
    {"k", 1000},          {"thousand", 1000},   {"l", 100000},      {"lac", 100000},
    {"lacs", 100000},     {"lakh", 100000},     {"lakhs", 100000},  {"m", 1000000},
    {"mn", 1000000},      {"million", 1000000}, {"cr", 10000000},   {"crore", 10000000},
    {"crores", 10000000}, {"b", 1000000000},    {"bn", 1000000000}, {"billion", 1000000000},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct currency *find_currency(const char *code)
{
    for (size_t i = 0; i < COUNT(currencies); i++) {
        if (text_equal_nocase(currencies[i].code, code)) {
            return &currencies[i];
        }
    }
    return NULL;
}

static const struct currency *find_currency_word(const char *word)
{
    for (size_t i = 0; i < COUNT(currency_words); i++) {
        if (text_equal_nocase(currency_words[i].word, word)) {
            return find_currency(currency_words[i].code);
        }
    }
    return find_currency(word);
}

int money_exponent(const char *currency)
{
    const struct currency *found = find_currency(currency);
    return found == NULL ? -1 : found->exponent;
}

struct reader {
    const char *at;
    const struct currency *currency;
    int64_t digits, factor; /* digits without the dot; 0 factor: none seen */
    int decimals;
    bool has_number;
    bool may_group; /* its one dot may group thousands: "1.200" */
};

/* Commas must stand between digits, with two or three digits after each, three after the last: 1,50,000 and
 * 150,000. */
static bool grouping_is_good(const char *begin, const char *end)
{
    const char *comma = memchr(begin, ',', (size_t)(end - begin));
    if (comma == NULL) {
        return true;
    }
    if (comma == begin || comma - begin > 3) {
        return false;
    }
    while (comma != NULL) {
        const char *next = memchr(comma + 1, ',', (size_t)(end - comma - 1));
        long group = (next == NULL ? end : next) - comma - 1;
        if (next == NULL ? group != 3 : group != 2 && group != 3) {
            return false;
        }
        comma = next;
    }
    return true;
}

static enum money_result add_digit(struct reader *reader, char digit)
{
    if (__builtin_mul_overflow(reader->digits, 10, &reader->digits) ||
        __builtin_add_overflow(reader->digits, digit - '0', &reader->digits)) {
        return MONEY_TOO_LARGE;
    }
    return MONEY_OK;
}

/* How long a number is whose dots group thousands, "1.200,50" or "1.200.000": 0 for any other. One dot
 * without a comma is no such number: it begins decimals. */
static size_t dotted_length(const char *at)
{
    size_t length = strspn(at, "0123456789");
    size_t dots = 0;
    if (length < 1 || length > 3) {
        return 0;
    }
    while (at[length] == '.' && strspn(at + length + 1, "0123456789") == 3) {
        length += 4;
        dots++;
    }
    size_t decimals = at[length] == ',' ? strspn(at + length + 1, "0123456789") : 0;
    bool good = dots > 1 || (dots == 1 && decimals > 0);
    return good && decimals <= 2 && at[length] != '.' ? length + (decimals > 0 ? decimals + 1 : 0) : 0;
}

static enum money_result read_dotted(struct reader *reader, size_t length)
{
    enum money_result result = MONEY_OK;
    const char *comma = memchr(reader->at, ',', length);
    const char *end = reader->at + length;
    for (; reader->at < end && result == MONEY_OK; reader->at++) {
        if (isdigit((unsigned char)*reader->at)) {
            result = add_digit(reader, *reader->at);
            reader->decimals += comma != NULL && reader->at > comma;
        }
    }
    return result;
}

static enum money_result read_number(struct reader *reader)
{
    if (reader->has_number) {
        return MONEY_NOT_A_NUMBER;
    }
    reader->has_number = true;
    size_t dotted = dotted_length(reader->at);
    if (dotted > 0) {
        return read_dotted(reader, dotted);
    }
    size_t whole = strspn(reader->at, "0123456789,");
    const char *end = reader->at + whole;
    if (end > reader->at && end[-1] == ',') {
        return MONEY_NOT_A_NUMBER;
    }
    if (!grouping_is_good(reader->at, end)) {
        return MONEY_NOT_A_NUMBER;
    }
    enum money_result result = MONEY_OK;
    for (; reader->at < end && result == MONEY_OK; reader->at++) {
        result = *reader->at == ',' ? MONEY_OK : add_digit(reader, *reader->at);
    }
    if (result != MONEY_OK || *reader->at != '.' || !isdigit((unsigned char)reader->at[1])) {
        return result;
    }
    /* Zeros at the end say nothing; they must not make "1.500 INR" too precise, nor overflow. */
    size_t decimals = strspn(++reader->at, "0123456789");
    const char *after = reader->at + decimals;
    reader->may_group = decimals == 3 && whole <= 3 && strspn(end - whole, "0") < whole;
    while (decimals > 0 && reader->at[decimals - 1] == '0') {
        decimals--;
    }
    for (size_t i = 0; i < decimals && result == MONEY_OK; i++, reader->decimals++) {
        result = add_digit(reader, reader->at[i]);
    }
    reader->at = after;
    return result;
}

static enum money_result take_currency(struct reader *reader, const struct currency *currency)
{
    if (reader->currency != NULL && reader->currency != currency) {
        return MONEY_UNKNOWN_CURRENCY;
    }
    reader->currency = currency;
    return MONEY_OK;
}

static const struct currency *match_sign(const char *at)
{
    for (size_t i = 0; i < COUNT(currencies); i++) {
        const char *sign = currencies[i].sign;
        if (sign != NULL && strncmp(at, sign, strlen(sign)) == 0) {
            return &currencies[i];
        }
    }
    return NULL;
}

static enum money_result read_word(struct reader *reader)
{
    char word[16];
    size_t length = 0;
    while (isalpha((unsigned char)reader->at[length])) {
        length++;
    }
    if (length == 0 || length >= sizeof word) {
        return MONEY_NOT_A_NUMBER;
    }
    memcpy(word, reader->at, length);
    word[length] = '\0';
    reader->at += length;
    for (size_t i = 0; i < COUNT(multipliers) && reader->has_number && reader->factor == 0; i++) {
        if (text_equal_nocase(multipliers[i].word, word)) {
            reader->factor = multipliers[i].factor;
            return MONEY_OK;
        }
    }
    const struct currency *currency = find_currency_word(word);
    if (currency == NULL) {
        return MONEY_UNKNOWN_CURRENCY;
    }
    reader->at += *reader->at == '.' ? 1 : 0; /* Rs. */
    return take_currency(reader, currency);
}

static enum money_result read_next(struct reader *reader)
{
    const struct currency *sign = match_sign(reader->at);
    if (sign != NULL) {
        reader->at += strlen(sign->sign);
        return take_currency(reader, sign);
    }
    if (isdigit((unsigned char)*reader->at)) {
        return read_number(reader);
    }
    if (*reader->at == '-' || strncmp(reader->at, "−", strlen("−")) == 0) {
        return reader->has_number ? MONEY_NOT_A_NUMBER : MONEY_NEGATIVE;
    }
    return read_word(reader);
}

static enum money_result to_minor(const struct reader *reader, struct money *out)
{
    int64_t minor = reader->digits;
    int64_t factor = reader->factor == 0 ? 1 : reader->factor;
    if (reader->may_group && reader->factor == 0 && reader->currency->exponent < 3) {
        return MONEY_AMBIGUOUS;
    }
    if (__builtin_mul_overflow(minor, factor, &minor)) {
        return MONEY_TOO_LARGE;
    }
    for (int i = reader->decimals; i < reader->currency->exponent; i++) {
        if (__builtin_mul_overflow(minor, 10, &minor)) {
            return MONEY_TOO_LARGE;
        }
    }
    for (int i = reader->currency->exponent; i < reader->decimals; i++) {
        if (minor % 10 != 0) {
            return MONEY_TOO_PRECISE;
        }
        minor /= 10;
    }
    out->minor = minor;
    memcpy(out->currency, reader->currency->code, sizeof out->currency);
    return MONEY_OK;
}

enum money_result money_parse(const char *text, const char *default_currency, struct money *out)
{
    struct reader reader = {.at = text};
    bool empty = true;
    for (;;) {
        reader.at += strspn(reader.at, " \t");
        if (reader.has_number && strncmp(reader.at, "/-", 2) == 0) {
            reader.at += 2; /* the Indian way to close an amount */
            continue;
        }
        if (*reader.at == '\0') {
            break;
        }
        empty = false;
        enum money_result result = read_next(&reader);
        if (result != MONEY_OK) {
            return result;
        }
    }
    if (empty) {
        return MONEY_EMPTY;
    }
    if (!reader.has_number) {
        return MONEY_NOT_A_NUMBER;
    }
    if (reader.currency == NULL) {
        reader.currency = find_currency(default_currency);
    }
    return reader.currency == NULL ? MONEY_UNKNOWN_CURRENCY : to_minor(&reader, out);
}

const char *money_explain(enum money_result result)
{
    switch (result) {
    case MONEY_OK:
        return "";
    case MONEY_EMPTY:
        return "no amount was given";
    case MONEY_NOT_A_NUMBER:
        return "it is not an amount";
    case MONEY_UNKNOWN_CURRENCY:
        return "the currency is not known; use its three-letter code";
    case MONEY_TOO_PRECISE:
        return "it has more decimals than the currency";
    case MONEY_TOO_LARGE:
        return "it is too large";
    case MONEY_NEGATIVE:
        return "it must not be negative";
    case MONEY_AMBIGUOUS:
        return "it is not clear whether the dot groups thousands; write 1200 or 1.20";
    }
    return "";
}

/* Digits of `whole` with commas: three from the right, then twos in India, else threes. */
static void add_grouped(struct text *out, uint64_t whole, bool indian)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)whole);
    for (int i = 0; i < length; i++) {
        int left = length - i;
        bool boundary = left % 3 == 0;
        if (indian) {
            boundary = left == 3 || (left > 3 && (left - 3) % 2 == 0);
        }
        if (i > 0 && boundary) {
            text_add_char(out, ',');
        }
        text_add_char(out, digits[i]);
    }
}

char *money_format(struct arena *arena, struct money money)
{
    const struct currency *currency = find_currency(money.currency);
    int exponent = currency == NULL ? 2 : currency->exponent;
    uint64_t unit = 1;
    for (int i = 0; i < exponent; i++) {
        unit *= 10;
    }
    uint64_t size = money.minor < 0 ? -(uint64_t)money.minor : (uint64_t)money.minor;
    struct text out = text_new(arena);
    text_add(&out, money.minor < 0 ? "-" : "");
    if (currency != NULL && currency->sign != NULL) {
        text_add(&out, currency->sign);
    } else {
        text_addf(&out, "%s ", money.currency);
    }
    add_grouped(&out, size / unit, strcmp(money.currency, "INR") == 0);
    if (size % unit != 0) {
        text_addf(&out, ".%0*llu", exponent, (unsigned long long)(size % unit));
    }
    return out.data;
}
