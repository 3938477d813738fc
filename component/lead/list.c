#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "lead/field.h"
#include "lead/filter.h"
#include "lead/lead.h"
#include "lead/rows.h"
#include "lead/words.h"

#define COUNT_MOST 200 /* beyond that a number helps nobody, and costs */

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

/* ---- the answer */

/* The day of the follow-up is shown where the list is about it, and so is the score. */
static void put_row(struct call *call, const struct lead_filter *filter, const struct lead_list_row *lead,
                    const struct lead_values_shown *values, struct reply *reply)
{
    bool scored =
        strcmp(filter->sort, "score") == 0 || filter->score_from != NULL || filter->score_to != NULL;
    bool follows = strcmp(filter->sort, "follow-up") == 0 || filter->due != NULL;
    const char *number = arena_printf(call->arena, "%lld", (long long)lead->id);
    const char *const cells[] = {
        number,
        lead->name,
        lead->status,
        lead->assignee_name,
        lead_budget(call->arena, lead->has_budget_minor, lead->budget_minor, lead->budget_currency),
        follows ? lead->follow_up : NULL,
        scored && lead->has_score ? arena_printf(call->arena, "%d", lead->score) : NULL};
    reply_row(reply, arena_printf(call->arena, "lead-%s", number),
              lead_fields_cells(call, cells, sizeof cells / sizeof cells[0], values, lead->id));
}

static void put_title(const struct lead_filter *filter, const int64_t *total, struct reply *reply)
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
static void offer_due(const char *line, const struct lead_filter *filter, struct reply *reply)
{
    if (line != NULL && filter->after == NULL) {
        reply_next(reply, line);
    }
}

/* Behind a lead that is not to be seen any more nothing is found, and that is not the end of the list. */
static enum verdict say_none(struct call *call, const struct lead_filter *filter, struct reply *reply)
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
static struct text_array statuses_of(struct call *call, const struct lead_filter *filter)
{
    size_t count = 0;
    if (filter->statuses != NULL) {
        return *filter->statuses;
    }
    const char **list = arena_array(call->arena, LEAD_STATUS_MOST, sizeof *list);
    for (const struct choice *status = lead_statuses; status->value != NULL; status++) {
        if (filter->status == NULL || strcmp(filter->status, status->value) == 0) {
            list[count++] = status->value;
        }
    }
    return (struct text_array){list, count};
}

/* Whether nothing is asked for but a status: the statements for that need no plan of their own each time. */
static bool is_newest(const struct call *call, const struct lead_filter *filter)
{
    return strcmp(filter->sort, "newest") == 0 && call->rows <= NEWEST_ROWS && filter->assignee == NULL &&
           !filter->nobody && filter->source == NULL && filter->tag == NULL && filter->since == NULL &&
           filter->before == NULL && filter->budget_from == NULL && filter->budget_to == NULL &&
           filter->due == NULL && filter->score_from == NULL && filter->score_to == NULL &&
           filter->fields == NULL;
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

static enum db_status read_newest(struct call *call, const struct lead_filter *f, struct page *page)
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

static enum db_status read_page(struct call *call, const struct lead_filter *f, struct page *page)
{
    const struct lead_count *count = NULL;
    if (is_newest(call, f)) {
        return read_newest(call, f, page);
    }
    const char *list = lead_filter_list(call, f, f->sort, NULL, NULL);
    const struct lead_list *leads =
        query_lead_list(call->unit, list, f->after, (int64_t)call->rows + 1, call->person->time_zone);
    if (f->after == NULL) {
        count = query_lead_count(call->unit, list, COUNT_MOST + 1);
    }
    enum db_status status = unit_flush(call->unit);
    if (status == DB_OK) {
        *page = (struct page){leads->rows, leads->count, count == NULL ? NULL : &count->rows[0].total};
    }
    return status;
}

/* What rows show of added fields. */
static const struct lead_values_shown *read_shown(struct call *call, const struct lead_filter *filter,
                                                  const struct page *page)
{
    int64_t *ids = arena_array(call->arena, page->count + 1, sizeof *ids);
    for (size_t i = 0; i < page->count; i++) {
        ids[i] = page->rows[i].id;
    }
    return lead_fields_read_shown(call, filter->shown, (struct bigint_array){ids, page->count});
}

enum verdict lead_list(struct call *call, const struct args *args, struct reply *reply)
{
    struct lead_filter f;
    struct page page = {NULL, 0, NULL};
    const struct value *after = args_get(args, "after");
    enum verdict verdict = lead_filter_read(call, args, &f, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    f.after = after->present ? &after->number : NULL;
    f.sort = f.sort != NULL ? f.sort : "newest";
    if (read_page(call, &f, &page) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (page.count == 0) {
        return say_none(call, &f, reply);
    }
    const struct lead_values_shown *values = read_shown(call, &f, &page);
    if (values == NULL) {
        return VERDICT_FAILED;
    }
    put_title(&f, page.total, reply);
    for (size_t i = 0; i < page.count && i < call->rows; i++) {
        put_row(call, &f, &page.rows[i], values, reply);
    }
    if (page.count > call->rows) {
        reply_more(reply, args, arena_printf(call->arena, "%lld", (long long)page.rows[call->rows - 1].id));
    }
    return VERDICT_DONE;
}

/* ---- the parameters */

enum verdict lead_export(struct call *call, const struct args *args, struct reply *reply)
{
    struct lead_filter f;
    const struct value *format = args_get(args, "format");
    enum verdict verdict = lead_filter_read(call, args, &f, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_lead_export_put(call->unit, format->present ? format->text : "xlsx",
                          lead_filter_list(call, &f, "newest", NULL, NULL));
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "I make the file, and send you its link.");
    return VERDICT_DONE;
}

const struct param lead_list_params[] = {
    LEAD_FILTERS(0, lead_list_owners, lead_words_owner, PARAM_TOPIC, lead_words_due, lead_list_sort_alone,
                 lead_words_sort),
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
    LEAD_FILTERS(0, lead_list_owners, lead_words_owner, PARAM_TOPIC, lead_words_due, lead_list_sort_alone,
                 lead_words_sort),
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
    {"score", "Score", PARAM_NUMBER},   {NULL, NULL, PARAM_TEXT},
};

const char *const lead_list_examples[] = {
    "leads",
    "leads new from linkedin",
    "follow-ups today",
    "leads of nobody, older than 3 days",
    "leads open tagged vip, budget from 50000 INR, sort=budget",
    "leads of me, score over 70, sorted by score",
    NULL,
};
