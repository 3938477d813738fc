#include "command/args.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command/json.h"
#include "command/people.h"
#include "command/reply.h"
#include "command/role.h"
#include "command/table.h"
#include "queries.h"

#define AUDIT_VALUE_LIMIT 200

const struct value *args_get(const struct args *args, const char *name)
{
    for (size_t i = 0; args->params != NULL && args->params[i].name != NULL; i++) {
        if (strcmp(args->params[i].name, name) == 0) {
            return &args->values[i];
        }
    }
    log_bug("a handler asked for the parameter %s, which its command does not have", name);
}

const char *arguments_get(const struct arguments *given, const char *name)
{
    for (size_t i = 0; i < given->count; i++) {
        if (strcmp(given->list[i].name, name) == 0) {
            return given->list[i].value;
        }
    }
    return NULL;
}

static bool is_empty(const char *value)
{
    return value == NULL || value[strspn(value, " \t\r\n")] == '\0';
}

int args_missing(const struct command *command, const struct arguments *given)
{
    size_t count = command_param_count(command);
    for (size_t i = 0; i < count; i++) {
        const struct param *param = &command->params[i];
        if ((param->flags & PARAM_REQUIRED) != 0 && is_empty(arguments_get(given, param->name))) {
            return (int)i;
        }
    }
    return -1;
}

static enum verdict refuse_unknown(const struct type_reader *reader, const struct command *command,
                                   const struct arguments *given, struct reply *reply)
{
    for (size_t i = 0; i < given->count; i++) {
        if (command_param(command, given->list[i].name) < 0) {
            return reply_refuse(reply, REFUSAL_INVALID, NULL, "%s has no field called “%s”. See: help %s.",
                                command->name, text_shorten(reader->arena, given->list[i].name, 40),
                                command->name);
        }
    }
    return VERDICT_DONE;
}

static enum verdict read_one(const struct type_reader *reader, const struct param *param, const char *given,
                             bool may_lack, struct reply *reply, struct value *value)
{
    const char *complaint = type_read(reader, param, given, value);
    if (complaint != NULL) {
        /* A secret is not repeated, not even a wrong one. */
        return reply_refuse(reply, REFUSAL_INVALID, param->name, "%s",
                            (param->flags & PARAM_SECRET) == 0
                                ? complaint
                                : arena_printf(reader->arena, "%s: this does not fit. %s", param->label,
                                               type_expectation(reader->arena, param)));
    }
    if (!value->present && (param->flags & PARAM_REQUIRED) != 0 && !may_lack && !value->cleared) {
        return reply_refuse(reply, REFUSAL_MISSING, param->name, "%s is missing: %s.", param->label,
                            param->hint);
    }
    return VERDICT_DONE;
}

enum verdict args_read(const struct type_reader *reader, const struct command *command,
                       const struct arguments *given, bool partial, struct reply *reply, struct value *values)
{
    size_t count = command_param_count(command);
    enum verdict verdict = refuse_unknown(reader, command, given, reply);
    for (size_t i = 0; i < count && verdict == VERDICT_DONE; i++) {
        const char *value = arguments_get(given, command->params[i].name);
        verdict = read_one(reader, &command->params[i], value, partial && value == NULL, reply, &values[i]);
    }
    return verdict;
}

static enum verdict resolve_command(struct call *call, const struct value *value, struct reply *reply)
{
    const struct command *named = command_table_find(call->table, value->text);
    if (named == NULL || (named->roles & call->person->role) != 0) {
        return VERDICT_DONE;
    }
    return reply_refuse_role(reply, named);
}

/* What a clock shows becomes a moment by the rules of its zone, and those are PostgreSQL's. */
static enum verdict resolve_date(struct call *call, const struct param *param, struct reply *reply,
                                 struct value *value)
{
    const char *local = value->number == 0 ? value->text : NULL;
    const char *from_now = value->number == 0 ? NULL : value->text;
    const struct command_moment *moment =
        query_command_moment(call->unit, local, from_now, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if ((param->flags & PARAM_FUTURE) != 0 && moment->rows[0].past) {
        return reply_refuse(reply, REFUSAL_INVALID, param->name,
                            "%s: %s is past. Give a time that is to come, such as: tomorrow 10:30.",
                            param->label, type_show(call->arena, PARAM_DATE, moment->rows[0].shown));
    }
    value->text = moment->rows[0].at;
    return VERDICT_DONE;
}

/* "nobody", where that can be meant: the number stays 0. */
static bool is_nobody(const struct param *param, const struct value *value)
{
    return (param->flags & PARAM_NOBODY) != 0 && text_equal_nocase(value->text, "nobody");
}

enum verdict args_resolve(struct call *call, struct reply *reply, struct value *values)
{
    size_t count = command_param_count(call->command);
    enum verdict verdict = VERDICT_DONE;
    for (size_t i = 0; i < count && verdict == VERDICT_DONE; i++) {
        const struct param *param = &call->command->params[i];
        if (!values[i].present) {
            continue;
        }
        if (param->type == PARAM_PERSON && is_nobody(param, &values[i])) {
            values[i].text = "nobody";
        } else if (param->type == PARAM_PERSON) {
            verdict = people_resolve(call, param->name, param->label, values[i].text, param->people,
                                     (param->flags & PARAM_ANYBODY) != 0, reply, &values[i].number,
                                     &values[i].text);
        } else if (param->type == PARAM_DATE) {
            verdict = resolve_date(call, param, reply, &values[i]);
        } else if (param->type == PARAM_COMMAND) {
            verdict = resolve_command(call, &values[i], reply);
        }
    }
    return verdict;
}

const char *args_json(struct arena *arena, const struct command *command, const struct arguments *given)
{
    struct text text = text_new(arena);
    json_open(&text);
    for (size_t i = 0; i < given->count; i++) {
        int param = command == NULL ? -1 : command_param(command, given->list[i].name);
        if (param >= 0 && (command->params[param].flags & PARAM_SECRET) == 0 &&
            !is_empty(given->list[i].value)) {
            json_add_member(&text, given->list[i].name,
                            text_shorten(arena, given->list[i].value, AUDIT_VALUE_LIMIT));
        }
    }
    json_close(&text);
    return text.data;
}
