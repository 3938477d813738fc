#include "lead/saved.h"

#include <string.h>

#include "base/text.h"
#include "command/args.h"
#include "command/reply.h"
#include "command/table.h"
#include "command/type.h"
#include "lead/named.h"
#include "queries.h"

#define NAME_LIMIT 40
#define SAVED_MOST 30 /* of one person: what a list of them can bear */

/* ---- saved.add */

enum verdict saved_add(struct call *call, const struct args *args, struct reply *reply)
{
    const char *name = text_squeeze(call->arena, args_get(args, "name")->text);
    query_people_profile_lock(call->unit); /* one at a time counts */
    const struct saved_last *last = query_saved_last(call->unit);
    const struct saved_names *known = query_saved_names(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (last->count == 0) {
        return reply_refuse(
            reply, REFUSAL_STATE, NULL,
            "There is nothing to save: you have asked for no list and no search in the last hour. "
            "Ask for one first, such as “leads new from linkedin”.");
    }
    if (known->count >= SAVED_MOST) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "You have saved %d searches, and more do not fit. Remove one first: saved list.",
                            SAVED_MOST);
    }
    for (size_t i = 0; i < known->count; i++) {
        if (text_equal_nocase(known->rows[i].name, name)) {
            return reply_refuse(
                reply, REFUSAL_CONFLICT, "name",
                "Name: you have a search called “%s” already. Give another name, or remove it: "
                "saved remove %s.",
                known->rows[i].name, known->rows[i].name);
        }
    }
    const struct saved_add *added =
        query_saved_add(call->unit, name, last->rows[0].command, last->rows[0].arguments);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Saved as “%s”: %s. Say “%s” to ask it again.", name, added->rows[0].asks, name);
    reply_next(reply, name);
    return VERDICT_DONE;
}

/* ---- saved.list */

enum verdict saved_list(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    const struct saved_names *saved = query_saved_names(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (saved->count == 0) {
        reply_say(reply,
                  "You have saved no searches. Ask for a list of leads, then say: save this as hot delhi");
        return VERDICT_DONE;
    }
    reply_title(reply, "Your saved searches");
    for (size_t i = 0; i < saved->count; i++) {
        const char *cells[] = {saved->rows[i].name, saved->rows[i].asks};
        reply_row(reply, saved->rows[i].name, cells);
    }
    return VERDICT_DONE;
}

/* ---- saved.run */

/* What was asked, once more: by the row that it was asked of, as if it had been said now. */
static enum verdict ask_again(struct call *call, const struct saved_arguments *saved, const char *after,
                              struct reply *reply)
{
    const struct person *person = call->person;
    const struct command *row = command_table_find(call->table, saved->rows[0].command);
    if (row == NULL || (row->roles & person->role) == 0) {
        return row == NULL ? VERDICT_FAILED : reply_refuse_role(reply, row);
    }
    struct argument *list = arena_array(call->arena, saved->count + 1, sizeof *list);
    struct arguments given = {list, 0};
    for (size_t i = 0; i < saved->count && saved->rows[i].key != NULL; i++) {
        if (command_param(row, saved->rows[i].key) < 0) {
            return reply_refuse(
                reply, REFUSAL_STATE, NULL,
                "“%s” asks for the field %s, which leads do not have any more. Remove it: saved "
                "remove %s.",
                saved->rows[i].name, saved->rows[i].key, saved->rows[i].name);
        }
        list[given.count++] = (struct argument){saved->rows[i].key, saved->rows[i].value};
    }
    if (after != NULL) {
        list[given.count++] = (struct argument){"after", after};
    }
    const struct type_reader reader = {.arena = call->arena,
                                       .table = call->table,
                                       .now = person->now,
                                       .currency = person->currency,
                                       .country = person->country,
                                       .locale = person->locale};
    struct value *values = arena_array(call->arena, command_param_count(row) + 1, sizeof *values);
    struct call inner = *call;
    inner.command = row;
    reply->command = row;
    enum verdict verdict = args_read(&reader, row, &given, false, reply, values);
    if (verdict == VERDICT_DONE) {
        verdict = args_resolve(&inner, reply, values);
    }
    return verdict == VERDICT_DONE
               ? row->run(&inner, &(struct args){.params = row->params, .values = values}, reply)
               : verdict;
}

bool saved_run_named(struct call *call, const char *name, struct reply *reply, enum verdict *verdict)
{
    const struct saved_arguments *saved = query_saved_arguments(call->unit, text_squeeze(call->arena, name));
    if (unit_flush(call->unit) != DB_OK) {
        *verdict = VERDICT_FAILED;
        return true;
    }
    /* One that looks for its own name does. */
    for (size_t i = 0; i < saved->count; i++) {
        if (strcmp(saved->rows[i].command, "lead.find") == 0 && saved->rows[i].key != NULL &&
            strcmp(saved->rows[i].key, "text") == 0 && text_equal_nocase(saved->rows[i].value, name) &&
            saved->count == 1) {
            return false;
        }
    }
    if (saved->count == 0) {
        return false;
    }
    *verdict = ask_again(call, saved, NULL, reply);
    return true;
}

static enum verdict refuse_unknown(struct call *call, const char *given, struct reply *reply)
{
    const struct saved_names *saved = query_saved_names(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char **names = arena_array(call->arena, saved->count + 1, sizeof *names);
    for (size_t i = 0; i < saved->count; i++) {
        names[i] = saved->rows[i].name;
    }
    return named_refuse(call, "name", "Name: you have saved no search called", given, names, saved->count,
                        "saved list", reply);
}

enum verdict saved_run(struct call *call, const struct args *args, struct reply *reply)
{
    const char *name = text_squeeze(call->arena, args_get(args, "name")->text);
    const struct value *after = args_get(args, "after");
    const struct saved_arguments *saved = query_saved_arguments(call->unit, name);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    return saved->count == 0 ? refuse_unknown(call, name, reply)
                             : ask_again(call, saved, after->present ? after->text : NULL, reply);
}

/* ---- saved.remove, and back */

enum verdict saved_remove(struct call *call, const struct args *args, struct reply *reply)
{
    const char *name = text_squeeze(call->arena, args_get(args, "name")->text);
    query_saved_forget(call->unit);
    const struct saved_remove *removed = query_saved_remove(call->unit, name);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (removed->count == 0) {
        return refuse_unknown(call, name, reply);
    }
    reply_say(reply, "The search “%s” is removed. Say undo to have it back.", removed->rows[0].name);
    reply_next(reply, "undo");
    return VERDICT_DONE;
}

enum verdict saved_undo(struct call *call, const char *request, struct reply *reply, bool *done)
{
    const struct saved_undo *changed = query_saved_undo(call->unit, request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    *done = changed->count > 0;
    for (size_t i = 0; i < changed->count; i++) {
        reply_say(reply,
                  changed->rows[i].removed ? "The search “%s” is removed." : "The search “%s” is back.",
                  changed->rows[i].name);
    }
    return VERDICT_DONE;
}

static const struct choice *find_saved(struct unit *unit, struct arena *arena, const char *part, size_t most)
{
    const struct saved_names *saved = query_saved_names(unit);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    const char **names = arena_array(arena, saved->count + 1, sizeof *names);
    const char *sought = part == NULL ? "" : text_lower(arena, part);
    size_t count = 0;
    for (size_t i = 0; i < saved->count && count < most; i++) {
        const char *name = saved->rows[i].name;
        if (strstr(text_lower(arena, name), sought) != NULL) {
            names[count++] = name;
        }
    }
    return named_choices(arena, names, names, count);
}

/* ---- the parameters */

const struct param saved_add_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "What to call the last list or search that you have asked for, such as hot delhi",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST,
     .limit = NAME_LIMIT},
    {.name = NULL},
};

const struct param saved_run_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "Which of your saved searches, such as hot delhi",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST,
     .limit = NAME_LIMIT,
     .find = find_saved},
    {.name = "after",
     .label = "After lead",
     .hint = "Goes on behind the lead of this number",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

const struct param saved_remove_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "Which of your saved searches goes, such as hot delhi",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST,
     .limit = NAME_LIMIT,
     .find = find_saved},
    {.name = NULL},
};

const struct column saved_list_columns[] = {
    {"name", "Name", PARAM_TEXT},
    {"asks", "Asks for", PARAM_TEXT},
    {NULL, NULL, PARAM_TEXT},
};

const char *const saved_add_examples[] = {"save this as hot delhi", "saved add hot delhi", NULL};
const char *const saved_list_examples[] = {"saved list", "my searches", NULL};
const char *const saved_run_examples[] = {"saved run hot delhi", NULL};
const char *const saved_remove_examples[] = {"saved remove hot delhi", "forget search hot delhi", NULL};

const struct wording saved_add_wordings[] = {
    {"save this as *", "saved add *", false},        {"save that as *", "saved add *", false},
    {"save it as *", "saved add *", false},          {"save as *", "saved add *", false},
    {"save this list as *", "saved add *", false},   {"save list as *", "saved add *", false},
    {"save this search as *", "saved add *", false}, {"save search as *", "saved add *", false},
    {"save last search as *", "saved add *", false}, {NULL, NULL, false},
};
const struct wording saved_list_wordings[] = {
    {"my searches", "saved list", false},         {"searches", "saved list", false},
    {"saved searches", "saved list", false},      {"my saved searches", "saved list", false},
    {"list searches", "saved list", false},       {"list saved searches", "saved list", false},
    {"show saved searches", "saved list", false}, {"show my searches", "saved list", false},
    {"list my searches", "saved list", false},    {NULL, NULL, false},
};
const struct wording saved_run_wordings[] = {
    {"run search *", "saved run *", false},
    {"run saved search *", "saved run *", false},
    {"saved search *", "saved run *", false},
    {NULL, NULL, false},
};
const struct wording saved_remove_wordings[] = {
    {"forget search *", "saved remove *", false},       {"remove search *", "saved remove *", false},
    {"delete search *", "saved remove *", false},       {"remove saved search *", "saved remove *", false},
    {"delete saved search *", "saved remove *", false}, {NULL, NULL, false},
};
