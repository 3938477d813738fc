#include "lead/filter.h"

#include <string.h>

#include "base/text.h"
#include "command/defined.h"
#include "command/json.h"
#include "command/reply.h"
#include "command/type.h"
#include "lead/lead.h"
#include "lead/range.h"
#include "lead/rows.h"
#include "queries.h"

/* ---- what there is to choose from, and the words for it */

const struct choice lead_list_sorts[] = {
    {"newest", "Newest first"},
    {"oldest", "Oldest first"},
    {"budget", "Highest budget first"},
    {"follow-up", "Next follow-up first"},
    {"score", "Highest score first"},
    {"name", "By name"},
    {NULL, NULL},
};

/* The statuses, and two words for several of them. */
const struct choice lead_list_statuses[] = {
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
const struct choice lead_list_dues[] = {
    {"due", "By the end of today"}, {"overdue", "Overdue"}, {"today", "Today"}, {"tomorrow", "Tomorrow"},
    {"week", "This week"},          {"any", "Any day"},     {NULL, NULL},
};

const char *const lead_words_owner[] = {"of", "owner", "to", "assigned to", "for", NULL};
const struct choice lead_list_owners[] = {{"mine", "me"}, {"unassigned", "nobody"}, {NULL, NULL}};
const struct choice lead_list_sort_alone[] = {
    {"latest", "newest"}, {"recent", "newest"}, {"hottest", "score"}, {NULL, NULL}};
const char *const lead_words_tag[] = {"tagged", "with tag", NULL};
const char *const lead_words_due[] = {"due",
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
const char *const lead_words_since[] = {"since", "added since", "created since", "added", "created", NULL};
const char *const lead_words_before[] = {"before", "added before", "created before", NULL};
const char *const lead_words_older[] = {"older than", "older", NULL};
const char *const lead_words_budget_from[] = {"budget over",     "budget above", "budget more than",
                                              "budget at least", "over",         "above",
                                              "more than",       "at least",     NULL};
const char *const lead_words_budget_to[] = {
    "up to", "budget under", "budget below", "budget less than", "budget up to",
    "upto",  "under",        "below",        "less than",        "at most",
    NULL};
const char *const lead_words_sort[] = {"sorted by", "sort by", "order by", "by", NULL};

const char *const lead_words_owner_named[] = {"owner", "owned by", NULL};
const char *const lead_words_score_from[] = {"score over", "score above", "score at least", NULL};
const char *const lead_words_score_to[] = {"score under", "score below", "score at most", NULL};
const char *const lead_words_sort_named[] = {"sorted by", "sort by", "order by", NULL};
const char *const lead_words_show[] = {"showing", "with field", "with fields", NULL};

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

static void read_statuses(struct call *call, const struct value *value, struct lead_filter *filter)
{
    const char **list = arena_array(call->arena, LEAD_STATUS_MOST, sizeof *list);
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

static enum verdict read_budget(const struct args *args, struct lead_filter *filter, struct reply *reply)
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
static enum verdict read_times(struct call *call, const struct args *args, struct lead_filter *filter)
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
static enum verdict read_due(struct call *call, const struct args *args, struct lead_filter *filter)
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

/* ---- added fields */

/* An added field that something is asked of. */
struct sought {
    struct call *call;
    const struct lead_fields_row *field;
    const struct param *param; /* of its own type */
    struct reply *reply;
    int64_t number, last; /* what an end reads as: the first and the last that it can mean */
    const char *currency;
};

static const struct lead_fields_row *find_field(const struct lead_fields *fields, const char *given)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->rows[i].name, given) == 0 || text_equal_nocase(fields->rows[i].label, given)) {
            return &fields->rows[i];
        }
    }
    return NULL;
}

/* A moment; a day is all of it. */
static enum verdict read_moment(struct sought *sought, const struct value *value)
{
    const char *local = value->number == 0 ? value->text : NULL;
    const char *from_now = value->number == 0 ? NULL : value->text;
    const struct lead_span *span =
        query_lead_span(sought->call->unit, local, from_now, sought->call->person->time_zone);
    if (unit_flush(sought->call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    sought->number = span->rows[0].first;
    sought->last = span->rows[0].last;
    return VERDICT_DONE;
}

static enum verdict read_end(struct sought *sought, const char *text)
{
    const struct person *person = sought->call->person;
    const struct type_reader reader = {.arena = sought->call->arena,
                                       .table = sought->call->table,
                                       .now = person->now,
                                       .currency = person->currency,
                                       .country = person->country,
                                       .locale = person->locale};
    struct value value;
    const char *complaint = type_read(&reader, sought->param, text, &value);
    if (complaint != NULL || !value.present) {
        return reply_refuse(sought->reply, REFUSAL_INVALID, sought->param->name,
                            "%s One, such as 5, or a range: >5, <10, 5..10.",
                            complaint != NULL ? complaint : sought->param->label);
    }
    if (sought->param->type == PARAM_DATE) {
        return read_moment(sought, &value);
    }
    sought->number = sought->last = value.number;
    sought->currency = value.currency;
    return VERDICT_DONE;
}

static enum verdict add_range(struct sought *sought, const char *text, struct text *json)
{
    struct arena *arena = sought->call->arena;
    const struct lead_range range = lead_range_split(arena, text);
    enum verdict verdict = VERDICT_DONE;
    if (range.from != NULL && (verdict = read_end(sought, range.from)) == VERDICT_DONE) {
        int64_t from = range.above ? sought->last + 1 : sought->number;
        json_add_member(json, "from", arena_printf(arena, "%lld", (long long)from));
    }
    if (verdict == VERDICT_DONE && range.to != NULL &&
        (range.same || (verdict = read_end(sought, range.to)) == VERDICT_DONE)) {
        int64_t to = range.below ? sought->number - 1 : sought->last;
        json_add_member(json, "to", arena_printf(arena, "%lld", (long long)to));
    }
    json_add_member(json, "currency", sought->currency);
    return verdict;
}

static enum verdict add_sought(struct sought *sought, const struct value *value, struct text *json)
{
    struct arena *arena = sought->call->arena;
    enum verdict verdict = VERDICT_DONE;
    json_next(json);
    json_open(json);
    json_add_member(json, "field", arena_printf(arena, "%lld", (long long)sought->field->id));
    if (sought->param->type == PARAM_NUMBER || sought->param->type == PARAM_MONEY ||
        sought->param->type == PARAM_DATE) {
        verdict = add_range(sought, value->text, json);
    } else {
        json_add_member(json, "is", value->text);
    }
    json_close(json);
    return verdict;
}

/* How long the first name is of "Company, Seats" or "company and seats", and what is between it and the
 * next. */
static size_t first_name(const char *list, size_t *gap)
{
    const char *comma = strchr(list, ',');
    const char *word = strstr(list, " and ");
    bool by_word = word != NULL && (comma == NULL || word < comma);
    *gap = by_word ? strlen(" and ") : comma != NULL ? 1 : 0;
    return by_word ? (size_t)(word - list) : strcspn(list, ",");
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Fields that something is asked of are shown without a word. */
static enum verdict read_shown(struct call *call, const struct value *show, const struct lead_fields *fields,
                               const char **names, struct lead_filter *filter, struct reply *reply)
{
    size_t gap = 0;
    for (const char *at = show->present ? show->text : ""; *at != '\0'; at += gap) {
        size_t length = first_name(at, &gap);
        const char *given = text_squeeze(call->arena, arena_strndup(call->arena, at, length));
        const struct lead_fields_row *field = find_field(fields, given);
        at += length;
        if (field == NULL && given[0] != '\0') {
            return reply_refuse(reply, REFUSAL_INVALID, "show",
                                "Show: leads have no added field “%s”. Say “field list” to see them.",
                                text_shorten(call->arena, given, 40));
        }
        if (field != NULL && !has_name(names, filter->shown.count, field->name)) {
            names[filter->shown.count++] = field->name;
        }
    }
    return VERDICT_DONE;
}

static bool asks_for_field(const struct args *args)
{
    for (size_t i = 0; args->params[i].name != NULL; i++) {
        if ((args->params[i].flags & PARAM_FIELD) != 0 && args->values[i].present) {
            return true;
        }
    }
    return args_get(args, "show")->present;
}

static enum verdict read_fields(struct call *call, const struct args *args, struct lead_filter *filter,
                                struct reply *reply)
{
    if (!asks_for_field(args)) {
        return VERDICT_DONE;
    }
    const struct lead_fields *fields = query_lead_fields(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char **names = arena_array(call->arena, fields->count + 1, sizeof *names);
    struct text json = text_new(call->arena);
    enum verdict verdict = VERDICT_DONE;
    json_open_array(&json);
    for (size_t i = 0; args->params[i].name != NULL && verdict == VERDICT_DONE; i++) {
        const struct lead_fields_row *field =
            (args->params[i].flags & PARAM_FIELD) != 0 && args->values[i].present
                ? find_field(fields, args->params[i].name)
                : NULL;
        if (field != NULL) {
            struct param param = defined_field(call->arena, field->name, field->label,
                                               defined_type(field->type), field->choices);
            param.flags |= param.type == PARAM_DATE ? PARAM_PAST : 0;
            struct sought sought = {.call = call, .field = field, .param = &param, .reply = reply};
            verdict = add_sought(&sought, &args->values[i], &json);
            names[filter->shown.count++] = field->name;
        }
    }
    json_close_array(&json);
    filter->fields = filter->shown.count == 0 ? NULL : json.data;
    filter->shown.values = names;
    return verdict == VERDICT_DONE ? read_shown(call, args_get(args, "show"), fields, names, filter, reply)
                                   : verdict;
}

/* ---- the whole */

enum verdict lead_filter_read(struct call *call, const struct args *args, struct lead_filter *filter,
                              struct reply *reply)
{
    const struct value *sort = args_get(args, "sort");
    const struct value *assignee = args_get(args, "assignee");
    const struct value *tag = args_get(args, "tag");
    const struct value *score_from = args_get(args, "score_from");
    const struct value *score_to = args_get(args, "score_to");
    if (tag->present && strpbrk(tag->text, " ,") != NULL) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "tag",
            "Tag: “%s” is not one tag. Give one word, such as vip; what follows it after a comma.",
            tag->text);
    }
    *filter = (struct lead_filter){.sort = sort->present                    ? sort->text
                                           : args_get(args, "due")->present ? "follow-up"
                                                                            : NULL};
    read_statuses(call, args_get(args, "status"), filter);
    filter->nobody = assignee->present && assignee->number == 0;
    filter->assignee = assignee->present && assignee->number != 0 ? &assignee->number : NULL;
    filter->source = args_get(args, "source")->text;
    filter->tag = tag->present ? text_lower(call->arena, tag->text + strspn(tag->text, "#")) : NULL;
    filter->score_from = score_from->present ? &score_from->number : NULL;
    filter->score_to = score_to->present ? &score_to->number : NULL;
    enum verdict verdict = read_budget(args, filter, reply);
    if (verdict == VERDICT_DONE) {
        verdict = read_due(call, args, filter);
    }
    if (verdict == VERDICT_DONE) {
        verdict = read_times(call, args, filter);
    }
    return verdict == VERDICT_DONE ? read_fields(call, args, filter, reply) : verdict;
}

/* ---- as the statements take it */

static void add_number(struct text *json, const char *name, const int64_t *number)
{
    if (number != NULL) {
        json_add_member(json, name, arena_printf(json->arena, "%lld", (long long)*number));
    }
}

/* Statuses with commas between them. */
static const char *join(struct arena *arena, const struct text_array *list)
{
    struct text text = text_new(arena);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        text_addf(&text, "%s%s", i == 0 ? "" : ",", list->values[i]);
    }
    return list == NULL ? NULL : text.data;
}

const char *lead_filter_list(struct call *call, const struct lead_filter *filter, const char *sort,
                             const char *text, const char *digits)
{
    struct text json = text_new(call->arena);
    json_open(&json);
    json_add_member(&json, "sort", filter->sort != NULL ? filter->sort : sort);
    json_add_member(&json, "status", filter->status);
    json_add_member(&json, "statuses", join(call->arena, filter->statuses));
    add_number(&json, "assignee", filter->assignee);
    json_add_member(&json, "nobody", filter->nobody ? "true" : NULL);
    json_add_member(&json, "source", filter->source);
    json_add_member(&json, "tag", filter->tag);
    json_add_member(&json, "since", filter->since);
    json_add_member(&json, "before", filter->before);
    add_number(&json, "budget_from", filter->budget_from);
    add_number(&json, "budget_to", filter->budget_to);
    json_add_member(&json, "currency", filter->currency);
    json_add_member(&json, "due_since", filter->due_since);
    json_add_member(&json, "due_until", filter->due_until);
    add_number(&json, "score_from", filter->score_from);
    add_number(&json, "score_to", filter->score_to);
    json_add_member(&json, "text", text);
    json_add_member(&json, "digits", digits);
    if (filter->fields != NULL) {
        json_add_name(&json, "fields");
        text_add(&json, filter->fields);
    }
    json_close(&json);
    return json.data;
}
