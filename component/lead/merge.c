/* Two leads that are one: merged, with both histories. */
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/target.h"
#include "lead/rows.h"

/* ---- lead.merge */

static enum verdict refuse_itself(struct call *call, int64_t number, struct reply *reply)
{
    (void)call;
    return reply_refuse(
        reply, REFUSAL_INVALID, "into",
        "Into: lead %lld cannot be merged with itself. Give the one that stays, such as: lead "
        "merge %lld into %lld.",
        (long long)number, (long long)number, (long long)number + 1);
}

/* Locks the one that stays. It is what was given that is wrong when it is not there, not what is acted on. */
static enum verdict take_into(struct call *call, int64_t number, struct reply *reply,
                              const struct lead_lock_row **lead)
{
    const struct lead_lock *rows = query_lead_lock(call->unit, number);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    *lead = rows->rows;
    if (rows->count == 0) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "into",
            "Into: there is no lead %lld. Give the number of the one that stays, such as: lead "
            "merge 42 into 7.",
            (long long)number);
    }
    return VERDICT_DONE;
}

/* In the order of their numbers, so that two who merge the same pair do not wait in a ring. */
static enum verdict take_both(struct call *call, int64_t gone, int64_t kept, struct reply *reply,
                              const struct lead_lock_row **old, const struct lead_lock_row **new)
{
    enum verdict verdict =
        gone < kept ? lead_take(call, gone, reply, old) : take_into(call, kept, reply, new);
    if (verdict == VERDICT_DONE) {
        verdict = gone < kept ? take_into(call, kept, reply, new) : lead_take(call, gone, reply, old);
    }
    return verdict;
}

enum verdict lead_merge_warns(struct call *call, const struct args *args, const char **warning)
{
    const struct lead_show *into =
        query_lead_show(call->unit, args_get(args, "into")->number, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    *warning = into->count == 0 ? "It will not be there any more."
                                : arena_printf(call->arena, "It goes into lead %lld, %s, which stays.",
                                               (long long)args_get(args, "into")->number,
                                               text_shorten(call->arena, into->rows[0].name, 60));
    return VERDICT_DONE;
}

/* The same as in crm.lead_merge(): one that is new and nobody's is from then on whoever's the other one is.
 */
static bool inherits(const struct lead_lock_row *new, const struct lead_lock_row *old)
{
    return !new->has_assignee &&strcmp(new->status, "new") == 0 &&
           old->has_assignee &&strcmp(old->status, "won") != 0 && strcmp(old->status, "lost") != 0;
}

static void tell_both(struct call *call, int64_t gone, const struct lead_lock_row *old, int64_t kept,
                      const struct lead_lock_row *new, struct reply *reply)
{
    const char *into = inherits(new, old) ? arena_printf(call->arena, "lead %lld, %s, which is yours now",
                                                         (long long)kept, new->name)
                                          : "another one";
    lead_tell(call, old->has_assignee, old->assignee, reply,
              arena_printf(call->arena, "%s merged your lead %lld, %s, into %s.", call->person->name,
                           (long long)gone, old->name, into));
    lead_tell(call, new->has_assignee, new->assignee, reply,
              arena_printf(call->arena, "%s merged lead %lld, %s, into your lead %lld, %s.",
                           call->person->name, (long long)gone, old->name, (long long)kept, new->name));
}

enum verdict lead_merge(struct call *call, const struct args *args, struct reply *reply)
{
    const int64_t gone = args->target, kept = args_get(args, "into")->number;
    const struct lead_lock_row *old, *new;
    if (gone == kept) {
        return refuse_itself(call, gone, reply);
    }
    enum verdict verdict = take_both(call, gone, kept, reply, &old, &new);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_lead_merge(call->unit, gone, kept);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Lead %lld, %s, is now one with lead %lld, %s.", (long long)gone, old->name,
              (long long)kept, new->name);
    if (inherits(new, old)) {
        reply_say(reply, "It is given to whoever had lead %lld.", (long long)gone);
    }
    reply_about(reply, TARGET_LEAD, kept);
    reply_next(reply, arena_printf(call->arena, "lead %lld", (long long)kept));
    reply_next(reply, "undo");
    tell_both(call, gone, old, kept, new, reply);
    return VERDICT_DONE;
}

static const char *const into_words[] = {"with", "in", "and", NULL};

const struct param lead_merge_params[] = {
    {.name = "into",
     .label = "Into",
     .hint = "The number of the lead that stays, such as 7",
     .type = PARAM_NUMBER,
     .flags = PARAM_REQUIRED,
     .words = into_words},
    {.name = NULL},
};

const char *const lead_merge_examples[] = {"merge 42 into 7", "lead merge 42 into 7", NULL};
