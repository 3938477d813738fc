/* A lead's follow-up: set, put off, ticked off. The reminder itself follows crm.lead.follow_up_at, whoever
 * writes that (schema/functions/lead_follow_up.sql); what happens at the time is in remind.c. */
#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/rows.h"
#include "lead/words.h"

static bool is_over(const char *status)
{
    return strcmp(status, "won") == 0 || strcmp(status, "lost") == 0;
}

static enum verdict refuse_over(int64_t number, const struct lead_lock_row *lead, struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_STATE, NULL,
                        "Lead %lld, %s, is %s: there is nothing to follow up. Open it again first, such as: "
                        "status %lld assigned",
                        (long long)number, lead->name, lead->status, (long long)number);
}

static void write_note(struct call *call, int64_t number, const struct value *note)
{
    if (note->present) {
        query_lead_note_add(call->unit, number, call->person->id, note->text);
    }
}

static const char *shown(struct call *call, const struct follow_up_state *state)
{
    bool known = state->count > 0 && state->rows[0].follow_up != NULL;
    return known ? type_show(call->arena, PARAM_DATE, state->rows[0].follow_up) : NULL;
}

/* What the assigned person hears when somebody else has changed when to follow up: that person's own clock.
 */
static enum verdict tell_assignee(struct call *call, int64_t number, const struct lead_lock_row *lead,
                                  const char *what, const struct value *note, struct reply *reply)
{
    if (!lead->has_assignee || lead->assignee == call->person->id) {
        return VERDICT_DONE;
    }
    const struct lead_show *theirs = query_lead_show(call->unit, number, NULL);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char *when = theirs->count == 0 ? NULL : theirs->rows[0].follow_up;
    lead_tell(call, true, lead->assignee, reply,
              arena_printf(call->arena, "%s %s your lead %lld, %s%s%s.%s%s", call->person->name, what,
                           (long long)number, lead->name, when == NULL ? "" : ": ",
                           when == NULL ? "" : type_show(call->arena, PARAM_DATE, when),
                           note->present ? "\n" : "",
                           note->present ? text_shorten(call->arena, note->text, 1000) : ""));
    return VERDICT_DONE;
}

static const struct value nothing = {.present = false};

/* Sets when, and says so on the caller's clock, whose zone is named: it is theirs that was meant. */
static enum verdict set_time(struct call *call, int64_t number, const struct lead_lock_row *lead,
                             const struct value *when, const struct value *note, struct reply *reply)
{
    query_follow_up_set(call->unit, number, when->text);
    write_note(call, number, note);
    const struct follow_up_state *state = query_follow_up_state(call->unit, number, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Lead %lld, %s: follow-up %s (%s).", (long long)number, lead->name, shown(call, state),
              call->person->time_zone);
    return tell_assignee(call, number, lead, "set when to follow up", note, reply);
}

enum verdict lead_follow_up_current(struct call *call, const struct args *args, struct current *current)
{
    const struct lead_show_row *lead;
    enum verdict verdict = lead_begin_current(call, args, current, &lead);
    if (lead != NULL) {
        current_put(current, "when", current_date(call->arena, lead->follow_up));
    }
    return verdict;
}

enum verdict lead_follow_up(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_lock_row *lead;
    enum verdict verdict = lead_take(call, args->target, reply, &lead);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    if (is_over(lead->status)) {
        return refuse_over(args->target, lead, reply);
    }
    return set_time(call, args->target, lead, args_get(args, "when"), args_get(args, "note"), reply);
}

/* An hour later when nothing else is said. */
static enum verdict later_time(struct call *call, const struct args *args, struct value *when)
{
    *when = *args_get(args, "until");
    if (when->present) {
        return VERDICT_DONE;
    }
    const struct follow_up_later *later = query_follow_up_later(call->unit, 1);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    when->text = later->rows[0].at;
    return VERDICT_DONE;
}

/* The lead under its lock, with a follow-up to put off or tick off. */
static enum verdict take_awaited(struct call *call, int64_t number, struct reply *reply,
                                 const struct lead_lock_row **lead)
{
    enum verdict verdict = lead_take(call, number, reply, lead);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    const struct follow_up_state *state = query_follow_up_state(call->unit, number, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (shown(call, state) != NULL) {
        return VERDICT_DONE;
    }
    return reply_refuse(reply, REFUSAL_STATE, NULL,
                        "Lead %lld, %s, has no follow-up. Set one, such as: followup %lld tomorrow 10:30",
                        (long long)number, (*lead)->name, (long long)number);
}

enum verdict lead_snooze(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_lock_row *lead;
    struct value when;
    enum verdict verdict = take_awaited(call, args->target, reply, &lead);
    if (verdict == VERDICT_DONE && is_over(lead->status)) {
        return refuse_over(args->target, lead, reply);
    }
    if (verdict == VERDICT_DONE) {
        verdict = later_time(call, args, &when);
    }
    return verdict == VERDICT_DONE ? set_time(call, args->target, lead, &when, &nothing, reply) : verdict;
}

enum verdict lead_done(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *next = args_get(args, "next"), *note = args_get(args, "note");
    const struct lead_lock_row *lead;
    enum verdict verdict = take_awaited(call, args->target, reply, &lead);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_follow_up_done(call->unit, args->target, next->text);
    write_note(call, args->target, note);
    const struct follow_up_state *state =
        query_follow_up_state(call->unit, args->target, call->person->time_zone);
    const struct lead_moves *moves = query_lead_moves(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Lead %lld, %s: the follow-up is done.%s", (long long)args->target, lead->name,
              next->present ? arena_printf(call->arena, " The next one is %s (%s).", shown(call, state),
                                           call->person->time_zone)
                            : "");
    if (!next->present && !is_over(lead->status)) {
        reply_next(reply, arena_printf(call->arena, "followup %lld <when>", (long long)args->target));
    }
    lead_put_moves(call, args->target, moves, reply);
    return tell_assignee(call, args->target, lead, "followed up", note, reply);
}

/* ---- the rows */

static const char *const until_words[] = {"until", "till", "to", "by", "for", NULL};
static const char *const next_words[] = {"next", "again", "then", NULL};

const struct param lead_follow_up_params[] = {
    {.name = "when",
     .label = "When",
     .hint = "When to be reminded, such as tomorrow 10:30, in 3 days, fri 5pm",
     .type = PARAM_DATE,
     .flags = PARAM_REQUIRED | PARAM_FUTURE,
     .words = lead_words_follow_up},
    {.name = "note",
     .label = "Note",
     .hint = "What it is about, such as: wants a quote; it becomes a note on the lead",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_REST},
    {.name = NULL},
};

const struct param lead_snooze_params[] = {
    {.name = "until",
     .label = "Until",
     .hint = "When to be reminded again, such as 2 hours or tomorrow; an hour from now when left out",
     .type = PARAM_DATE,
     .flags = PARAM_FUTURE,
     .words = until_words},
    {.name = NULL},
};

const struct param lead_done_params[] = {
    {.name = "next",
     .label = "Next follow-up",
     .hint = "When to follow up again, such as next friday; not at all when left out",
     .type = PARAM_DATE,
     .flags = PARAM_FUTURE,
     .words = next_words},
    {.name = "note",
     .label = "Note",
     .hint = "What came of it, such as: called, wants a quote",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_REST},
    {.name = NULL},
};

const char *const lead_follow_up_examples[] = {
    "followup 42 tomorrow 10:30",
    "followup 42 in 3 days",
    "followup 42 fri 5pm, call about the price",
    NULL,
};
const char *const lead_snooze_examples[] = {"snooze 42 2 hours", "snooze 42", NULL};
const char *const lead_done_examples[] = {"done 42", "done 42 called, wants a quote", NULL};
