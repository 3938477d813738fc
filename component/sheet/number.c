#include "sheet/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool number_text(const char *number, char out[NUMBER_SIZE])
{
    char *end;
    double value = strtod(number, &end);
    if (end == number || *end != '\0' || !isfinite(value)) {
        return false;
    }
    if (value == floor(value) && fabs(value) < 1e15) {
        snprintf(out, NUMBER_SIZE, "%.0f", value == 0 ? 0 : value);
    } else {
        snprintf(out, NUMBER_SIZE, "%.15g", value);
    }
    return true;
}

/* "9.19877E+11" in its parts: the digits, how many of them are behind the point, the exponent. */
static bool read_scientific(const char *text, char digits[NUMBER_SIZE], long *decimals, long *exponent)
{
    size_t count = 0;
    *decimals = 0;
    text += *text == '+';
    for (bool point = false; *text != '\0' && toupper((unsigned char)*text) != 'E'; text++) {
        bool separator = (*text == '.' || *text == ',') && !point && count > 0;
        if (!separator && (!isdigit((unsigned char)*text) || count + 1 >= NUMBER_SIZE)) {
            return false;
        }
        point = point || separator;
        if (!separator) {
            digits[count++] = *text;
            *decimals += point;
        }
    }
    digits[count] = '\0';
    char *end;
    *exponent = *text == '\0' || !(isdigit((unsigned char)text[1]) || text[1] == '+')
                    ? -1
                    : strtol(text + 1, &end, 10);
    return count > 0 && *exponent >= 0 && *end == '\0' && *exponent <= 30;
}

bool number_of_scientific(const char *text, char out[NUMBER_SIZE], bool *lost)
{
    char digits[NUMBER_SIZE];
    long decimals;
    long exponent;
    if (!read_scientific(text, digits, &decimals, &exponent)) {
        return false;
    }
    *lost = decimals != exponent;
    if (!*lost) {
        snprintf(out, NUMBER_SIZE, "%s", digits);
    }
    return true;
}

/* Howard Hinnant's civil_from_days: days since 1970-01-01 to the Gregorian calendar. */
static void civil(long days, int *year, int *month, int *day)
{
    days += 719468;
    long era = days / 146097;
    long of_era = days - era * 146097;
    long years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * years + years / 4 - years / 100);
    long shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(years + era * 400 + (*month <= 2));
}

bool number_date(double serial, bool since_1904, char out[NUMBER_SIZE])
{
    int year;
    int month;
    int day;
    if (!(serial >= 1 && serial < 110000)) {
        return false;
    }
    double minutes = floor(serial * 1440 + 0.5);
    long whole = (long)floor(minutes / 1440);
    long minute = (long)(minutes - (double)whole * 1440);
    /* 1900-01-01 is 1; behind day 60, which there was not, one less. */
    civil(since_1904 ? whole - 24107 : whole - 25568 - (whole > 60 ? 1 : 0), &year, &month, &day);
    if (year > 2199) {
        return false;
    }
    int length = snprintf(out, NUMBER_SIZE, "%04d-%02d-%02d", year, month, day);
    if (minute != 0) {
        snprintf(out + length, NUMBER_SIZE - (size_t)length, " %02ld:%02ld", minute / 60, minute % 60);
    }
    return true;
}

bool number_is_date_format(const char *format)
{
    for (bool quoted = false, bracket = false; *format != '\0'; format++) {
        if (*format == '"') {
            quoted = !quoted;
        } else if (quoted) {
            continue;
        } else if (*format == '\\' || *format == '_' || *format == '*') {
            format += format[1] != '\0';
        } else if (*format == '[' || *format == ']') {
            bracket = *format == '[';
        } else if (!bracket && strchr("dDyYhHsS", *format) != NULL) {
            return true;
        } else if (*format == ';') {
            return false;
        }
    }
    return false;
}
