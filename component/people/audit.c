/* Who asked for what, and how much there is of everything. */
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/type.h"
#include "people/people.h"
#include "queries.h"

#define LIST_PAGE 10

/* ---- audit.list */

/* "Lead 42" and "#lead-42" as the audit writes it: "lead-42". NULL when it was not given. */
static const char *record_name(struct arena *arena, const struct value *given)
{
    if (!given->present) {
        return NULL;
    }
    char *name = text_lower(arena, given->text[0] == '#' ? given->text + 1 : given->text);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == ' ' ? '-' : *c;
    }
    return name;
}

/* How a refusal ended, in words (refusal_word()). */
static const struct choice outcomes[] = {
    {"invalid", "not understood"},
    {"missing", "something was missing"},
    {"not-found", "no such record"},
    {"forbidden", "forbidden"},
    {"conflict", "refused: there was one already, or somebody was faster"},
    {"state", "refused: not possible then"},
    {"try-again", "told to try again"},
    {"unknown", "nobody knows whether it was done"},
    {"failed", "failed"},
    {"unconfirmed", "asked whether to go on"},
    {NULL, NULL},
};

static const char *outcome_words(const char *outcome)
{
    const struct choice *known = outcomes;
    while (known->value != NULL && strcmp(known->value, outcome) != 0) {
        known++;
    }
    return known->value == NULL ? outcome : known->label;
}

/* What a phone's screen has room for comes first: chat cuts a row. */
static void put_row(struct call *call, const struct audit_list_row *row, struct reply *reply)
{
    struct text what = text_new(call->arena);
    text_addf(&what, "%s%s%s", row->command, row->target == NULL ? "" : " ",
              row->target == NULL ? "" : row->target);
    if (strcmp(row->outcome, "done") != 0) {
        text_addf(&what, ": %s", outcome_words(row->outcome));
    }
    const char *who = arena_strndup(call->arena, row->who, strcspn(row->who, "@"));
    const char *cells[] = {what.data, who, row->at, row->surface,
                           text_squeeze(call->arena, text_shorten(call->arena, row->arguments, 120))};
    reply_row(reply, arena_printf(call->arena, "audit-%lld", (long long)row->id), cells);
}

/* The commands that only look. */
static struct text_array reads(struct call *call)
{
    const char **names = arena_array(call->arena, call->table->count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < call->table->count; i++) {
        if (call->table->rows[i]->effect == EFFECT_READ) {
            names[count++] = call->table->rows[i]->name;
        }
    }
    return (struct text_array){names, count};
}

/* What is shown: who asks for one command or request means all of it; else it is the changes, among which the
 * many looks would not be found. */
static const char *wanted(const struct args *args)
{
    const struct value *show = args_get(args, "show");
    bool narrow = args_get(args, "command")->present || args_get(args, "request")->present;
    return show->present ? show->text : narrow ? "all" : "changes";
}

static enum verdict run_list(struct call *call, const struct args *args, struct reply *reply)
{
    const struct text_array looks = reads(call);
    const struct value *person = args_get(args, "person");
    const struct value *before = args_get(args, "before");
    const struct audit_list *rows = query_audit_list(
        call->unit, person->present ? &person->number : NULL,
        record_name(call->arena, args_get(args, "record")), args_get(args, "command")->text,
        args_get(args, "since")->text, before->present ? &before->number : NULL, call->person->time_zone,
        wanted(args), looks, args_get(args, "request")->text, LIST_PAGE + 1);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        reply_say(reply, "Nothing %slike this is on record.", before->present ? "more " : "");
        return VERDICT_DONE;
    }
    reply_title(reply, "On record, newest first");
    for (size_t i = 0; i < rows->count && i < LIST_PAGE; i++) {
        put_row(call, &rows->rows[i], reply);
    }
    if (rows->count > LIST_PAGE) {
        reply_more(reply, args, arena_printf(call->arena, "%lld", (long long)rows->rows[LIST_PAGE - 1].id));
    }
    return VERDICT_DONE;
}

/* ---- stats */

static void put_count(struct call *call, const char *name, const char *label, int64_t count,
                      struct reply *reply)
{
    reply_field(reply, name, label, PARAM_NUMBER, arena_printf(call->arena, "%lld", (long long)count));
}

static enum verdict run_stats(struct call *call, const struct args *args, struct reply *reply)
{
    const struct stats_leads *leads = query_stats_leads(call->unit);
    const struct stats_desk *desk = query_stats_desk(call->unit, call->person->time_zone);
    int64_t total = 0;
    (void)args;
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_title(reply, "The CRM now");
    for (size_t i = 0; i < leads->count; i++) {
        const struct stats_leads_row *row = &leads->rows[i];
        total += row->leads;
        put_count(call, arena_printf(call->arena, "leads_%s", row->status),
                  arena_printf(call->arena, "Leads, %s", row->status), row->leads, reply);
    }
    put_count(call, "leads", "Leads in all", total, reply);
    put_count(call, "waiting", "Conversations waiting", desk->rows[0].waiting, reply);
    put_count(call, "open", "Conversations open", desk->rows[0].open, reply);
    put_count(call, "available", "Sales Persons here", desk->rows[0].available, reply);
    put_count(call, "from_visitors", "Messages of visitors today", desk->rows[0].from_visitors, reply);
    put_count(call, "from_staff", "Messages of staff today", desk->rows[0].from_staff, reply);
    return VERDICT_DONE;
}

/* ---- the rows */

static const char *const of_words[] = {"by", "of", NULL};
static const char *const request_words[] = {"request", NULL};
static const char *const about_words[] = {"about", "on", NULL};

static const struct choice shows[] = {
    {"changes", "Changes, and what was forbidden"},
    {"reads", "Only what was looked at"},
    {"all", "All of it"},
    {NULL, NULL},
};

static const struct param list_params[] = {
    {.name = "show",
     .label = "Show",
     .hint = "Changes and what was forbidden when left out",
     .type = PARAM_CHOICE,
     .choices = shows},
    {.name = "person",
     .label = "Person",
     .hint = "Only what this person asked for, such as priya",
     .type = PARAM_PERSON,
     .flags = PARAM_ANYBODY,
     .words = of_words},
    {.name = "record",
     .label = "Record",
     .hint = "Only what is about this record or person, such as lead-42 or priya",
     .type = PARAM_TEXT,
     .limit = 60,
     .words = about_words},
    {.name = "command",
     .label = "Command",
     .hint = "Only this command, such as lead.assign",
     .type = PARAM_COMMAND},
    {.name = "since",
     .label = "Since",
     .hint = "Only what came after, such as today 09:00 or 2026-11-01",
     .type = PARAM_DATE},
    {.name = "request",
     .label = "Request",
     .hint = "Only what one request did, by what the log calls request=",
     .type = PARAM_TEXT,
     .flags = PARAM_NAMED,
     .limit = 60,
     .words = request_words},
    {.name = "before",
     .label = "Before",
     .hint = "Only what has a number below this one",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

static const struct column list_columns[] = {
    {"what", "What", PARAM_TEXT},  {"who", "Who", PARAM_TEXT},        {"at", "When", PARAM_DATE},
    {"surface", "By", PARAM_TEXT}, {"arguments", "With", PARAM_TEXT}, {NULL, NULL, PARAM_TEXT},
};

static const char *const list_examples[] = {
    "audit list",
    "audit list by priya",
    "audit list about lead-42",
    "audit reads",
    "audit list command=user.role since=2026-11-01",
    NULL,
};
static const char *const stats_examples[] = {"stats", NULL};

static const struct wording stats_wordings[] = {
    {"stats today", "stats", false}, {"stats for today", "stats", false},  {"statistics", "stats", false},
    {"report", "stats", false},      {"reports", "stats", false},          {"daily report", "stats", false},
    {"dashboard", "stats", false},   {"statistics today", "stats", false}, {NULL, NULL, false},
};

const struct command audit_commands[] = {
    {.name = "audit.list",
     .summary = "List who changed what, newest first, or who looked at it.",
     .examples = list_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN,
     .effect = EFFECT_READ,
     .params = list_params,
     .columns = list_columns,
     .run = run_list},
    {.name = "stats",
     .wordings = stats_wordings,
     .summary = "Count leads, conversations and messages.",
     .examples = stats_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_READ,
     .run = run_stats},
    {.name = NULL},
};
