#include "command/reply.h"
#include "command/target.h"
#include "lead/rows.h"

#define LIST_PAGE 10

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

/* Behind a lead that was restored nothing is found, and that is not the end of the list. */
static enum verdict say_none(struct call *call, const struct value *after, struct reply *reply)
{
    const struct lead_deleted_mark *mark =
        after->present ? query_lead_deleted_mark(call->unit, after->number) : NULL;
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (mark != NULL && mark->count == 0) {
        reply_say(reply, LEAD_LIST_CHANGED);
    } else {
        reply_say(reply, "There are no %sdeleted leads.", after->present ? "more " : "");
    }
    return VERDICT_DONE;
}

enum verdict lead_deleted(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *after = args_get(args, "after");
    const struct lead_deleted *leads = query_lead_deleted(
        call->unit, call->person->time_zone, after->present ? &after->number : NULL, LIST_PAGE + 1);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return say_none(call, after, reply);
    }
    reply_title(reply, "Deleted leads%s", after->present ? ", continued" : "");
    for (size_t i = 0; i < leads->count && i < LIST_PAGE; i++) {
        const struct lead_deleted_row *lead = &leads->rows[i];
        const char *number = arena_printf(call->arena, "%lld", (long long)lead->id);
        const char *cells[] = {number, lead->name, lead->deleted, lead->assignee_name};
        reply_row(reply, arena_printf(call->arena, "lead-%s", number), cells);
    }
    reply_next(reply, arena_printf(call->arena, "restore %lld", (long long)leads->rows[0].id));
    if (leads->count > LIST_PAGE) {
        reply_more(reply, args, arena_printf(call->arena, "%lld", (long long)leads->rows[LIST_PAGE - 1].id));
    }
    return VERDICT_DONE;
}

const struct param lead_deleted_params[] = {
    {.name = "after",
     .label = "After lead",
     .hint = "Goes on behind the lead of this number",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

const struct column lead_deleted_columns[] = {
    {"number", "Number", PARAM_NUMBER},      {"name", "Name", PARAM_TEXT}, {"deleted", "Deleted", PARAM_DATE},
    {"assignee", "Assigned to", PARAM_TEXT}, {NULL, NULL, PARAM_TEXT},
};

const char *const lead_deleted_examples[] = {"leads deleted", "deleted leads", NULL};
const char *const lead_delete_examples[] = {"delete 42", "lead delete 42", NULL};
const char *const lead_restore_examples[] = {"restore 42", "lead restore 42", NULL};
