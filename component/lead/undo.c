#include "lead/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "lead/rows.h"
#include "lead/saved.h"
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

/* What the two rows take back, and how they say it. */
struct taking {
    const char *name; /* of the row */
    bool undoes;      /* a change; else: what "undo" took back */
    const char *done, *next;
    const char *fields;        /* what a field is then, that is not worth its value */
    const char *refusal, *why; /* before and behind the words of what was changed */
};

static const struct taking takings[] = {
    {"undo", true, "Undone", "Say redo to put it back as it was.", "as before", "Your last change was",
     "and that cannot be undone"},
    {"redo", false, "Put back", "Say undo to take it back again.", "as changed", "What you have undone was",
     "and you cannot do that any more"},
};

static const struct taking *taking_of(const char *command)
{
    for (size_t i = 0; i < sizeof takings / sizeof takings[0]; i++) {
        if (strcmp(takings[i].name, command) == 0) {
            return &takings[i];
        }
    }
    return NULL;
}

static enum verdict refuse_undone(struct reply *reply)
{
    return reply_refuse(
        reply, REFUSAL_STATE, NULL,
        "There is nothing more to undo: your last change has been undone already. Say redo to "
        "put it back as it was.");
}

static enum verdict refuse_redo(struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_STATE, NULL,
                        "There is nothing to redo: the last thing that you did in these ten minutes was no "
                        "undo.");
}

/* Whether the last change is one that this row takes back. */
static enum verdict check_change(const struct taking *taking, const struct undo_requests_row *change,
                                 struct reply *reply)
{
    const struct taking *before = change == NULL ? NULL : taking_of(change->command);
    bool was_undone = before != NULL && before->undoes;
    if (taking->undoes && change == NULL) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "There is nothing to undo: you have changed nothing in the last ten minutes.");
    }
    if (taking->undoes && was_undone) {
        return refuse_undone(reply);
    }
    return taking->undoes || was_undone ? VERDICT_DONE : refuse_redo(reply);
}

/* True when the caller may still do what the change did: of an undo or redo, what that goes back to. */
static bool may_still(const struct call *call, const struct undo_origin *origin)
{
    const struct command *row =
        origin->count == 0 ? NULL : command_table_find(call->table, origin->rows[0].command);
    return row != NULL && (row->roles & call->person->role) != 0;
}

/* True for what is done to a lead that is deleted now. */
static bool changes_deletion(const struct undo_plan_row *field)
{
    return strcmp(field->field, "created") == 0 || strcmp(field->field, "deleted_at") == 0 ||
           strcmp(field->field, "merged_into") == 0;
}

/* Whether whose lead it was could be given it now. */
static enum verdict check_former(struct call *call, const struct undo_plan_row *field, struct reply *reply)
{
    enum role role;
    if (strcmp(field->field, "assignee") != 0 || field->was == NULL) {
        return VERDICT_DONE;
    }
    const struct undo_person *former = query_undo_person(call->unit, field->was);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (former->count == 1 && former->rows[0].enabled && role_parse(former->rows[0].role, &role) == 0 &&
        (role & ROLE_SALES) != 0) {
        return VERDICT_DONE;
    }
    return reply_refuse(reply, REFUSAL_CONFLICT, NULL,
                        "Not possible: %s, who had lead %lld, takes no leads any more. Nothing was changed. "
                        "Give it to somebody else: assign %lld to <name>.",
                        former->count == 1 ? former->rows[0].name : "whoever it was",
                        (long long)field->lead_id, (long long)field->lead_id);
}

/* Why one field cannot be taken back. */
static enum verdict check_field(struct call *call, const struct undo_plan_row *field, const char *words,
                                struct reply *reply)
{
    if (field->changed_by != NULL) {
        return reply_refuse(reply, REFUSAL_CONFLICT, NULL,
                            "Not possible: %s has changed lead %lld since “%s”. Nothing was changed.",
                            field->changed_by, (long long)field->lead_id, words);
    }
    if (field->deleted && !changes_deletion(field)) {
        return reply_refuse(reply, REFUSAL_CONFLICT, NULL,
                            "Not possible: lead %lld, %s, has been deleted since “%s”. Nothing was changed. "
                            "Bring it back first: restore %lld.",
                            (long long)field->lead_id, field->lead, words, (long long)field->lead_id);
    }
    return check_former(call, field, reply);
}

/* Names what it all began with: nobody remembers an undo of a redo. */
static enum verdict refuse_change(struct call *call, const struct taking *taking,
                                  const struct undo_requests_row *change, const struct undo_origin *origin,
                                  struct reply *reply)
{
    const struct command *began =
        origin->count == 0 ? NULL : command_table_find(call->table, origin->rows[0].command);
    const struct command *row = began == NULL ? command_table_find(call->table, change->command) : began;
    return reply_refuse(reply, REFUSAL_STATE, NULL, "%s “%s”, %s. Nothing was changed.", taking->refusal,
                        command_words(call->arena, row), taking->why);
}

/* Why the whole of it cannot be taken back. */
static enum verdict check_plan(struct call *call, const struct taking *taking,
                               const struct undo_requests_row *change, const struct undo_plan *plan,
                               const struct undo_origin *origin, struct reply *reply)
{
    const char *words = command_words(call->arena, command_table_find(call->table, change->command));
    enum verdict verdict = VERDICT_DONE;
    bool possible = plan->count > 0 && may_still(call, origin);
    for (size_t i = 0; i < plan->count; i++) {
        possible = possible && plan->rows[i].restorable && plan->rows[i].visible;
    }
    if (!possible) {
        return refuse_change(call, taking, change, origin, reply);
    }
    for (size_t i = 0; i < plan->count && verdict == VERDICT_DONE; i++) {
        verdict = check_field(call, &plan->rows[i], words, reply);
    }
    return verdict;
}

static const char *person_name(struct call *call, const char *id)
{
    const struct undo_person *person = query_undo_person(call->unit, id);
    return unit_flush(call->unit) == DB_OK && person->count == 1 ? person->rows[0].name : "nobody";
}

/* "budget_minor" as one says it. */
static const char *field_words(struct arena *arena, const char *field)
{
    if (strcmp(field, "follow_up_at") == 0) {
        return "follow-up";
    }
    char *words = arena_strdup(arena, field);
    for (char *c = words; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    return words;
}

static const char *describe(struct call *call, const struct taking *taking, const struct undo_plan_row *field)
{
    const char *was = field->was == NULL ? "none" : field->was;
    if (strcmp(field->field, "created") == 0) {
        return "taken away again";
    }
    if (strcmp(field->field, "merged_from") == 0) {
        return arena_printf(call->arena, "lead %s is one of its own again", was);
    }
    if (strncmp(field->field, LEAD_APART, strlen(LEAD_APART)) == 0) {
        return arena_printf(call->arena,
                            field->was == NULL ? "perhaps the same as lead %s" : "not the same as lead %s",
                            field->field + strlen(LEAD_APART));
    }
    if (strcmp(field->field, "merged_into") == 0) {
        return arena_printf(call->arena, "no longer in lead %s", field->is_now);
    }
    if (strcmp(field->field, "deleted_at") == 0) {
        return field->was == NULL ? "back" : "taken away again";
    }
    if (strcmp(field->field, "note") == 0) {
        return field->is_now != NULL ? "note taken back" : "note put back";
    }
    if (strcmp(field->field, "tag") == 0) {
        return field->was == NULL ? arena_printf(call->arena, "tag %s taken off again", field->is_now)
                                  : arena_printf(call->arena, "tag %s put back", field->was);
    }
    if (strncmp(field->field, LEAD_ADDED, strlen(LEAD_ADDED)) == 0) {
        return arena_printf(call->arena, "%s %s", field->field + strlen(LEAD_ADDED), taking->fields);
    }
    if (strcmp(field->field, "assignee") == 0) {
        return arena_printf(call->arena, "assigned to %s", person_name(call, field->was));
    }
    if (strcmp(field->field, "status") == 0) {
        return arena_printf(call->arena, "status %s", was);
    }
    if (strcmp(field->field, "reason") == 0) {
        return field->was == NULL ? "no reason" : arena_printf(call->arena, "reason: %s", was);
    }
    if (strcmp(field->field, "followed_up_at") == 0) {
        return field->was == NULL ? "not followed up yet" : "followed up";
    }
    return arena_printf(call->arena, "%s %s", field_words(call->arena, field->field), taking->fields);
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

static void tell_assignee(struct call *call, const struct undo_plan_row *field, const char *sentence,
                          struct reply *reply)
{
    const struct lead_lock_any *leads = query_lead_lock_any(call->unit, field->lead_id);
    if (unit_flush(call->unit) == DB_OK && leads->count == 1) {
        lead_tell(call, leads->rows[0].has_assignee, leads->rows[0].assignee, reply, sentence);
    }
}

/* Whoever was told that their lead was deleted, or back, is told that it is not. */
static void notify_of_deletion(struct call *call, const struct undo_plan_row *field, struct reply *reply)
{
    tell_assignee(call, field,
                  arena_printf(call->arena,
                               field->was == NULL
                                   ? "%s took it back: your lead %lld, %s, is not deleted."
                                   : "%s took it back: your lead %lld, %s, is deleted after all.",
                               call->person->name, (long long)field->lead_id, field->lead),
                  reply);
}

/* Whoever was told of a move is told of the move back; one that came with an assignment is part of that. */
static void notify_of_move(struct call *call, const struct undo_plan *plan, const struct undo_plan_row *field,
                           struct reply *reply)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->rows[i].lead_id == field->lead_id && strcmp(plan->rows[i].field, "assignee") == 0) {
            return;
        }
    }
    tell_assignee(call, field,
                  arena_printf(call->arena, "%s took the last change back: your lead %lld, %s, is %s again.",
                               call->person->name, (long long)field->lead_id, field->lead, field->was),
                  reply);
}

/* Whoever was told of a note is told that it does not hold, or does. */
static void notify_of_note(struct call *call, const struct undo_plan_row *field, struct reply *reply)
{
    tell_assignee(call, field,
                  arena_printf(call->arena,
                               field->is_now != NULL
                                   ? "%s took back what they had noted on your lead %lld, %s."
                                   : "%s put back what they had noted on your lead %lld, %s.",
                               call->person->name, (long long)field->lead_id, field->lead),
                  reply);
}

static void notify(struct call *call, const struct undo_plan *plan, const struct undo_plan_row *field,
                   struct reply *reply)
{
    if (strcmp(field->field, "assignee") == 0) {
        notify_of_assignment(call, field, reply);
    } else if (strcmp(field->field, "deleted_at") == 0) {
        notify_of_deletion(call, field, reply);
    } else if (strcmp(field->field, "note") == 0) {
        notify_of_note(call, field, reply);
    } else if (strcmp(field->field, "status") == 0) {
        notify_of_move(call, plan, field, reply);
    }
}

/* ---- of more leads than anybody has named one by one */

/* How many leads somebody has lost and got by it. */
struct tally {
    int64_t person;
    long long lost, got;
};

static struct tally *tally_of(struct tally *tallies, size_t *count, const char *person)
{
    int64_t id = person == NULL ? 0 : strtoll(person, NULL, 10);
    for (size_t i = 0; i < *count; i++) {
        if (tallies[i].person == id) {
            return &tallies[i];
        }
    }
    tallies[*count] = (struct tally){.person = id};
    return &tallies[(*count)++];
}

static void notify_of_many(struct call *call, const struct undo_plan *plan, struct reply *reply)
{
    struct tally *tallies = arena_array(call->arena, 2 * plan->count, sizeof *tallies);
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->rows[i].field, "assignee") == 0) {
            tally_of(tallies, &count, plan->rows[i].is_now)->lost++;
            tally_of(tallies, &count, plan->rows[i].was)->got++;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct tally *tally = &tallies[i];
        if (tally->person == 0 || tally->person == call->person->id) {
            continue;
        }
        if (tally->lost > 0) {
            reply_notify(reply, tally->person, "%s has taken %lld leads back from you.", call->person->name,
                         tally->lost);
        }
        if (tally->got > 0) {
            reply_notify(reply, tally->person, "%lld leads are yours again: %s took the last change back.",
                         tally->got, call->person->name);
        }
    }
}

static size_t count_leads(const struct undo_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        count += i == 0 || plan->rows[i - 1].lead_id != plan->rows[i].lead_id;
    }
    return count;
}

/* ---- what is said */

/* One sentence for each lead, with all that is as it was. */
static void tell(struct call *call, const struct taking *taking, const struct undo_plan *plan,
                 struct reply *reply)
{
    struct text text = text_new(call->arena);
    size_t leads = count_leads(plan);
    if (leads > TARGET_SEVERAL) {
        reply_say(reply, "%s. %zu leads are %s.", taking->done, leads, taking->fields);
        notify_of_many(call, plan, reply);
        return;
    }
    for (size_t i = 0; i < plan->count; i++) {
        const struct undo_plan_row *field = &plan->rows[i];
        bool first = i == 0 || plan->rows[i - 1].lead_id != field->lead_id;
        bool last = i + 1 == plan->count || plan->rows[i + 1].lead_id != field->lead_id;
        if (first) {
            text = text_new(call->arena);
            text_addf(&text, "%s. Lead %lld, %s: ", taking->done, (long long)field->lead_id, field->lead);
        }
        text_addf(&text, "%s%s", first ? "" : ", ", describe(call, taking, field));
        if (last) {
            reply_say(reply, "%s.", text.data);
        }
        notify(call, plan, field, reply);
    }
}

enum verdict undo_run(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    query_undo_hold(call->unit);
    const struct undo_requests *done = query_undo_requests(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const struct taking *taking = taking_of(call->command->name);
    const struct undo_requests_row *change = last_change(call, done);
    enum verdict verdict = check_change(taking, change, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    bool saved = false;
    verdict = saved_undo(call, change->request, reply, &saved);
    if (verdict != VERDICT_DONE || saved) {
        return verdict;
    }
    const struct undo_plan *plan = query_undo_plan(call->unit, change->request);
    const struct undo_origin *origin = query_undo_origin(call->unit, change->request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    verdict = check_plan(call, taking, change, plan, origin, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_undo_apply(call->unit, change->request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    tell(call, taking, plan, reply);
    reply_say(reply, "%s", taking->next);
    return VERDICT_DONE;
}
