#include "base/text.h"
#include "command/reply.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/field.h"
#include "lead/rows.h"

#define NOTES_SHOWN 3
#define NOTE_SHOWN  400 /* code points of each */

static void put_lead(struct call *call, const struct lead_show_row *lead, const struct lead_values *fields,
                     struct reply *reply)
{
    const char *budget =
        lead_budget(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency);
    reply_field(reply, "name", "Name", PARAM_TEXT, lead->name);
    reply_field(reply, "email", "Email", PARAM_EMAIL, lead->email);
    reply_field(reply, "phone", "Phone", PARAM_PHONE, lead->phone);
    reply_field(reply, "source", "Source", PARAM_TEXT, lead->source_label);
    reply_field(reply, "status", "Status", PARAM_TEXT, lead->status);
    reply_field(reply, "reason", "Reason", PARAM_TEXT, lead->reason);
    reply_field(reply, "assignee", "Assigned to", PARAM_TEXT, lead->assignee_name);
    reply_field(reply, "budget", "Budget", PARAM_MONEY, budget);
    reply_field(reply, "requirements", "Requirements", PARAM_LONGTEXT, lead->requirements);
    reply_field(reply, "follow_up", "Follow-up", PARAM_DATE, lead->follow_up);
    reply_field(reply, "score", "Score", PARAM_TEXT,
                lead->has_score ? arena_printf(call->arena, "%d of 100", lead->score) : NULL);
    lead_fields_show(fields, reply);
    reply_field(reply, "tags", "Tags", PARAM_TEXT, lead->tags);
    reply_field(reply, "creator", "Added by", PARAM_TEXT, lead->creator_name);
    reply_field(reply, "created", "Added", PARAM_DATE, lead->created);
}

static void put_notes(struct call *call, const struct lead_notes *notes, struct reply *reply)
{
    for (size_t i = 0; i < notes->count; i++) {
        const struct lead_notes_row *note = &notes->rows[i];
        const char *label = arena_printf(call->arena, "%s, %s", note->person_name,
                                         type_show(call->arena, PARAM_DATE, note->at));
        reply_field(reply, arena_printf(call->arena, "note_%zu", i + 1), label, PARAM_LONGTEXT,
                    text_shorten(call->arena, note->body, NOTE_SHOWN));
    }
}

enum verdict lead_show(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_show *leads = query_lead_show(call->unit, args->target, call->person->time_zone);
    const struct lead_values *fields = query_lead_values(call->unit, args->target, call->person->time_zone);
    const struct lead_notes *notes =
        query_lead_notes(call->unit, args->target, call->person->time_zone, NOTES_SHOWN);
    const struct lead_moves *moves = query_lead_moves(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    reply_title(reply, "Lead %lld", (long long)args->target);
    put_lead(call, &leads->rows[0], fields, reply);
    put_notes(call, notes, reply);
    /* Whoever sees a lead that is nobody's may assign it. */
    if (!leads->rows[0].has_assignee) {
        reply_next(reply, arena_printf(call->arena, "assign %lld to <name>", (long long)args->target));
    }
    lead_put_moves(call, args->target, moves, reply);
    return VERDICT_DONE;
}

enum verdict lead_begin_current(struct call *call, const struct args *args, struct current *current,
                                const struct lead_show_row **lead)
{
    *lead = NULL;
    if (current->lock) {
        query_lead_lock(call->unit, args->target);
    }
    const struct lead_show *leads = query_lead_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count > 0) {
        *lead = &leads->rows[0];
        current_put(current, CURRENT_SUBJECT,
                    arena_printf(call->arena, "Lead %lld, %s", (long long)args->target, (*lead)->name));
    }
    return VERDICT_DONE;
}

const char *const lead_show_examples[] = {"lead 42", NULL};
