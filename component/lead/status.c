#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/target.h"
#include "lead/lead.h"
#include "lead/rows.h"

static bool is_legal(const struct lead_moves *moves, const char *to)
{
    for (size_t i = 0; i < moves->count; i++) {
        if (strcmp(moves->rows[i].to_status, to) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_over(const char *status)
{
    return strcmp(status, "won") == 0 || strcmp(status, "lost") == 0;
}

static enum verdict refuse_move(struct call *call, int64_t number, const struct lead_lock_row *lead,
                                const char *to, const struct lead_moves *moves, struct reply *reply)
{
    struct text legal = text_new(call->arena);
    for (size_t i = 0; i < moves->count; i++) {
        text_addf(&legal, "%s%s",
                  i == 0                  ? ""
                  : i + 1 == moves->count ? " or "
                                          : ", ",
                  moves->rows[i].to_status);
    }
    /* A lead of nobody goes nowhere but away: what is in the way is that nobody works on it. */
    bool lacks_person = !lead->has_assignee && !is_over(lead->status);
    return reply_refuse(reply, REFUSAL_STATE, "status",
                        "Lead %lld, %s, is %s, and cannot become %s. From %s it goes to %s.%s",
                        (long long)number, lead->name, lead->status, to, lead->status,
                        moves->count == 0 ? "nothing else" : legal.data,
                        lacks_person ? arena_printf(call->arena,
                                                    " Assign it to somebody first: assign %lld to "
                                                    "<name>.",
                                                    (long long)number)
                                     : "");
}

/* "reopen 42" says new; what was somebody's is theirs again, and is assigned. */
static const char *reopened(const struct lead_lock_row *lead, const char *to, const struct lead_moves *moves)
{
    bool reopens = is_over(lead->status) && strcmp(to, "new") == 0 && !is_legal(moves, to);
    return reopens && is_legal(moves, "assigned") ? "assigned" : to;
}

/* What is wrong with the reason, as a refusal. */
static enum verdict check_reason(int64_t number, const char *to, const struct value *reason,
                                 struct reply *reply)
{
    if (strcmp(to, "lost") == 0 && !reason->present) {
        return reply_refuse(reply, REFUSAL_MISSING, "reason",
                            "Reason is missing: why lead %lld was lost, such as: too expensive.",
                            (long long)number);
    }
    if (reason->present && !is_over(to)) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "reason",
            "Reason: only a lead that is won or lost has one. For anything else write a note, "
            "such as: note %lld called, wants Monday",
            (long long)number);
    }
    return VERDICT_DONE;
}

enum verdict lead_status_current(struct call *call, const struct args *args, struct current *current)
{
    const struct lead_show_row *lead;
    enum verdict verdict = lead_begin_current(call, args, current, &lead);
    if (lead != NULL) {
        current_put(current, "status", lead->status);
    }
    return verdict;
}

enum verdict lead_status(struct call *call, const struct args *args, struct reply *reply)
{
    const char *to = args_get(args, "status")->text;
    const struct value *reason = args_get(args, "reason");
    const struct lead_lock_row *lead;
    enum verdict verdict = lead_take(call, args->target, reply, &lead);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    if (strcmp(lead->status, to) == 0) {
        reply_say(reply, "Lead %lld, %s, is %s already.", (long long)args->target, lead->name, to);
        return VERDICT_DONE;
    }
    const struct lead_moves *moves = query_lead_moves(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    to = reopened(lead, to, moves);
    if (!is_legal(moves, to)) {
        return refuse_move(call, args->target, lead, to, moves, reply);
    }
    if (check_reason(args->target, to, reason, reply) != VERDICT_DONE) {
        return VERDICT_REFUSED;
    }
    query_lead_move(call->unit, args->target, to, reason->text);
    const struct lead_moves *next = query_lead_moves(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char *because = reason->present ? arena_printf(call->arena, " Reason: %s", reason->text) : "";
    reply_say(reply, "Lead %lld, %s, is %s now.%s", (long long)args->target, lead->name, to, because);
    lead_tell(call, lead->has_assignee, lead->assignee, reply,
              arena_printf(call->arena, "%s moved your lead %lld, %s, from %s to %s.%s", call->person->name,
                           (long long)args->target, lead->name, lead->status, to, because));
    lead_put_moves(call, args->target, next, reply);
    return VERDICT_DONE;
}

/* "Lost, with a reason": what a move takes besides is said where it is offered. */
static const char *move_label(struct arena *arena, const char *to)
{
    const struct choice *status = lead_statuses;
    while (status->value != NULL && strcmp(status->value, to) != 0) {
        status++;
    }
    const char *label = status->value == NULL ? to : status->label;
    return strcmp(to, "lost") == 0 ? arena_printf(arena, "%s, with a reason", label) : label;
}

/* The moves that are legal for the lead now. */
static const struct choice *offer_moves(struct unit *unit, struct arena *arena, int64_t target)
{
    const struct lead_moves *moves = query_lead_moves(unit, target);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    struct choice *choices = arena_array(arena, moves->count + 1, sizeof *choices);
    for (size_t i = 0; i < moves->count; i++) {
        choices[i].value = moves->rows[i].to_status;
        choices[i].label = move_label(arena, choices[i].value);
    }
    return choices;
}

static const char *const status_words[] = {"is", "as", "to", "now", NULL};
static const char *const reason_words[] = {"because", "because of", NULL};

const struct param lead_status_params[] = {
    {.name = "status",
     .label = "Status",
     .hint = "Where the lead is now",
     .type = PARAM_CHOICE,
     .flags = PARAM_REQUIRED,
     .choices = lead_statuses,
     .offer = offer_moves,
     .words = status_words},
    {.name = "reason",
     .label = "Reason",
     .hint = "Why it was lost, such as too expensive; may be given for won too",
     .type = PARAM_TEXT,
     .flags = PARAM_REST,
     .limit = 500,
     .words = reason_words},
    {.name = NULL},
};

const char *const lead_status_examples[] = {
    "status 42 contacted",
    "status 42 lost because too expensive",
    "lead status 42 status=lost reason=\"too expensive\"",
    NULL,
};
