/* Sources: where leads come from. Those that every installation has, and what an Admin adds. */
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "lead/named.h"
#include "lead/rows.h"

#define LABEL_LIMIT 40

enum verdict lead_source_add(struct call *call, const struct args *args, struct reply *reply)
{
    const char *label = args_get(args, "name")->text;
    const char *name = named_key(call->arena, label, '-', false);
    if (name == NULL || strchr(label, ',') != NULL) {
        return reply_refuse(reply, REFUSAL_INVALID, "name",
                            "Name: “%s” is no name for a source. Give letters or digits, such as Trade fair.",
                            text_shorten(call->arena, label, 40));
    }
    const struct lead_source_add *added = query_lead_source_add(call->unit, name, label);
    const struct lead_source_named *known = query_lead_source_named(call->unit, label);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (added->count == 0) {
        return reply_refuse(reply, REFUSAL_CONFLICT, "name", "Name: there is a source called %s already.",
                            known->count > 0 ? known->rows[0].label : label);
    }
    reply_say(reply, "Leads can come from %s now.", label);
    reply_next(reply, "source list");
    return VERDICT_DONE;
}

enum verdict lead_source_list(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    const struct lead_sources *sources = query_lead_sources(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_title(reply, "Sources of leads");
    for (size_t i = 0; i < sources->count; i++) {
        const struct lead_sources_row *source = &sources->rows[i];
        const char *cells[] = {source->label, source->retired ? "no longer offered" : NULL};
        reply_row(reply, source->name, cells);
    }
    return VERDICT_DONE;
}

static enum verdict refuse_unknown(struct call *call, const char *given, struct reply *reply)
{
    const struct lead_sources *sources = query_lead_sources(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char **labels = arena_array(call->arena, sources->count + 1, sizeof *labels);
    for (size_t i = 0; i < sources->count; i++) {
        labels[i] = sources->rows[i].label;
    }
    return named_refuse(call, "source", "Source: there is none called", given, labels, sources->count,
                        "source list", reply);
}

/* Leads keep what they came from: then it is only offered no more. */
enum verdict lead_source_remove(struct call *call, const struct args *args, struct reply *reply)
{
    const char *given = args_get(args, "source")->text;
    const struct lead_source_named *found = query_lead_source_named(call->unit, given);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (found->count == 0) {
        return refuse_unknown(call, given, reply);
    }
    const struct lead_source_named_row *source = &found->rows[0];
    if (source->built_in) {
        return reply_refuse(reply, REFUSAL_STATE, "source",
                            "%s is a source that always is there. Only added ones can be removed.",
                            source->label);
    }
    const struct affected *removed = query_lead_source_remove(call->unit, source->name);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (removed->count == 0) {
        query_lead_source_retire(call->unit, source->name);
        reply_say(reply, "%s is no longer offered. The leads that came from it keep it.", source->label);
    } else {
        reply_say(reply, "The source %s is removed.", source->label);
    }
    return unit_flush(call->unit) == DB_OK ? VERDICT_DONE : VERDICT_FAILED;
}

static const struct choice *find_sources(struct unit *unit, struct arena *arena, const char *part,
                                         size_t most)
{
    const struct lead_source_found *found = query_lead_source_found(unit, part, (int64_t)most);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    const char **values = arena_array(arena, found->count + 1, sizeof *values);
    const char **labels = arena_array(arena, found->count + 1, sizeof *labels);
    for (size_t i = 0; i < found->count; i++) {
        values[i] = found->rows[i].name;
        labels[i] = found->rows[i].label;
    }
    return named_choices(arena, values, labels, found->count);
}

const struct param lead_source_add_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "What the source is called, such as Trade fair",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = LABEL_LIMIT},
    {.name = NULL},
};

const struct param lead_source_remove_params[] = {
    {.name = "source",
     .label = "Source",
     .hint = "The source that is offered no more, such as Trade fair",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = LABEL_LIMIT,
     .find = find_sources},
    {.name = NULL},
};

const struct column lead_source_columns[] = {
    {"source", "Source", PARAM_TEXT},
    {"state", "State", PARAM_TEXT},
    {NULL, NULL, PARAM_TEXT},
};

const char *const lead_source_add_examples[] = {"source add Trade fair", NULL};
const char *const lead_source_list_examples[] = {"sources", "source list", NULL};
const char *const lead_source_remove_examples[] = {"source remove Expo", NULL};
