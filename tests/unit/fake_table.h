/* A small table for tests: what a room would add, with every kind of parameter, effect and target. */
#ifndef FAKE_TABLE_H
#define FAKE_TABLE_H

#include "command/reply.h"
#include "command/table.h"
#include "queries.h"

static int fake_runs; /* how often a handler has run */

/* Says each argument as it came in. */
static inline enum verdict fake_run(struct call *call, const struct args *args, struct reply *reply)
{
    (void)call;
    fake_runs++;
    for (size_t i = 0; args->params != NULL && args->params[i].name != NULL; i++)
        if (args->values[i].present)
            reply_say(reply, "%s=%s", args->params[i].name, args->values[i].text);
    reply_say(reply, "target=%lld", (long long)args->target);
    return VERDICT_DONE;
}

/* Writes, so that a transaction has something to lose. */
static inline enum verdict fake_write(struct call *call, const struct args *args, struct reply *reply)
{
    fake_runs++;
    const struct lead_add *added = query_lead_add(call->unit, args_get(args, "title")->text, NULL, NULL,
                                                  "direct", NULL, NULL, NULL, NULL, NULL, call->person->id);
    if (unit_flush(call->unit) != DB_OK)
        return VERDICT_FAILED;
    reply_notify(reply, call->person->id, "You made %lld", (long long)added->rows[0].id);
    if (args_get(args, "fail")->present)
        return reply_refuse(reply, REFUSAL_STATE, NULL, "No.");
    reply_say(reply, "Made.");
    return VERDICT_DONE;
}

static const struct choice fake_colours[] = {{"red", "Red"}, {"dark-blue", "Dark blue"}, {NULL, NULL}};
static const char *const fake_painted[] = {"painted", "in", NULL};
static const char *const fake_paint_examples[] = {"boat paint Blue Whale, in red, 1.5 lakh", NULL};
static const char *const fake_sink_examples[] = {"sink 42", NULL};
static const char *const fake_make_examples[] = {"boat make Whale", NULL};
static const char *const fake_key_examples[] = {"boat key code=1234", NULL};

static const struct param fake_paint_params[] = {
    {.name = "title",
     .label = "Title",
     .hint = "What it is called, such as Blue Whale",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED},
    {.name = "colour",
     .label = "Colour",
     .hint = "Its colour",
     .type = PARAM_CHOICE,
     .choices = fake_colours,
     .words = fake_painted,
     .flags = PARAM_REQUIRED},
    {.name = "price", .label = "Price", .hint = "Such as 50000 INR", .type = PARAM_MONEY},
    {.name = "when", .label = "When", .hint = "Such as tomorrow 10:30", .type = PARAM_DATE},
    {.name = "mail", .label = "Mail", .hint = "Such as a@example.in", .type = PARAM_EMAIL},
    {.name = "phone", .label = "Phone", .hint = "Such as +91 98765 43210", .type = PARAM_PHONE},
    {.name = "count", .label = "Count", .hint = "How many, such as 3", .type = PARAM_NUMBER},
    {.name = "fast", .label = "Fast", .hint = "yes or no", .type = PARAM_BOOLEAN},
    {.name = "remarks",
     .label = "Remarks",
     .hint = "Anything else",
     .type = PARAM_LONGTEXT,
     .flags = PARAM_REST},
    {.name = "owner", .label = "Owner", .hint = "Whose it is, such as priya", .type = PARAM_PERSON},
    {.name = NULL},
};

static const struct param fake_make_params[] = {
    {.name = "title",
     .label = "Title",
     .hint = "What it is called, such as Whale",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED},
    {.name = "fail", .label = "Fail", .hint = "yes or no", .type = PARAM_BOOLEAN},
    {.name = NULL},
};

static const struct param fake_key_params[] = {
    {.name = "code",
     .label = "Code",
     .hint = "The code, such as 1234",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_SECRET,
     .limit = 6},
    {.name = NULL},
};

static const struct command fake_commands[] = {
    {.name = "boat.paint",
     .summary = "Paint a boat.",
     .examples = fake_paint_examples,
     .roles = ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = fake_paint_params,
     .run = fake_run},
    {.name = "boat.sink",
     .summary = "Sink a lead.",
     .examples = fake_sink_examples,
     .roles = ROLE_MANAGER | ROLE_SALES,
     .effect = EFFECT_DESTROY,
     .target = TARGET_LEAD,
     .run = fake_run},
    {.name = "boat.make",
     .summary = "Make a boat.",
     .examples = fake_make_examples,
     .roles = ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = fake_make_params,
     .run = fake_write},
    {.name = "boat.key",
     .summary = "Set the code.",
     .examples = fake_key_examples,
     .roles = ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = fake_key_params,
     .run = fake_run},
    {.name = NULL},
};

#endif
