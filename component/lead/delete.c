#include "command/reply.h"
#include "command/target.h"
#include "lead/rows.h"

enum verdict lead_delete(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_lock_row *lead;
    enum verdict verdict = lead_take(call, args->target, reply, &lead);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_lead_delete(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Lead %lld, %s, is deleted.", (long long)args->target, lead->name);
    reply_next(reply, arena_printf(call->arena, "restore %lld", (long long)args->target));
    lead_tell(call, lead->has_assignee, lead->assignee, reply,
              arena_printf(call->arena, "%s deleted your lead %lld, %s.", call->person->name,
                           (long long)args->target, lead->name));
    return VERDICT_DONE;
}

enum verdict lead_restore(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_lock_any *leads = query_lead_lock_any(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    const struct lead_lock_any_row *lead = &leads->rows[0];
    if (!lead->deleted) {
        return reply_refuse(reply, REFUSAL_STATE, "lead", "Lead %lld, %s, is not deleted.",
                            (long long)args->target, lead->name);
    }
    query_lead_restore(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Lead %lld, %s, is back.", (long long)args->target, lead->name);
    reply_next(reply, arena_printf(call->arena, "lead %lld", (long long)args->target));
    lead_tell(call, lead->has_assignee, lead->assignee, reply,
              arena_printf(call->arena, "%s restored your lead %lld, %s.", call->person->name,
                           (long long)args->target, lead->name));
    return VERDICT_DONE;
}

const char *const lead_delete_examples[] = {"delete 42", "lead delete 42", NULL};
const char *const lead_restore_examples[] = {"restore 42", "lead restore 42", NULL};
