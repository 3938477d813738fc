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

struct fields_before_and_after {
    const struct lead_values *before, *after;
};

static size_t count_given(const struct args *args)
{
    size_t count = 0;
    for (size_t i = 0; args->params[i].name != NULL; i++) {
        count += args->values[i].present || args->values[i].cleared;
    }
    return count;
}

/* What each given field is now. `before` and `after` are of the same lead. */
static void say_field(struct call *call, const char *label, enum param_type type, const char *before,
                      const char *after, struct text *text)
{
    bool same = before == NULL || after == NULL ? before == after : strcmp(before, after) == 0;
    if (same) {
        return;
    }
    const char *now =
        after == NULL ? "–" : text_shorten(call->arena, type_show(call->arena, type, after), 80);
    text_addf(text, "\n%s: %s", label, now);
    if (before != NULL) {
        text_addf(text, " (was %s)", text_shorten(call->arena, type_show(call->arena, type, before), 80));
    }
}

static const char *budget_of(struct call *call, const struct lead_show_row *lead)
{
    return lead_budget(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency);
}

static const char *value_of(const struct lead_values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++) {
        if (strcmp(values->rows[i].name, name) == 0) {
            return values->rows[i].value;
        }
    }
    return NULL;
}

static void say_fields(struct call *call, const struct fields_before_and_after *fields, struct text *text)
{
    for (const struct param *param = call->command->params; param->name != NULL; param++) {
        if ((param->flags & PARAM_FIELD) != 0) {
            say_field(call, param->label, param->type, value_of(fields->before, param->name),
                      value_of(fields->after, param->name), text);
        }
    }
}

static void say_changes(struct call *call, int64_t number, const struct lead_show_row *before,
                        const struct lead_show_row *after, const struct fields_before_and_after *fields,
                        struct reply *reply)
{
    struct text text = text_new(call->arena);
    say_field(call, "Name", PARAM_TEXT, before->name, after->name, &text);
    say_field(call, "Email", PARAM_EMAIL, before->email, after->email, &text);
    say_field(call, "Phone", PARAM_PHONE, before->phone, after->phone, &text);
    say_field(call, "Source", PARAM_TEXT, before->source_label, after->source_label, &text);
    say_field(call, "Budget", PARAM_MONEY, budget_of(call, before), budget_of(call, after), &text);
    say_field(call, "Requirements", PARAM_LONGTEXT, before->requirements, after->requirements, &text);
    say_field(call, "Follow-up", PARAM_DATE, before->follow_up, after->follow_up, &text);
    say_fields(call, fields, &text);
    if (text.length == 0) {
        reply_say(reply, "Lead %lld, %s, is like that already.", (long long)number, after->name);
    } else {
        reply_say(reply, "Lead %lld, %s, is changed.%s", (long long)number, after->name, text.data);
    }
}

static void update(struct call *call, const struct args *args)
{
    const struct value *email = args_get(args, "email");
    const struct value *phone = args_get(args, "phone");
    const struct value *budget = args_get(args, "budget");
    const struct value *requirements = args_get(args, "requirements");
    const struct value *follow_up = args_get(args, "follow_up");
    query_lead_edit(call->unit, args->target, args_get(args, "name")->text, email->text, email->cleared,
                    phone->text, phone->cleared, args_get(args, "source")->text,
                    budget->present ? &budget->number : NULL, budget->currency, budget->cleared,
                    requirements->text, requirements->cleared, follow_up->text, follow_up->cleared);
}

/* Values as they are typed. */
static const char *typed(struct call *call, enum param_type type, const char *value)
{
    return type == PARAM_PHONE  ? current_phone(call->arena, value)
           : type == PARAM_DATE ? current_date(call->arena, value)
                                : value;
}

static enum verdict put_current_fields(struct call *call, const struct args *args, struct current *current)
{
    const struct lead_values *values = query_lead_values(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    for (const struct param *param = call->command->params; param->name != NULL; param++) {
        if ((param->flags & PARAM_FIELD) != 0) {
            current_put(current, param->name, typed(call, param->type, value_of(values, param->name)));
        }
    }
    return VERDICT_DONE;
}

enum verdict lead_edit_current(struct call *call, const struct args *args, struct current *current)
{
    const struct lead_show_row *lead;
    enum verdict verdict = lead_begin_current(call, args, current, &lead);
    if (lead == NULL) {
        return verdict;
    }
    current_put(current, "name", lead->name);
    current_put(current, "email", lead->email);
    current_put(current, "phone", current_phone(call->arena, lead->phone));
    current_put(current, "source", lead->source);
    current_put(
        current, "budget",
        current_money(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency));
    current_put(current, "requirements", lead->requirements);
    current_put(current, "follow_up", current_date(call->arena, lead->follow_up));
    return put_current_fields(call, args, current);
}

enum verdict lead_edit(struct call *call, const struct args *args, struct reply *reply)
{
    const struct lead_lock_row *lead;
    if (count_given(args) == 0 && args->kept) {
        reply_say(reply, "Lead %lld stays as it was: nothing was changed in the form.",
                  (long long)args->target);
        return VERDICT_DONE;
    }
    if (count_given(args) == 0) {
        return reply_refuse(reply, REFUSAL_MISSING, NULL,
                            "What should change? Give a field and its value, such as: edit %lld phone +91 "
                            "98765 43210. A value of - takes it away.",
                            (long long)args->target);
    }
    lead_same_hold(call, args);
    enum verdict verdict = lead_take(call, args->target, reply, &lead);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    const struct lead_show *before = query_lead_show(call->unit, args->target, call->person->time_zone);
    struct fields_before_and_after fields = {
        .before = query_lead_values(call->unit, args->target, call->person->time_zone)};
    update(call, args);
    lead_fields_write(call->unit, call->arena, args->target, args->params, args->values);
    fields.after = query_lead_values(call->unit, args->target, call->person->time_zone);
    const struct lead_show *after = query_lead_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (before->count == 0 || after->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    say_changes(call, args->target, &before->rows[0], &after->rows[0], &fields, reply);
    return lead_same_tell(call, args, args->target, after->rows[0].name, reply);
}

const struct param lead_edit_params[] = {
    {.name = "name", .label = "Name", .hint = "Who it is, such as Asha Rao", .type = PARAM_TEXT},
    {.name = "email",
     .label = "Email",
     .hint = "Such as asha@example.in; - for none",
     .type = PARAM_EMAIL,
     .words = lead_words_email,
     .flags = PARAM_CLEARS},
    {.name = "phone",
     .label = "Phone",
     .hint = "Such as +91 98765 43210; - for none",
     .type = PARAM_PHONE,
     .words = lead_words_phone,
     .flags = PARAM_CLEARS},
    {.name = "source",
     .label = "Source",
     .hint = "Where the lead comes from",
     .type = PARAM_CHOICE,
     .flags = PARAM_SOURCE,
     .choices = lead_sources,
     .words = lead_words_source},
    {.name = "budget",
     .label = "Budget",
     .hint = "Such as 50000 INR or 1.5 lakh; - for none",
     .type = PARAM_MONEY,
     .flags = PARAM_CLEARS,
     .words = lead_words_budget},
    {.name = "requirements",
     .label = "Requirements",
     .hint = "What they want, in their words; - for nothing",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_CLEARS,
     .words = lead_words_requirements},
    {.name = "follow_up",
     .label = "Follow-up",
     .hint = "When to get in touch, such as tomorrow 10:30; - for no date",
     .type = PARAM_DATE,
     .flags = PARAM_CLEARS | PARAM_FUTURE,
     .words = lead_words_follow_up},
    {.name = NULL},
};

const char *const lead_edit_examples[] = {
    "lead edit 42 phone +91 98765 43210",
    "edit 42 name=\"Asha Rao\" email=asha@example.in budget=-",
    NULL,
};
