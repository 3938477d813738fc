#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "lead/lead.h"
#include "lead/rows.h"
#include "lead/words.h"

#define COUNT_MOST 200 /* beyond that a number helps nobody, and costs */

static const struct choice sorts[] = {
    {"newest", "Newest first"},
    {"oldest", "Oldest first"},
    {"budget", "Highest budget first"},
    {"follow-up", "Next follow-up first"},
    {"name", "By name"},
    {NULL, NULL},
};

/* The statuses, and two words for several of them. */
static const struct choice list_statuses[] = {
    {"open", "Open (neither won nor lost)"},
    {"closed", "Closed (won or lost)"},
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

/* By when a lead is to be followed up; "any" are all that have a day. */
static const struct choice dues[] = {
    {"due", "By the end of today"}, {"overdue", "Overdue"}, {"today", "Today"}, {"tomorrow", "Tomorrow"},
    {"week", "This week"},          {"any", "Any day"},     {NULL, NULL},
};

/* What is said when there is none of them, and what may then be asked for. */
static const struct {
    const char *due, *words, *next;
} none_due[] = {
    {"due", "No %sfollow-ups are due by the end of today.", "follow-ups week"},
    {"overdue", "No %sfollow-ups are overdue.", "follow-ups today"},
    {"today", "No %sfollow-ups are due today.", "follow-ups week"},
    {"tomorrow", "No %sfollow-ups are due tomorrow.", "follow-ups week"},
    {"week", "No %sfollow-ups are due this week.", "follow-ups any"},
    {"any", "There are no %sfollow-ups like this.", NULL},
};

/* What is asked for, as the statements take it. */
struct filter {
    const char *sort;
    const char *status;                /* one, or */
    const struct text_array *statuses; /* several */
    const int64_t *assignee;
    bool nobody;
    const char *source, *tag, *since, *before;
    const char *due; /* one of dues[], and what it means: */
    const char *due_since, *due_until;
    const int64_t *budget_from, *budget_to;
    const char *currency;
    const int64_t *after;
};

/* ---- reading the filter */

static void add_status(const char **list, size_t *count, const char *status)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i], status) == 0) {
            return;
        }
    }
    list[(*count)++] = status;
}

/* "open" is all but these, "closed" is these. */
static bool is_over(const char *status)
{
    return strcmp(status, "won") == 0 || strcmp(status, "lost") == 0;
}

static void add_word(struct call *call, const char **list, size_t *count, const char *word)
{
    bool open = strcmp(word, "open") == 0;
    if (!open && strcmp(word, "closed") != 0) {
        add_status(list, count, arena_strdup(call->arena, word));
        return;
    }
    for (const struct choice *status = lead_statuses; status->value != NULL; status++) {
        if (is_over(status->value) != open) {
            add_status(list, count, status->value);
        }
    }
}

static void read_statuses(struct call *call, const struct value *value, struct filter *filter)
{
    const char **list =
        arena_array(call->arena, sizeof list_statuses / sizeof list_statuses[0], sizeof *list);
    size_t count = 0;
    for (const char *at = value->present ? value->text : ""; *at != '\0'; at += strspn(at, ",")) {
        const char *word = arena_strndup(call->arena, at, strcspn(at, ","));
        at += strlen(word);
        add_word(call, list, &count, word);
    }
    if (count == 1) {
        filter->status = list[0];
    } else if (count > 1) {
        struct text_array *statuses = arena_alloc(call->arena, sizeof *statuses);
        *statuses = (struct text_array){list, count};
        filter->statuses = statuses;
    }
}

static enum verdict read_budget(const struct args *args, struct filter *filter, struct reply *reply)
{
    const struct value *from = args_get(args, "budget_from");
    const struct value *to = args_get(args, "budget_to");
    if (from->present && to->present && strcmp(from->currency, to->currency) != 0) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "budget_to",
            "Budget up to: %s and %s cannot be compared. Give both in one currency, such as 50000 "
            "INR.",
            from->currency, to->currency);
    }
    if (from->present && to->present && from->number > to->number) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "budget_to",
            "Budget up to: this is less than where it begins. Give more, such as 100000 INR.");
    }
    filter->budget_from = from->present ? &from->number : NULL;
    filter->budget_to = to->present ? &to->number : NULL;
    filter->currency = from->present ? from->currency : to->currency;
    return VERDICT_DONE;
}

/* "older than 3 days" and "before 1 Nov" are one limit: the earlier. */
static enum verdict read_times(struct call *call, const struct args *args, struct filter *filter)
{
    const struct value *before = args_get(args, "before");
    const struct value *older = args_get(args, "older");
    filter->since = args_get(args, "since")->text;
    filter->before = before->text;
    if (older->present) {
        const struct lead_earlier *earlier = query_lead_earlier(call->unit, before->text, older->text);
        if (unit_flush(call->unit) != DB_OK) {
            return VERDICT_FAILED;
        }
        filter->before = earlier->rows[0].at;
    }
    return VERDICT_DONE;
}

/* What is over is followed up no more. */
static enum verdict read_due(struct call *call, const struct args *args, struct filter *filter)
{
    static const struct value open = {.present = true, .text = "open"};
    const struct value *due = args_get(args, "due");
    if (!due->present) {
        return VERDICT_DONE;
    }
    const struct lead_due *window = query_lead_due(call->unit, due->text, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    filter->due = due->text;
    filter->due_since = window->rows[0].since;
    filter->due_until = window->rows[0].until;
    if (!args_get(args, "status")->present) {
        read_statuses(call, &open, filter);
    }
    return VERDICT_DONE;
}

static enum verdict read_filter(struct call *call, const struct args *args, struct filter *filter,
                                struct reply *reply)
{
    const struct value *sort = args_get(args, "sort");
    const struct value *assignee = args_get(args, "assignee");
    const struct value *tag = args_get(args, "tag");
    if (tag->present && strpbrk(tag->text, " ,") != NULL) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "tag",
            "Tag: “%s” is not one tag. Give one word, such as vip; what follows it after a comma.",
            tag->text);
    }
    filter->sort = sort->present ? sort->text : args_get(args, "due")->present ? "follow-up" : "newest";
    read_statuses(call, args_get(args, "status"), filter);
    filter->nobody = assignee->present && assignee->number == 0;
    filter->assignee = assignee->present && assignee->number != 0 ? &assignee->number : NULL;
    filter->source = args_get(args, "source")->text;
    filter->tag = tag->present ? text_lower(call->arena, tag->text + strspn(tag->text, "#")) : NULL;
    enum verdict verdict = read_budget(args, filter, reply);
    if (verdict == VERDICT_DONE) {
        verdict = read_due(call, args, filter);
    }
    return verdict == VERDICT_DONE ? read_times(call, args, filter) : verdict;
}

/* ---- the answer */

/* The day of the follow-up is shown where the list is about it. */
static void put_row(struct call *call, const struct filter *filter, const struct lead_list_row *lead,
                    struct reply *reply)
{
    bool follows = strcmp(filter->sort, "follow-up") == 0 || filter->due != NULL;
    const char *number = arena_printf(call->arena, "%lld", (long long)lead->id);
    const char *cells[] = {
        number,
        lead->name,
        lead->status,
        lead->assignee_name,
        lead_budget(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency),
        follows ? lead->follow_up : NULL};
    reply_row(reply, arena_printf(call->arena, "lead-%s", number), cells);
}

static void put_title(const struct filter *filter, const int64_t *total, struct reply *reply)
{
    const char *what = filter->due == NULL ? "Leads" : "Follow-ups";
    if (total == NULL) {
        reply_title(reply, "%s, continued", what);
    } else if (*total > COUNT_MOST) {
        reply_title(reply, "%s: more than %d", what, COUNT_MOST);
    } else {
        reply_title(reply, "%s: %lld", what, (long long)*total);
    }
}

/* Whoever leafs has seen some. */
static void offer_due(const char *line, const struct filter *filter, struct reply *reply)
{
    if (line != NULL && filter->after == NULL) {
        reply_next(reply, line);
    }
}

/* Behind a lead that is not to be seen any more nothing is found, and that is not the end of the list. */
static enum verdict say_none(struct call *call, const struct filter *filter, struct reply *reply)
{
    const struct command_target_any_lead *mark =
        filter->after == NULL ? NULL : query_command_target_any_lead(call->unit, *filter->after);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (mark != NULL && mark->count == 0) {
        reply_say(reply, LEAD_LIST_CHANGED);
        return VERDICT_DONE;
    }
    const char *more = filter->after != NULL ? "more " : "";
    if (filter->due == NULL) {
        reply_say(reply, "There are no %sleads like this.", more);
    }
    for (size_t i = 0; filter->due != NULL && i < sizeof none_due / sizeof none_due[0]; i++) {
        if (strcmp(none_due[i].due, filter->due) == 0) {
            reply_say(reply, none_due[i].words, more);
            offer_due(none_due[i].next, filter, reply);
        }
    }
    return VERDICT_DONE;
}

/* ---- the page */

/* Of lead_newest(), which has its limits written out. */
#define NEWEST_ROWS 20

/* The statuses that a list is narrowed to, or all there are. */
static struct text_array statuses_of(struct call *call, const struct filter *filter)
{
    size_t count = 0;
    if (filter->statuses != NULL) {
        return *filter->statuses;
    }
    const char **list =
        arena_array(call->arena, sizeof list_statuses / sizeof list_statuses[0], sizeof *list);
    for (const struct choice *status = lead_statuses; status->value != NULL; status++) {
        if (filter->status == NULL || strcmp(filter->status, status->value) == 0) {
            list[count++] = status->value;
        }
    }
    return (struct text_array){list, count};
}

/* Whether nothing is asked for but a status: the statements for that need no plan of their own each time. */
static bool is_newest(const struct call *call, const struct filter *filter)
{
    return strcmp(filter->sort, "newest") == 0 && call->rows <= NEWEST_ROWS && filter->assignee == NULL &&
           !filter->nobody && filter->source == NULL && filter->tag == NULL && filter->since == NULL &&
           filter->before == NULL && filter->budget_from == NULL && filter->budget_to == NULL &&
           filter->due == NULL;
}

/* What is read: a page and one row, and of a first page how many there are in all (NULL otherwise). */
struct page {
    const struct lead_list_row *rows;
    size_t count;
    const int64_t *total;
};

static void take_newest(struct call *call, const struct lead_newest *newest, struct page *page)
{
    struct lead_list_row *rows = arena_array(call->arena, newest->count + 1, sizeof *rows);
    for (size_t i = 0; i < newest->count; i++) {
        const struct lead_newest_row *row = &newest->rows[i];
        rows[i] = (struct lead_list_row){.id = row->id,
                                         .name = row->name,
                                         .status = row->status,
                                         .assignee_name = row->assignee_name,
                                         .has_budget_minor = row->has_budget_minor,
                                         .budget_minor = row->budget_minor,
                                         .budget_currency = row->budget_currency};
    }
    page->rows = rows;
    page->count = newest->count;
}

static enum db_status read_newest(struct call *call, const struct filter *f, struct page *page)
{
    const struct text_array statuses = statuses_of(call, f);
    const struct lead_newest *newest = query_lead_newest(call->unit, statuses, f->after);
    const struct lead_newest_count *count =
        f->after != NULL ? NULL : query_lead_newest_count(call->unit, statuses);
    enum db_status status = unit_flush(call->unit);
    if (status == DB_OK) {
        take_newest(call, newest, page);
        page->total = count == NULL ? NULL : &count->rows[0].total;
    }
    return status;
}

static enum db_status read_page(struct call *call, const struct filter *f, struct page *page)
{
    const struct lead_count *count = NULL;
    if (is_newest(call, f)) {
        return read_newest(call, f, page);
    }
    const struct lead_list *leads =
        query_lead_list(call->unit, f->sort, f->status, f->statuses, f->assignee, f->nobody, f->source,
                        f->tag, f->since, f->before, f->budget_from, f->budget_to, f->currency, f->due_since,
                        f->due_until, f->after, (int64_t)call->rows + 1, call->person->time_zone);
    if (f->after == NULL) {
        count = query_lead_count(call->unit, f->status, f->statuses, f->assignee, f->nobody, f->source,
                                 f->tag, f->since, f->before, f->budget_from, f->budget_to, f->currency,
                                 f->due_since, f->due_until, COUNT_MOST + 1);
    }
    enum db_status status = unit_flush(call->unit);
    if (status == DB_OK) {
        *page = (struct page){leads->rows, leads->count, count == NULL ? NULL : &count->rows[0].total};
    }
    return status;
}

enum verdict lead_list(struct call *call, const struct args *args, struct reply *reply)
{
    struct filter f = {.sort = "newest"};
    struct page page = {NULL, 0, NULL};
    const struct value *after = args_get(args, "after");
    f.after = after->present ? &after->number : NULL;
    enum verdict verdict = read_filter(call, args, &f, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    if (read_page(call, &f, &page) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (page.count == 0) {
        return say_none(call, &f, reply);
    }
    put_title(&f, page.total, reply);
    for (size_t i = 0; i < page.count && i < call->rows; i++) {
        put_row(call, &f, &page.rows[i], reply);
    }
    if (page.count > call->rows) {
        reply_more(reply, args, arena_printf(call->arena, "%lld", (long long)page.rows[call->rows - 1].id));
    }
    return VERDICT_DONE;
}

/* ---- the parameters */

enum verdict lead_export(struct call *call, const struct args *args, struct reply *reply)
{
    struct filter f = {.sort = "newest"};
    const struct value *format = args_get(args, "format");
    enum verdict verdict = read_filter(call, args, &f, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_lead_export_put(call->unit, format->present ? format->text : "xlsx", f.sort, f.status, f.statuses,
                          f.assignee, f.nobody, f.source, f.tag, f.since, f.before, f.budget_from,
                          f.budget_to, f.currency, f.due_since, f.due_until);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "I make the file, and send you its link.");
    return VERDICT_DONE;
}

static const char *const of_words[] = {"of", "owner", "to", "assigned to", "for", NULL};
static const struct choice owners[] = {{"mine", "me"}, {"unassigned", "nobody"}, {NULL, NULL}};
static const struct choice sort_alone[] = {{"latest", "newest"}, {"recent", "newest"}, {NULL, NULL}};
static const char *const tag_words[] = {"tagged", "with tag", NULL};
static const char *const due_words[] = {"due",
                                        "overdue",
                                        "followups",
                                        "follow-ups",
                                        "follow ups",
                                        "followups due",
                                        "follow-ups due",
                                        "follow ups due",
                                        "due followups",
                                        "due follow-ups",
                                        "follow-ups are due",
                                        "followups are due",
                                        "follow ups are due",
                                        NULL};
static const char *const since_words[] = {"since", "added since", "created since", "added", "created", NULL};
static const char *const before_words[] = {"before", "added before", "created before", NULL};
static const char *const older_words[] = {"older than", "older", NULL};
static const char *const budget_from_words[] = {"budget over", "over",     "above",
                                                "more than",   "at least", NULL};
static const char *const budget_to_words[] = {"up to",     "budget under", "under", "below",
                                              "less than", "at most",      NULL};
static const char *const sort_words[] = {"sorted by", "sort by", "order by", "by", NULL};

/* What a list can be narrowed to and how it is sorted: of the list, and of its export. */
#define FILTERS                                                                                              \
    {.name = "status",                                                                                       \
     .label = "Status",                                                                                      \
     .hint = "Only leads of this status; several with commas, such as new, assigned",                        \
     .type = PARAM_CHOICE,                                                                                   \
     .flags = PARAM_MANY,                                                                                    \
     .choices = list_statuses},                                                                              \
        {.name = "assignee",                                                                                 \
         .label = "Assigned to",                                                                             \
         .hint = "Only leads of this person, such as priya; me and nobody are understood",                   \
         .type = PARAM_PERSON,                                                                               \
         .flags = PARAM_NOBODY,                                                                              \
         .alone = owners,                                                                                    \
         .words = of_words},                                                                                 \
        {.name = "source",                                                                                   \
         .label = "Source",                                                                                  \
         .hint = "Only leads from there",                                                                    \
         .type = PARAM_CHOICE,                                                                               \
         .flags = PARAM_SOURCE,                                                                              \
         .choices = lead_sources,                                                                            \
         .words = lead_words_source},                                                                        \
        {.name = "tag",                                                                                      \
         .label = "Tag",                                                                                     \
         .hint = "Only leads with this tag, such as vip",                                                    \
         .type = PARAM_TEXT,                                                                                 \
         .limit = 31,                                                                                        \
         .words = tag_words,                                                                                 \
         .find = lead_tag_find},                                                                             \
        {.name = "due",                                                                                      \
         .label = "To follow up",                                                                            \
         .hint = "Only open leads to follow up then, the first first, such as today",                        \
         .type = PARAM_CHOICE,                                                                               \
         .flags = PARAM_TOPIC,                                                                               \
         .choices = dues,                                                                                    \
         .words = due_words},                                                                                \
        {.name = "since",                                                                                    \
         .label = "Added since",                                                                             \
         .hint = "Only leads added then or later, such as monday or 2026-11-01",                             \
         .type = PARAM_DATE,                                                                                 \
         .flags = PARAM_PAST,                                                                                \
         .words = since_words},                                                                              \
        {.name = "before",                                                                                   \
         .label = "Added before",                                                                            \
         .hint = "Only leads added before that, such as 2026-12-01",                                         \
         .type = PARAM_DATE,                                                                                 \
         .flags = PARAM_PAST,                                                                                \
         .words = before_words},                                                                             \
        {.name = "older",                                                                                    \
         .label = "Older than",                                                                              \
         .hint = "Only leads added at least so long ago, such as 3 days",                                    \
         .type = PARAM_AGE,                                                                                  \
         .words = older_words},                                                                              \
        {.name = "budget_from",                                                                              \
         .label = "Budget from",                                                                             \
         .hint = "Only leads with at least this budget, such as 50000 INR",                                  \
         .type = PARAM_MONEY,                                                                                \
         .words = budget_from_words},                                                                        \
        {.name = "budget_to",                                                                                \
         .label = "Budget up to",                                                                            \
         .hint = "Only leads with at most this budget, such as 2 lakh",                                      \
         .type = PARAM_MONEY,                                                                                \
         .words = budget_to_words},                                                                          \
    {                                                                                                        \
        .name = "sort", .label = "Order", .hint = "Newest first when left out", .type = PARAM_CHOICE,        \
        .choices = sorts, .alone = sort_alone, .words = sort_words                                           \
    }

const struct param lead_list_params[] = {
    FILTERS,
    {.name = "after",
     .label = "After lead",
     .hint = "Goes on behind the lead of this number",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

static const struct choice formats[] = {{"xlsx", "XLSX"}, {"csv", "CSV"}, {NULL, NULL}};
static const char *const format_words[] = {"as", "format", NULL};

const struct param lead_export_params[] = {
    FILTERS,
    {.name = "format",
     .label = "Format",
     .hint = "XLSX when left out, or CSV",
     .type = PARAM_CHOICE,
     .choices = formats,
     .words = format_words},
    {.name = NULL},
};

const char *const lead_export_examples[] = {"lead export", "lead export new from linkedin as csv", NULL};

const struct column lead_list_columns[] = {
    {"number", "Number", PARAM_NUMBER}, {"name", "Name", PARAM_TEXT},
    {"status", "Status", PARAM_TEXT},   {"assignee", "Assigned to", PARAM_TEXT},
    {"budget", "Budget", PARAM_MONEY},  {"follow_up", "Follow-up", PARAM_DATE},
    {NULL, NULL, PARAM_TEXT},
};

const char *const lead_list_examples[] = {
    "leads",
    "leads new from linkedin",
    "follow-ups today",
    "leads of nobody, older than 3 days",
    "leads open tagged vip, budget from 50000 INR, sort=budget",
    NULL,
};
