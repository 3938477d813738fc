/* All open leads of one Sales Person to another: somebody leaves, is ill, or gets another role. */
#include "base/text.h"
#include "command/reply.h"
#include "command/type.h"
#include "lead/field.h"
#include "lead/lead.h"
#include "lead/rows.h"
#include "lead/words.h"
#include "queries.h"

#define AT_ONCE 1000 /* leads: one statement, and one undo */

static const char *open_leads(struct arena *arena, int64_t count)
{
    return arena_printf(arena, "%lld open lead%s", (long long)count, count == 1 ? "" : "s");
}

/* Somebody and their open leads; NULL when the unit failed. They are there: resolved in this unit. */
static const struct lead_open_count_row *read_person(struct call *call, int64_t person)
{
    const struct lead_open_count *found = query_lead_open_count(call->unit, person);
    return unit_flush(call->unit) == DB_OK && found->count == 1 ? &found->rows[0] : NULL;
}

enum verdict lead_handover_warns(struct call *call, const struct args *args, const char **warning)
{
    const struct value *to = args_get(args, "to");
    const struct lead_open_count_row *former = read_person(call, args->target);
    const struct lead_open_count_row *heir = read_person(call, to->number);
    if (former == NULL || heir == NULL) {
        return VERDICT_FAILED;
    }
    if (former->count > 0) {
        const char *which = former->count == 1 ? "it goes"
                            : former->count <= AT_ONCE
                                ? "all of them go"
                                : arena_printf(call->arena, "the %d oldest go", AT_ONCE);
        *warning = arena_printf(call->arena, "%s has %s; %s to %s (%s).", former->name,
                                open_leads(call->arena, former->count), which, heir->name, to->text);
    }
    return VERDICT_DONE;
}

static void tell(struct call *call, const struct args *args, const struct lead_open_count_row *former,
                 int64_t given, struct reply *reply)
{
    const char *leads = open_leads(call->arena, given);
    int64_t heir = args_get(args, "to")->number;
    if (heir != call->person->id) {
        reply_notify(reply, heir, "%s has handed %s of %s over to you. Say “my leads” for them.",
                     call->person->name, leads, former->name);
    }
    if (former->enabled && args->target != call->person->id) {
        reply_notify(reply, args->target,
                     "%s has taken %s off your list: you need not follow %s up any more. Thank you for your "
                     "work on %s.",
                     call->person->name, leads, given == 1 ? "it" : "them", given == 1 ? "it" : "them");
    }
}

static enum verdict refuse_nothing(const struct lead_open_count_row *former, struct reply *reply)
{
    if (former->count > 0) {
        return reply_refuse(
            reply, REFUSAL_CONFLICT, NULL,
            "Somebody else has just changed the leads of %s. Nothing was changed: say it again.",
            former->name);
    }
    return reply_refuse(reply, REFUSAL_STATE, NULL, "%s has no open leads. Nothing was changed.",
                        former->name);
}

enum verdict lead_handover(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *heir = args_get(args, "to");
    if (heir->number == args->target) {
        return reply_refuse(reply, REFUSAL_INVALID, "to",
                            "Hand over to: %s has them already. Name somebody else.", heir->text);
    }
    const struct lead_hand_over *given =
        query_lead_hand_over(call->unit, args->target, heir->number, AT_ONCE);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    /* Behind it: somebody else may have given some away while it waited for them. */
    const struct lead_open_count_row *former = read_person(call, args->target);
    const struct lead_open_count_row *to = read_person(call, heir->number);
    if (former == NULL || to == NULL) {
        return VERDICT_FAILED;
    }
    int64_t count = given->rows[0].count;
    if (count == 0) {
        return refuse_nothing(former, reply);
    }
    tell(call, args, former, count, reply);
    reply_say(reply, "%s of %s %s %s's now, who has been told. Say undo to take it back.",
              open_leads(call->arena, count), former->name, count == 1 ? "is" : "are", to->name);
    if (former->count > 0) {
        reply_say(reply, "%s still has %s: say it again for the next.", former->name,
                  open_leads(call->arena, former->count));
    }
    reply_next(reply, arena_printf(call->arena, "leads of %s", heir->given));
    return VERDICT_DONE;
}

/* ---- the parameters */

const struct param lead_handover_params[] = {
    {.name = "to",
     .label = "Hand over to",
     .hint = "The Sales Person who gets them, such as priya",
     .type = PARAM_PERSON,
     .flags = PARAM_REQUIRED,
     .people = ROLE_SALES,
     .words = lead_words_assignee},
    {.name = NULL},
};

const char *const lead_handover_examples[] = {"lead handover ravi to priya", "hand over ravi to priya", NULL};
