/* What can be set while the CRM runs (the rows of command/setting.c). */
#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/setting.h"
#include "people/people.h"
#include "people/zone.h"
#include "queries.h"

static const char *label_of(const char *key)
{
    for (const struct choice *name = setting_names; name->value != NULL; name++) {
        if (strcmp(name->value, key) == 0) {
            return name->label;
        }
    }
    return key;
}

static const char *with_unit(struct arena *arena, const struct setting *setting, const char *value)
{
    return setting->unit[0] == '\0' ? value : arena_printf(arena, "%s %s", value, setting->unit);
}

static enum verdict run_list(struct call *call, const struct args *args, struct reply *reply)
{
    const struct settings_list *values = query_settings_list(call->unit);
    (void)args;
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_title(reply, "Settings");
    for (size_t i = 0; i < values->count; i++) {
        const struct settings_list_row *row = &values->rows[i];
        const struct setting *setting = setting_find(row->key);
        if (setting == NULL) {
            continue; /* of a newer program */
        }
        const char *cells[] = {row->key, with_unit(call->arena, setting, row->value),
                               setting_range(call->arena, setting), setting->help};
        reply_row(reply, row->key, cells);
    }
    reply_next(reply, "settings set desk.away_seconds to 90");
    return VERDICT_DONE;
}

/* The value as it is kept. */
static enum verdict read_value(struct call *call, const struct setting *setting, const struct value *given,
                               struct reply *reply, const char **value)
{
    if (text_equal_nocase(given->text, "default")) {
        *value = setting->standard;
        return VERDICT_DONE;
    }
    if (setting->type == SETTING_TIME_ZONE) {
        return zone_find(call, "value", "Value", given->text, reply, value);
    }
    const char *complaint = setting_read(call->arena, setting, given->text, value);
    return complaint == NULL ? VERDICT_DONE
                             : reply_refuse(reply, REFUSAL_INVALID, "value", "Value: %s", complaint);
}

static enum verdict current_value(struct call *call, const struct args *args, struct current *current)
{
    const struct value *key = args_get(args, "setting");
    if (!key->present) {
        return VERDICT_DONE;
    }
    if (current->lock) {
        query_settings_lock(call->unit, key->text);
    }
    const struct settings_value *value = query_settings_value(call->unit, key->text);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (value->count > 0) {
        const struct setting *setting = setting_find(key->text);
        current_put(current, CURRENT_SUBJECT,
                    arena_printf(call->arena, "%s: %s. %s", label_of(key->text),
                                 setting_range(call->arena, setting), setting->help));
        current_put(current, "value", value->rows[0].value);
    }
    return VERDICT_DONE;
}

static enum verdict run_set(struct call *call, const struct args *args, struct reply *reply)
{
    const char *key = args_get(args, "setting")->text;
    const struct value *given = args_get(args, "value");
    const struct setting *setting = setting_find(key);
    const char *value = NULL;
    if (!given->present && args->kept) {
        reply_say(reply, "%s stays as it was.", key);
        return VERDICT_DONE;
    }
    if (!given->present) {
        return reply_refuse(reply, REFUSAL_MISSING, "value", "Value is missing: %s: give %s.", label_of(key),
                            setting_range(call->arena, setting));
    }
    enum verdict verdict = read_value(call, setting, given, reply, &value);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    const struct settings_lock *before = query_settings_lock(call->unit, key);
    const struct affected *changed = query_settings_set(call->unit, key, value);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (changed->count == 0) {
        return reply_refuse(reply, REFUSAL_FAILED, NULL, "The database does not have this setting.");
    }
    reply_say(reply, "%s is %s now, and was %s.", key, with_unit(call->arena, setting, value),
              with_unit(call->arena, setting, before->rows[0].value));
    return VERDICT_DONE;
}

/* ---- the rows */

static const char *const to_words[] = {"to", "=", NULL};

static const struct param set_params[] = {
    {.name = "setting",
     .label = "Setting",
     .hint = "Which one, such as desk.away_seconds",
     .type = PARAM_CHOICE,
     .flags = PARAM_REQUIRED | PARAM_KEY,
     .choices = setting_names},
    /* Not required, so that in chat a line of words begins with the setting. */
    {.name = "value",
     .label = "Value",
     .hint = "The new value, such as 90; “default” takes it back to the default",
     .type = PARAM_TEXT,
     .flags = PARAM_REST,
     .limit = 100,
     .words = to_words},
    {.name = NULL},
};

static const struct column list_columns[] = {
    {"setting", "Setting", PARAM_TEXT},   {"value", "Value", PARAM_TEXT}, {"range", "Allowed", PARAM_TEXT},
    {"help", "What it does", PARAM_TEXT}, {NULL, NULL, PARAM_TEXT},
};

static const char *const list_examples[] = {"settings list", NULL};
static const char *const set_examples[] = {
    "settings set desk.away_seconds to 90",
    "settings set people.time_zone to Asia/Kolkata",
    NULL,
};

const struct command settings_commands[] = {
    {.name = "settings.list",
     .summary = "List what can be set.",
     .examples = list_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN,
     .effect = EFFECT_READ,
     .columns = list_columns,
     .run = run_list},
    {.name = "settings.set",
     .summary = "Change a setting.",
     .examples = set_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN,
     .effect = EFFECT_WRITE,
     .params = set_params,
     .run = run_set,
     .current = current_value},
    {.name = NULL},
};
