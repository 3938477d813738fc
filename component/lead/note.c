#include "base/text.h"
#include "command/reply.h"
#include "command/target.h"
#include "lead/rows.h"

enum verdict lead_note(struct call *call, const struct args *args, struct reply *reply)
{
    const char *body = args_get(args, "text")->text;
    const struct lead_show *leads = query_lead_show(call->unit, args->target, call->person->time_zone);
    const struct affected *written = query_lead_note_add(call->unit, args->target, call->person->id, body);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0 || written->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    const struct lead_show_row *lead = &leads->rows[0];
    reply_say(reply, "Noted on lead %lld, %s.", (long long)args->target, lead->name);
    lead_tell(call, lead->has_assignee, lead->assignee, reply,
              arena_printf(call->arena, "%s noted on your lead %lld, %s:\n%s", call->person->name,
                           (long long)args->target, lead->name, text_shorten(call->arena, body, 1000)));
    return VERDICT_DONE;
}

const struct param lead_note_params[] = {
    {.name = "text",
     .label = "Note",
     .hint = "What happened or was said, such as: called, wants Monday",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_REQUIRED | PARAM_REST},
    {.name = NULL},
};

const char *const lead_note_examples[] = {"note 42 called, wants Monday", NULL};
