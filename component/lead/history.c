#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/rows.h"

#define HISTORY_PAGE 10
#define VALUE_SHOWN  120 /* code points of a value that changed */
#define NOTE_SHOWN   300

/* How a change of a field is told. */
static const struct field {
    const char *name, *label;
    enum param_type type;
} fields[] = {
    {"name", "name", PARAM_TEXT},
    {"email", "email", PARAM_EMAIL},
    {"phone", "phone", PARAM_PHONE},
    {"source", "source", PARAM_TEXT},
    {"status", "status", PARAM_TEXT},
    {"reason", "reason", PARAM_TEXT},
    {"budget", "budget", PARAM_MONEY},
    {"requirements", "requirements", PARAM_LONGTEXT},
    {"follow_up_at", "follow-up", PARAM_DATE},
    {"followed_up_at", "followed up", PARAM_DATE},
};

/* "5000000 INR" in minor units, as the database keeps it. */
static const char *budget_value(struct arena *arena, const char *value)
{
    const char *space = strchr(value, ' ');
    return space == NULL ? value : type_money(arena, strtoll(value, NULL, 10), space + 1);
}

static const char *value_text(struct call *call, const struct field *field, const char *value)
{
    if (value == NULL) {
        return "–";
    }
    if (field->type == PARAM_MONEY) {
        value = budget_value(call->arena, value);
    }
    return text_shorten(call->arena, type_show(call->arena, field->type, value), VALUE_SHOWN);
}

static const char *change_text(struct call *call, const struct lead_history_row *event)
{
    bool added = strncmp(event->field, LEAD_ADDED, strlen(LEAD_ADDED)) == 0;
    const char *label = added ? event->field + strlen(LEAD_ADDED) : event->field;
    struct field field = {event->field, label, PARAM_TEXT};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].name, event->field) == 0) {
            field = fields[i];
        }
    }
    return arena_printf(call->arena, "%s: %s → %s", field.label, value_text(call, &field, event->was),
                        value_text(call, &field, event->is_now));
}

/* "assigned to Priya Nair (was Ravi Kumar)". */
static const char *event_text(struct call *call, const struct lead_history_row *event)
{
    struct arena *arena = call->arena;
    if (strcmp(event->field, "created") == 0) {
        return arena_printf(arena, "added as %s", event->is_now);
    }
    if (strcmp(event->field, "note") == 0) {
        const char *how = event->was == NULL      ? "noted"
                          : event->is_now == NULL ? "note taken back"
                                                  : "note put back";
        const char *body = event->was == NULL ? event->is_now : event->was;
        return arena_printf(arena, "%s: %s", how, text_shorten(arena, body, NOTE_SHOWN));
    }
    if (strcmp(event->field, "tag") == 0) {
        return event->is_now != NULL ? arena_printf(arena, "tagged %s", event->is_now)
                                     : arena_printf(arena, "tag %s taken off", event->was);
    }
    if (strcmp(event->field, "merged_from") == 0) {
        return arena_printf(arena, "lead %s was merged into this one: %s", event->was,
                            text_shorten(arena, event->is_now, NOTE_SHOWN));
    }
    if (strncmp(event->field, LEAD_APART, strlen(LEAD_APART)) == 0) {
        return arena_printf(arena,
                            event->is_now == NULL ? "may be the same as lead %s after all"
                                                  : "is not the same as lead %s",
                            event->field + strlen(LEAD_APART));
    }
    if (strcmp(event->field, "deleted_at") == 0) {
        return event->is_now != NULL ? "deleted" : "restored";
    }
    if (strcmp(event->field, "assignee") == 0) {
        const char *was = event->was == NULL ? "" : arena_printf(arena, " (was %s)", event->was);
        return arena_printf(arena, "assigned to %s%s", event->is_now == NULL ? "nobody" : event->is_now, was);
    }
    if (strcmp(event->field, "followed_up_at") == 0 && event->is_now != NULL) {
        return "follow-up done";
    }
    if (strcmp(event->field, "follow_up_missed") == 0) {
        return arena_printf(arena, "follow-up of %s missed", type_show(arena, PARAM_DATE, event->is_now));
    }
    return change_text(call, event);
}

static void put_event(struct call *call, const struct lead_history_row *event, struct reply *reply)
{
    const char *who = event->person_name == NULL ? "The system" : event->person_name;
    const char *way = event->surface == NULL ? "" : arena_printf(call->arena, " (%s)", event->surface);
    const char *origin =
        event->has_origin ? arena_printf(call->arena, " [lead %lld]", (long long)event->origin) : "";
    reply_field(reply, arena_printf(call->arena, "event_%lld", (long long)event->id),
                type_show(call->arena, PARAM_DATE, event->at), PARAM_LONGTEXT,
                arena_printf(call->arena, "%s%s: %s%s", who, way, event_text(call, event), origin));
}

enum verdict lead_history(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *before = args_get(args, "before");
    const struct lead_history *events =
        query_lead_history(call->unit, args->target, call->person->time_zone,
                           before->present ? &before->number : NULL, HISTORY_PAGE + 1);
    const struct lead_show *leads = query_lead_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    reply_title(reply, "History of lead %lld, %s", (long long)args->target, leads->rows[0].name);
    for (size_t i = 0; i < events->count && i < HISTORY_PAGE; i++) {
        put_event(call, &events->rows[i], reply);
    }
    if (events->count == 0) {
        reply_say(reply, "There is nothing before that.");
    }
    if (events->count > HISTORY_PAGE) {
        reply_more(reply, args,
                   arena_printf(call->arena, "%lld", (long long)events->rows[HISTORY_PAGE - 1].id));
    }
    return VERDICT_DONE;
}

const struct param lead_history_params[] = {
    {.name = "before",
     .label = "Before",
     .hint = "Only what came before the event of this number; the latest when left out",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

const char *const lead_history_examples[] = {"history 42", "lead history 42 before=1000", NULL};
