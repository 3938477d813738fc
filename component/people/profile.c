/* One's own profile: what colleagues and clients (vCard, prosody/mod_crm_vcard.lua) show of somebody. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/role.h"
#include "people/people.h"
#include "people/zone.h"
#include "queries.h"

#define LANGUAGE_LIMIT 10

/* ---- language tags (RFC 5646, as far as people write them: "en", "hi", "pt-BR") */

static bool is_subtag(const char *tag, size_t length, size_t least)
{
    bool good = length >= least && length <= 8;
    for (size_t i = 0; i < length && good; i++) {
        char c = tag[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    return good;
}

/* Reads one tag: its language in small letters, or NULL. */
static const char *read_tag(struct arena *arena, const char *given)
{
    char *tag = arena_strdup(arena, given);
    size_t length = strcspn(tag, "-_");
    if (length < 2 || length > 3) {
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        tag[i] = tag[i] >= 'A' && tag[i] <= 'Z' ? (char)(tag[i] - 'A' + 'a') : tag[i];
        if (tag[i] < 'a' || tag[i] > 'z') {
            return NULL;
        }
    }
    for (char *at = tag + length; *at != '\0'; at += length) {
        *at++ = '-';
        length = strcspn(at, "-_");
        if (!is_subtag(at, length, 2)) {
            return NULL;
        }
    }
    return tag;
}

/* Languages by the name that people say. */
static const struct {
    const char *name, *tag;
} languages_by_name[] = {
    {"english", "en"},    {"hindi", "hi"},    {"tamil", "ta"},    {"telugu", "te"},   {"kannada", "kn"},
    {"malayalam", "ml"},  {"marathi", "mr"},  {"bengali", "bn"},  {"bangla", "bn"},   {"gujarati", "gu"},
    {"punjabi", "pa"},    {"urdu", "ur"},     {"odia", "or"},     {"oriya", "or"},    {"assamese", "as"},
    {"konkani", "kok"},   {"sindhi", "sd"},   {"nepali", "ne"},   {"sanskrit", "sa"}, {"kashmiri", "ks"},
    {"german", "de"},     {"french", "fr"},   {"spanish", "es"},  {"italian", "it"},  {"portuguese", "pt"},
    {"dutch", "nl"},      {"russian", "ru"},  {"arabic", "ar"},   {"persian", "fa"},  {"turkish", "tr"},
    {"chinese", "zh"},    {"mandarin", "zh"}, {"japanese", "ja"}, {"korean", "ko"},   {"thai", "th"},
    {"indonesian", "id"}, {"malay", "ms"},    {"sinhala", "si"},  {"polish", "pl"},   {"ukrainian", "uk"},
};

/* "German" and "de" are "de"; NULL for what is no language. */
static const char *read_language(struct arena *arena, const char *given)
{
    for (size_t i = 0; i < sizeof languages_by_name / sizeof languages_by_name[0]; i++) {
        if (text_equal_nocase(given, languages_by_name[i].name)) {
            return languages_by_name[i].tag;
        }
    }
    return read_tag(arena, given);
}

/* "hi, EN" and "Hindi and English" as "hi, en"; NULL when one of them is no language. */
static const char *read_languages(struct arena *arena, const char *given)
{
    struct text text = text_new(arena);
    size_t count = 0;
    for (const char *at = given + strspn(given, " ,;"); *at != '\0'; at += strspn(at, " ,;")) {
        const char *word = arena_strndup(arena, at, strcspn(at, " ,;"));
        at += strlen(word);
        if (text_equal_nocase(word, "and") || strcmp(word, "&") == 0) {
            continue;
        }
        const char *tag = read_language(arena, word);
        if (tag == NULL || ++count > LANGUAGE_LIMIT) {
            return NULL;
        }
        text_addf(&text, "%s%s", text.length == 0 ? "" : ", ", tag);
    }
    return text.length == 0 ? NULL : text.data;
}

/* ---- profile */

static const char *digest_words(struct arena *arena, int hour)
{
    return hour < 0 ? "never" : arena_printf(arena, "at %02d:00", hour);
}

static enum verdict show(struct call *call, struct reply *reply)
{
    const struct people_profile *own = query_people_profile(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const struct people_profile_row *row = &own->rows[0];
    reply_title(reply, "Your profile");
    reply_field(reply, "account", "User name", PARAM_TEXT, row->username);
    reply_field(reply, "name", "Name", PARAM_TEXT, row->name);
    reply_field(reply, "role", "Role", PARAM_TEXT, role_label(call->person->role));
    reply_field(reply, "email", "Email", PARAM_EMAIL, row->email);
    reply_field(reply, "phone", "Phone", PARAM_PHONE, row->phone);
    reply_field(reply, "time_zone", "Time zone", PARAM_TEXT, row->time_zone);
    reply_field(reply, "locale", "Locale", PARAM_TEXT, row->locale);
    reply_field(reply, "languages", "Languages", PARAM_TEXT, row->languages);
    reply_field(reply, "digest_hour", "Morning digest", PARAM_TEXT,
                row->has_digest_hour ? digest_words(call->arena, row->digest_hour)
                                     : digest_words(call->arena, (int)strtol(row->digest_set, NULL, 10)));
    reply_field(reply, "picture", "Picture", PARAM_TEXT, "the one you set in your chat client");
    return VERDICT_DONE;
}

static enum verdict current_profile(struct call *call, const struct args *args, struct current *current)
{
    (void)args;
    if (current->lock) {
        query_people_profile_lock(call->unit);
    }
    const struct people_profile *own = query_people_profile(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const struct people_profile_row *row = &own->rows[0];
    current_put(current, "name", row->name);
    current_put(current, "phone", current_phone(call->arena, row->phone));
    current_put(current, "time_zone", row->time_zone);
    current_put(current, "locale", row->locale);
    current_put(current, "languages", row->languages);
    current_put(current, "digest_hour",
                !row->has_digest_hour  ? NULL
                : row->digest_hour < 0 ? "never"
                                       : arena_printf(call->arena, "%d", row->digest_hour));
    return VERDICT_DONE;
}

/* What profile_set() makes of a parameter: NULL stays, "" takes away. */
static const char *change_of(const struct value *value, const char *text)
{
    return value->cleared ? "" : text;
}

static enum verdict run_profile(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *name = args_get(args, "name"), *phone = args_get(args, "phone");
    const struct value *zone = args_get(args, "time_zone"), *locale = args_get(args, "locale");
    const struct value *languages = args_get(args, "languages"), *hour = args_get(args, "digest_hour");
    const char *canonical = NULL, *tag = NULL, *tags = NULL;
    if (!name->present && !phone->present && !phone->cleared && !zone->present && !locale->present &&
        !languages->present && !languages->cleared && !hour->present && !hour->cleared) {
        return show(call, reply);
    }
    if (zone->present) {
        enum verdict verdict = zone_find(call, "time_zone", "Time zone", zone->text, reply, &canonical);
        if (verdict != VERDICT_DONE) {
            return verdict;
        }
    }
    if (locale->present && (tag = read_tag(call->arena, locale->text)) == NULL) {
        return reply_refuse(reply, REFUSAL_INVALID, "locale",
                            "Locale: “%s” is none. Give one such as en-IN or hi-IN.",
                            text_shorten(call->arena, locale->text, 40));
    }
    if (languages->present && (tags = read_languages(call->arena, languages->text)) == NULL) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "languages",
            "Languages: “%s” does not fit. Give names or codes, such as English, Hindi, ta (at most %d).",
            text_shorten(call->arena, languages->text, 40), LANGUAGE_LIMIT);
    }
    query_people_profile_set(
        call->unit, name->text, change_of(phone, phone->text), canonical, tag, change_of(languages, tags),
        change_of(hour, hour->present && strcmp(hour->text, "never") == 0 ? "-1" : hour->text));
    reply_say(reply, "Your profile is changed.");
    return show(call, reply);
}

/* ---- the rows */

static const char *const zone_words[] = {"timezone", "zone", "city", NULL};
static const char *const language_words[] = {"language", "lang", "i speak", "speak", NULL};
static const char *const phone_words[] = {"ph",        "ph no",    "mob",          "mobile",
                                          "mobile no", "phone no", "phone number", NULL};
static const char *const digest_words_said[] = {"digest at", "digest", "digest hour", "morning digest at",
                                                NULL};
static const struct choice digest_hours[] = {
    {"0", "00:00"},     {"1", "01:00"},  {"2", "02:00"},  {"3", "03:00"},  {"4", "04:00"},  {"5", "05:00"},
    {"6", "06:00"},     {"7", "07:00"},  {"8", "08:00"},  {"9", "09:00"},  {"10", "10:00"}, {"11", "11:00"},
    {"12", "12:00"},    {"13", "13:00"}, {"14", "14:00"}, {"15", "15:00"}, {"16", "16:00"}, {"17", "17:00"},
    {"18", "18:00"},    {"19", "19:00"}, {"20", "20:00"}, {"21", "21:00"}, {"22", "22:00"}, {"23", "23:00"},
    {"never", "Never"}, {NULL, NULL},
};

static const struct param profile_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "What colleagues see; stays when left out",
     .type = PARAM_TEXT,
     .limit = 120},
    {.name = "phone",
     .label = "Phone",
     .hint = "Such as +91 98765 43210; - for none",
     .type = PARAM_PHONE,
     .flags = PARAM_CLEARS,
     .words = phone_words},
    {.name = "time_zone",
     .label = "Time zone",
     .hint = "Such as Asia/Kolkata or Berlin",
     .type = PARAM_TEXT,
     .limit = 60,
     .words = zone_words},
    {.name = "locale",
     .label = "Locale",
     .hint = "How dates and numbers are written, such as en-IN",
     .type = PARAM_TEXT,
     .limit = 20},
    {.name = "languages",
     .label = "Languages",
     .hint = "What you speak, such as English, Hindi; - for nothing",
     .type = PARAM_TEXT,
     .flags = PARAM_CLEARS | PARAM_MANY,
     .limit = 100,
     .words = language_words},
    {.name = "digest_hour",
     .label = "Morning digest",
     .hint = "The hour of your day at which you get it, such as 8, or never; - for when all get it",
     .type = PARAM_CHOICE,
     .flags = PARAM_CLEARS | PARAM_NAMED,
     .choices = digest_hours,
     .words = digest_words_said},
    {.name = NULL},
};

static const char *const profile_examples[] = {
    "profile",
    "profile phone 98765 43210",
    "profile languages English, Hindi",
    "profile time_zone=Europe/Berlin languages=\"en, hi\"",
    "profile digest at 8",
    NULL,
};

static const struct wording wordings[] = {
    {"edit profile", "profile", false},
    {"edit my profile", "profile", false},
    {"change my * to *", "profile * *", false},
    {"set my * to *", "profile * *", false},
    {"my name is *", "profile name *", false},
    {"my phone is *", "profile phone *", false},
    {"my phone *", "profile phone *", false},
    {"my phone number is *", "profile phone *", false},
    {"my number is *", "profile phone *", false},
    {"my mobile is *", "profile phone *", false},
    {"my languages are *", "profile languages *", false},
    {"my language is *", "profile languages *", false},
    {"i speak *", "profile languages *", false},
    {"my time zone is *", "profile time_zone *", false},
    {"my timezone is *", "profile time_zone *", false},
    {"change my profile", "profile", false},
    {"my digest at *", "profile digest_hour *", false},
    {"send my digest at *", "profile digest_hour *", false},
    {"no digest", "profile digest_hour never", false},
    {"stop my digest", "profile digest_hour never", false},
    {NULL, NULL, false},
};

const struct command profile_commands[] = {
    {.name = "profile",
     .wordings = wordings,
     .summary = "Show or change your own profile.",
     .examples = profile_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_WRITE,
     .params = profile_params,
     .run = run_profile,
     .current = current_profile},
    {.name = NULL},
};
