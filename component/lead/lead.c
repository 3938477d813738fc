#include "lead/lead.h"

#include "base/text.h"
#include "command/reply.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/undo.h"
#include "queries.h"

#define LIST_PAGE 10

const struct choice lead_sources[] = {
    {"linkedin", "LinkedIn"},
    {"website", "Website"},
    {"referral", "Referral"},
    {"direct", "Direct"},
    {"import", "Import"},
    {"chat", "Chat"},
    {NULL, NULL},
};

const struct choice lead_statuses[] = {
    {"new", "New"},
    {"assigned", "Assigned"},
    {"contacted", "Contacted"},
    {"follow-up", "Follow-up"},
    {"qualified", "Qualified"},
    {"converted", "Converted"},
    {"won", "Won"},
    {"lost", "Lost"},
    {NULL, NULL},
};

/* A budget as a normalised value of the type money: "50000.00 INR". */
static const char *budget_text(struct arena *arena, bool present, int64_t minor, const char *currency)
{
    return present ? type_money(arena, minor, currency) : NULL;
}

/* ---- lead.show, and what others tell about a lead */

static void put_lead(struct call *call, const struct lead_show_row *lead, struct reply *reply)
{
    const char *budget =
        budget_text(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency);
    reply_field(reply, "name", "Name", PARAM_TEXT, lead->name);
    reply_field(reply, "email", "Email", PARAM_EMAIL, lead->email);
    reply_field(reply, "phone", "Phone", PARAM_PHONE, lead->phone);
    reply_field(reply, "source", "Source", PARAM_TEXT, lead->source_label);
    reply_field(reply, "status", "Status", PARAM_TEXT, lead->status);
    reply_field(reply, "assignee", "Assigned to", PARAM_TEXT, lead->assignee_name);
    reply_field(reply, "budget", "Budget", PARAM_MONEY, budget);
    reply_field(reply, "requirements", "Requirements", PARAM_LONGTEXT, lead->requirements);
    reply_field(reply, "follow_up", "Follow-up", PARAM_DATE, lead->follow_up);
    reply_field(reply, "creator", "Added by", PARAM_TEXT, lead->creator_name);
    reply_field(reply, "created", "Added", PARAM_DATE, lead->created);
}

static enum verdict run_show(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_show *leads = query_lead_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    reply_title(reply, "Lead %lld", (long long)args->target);
    put_lead(call, &leads->rows[0], reply);
    return VERDICT_DONE;
}

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
        budget_text(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency);
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
static enum verdict tell_assignee(struct call *call, int64_t number, int64_t assignee, struct reply *reply)
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

/* ---- lead.add */

static enum verdict run_add(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *budget = args_get(args, "budget");
    const struct value *source = args_get(args, "source");
    const struct value *assignee = args_get(args, "assignee");
    const char *name = args_get(args, "name")->text;
    const struct lead_add *added = query_lead_add(
        call->unit, name, args_get(args, "email")->text, args_get(args, "phone")->text,
        source->present ? source->text : "direct", budget->present ? &budget->number : NULL, budget->currency,
        args_get(args, "requirements")->text, args_get(args, "follow_up")->text,
        assignee->present ? &assignee->number : NULL, call->person->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    long long number = added->rows[0].id;
    reply_say(reply, "Lead %lld, %s, is added.", number, name);
    reply_about(reply, TARGET_LEAD, number);
    if (assignee->present) {
        return tell_assignee(call, number, assignee->number, reply);
    }
    reply_next(reply, arena_printf(call->arena, "lead %lld", number));
    reply_next(reply, arena_printf(call->arena, "assign %lld to <name>", number));
    return VERDICT_DONE;
}

/* ---- lead.list */

static void put_row(struct call *call, const struct lead_list_row *lead, struct reply *reply)
{
    const char *number = arena_printf(call->arena, "%lld", (long long)lead->id);
    const char *cells[] = {
        number, lead->name, lead->status, lead->assignee_name,
        budget_text(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency)};
    reply_row(reply, arena_printf(call->arena, "lead-%s", number), cells);
}

/* The same question for older leads, as a chat line. */
static const char *more_line(struct call *call, const struct args *args, int64_t after)
{
    struct text text = text_new(call->arena);
    text_add(&text, "lead list");
    for (size_t i = 0; args->params[i].name != NULL; i++) {
        if (args->values[i].present && args->params[i].type != PARAM_NUMBER) {
            text_addf(&text, " %s=%s", args->params[i].name, args->values[i].text);
        }
    }
    text_addf(&text, " after=%lld", (long long)after);
    return text.data;
}

static enum verdict run_list(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *assignee = args_get(args, "assignee");
    const struct value *after = args_get(args, "after");
    const struct lead_list *leads = query_lead_list(
        call->unit, args_get(args, "status")->text, assignee->present ? &assignee->number : NULL,
        args_get(args, "source")->text, after->present ? &after->number : NULL, LIST_PAGE + 1);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (leads->count == 0) {
        reply_say(reply, "There are no %sleads like this.", after->present ? "more " : "");
        return VERDICT_DONE;
    }
    reply_title(reply, "Leads");
    for (size_t i = 0; i < leads->count && i < LIST_PAGE; i++) {
        put_row(call, &leads->rows[i], reply);
    }
    if (leads->count > LIST_PAGE) {
        reply_more(reply, more_line(call, args, leads->rows[LIST_PAGE - 1].id));
    }
    return VERDICT_DONE;
}

/* ---- lead.assign */

static enum verdict run_assign(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *assignee = args_get(args, "assignee");
    const struct lead_lock *lead = query_lead_lock(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (lead->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    if (lead->rows[0].has_assignee && lead->rows[0].assignee == assignee->number) {
        reply_say(reply, "Lead %lld, %s, was assigned to %s already.", (long long)args->target,
                  lead->rows[0].name, assignee->text);
        return VERDICT_DONE;
    }
    query_lead_assign(call->unit, args->target, assignee->number);
    return tell_assignee(call, args->target, assignee->number, reply);
}

/* ---- the rows */

static const char *const from_words[] = {"from", "via", NULL};
static const char *const for_words[] = {"for", "worth", NULL};
static const char *const to_words[] = {"to", "assign to", NULL};
static const char *const of_words[] = {"of", "by", "owner", "to", NULL};
static const char *const when_words[] = {"follow up", "follow-up", "on", NULL};
static const char *const needs_words[] = {"needs", "wants", "note", NULL};

static const struct param add_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "Who it is, such as Asha Rao",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED},
    {.name = "email", .label = "Email", .hint = "Such as asha@example.in", .type = PARAM_EMAIL},
    {.name = "phone", .label = "Phone", .hint = "Such as +91 98765 43210", .type = PARAM_PHONE},
    {.name = "source",
     .label = "Source",
     .hint = "Where the lead comes from; Direct when left out",
     .type = PARAM_CHOICE,
     .choices = lead_sources,
     .words = from_words},
    {.name = "budget",
     .label = "Budget",
     .hint = "Such as 50000 INR or 1.5 lakh",
     .type = PARAM_MONEY,
     .words = for_words},
    {.name = "requirements",
     .label = "Requirements",
     .hint = "What they want, in their words",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_REST,
     .words = needs_words},
    {.name = "follow_up",
     .label = "Follow-up",
     .hint = "When to get in touch, such as tomorrow 10:30",
     .type = PARAM_DATE,
     .words = when_words},
    {.name = "assignee",
     .label = "Assign to",
     .hint = "The Sales Person who gets it, such as priya; nobody when left out",
     .type = PARAM_PERSON,
     .people = ROLE_SALES,
     .words = to_words},
    {.name = NULL},
};

static const struct param list_params[] = {
    {.name = "status",
     .label = "Status",
     .hint = "Only leads of this status",
     .type = PARAM_CHOICE,
     .choices = lead_statuses},
    {.name = "assignee",
     .label = "Assigned to",
     .hint = "Only leads of this Sales Person",
     .type = PARAM_PERSON,
     .people = ROLE_SALES,
     .words = of_words},
    {.name = "source",
     .label = "Source",
     .hint = "Only leads from there",
     .type = PARAM_CHOICE,
     .choices = lead_sources,
     .words = from_words},
    {.name = "after",
     .label = "Older than",
     .hint = "Only leads with a number below this one",
     .type = PARAM_NUMBER},
    {.name = NULL},
};

static const struct param assign_params[] = {
    {.name = "assignee",
     .label = "Assign to",
     .hint = "The Sales Person who gets it, such as priya",
     .type = PARAM_PERSON,
     .flags = PARAM_REQUIRED,
     .people = ROLE_SALES,
     .words = to_words},
    {.name = NULL},
};

static const struct column list_columns[] = {
    {"number", "Number", PARAM_NUMBER}, {"name", "Name", PARAM_TEXT},
    {"status", "Status", PARAM_TEXT},   {"assignee", "Assigned to", PARAM_TEXT},
    {"budget", "Budget", PARAM_MONEY},  {NULL, NULL, PARAM_TEXT},
};

static const char *const add_examples[] = {
    "lead add Asha Rao, asha@example.in, +91 98765 43210, budget 50000 INR, from linkedin",
    "lead add name=\"Asha Rao\" email=asha@example.in follow_up=\"tomorrow 10:30\"",
    NULL,
};
static const char *const show_examples[] = {"lead 42", NULL};
static const char *const list_examples[] = {"leads", "leads new from linkedin", NULL};
static const char *const assign_examples[] = {"assign 42 to priya", NULL};

static const char *const undo_examples[] = {"undo", NULL};

const struct command lead_commands[] = {
    {.name = "lead.add",
     .summary = "Add a lead.",
     .examples = add_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER | ROLE_LEAD,
     .effect = EFFECT_WRITE,
     .params = add_params,
     .run = run_add},
    {.name = "lead.show",
     .summary = "Show a lead.",
     .examples = show_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_READ,
     .target = TARGET_LEAD,
     .run = run_show},
    {.name = "lead.list",
     .summary = "List leads, newest first.",
     .examples = list_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_READ,
     .params = list_params,
     .columns = list_columns,
     .run = run_list},
    {.name = "lead.assign",
     .summary = "Give a lead to a Sales Person.",
     .examples = assign_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER | ROLE_LEAD,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .params = assign_params,
     .run = run_assign},
    {.name = "undo",
     .summary = "Take your last change of a lead back, within ten minutes.",
     .examples = undo_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_WRITE,
     .run = undo_run},
    {.name = NULL},
};
