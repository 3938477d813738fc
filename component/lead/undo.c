#include "lead/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/table.h"
#include "lead/rows.h"
#include "queries.h"

/* The last request that was more than a look; NULL when there was none. */
static const struct undo_requests_row *last_change(const struct call *call, const struct undo_requests *done)
{
    for (size_t i = 0; i < done->count; i++) {
        const struct command *row = command_table_find(call->table, done->rows[i].command);
        if (row != NULL && row->effect != EFFECT_READ) {
            return &done->rows[i];
        }
    }
    return NULL;
}

static enum verdict refuse_nothing(struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_STATE, NULL,
                        "There is nothing to undo: you have changed nothing in the last ten minutes.");
}

/* Why the whole of it cannot be taken back. */
static enum verdict check_plan(struct call *call, const struct undo_requests_row *change,
                               const struct undo_plan *plan, struct reply *reply)
{
    const struct command *row = command_table_find(call->table, change->command);
    const char *words = command_words(call->arena, row);
    bool possible = plan->count > 0 && (row->roles & call->person->role) != 0;
    for (size_t i = 0; i < plan->count; i++) {
        possible = possible && plan->rows[i].restorable && plan->rows[i].visible;
    }
    if (!possible) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "Your last change was “%s”, and that cannot be undone. Nothing was changed.",
                            words);
    }
    for (size_t i = 0; i < plan->count; i++) {
        const struct undo_plan_row *field = &plan->rows[i];
        if (field->changed_by != NULL) {
            return reply_refuse(reply, REFUSAL_CONFLICT, NULL,
                                "Not undone: %s has changed lead %lld since “%s”. Nothing was changed.",
                                field->changed_by, (long long)field->lead_id, words);
        }
    }
    return VERDICT_DONE;
}

static const char *person_name(struct call *call, const char *id)
{
    const struct undo_person *person = query_undo_person(call->unit, id);
    return unit_flush(call->unit) == DB_OK && person->count == 1 ? person->rows[0].name : "nobody";
}

/* "follow_up_at" as one says it. */
static const char *field_words(struct arena *arena, const char *field)
{
    char *words = arena_strdup(arena, field);
    for (char *c = words; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    return words;
}

static const char *describe(struct call *call, const struct undo_plan_row *field)
{
    const char *was = field->was == NULL ? "none" : field->was;
    if (strcmp(field->field, "created") == 0) {
        return "taken away again";
    }
    if (strcmp(field->field, "deleted_at") == 0) {
        return field->was == NULL ? "back" : "taken away again";
    }
    if (strcmp(field->field, "assignee") == 0) {
        return arena_printf(call->arena, "assigned to %s", person_name(call, field->was));
    }
    if (strcmp(field->field, "status") == 0) {
        return arena_printf(call->arena, "status %s", was);
    }
    return arena_printf(call->arena, "%s as before", field_words(call->arena, field->field));
}

static void notify_of_assignment(struct call *call, const struct undo_plan_row *field, struct reply *reply)
{
    int64_t loser = field->is_now == NULL ? 0 : strtoll(field->is_now, NULL, 10);
    int64_t winner = field->was == NULL ? 0 : strtoll(field->was, NULL, 10);
    if (loser != 0 && loser != call->person->id) {
        reply_notify(reply, loser, "%s has taken lead %lld, %s, back from you: it was assigned by mistake.",
                     call->person->name, (long long)field->lead_id, field->lead);
    }
    if (winner != 0 && winner != call->person->id) {
        reply_notify(reply, winner, "Lead %lld, %s, is yours again: %s took the last change back.",
                     (long long)field->lead_id, field->lead, call->person->name);
    }
}

/* Whoever was told that their lead was deleted, or back, is told that it is not. */
static void notify_of_deletion(struct call *call, const struct undo_plan_row *field, struct reply *reply)
{
    const struct lead_lock_any *leads = query_lead_lock_any(call->unit, field->lead_id);
    if (unit_flush(call->unit) != DB_OK || leads->count == 0) {
        return;
    }
    const char *sentence =
        arena_printf(call->arena,
                     field->was == NULL ? "%s took it back: your lead %lld, %s, is not deleted."
                                        : "%s took it back: your lead %lld, %s, is deleted after all.",
                     call->person->name, (long long)field->lead_id, field->lead);
    lead_tell(call, leads->rows[0].has_assignee, leads->rows[0].assignee, reply, sentence);
}

static void notify(struct call *call, const struct undo_plan_row *field, struct reply *reply)
{
    if (strcmp(field->field, "assignee") == 0) {
        notify_of_assignment(call, field, reply);
    } else if (strcmp(field->field, "deleted_at") == 0) {
        notify_of_deletion(call, field, reply);
    }
}

/* One sentence for each lead, with all that is as it was. */
static void tell(struct call *call, const struct undo_plan *plan, struct reply *reply)
{
    struct text text = text_new(call->arena);
    for (size_t i = 0; i < plan->count; i++) {
        const struct undo_plan_row *field = &plan->rows[i];
        bool first = i == 0 || plan->rows[i - 1].lead_id != field->lead_id;
        bool last = i + 1 == plan->count || plan->rows[i + 1].lead_id != field->lead_id;
        if (first) {
            text = text_new(call->arena);
            text_addf(&text, "Undone. Lead %lld, %s: ", (long long)field->lead_id, field->lead);
        }
        text_addf(&text, "%s%s", first ? "" : ", ", describe(call, field));
        if (last) {
            reply_say(reply, "%s.", text.data);
        }
        notify(call, field, reply);
    }
}

enum verdict undo_run(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    const struct undo_requests *done = query_undo_requests(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const struct undo_requests_row *change = last_change(call, done);
    if (change == NULL) {
        return refuse_nothing(reply);
    }
    const struct undo_plan *plan = query_undo_plan(call->unit, change->request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    enum verdict verdict = check_plan(call, change, plan, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_undo_apply(call->unit, change->request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    tell(call, plan, reply);
    reply_say(reply, "Say undo again to put it back as it was.");
    return VERDICT_DONE;
}
