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
    POLL_MINUTES,
    POLL_AUDIENCE,
    POLL_NOBODY,
    ASSIGN_CAPACITY,
    ASSIGN_NEAR,
    ASSIGN_UNTOUCHED,
    ASSIGN_INTEREST,
    ASSIGN_PERFORMANCE,
    ASSIGN_AVAILABILITY,
    ASSIGN_WIN,
    ASSIGN_RESPONSE,
    ASSIGN_KEPT,
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
    [POLL_MINUTES] = {"poll.minutes", "Polls: how long"},
    [POLL_AUDIENCE] = {"poll.audience", "Polls about leads: who is asked"},
    [POLL_NOBODY] = {"poll.nobody", "Polls about leads: when nobody wants it"},
    [ASSIGN_CAPACITY] = {"assign.capacity", "Assignment: leads of one person"},
    [ASSIGN_NEAR] = {"assign.near_percent", "Assignment: as good, and drawn"},
    [ASSIGN_UNTOUCHED] = {"assign.untouched_hours", "Assignment: goes to somebody else after"},
    [ASSIGN_INTEREST] = {"assign.interest_weight", "Assignment: weight of interest"},
    [ASSIGN_PERFORMANCE] = {"assign.performance_weight", "Assignment: weight of performance"},
    [ASSIGN_AVAILABILITY] = {"assign.availability_weight", "Assignment: weight of availability"},
    [ASSIGN_WIN] = {"assign.win_weight", "Performance: part of leads won"},
    [ASSIGN_RESPONSE] = {"assign.response_weight", "Performance: part of quick response"},
    [ASSIGN_KEPT] = {"assign.kept_weight", "Performance: part of follow-ups kept"},
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
    [POLL_MINUTES] = {SETTING_NUMBER, "30", 1, 10080, "minutes",
                      "How long a poll runs when nothing is said."},
    [POLL_AUDIENCE] = {SETTING_AUDIENCE, "all", 0, 0, "",
                       "Which Sales Persons a poll about a lead asks when nothing is said."},
    [POLL_NOBODY] =
        {SETTING_NEXT, "best", 0, 0, "",
         "Who gets a lead that nobody wanted in its poll: the best who is free, whose turn it is, "
         "or the one whom the person who asked chooses."},
    [ASSIGN_CAPACITY] = {SETTING_NUMBER, "30", 1, 10000, "leads",
                         "How many leads somebody works on before they get no more by themselves."},
    [ASSIGN_NEAR] = {SETTING_NUMBER, "10", 0, 100, "percent",
                     "How much less than the best is as good: among those it is drawn."},
    [ASSIGN_UNTOUCHED] = {SETTING_NUMBER, "48", 0, 2400, "hours",
                          "After how long a lead that went to somebody by itself and was not touched goes to "
                          "somebody else; 0: never."},
    [ASSIGN_INTEREST] = {SETTING_NUMBER, "100", 0, 300, "percent",
                         "How much interest counts in a poll; 0: all who want it alike."},
    [ASSIGN_PERFORMANCE] = {SETTING_NUMBER, "100", 0, 300, "percent",
                            "How much performance counts; 0: not at all."},
    [ASSIGN_AVAILABILITY] = {SETTING_NUMBER, "100", 0, 300, "percent",
                             "How much it counts who is here and has room; 0: not at all."},
    [ASSIGN_WIN] = {SETTING_NUMBER, "50", 0, 100, "parts", "What share of performance is leads won."},
    [ASSIGN_RESPONSE] = {SETTING_NUMBER, "25", 0, 100, "parts",
                         "What share of performance is how soon something was done with a new lead."},
    [ASSIGN_KEPT] = {SETTING_NUMBER, "25", 0, 100, "parts", "What share of performance is follow-ups kept."},
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
    case SETTING_AUDIENCE:
        return "all, team <name> or tag <tag>";
    case SETTING_NEXT:
        return "best, turn or ask";
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
    case SETTING_AUDIENCE:
        *out = given;
        return text_equal_nocase(given, "all") || (text_starts_nocase(given, "team ") && given[5] != '\0') ||
               (text_starts_nocase(given, "tag ") && given[4] != '\0');
    case SETTING_NEXT:
        *out = text_lower(arena, given);
        return strcmp(*out, "best") == 0 || strcmp(*out, "turn") == 0 || strcmp(*out, "ask") == 0;
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
