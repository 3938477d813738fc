#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/field.h"
#include "lead/lead.h"
#include "lead/rows.h"
#include "lead/words.h"

/* ---- what the assigned person reads in chat */

static void add_line(struct text *text, const char *label, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        text_addf(text, "\n%s: %s", label, value);
    }
}

/* What the assigned person reads in chat. */
static char *summary(struct call *call, int64_t number, const struct lead_show_row *lead)
{
    struct text text = text_new(call->arena);
    const char *budget =
        lead_budget(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency);
    text_addf(&text, "%s assigned lead %lld to you: %s", call->person->name, (long long)number, lead->name);
    add_line(&text, "Phone", type_show(call->arena, PARAM_PHONE, lead->phone));
    add_line(&text, "Email", lead->email);
    add_line(&text, "Source", lead->source_label);
    add_line(&text, "Budget", type_show(call->arena, PARAM_MONEY, budget));
    add_line(&text, "Requirements",
             lead->requirements == NULL ? NULL : text_shorten(call->arena, lead->requirements, 300));
    add_line(&text, "Follow-up", type_show(call->arena, PARAM_DATE, lead->follow_up));
    text_addf(&text, "\nSay “lead %lld” for all of it.", (long long)number);
    return text.data;
}

/* Says to whom a lead went, and tells that person. The summary's times are in their time zone. */
static enum verdict lead_tell_assignee(struct call *call, int64_t number, int64_t assignee,
                                       struct reply *reply)
{
    const struct lead_show *leads = query_lead_show(call->unit, number, NULL);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return target_refuse_absent(call, number, reply);
    }
    const struct lead_show_row *lead = &leads->rows[0];
    reply_say(reply, "Lead %lld, %s, is assigned to %s, who has been told.", (long long)number, lead->name,
              lead->assignee_name);
    reply_notify(reply, assignee, "%s", summary(call, number, lead));
    return VERDICT_DONE;
}

/* Tells whose it was, unless they gave it away themself. To whom it went is not theirs to know any more. */
static void tell_former(struct call *call, int64_t number, const struct lead_lock_row *lead,
                        struct reply *reply)
{
    lead_tell(call, lead->has_assignee, lead->assignee, reply,
              arena_printf(call->arena,
                           "%s has taken lead %lld, %s, off your list: you need not follow it up any "
                           "more. Thank you for your work on it.",
                           call->person->name, (long long)number, lead->name));
}

/* ---- lead.add */

/* "LinkedIn" for "linkedin": as the lead shows it later. */
static const char *choice_label(const struct param *param, const char *value)
{
    for (const struct choice *choice = param->choices; choice != NULL && choice->value != NULL; choice++) {
        if (strcmp(choice->value, value) == 0) {
            return choice->label;
        }
    }
    return value;
}

/* What was understood, so that a slip shows at once. */
static void put_given(struct call *call, const struct args *args, const char *follow_up, struct reply *reply)
{
    for (size_t i = 0; args->params[i].name != NULL; i++) {
        const struct param *param = &args->params[i];
        const struct value *value = &args->values[i];
        bool shown = strcmp(param->name, "name") != 0 && strcmp(param->name, "assignee") != 0 &&
                     (param->flags & PARAM_FIELD) == 0;
        if (value->present && shown) {
            const char *text = param->type == PARAM_DATE     ? follow_up
                               : param->type == PARAM_CHOICE ? choice_label(param, value->text)
                                                             : value->text;
            reply_field(reply, param->name, param->label,
                        param->type == PARAM_CHOICE ? PARAM_TEXT : param->type,
                        param->type == PARAM_LONGTEXT ? text_shorten(call->arena, text, 300) : text);
        }
    }
}

enum verdict lead_add(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *budget = args_get(args, "budget");
    const struct value *source = args_get(args, "source");
    const struct value *assignee = args_get(args, "assignee");
    const char *name = args_get(args, "name")->text;
    lead_same_hold(call, args);
    const struct lead_add *added = query_lead_add(
        call->unit, name, args_get(args, "email")->text, args_get(args, "phone")->text,
        source->present ? source->text : "direct", budget->present ? &budget->number : NULL, budget->currency,
        args_get(args, "requirements")->text, args_get(args, "follow_up")->text,
        assignee->present ? &assignee->number : NULL, call->person->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    long long number = added->rows[0].id;
    lead_fields_write(call->unit, call->arena, number, args->params, args->values);
    const struct lead_show *shown = query_lead_show(call->unit, number, call->person->time_zone);
    const struct lead_values *fields = query_lead_values(call->unit, number, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (lead_same_tell(call, args, number, name, reply) != VERDICT_DONE) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Lead %lld, %s, is added.", number, name);
    put_given(call, args, shown->count == 0 ? NULL : shown->rows[0].follow_up, reply);
    lead_fields_show(fields, reply);
    reply_about(reply, TARGET_LEAD, number);
    if (assignee->present) {
        return lead_tell_assignee(call, number, assignee->number, reply);
    }
    reply_next(reply, arena_printf(call->arena, "lead %lld", number));
    reply_next(reply, arena_printf(call->arena, "assign %lld to <name>", number));
    return VERDICT_DONE;
}

/* ---- lead.assign */

enum verdict lead_assign_current(struct call *call, const struct args *args, struct current *current)
{
    const struct lead_show_row *lead;
    enum verdict verdict = lead_begin_current(call, args, current, &lead);
    if (lead != NULL) {
        current_put(current, "assignee", lead->assignee_username);
    }
    return verdict;
}

static enum verdict unassign(struct call *call, int64_t number, const struct lead_lock_row *lead,
                             struct reply *reply)
{
    if (!lead->has_assignee) {
        reply_say(reply, "Lead %lld, %s, was nobody's already.", (long long)number, lead->name);
        return VERDICT_DONE;
    }
    query_lead_assign(call->unit, number, NULL);
    tell_former(call, number, lead, reply);
    reply_say(reply, "Lead %lld, %s, is nobody's now.", (long long)number, lead->name);
    reply_next(reply, arena_printf(call->arena, "assign %lld to <name>", (long long)number));
    return unit_flush(call->unit) == DB_OK ? VERDICT_DONE : VERDICT_FAILED;
}

enum verdict lead_assign(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *assignee = args_get(args, "assignee");
    const struct lead_lock *lead = query_lead_lock(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (lead->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    if (assignee->number == 0) {
        return unassign(call, args->target, &lead->rows[0], reply);
    }
    if (lead->rows[0].has_assignee && lead->rows[0].assignee == assignee->number) {
        reply_say(reply, "Lead %lld, %s, was assigned to %s already.", (long long)args->target,
                  lead->rows[0].name, assignee->text);
        return VERDICT_DONE;
    }
    query_lead_assign(call->unit, args->target, &assignee->number);
    tell_former(call, args->target, &lead->rows[0], reply);
    return lead_tell_assignee(call, args->target, assignee->number, reply);
}

/* ---- the parameters */

const struct param lead_add_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "Who it is, such as Asha Rao",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED},
    {.name = "email",
     .label = "Email",
     .hint = "Such as asha@example.in",
     .type = PARAM_EMAIL,
     .words = lead_words_email},
    {.name = "phone",
     .label = "Phone",
     .hint = "Such as +91 98765 43210",
     .type = PARAM_PHONE,
     .words = lead_words_phone},
    {.name = "source",
     .label = "Source",
     .hint = "Where the lead comes from, Direct when left out",
     .type = PARAM_CHOICE,
     .flags = PARAM_SOURCE,
     .choices = lead_sources,
     .words = lead_words_source},
    {.name = "budget",
     .label = "Budget",
     .hint = "Such as 50000 INR or 1.5 lakh",
     .type = PARAM_MONEY,
     .words = lead_words_budget},
    {.name = "requirements",
     .label = "Requirements",
     .hint = "What they want, in their words",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_REST,
     .words = lead_words_requirements_of_new},
    {.name = "follow_up",
     .label = "Follow-up",
     .hint = "When to get in touch, such as tomorrow 10:30",
     .type = PARAM_DATE,
     .flags = PARAM_FUTURE,
     .words = lead_words_follow_up},
    {.name = "assignee",
     .label = "Assign to",
     .hint = "The Sales Person who gets it, such as priya; nobody when left out",
     .type = PARAM_PERSON,
     .people = ROLE_SALES,
     .words = lead_words_assignee},
    {.name = NULL},
};

const struct param lead_assign_params[] = {
    {.name = "assignee",
     .label = "Assign to",
     .hint = "The Sales Person who gets it, such as priya, or nobody",
     .type = PARAM_PERSON,
     .flags = PARAM_REQUIRED | PARAM_NOBODY,
     .people = ROLE_SALES,
     .words = lead_words_assignee},
    {.name = NULL},
};

const char *const lead_add_examples[] = {
    "lead add Asha Rao, asha@example.in, +91 98765 43210, budget 50000 INR, from linkedin",
    "lead add name=\"Asha Rao\" email=asha@example.in follow_up=\"tomorrow 10:30\"",
    NULL,
};
const char *const lead_assign_examples[] = {"assign 42 to priya", "assign 42 to nobody", NULL};
