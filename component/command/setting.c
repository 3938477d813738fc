#include "command/setting.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "base/phone.h"
#include "base/text.h"

enum {
    AWAY,
    LINK_HOURS,
    FILE_HOURS,
    IMPORT_MEGABYTES,
    TIME_ZONE,
    CURRENCY,
    COUNTRY,
    SETTING_COUNT,
};

const struct choice setting_names[] = {
    [AWAY] = {"desk.away_seconds", "Desk: gone after"},
    [LINK_HOURS] = {"links.hours", "One-time links: good for"},
    [FILE_HOURS] = {"files.hours", "Files behind links: good for"},
    [IMPORT_MEGABYTES] = {"import.megabytes", "Import: largest file"},
    [TIME_ZONE] = {"people.time_zone", "New people: time zone"},
    [CURRENCY] = {"money.currency", "Money: currency when none is said"},
    [COUNTRY] = {"phone.country", "Phone numbers: country when none is said"},
    [SETTING_COUNT] = {NULL, NULL},
};

static const struct setting settings[] = {
    [AWAY] = {SETTING_NUMBER, "60", 10, 3600, "seconds",
              "How long somebody may be away before others are shown their waiting conversations."},
    [LINK_HOURS] = {SETTING_NUMBER, "24", 1, 168, "hours",
                    "How long a one-time link to set a password is good."},
    [FILE_HOURS] = {SETTING_NUMBER, "4", 1, 72, "hours",
                    "How long an exported file, or the rejected rows of an import, can be fetched."},
    [IMPORT_MEGABYTES] = {SETTING_NUMBER, "512", 1, 4096, "megabytes",
                          "The largest spreadsheet that is imported."},
    [TIME_ZONE] = {SETTING_TIME_ZONE, "Asia/Kolkata", 0, 0, "",
                   "The time zone that a new account begins with."},
    [CURRENCY] = {SETTING_CURRENCY, "INR", 0, 0, "", "The currency of an amount that names none."},
    [COUNTRY] = {SETTING_COUNTRY, "IN", 0, 0, "", "The country of a phone number without a calling code."},
};

const struct setting *setting_find(const char *key)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (text_equal_nocase(setting_names[i].value, key)) {
            return &settings[i];
        }
    }
    return NULL;
}

const char *setting_range(struct arena *arena, const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_NUMBER:
        return arena_printf(arena, "a number from %ld to %ld (%s)", setting->least, setting->most,
                            setting->unit);
    case SETTING_TIME_ZONE:
        return "a time zone such as Asia/Kolkata or Europe/Berlin";
    case SETTING_CURRENCY:
        return "a currency such as INR, USD or EUR";
    case SETTING_COUNTRY:
        return "a country such as IN, US or DE";
    }
    return "";
}

static bool read_number(const struct setting *setting, const char *given)
{
    char *end;
    errno = 0;
    long number = strtol(given, &end, 10);
    return errno == 0 && end != given && *end == '\0' && number >= setting->least && number <= setting->most;
}

static char *upper(struct arena *arena, const char *given)
{
    char *word = arena_strdup(arena, given);
    for (char *c = word; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    return word;
}

/* A country is known when a number of it could be read. */
static bool is_country(const char *code)
{
    char number[PHONE_SIZE];
    return strlen(code) == 2 && phone_parse("2025550143", code, number) != PHONE_UNKNOWN_COUNTRY;
}

static bool fits(struct arena *arena, const struct setting *setting, const char *given, const char **out)
{
    switch (setting->type) {
    case SETTING_NUMBER:
        *out = arena_printf(arena, "%ld", strtol(given, NULL, 10));
        return read_number(setting, given);
    case SETTING_TIME_ZONE:
        *out = given;
        return true;
    case SETTING_CURRENCY:
        *out = upper(arena, given);
        return money_exponent(*out) >= 0;
    case SETTING_COUNTRY:
        *out = upper(arena, given);
        return is_country(*out);
    }
    return false;
}

const char *setting_read(struct arena *arena, const struct setting *setting, const char *given,
                         const char **out)
{
    const char *squeezed = text_squeeze(arena, given);
    if (squeezed[0] != '\0' && fits(arena, setting, squeezed, out)) {
        return NULL;
    }
    return arena_printf(arena, "“%s” does not fit. Give %s.", text_shorten(arena, squeezed, 40),
                        setting_range(arena, setting));
}
