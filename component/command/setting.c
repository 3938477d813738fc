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
    FOLLOW_UP_ESCALATE,
    FOLLOW_UP_IDLE,
    DIGEST_HOUR,
    SCORE_SOURCE,
    SCORE_COMPLETENESS,
    SCORE_BUDGET,
    SCORE_ENGAGEMENT,
    SCORE_RECENCY,
    SCORE_FOLLOW_UPS,
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
    [FOLLOW_UP_ESCALATE] = {"followup.escalate_hours", "Follow-ups: missed after"},
    [FOLLOW_UP_IDLE] = {"followup.idle_days", "Follow-ups: leads left alone for"},
    [DIGEST_HOUR] = {"digest.hour", "Morning digest: at"},
    [SCORE_SOURCE] = {"score.source", "Score: weight of the source"},
    [SCORE_COMPLETENESS] = {"score.completeness", "Score: weight of what is known"},
    [SCORE_BUDGET] = {"score.budget", "Score: weight of the budget"},
    [SCORE_ENGAGEMENT] = {"score.engagement", "Score: weight of chat"},
    [SCORE_RECENCY] = {"score.recency", "Score: weight of recency"},
    [SCORE_FOLLOW_UPS] = {"score.follow_ups", "Score: weight of follow-ups kept"},
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
    [FOLLOW_UP_ESCALATE] = {SETTING_NUMBER, "4", 0, 720, "hours",
                            "How long after its time a follow-up is missed, and the manager told; 0: never."},
    [FOLLOW_UP_IDLE] = {SETTING_NUMBER, "3", 0, 365, "days",
                        "How long an open lead may be left alone before its person is told, in the morning; "
                        "0: for ever."},
    [DIGEST_HOUR] = {SETTING_NUMBER, "9", -1, 23, "o'clock",
                     "When in the morning each is told what the day brings, on their own clock; -1: never."},
    [SCORE_SOURCE] = {SETTING_NUMBER, "25", 0, 100, "parts",
                      "What it counts in a lead's score how many leads of its source were won."},
    [SCORE_COMPLETENESS] = {SETTING_NUMBER, "15", 0, 100, "parts",
                            "What it counts that email, phone, budget and requirements are known."},
    [SCORE_BUDGET] = {SETTING_NUMBER, "20", 0, 100, "parts",
                      "What the budget counts, beside the usual one of its currency."},
    [SCORE_ENGAGEMENT] = {SETTING_NUMBER, "15", 0, 100, "parts",
                          "What it counts how much they have written in chat of late."},
    [SCORE_RECENCY] = {SETTING_NUMBER, "15", 0, 100, "parts",
                       "What it counts that something has happened lately."},
    [SCORE_FOLLOW_UPS] = {SETTING_NUMBER, "10", 0, 100, "parts", "What it counts that follow-ups were kept."},
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
