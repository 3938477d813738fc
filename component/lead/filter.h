/* filter: what a list of leads, a search and an export can be narrowed to: the parameters, and what they
 * mean, as one JSON text that crm.lead_page() and its neighbours take (schema/functions/lead_filter_of.sql).
 *
 * Fields that Admins have added (struct command, .fields = FIELDS_SOUGHT) are among them, compared as what
 * they are: numbers, amounts and days also by "over 5", "<10", "5..10". Of this room only. Threads: as the
 * unit.
 */
#ifndef LEAD_FILTER_H
#define LEAD_FILTER_H

#include "command/command.h"

/* What is asked for. */
struct lead_filter {
    const char *sort;                  /* one of the orders; NULL: none is asked for */
    const char *status;                /* one, or */
    const struct text_array *statuses; /* several */
    const int64_t *assignee;
    bool nobody;
    const char *source, *tag, *since, *before;
    const char *due; /* "today" and the like, and what it means: */
    const char *due_since, *due_until;
    const int64_t *budget_from, *budget_to;
    const char *currency;
    const int64_t *score_from, *score_to;
    const int64_t *after;    /* behind which lead; NULL: from the first. Of the handler, not read here */
    const char *fields;      /* a JSON array of what added fields must be; NULL for nothing */
    struct text_array shown; /* names of the added fields that rows show */
};

/* Reads what is asked for. Flushes the unit where a moment or an added field is looked up. VERDICT_DONE;
 * VERDICT_REFUSED with the reply filled; VERDICT_FAILED. */
enum verdict lead_filter_read(struct call *call, const struct args *args, struct lead_filter *filter,
                              struct reply *reply);

/* The JSON of it. `sort` is the order where none is asked for; `text` and `digits` are what a search looks
 * for, NULL for none. */
const char *lead_filter_list(struct call *call, const struct lead_filter *filter, const char *sort,
                             const char *text, const char *digits);

extern const struct choice lead_list_sorts[], lead_list_sort_alone[], lead_list_statuses[],
    lead_list_owners[], lead_list_dues[];
extern const char *const lead_words_owner[],
    *const lead_words_owner_named[], *const lead_words_tag[],
                                         *const lead_words_due[],
                                             *const lead_words_since[],
                                                 *const lead_words_before[],
                                                     *const lead_words_older[],
                                                         *const lead_words_budget_from[],
                                                             *const lead_words_budget_to[],
                                                                 *const lead_words_score_from[],
                                                                     *const lead_words_score_to[],
                                                                         *const lead_words_sort[],
                                                                             *const lead_words_sort_named[],
                                                                                 *const lead_words_show[];

/* The fields that were added, to choose from. */
param_find lead_field_find;

/* The parameters. `told`: PARAM_NAMED where a search takes all words but those for its text; what stands for
 * a value by itself, and words that are much else too, are for lists only. */
#define LEAD_FILTERS(told, owners_alone, owner_words, topic, topic_words, sorts_alone, sort_words)           \
    {.name = "status",                                                                                       \
     .label = "Status",                                                                                      \
     .hint = "Only leads of this status; several with commas, such as new, assigned",                        \
     .type = PARAM_CHOICE,                                                                                   \
     .flags = PARAM_MANY | (told),                                                                           \
     .choices = lead_list_statuses},                                                                         \
        {.name = "assignee",                                                                                 \
         .label = "Assigned to",                                                                             \
         .hint = "Only leads of this person, such as priya; me and nobody are understood",                   \
         .type = PARAM_PERSON,                                                                               \
         .flags = PARAM_NOBODY | (told),                                                                     \
         .alone = (owners_alone),                                                                            \
         .words = (owner_words)},                                                                            \
        {.name = "source",                                                                                   \
         .label = "Source",                                                                                  \
         .hint = "Only leads from there",                                                                    \
         .type = PARAM_CHOICE,                                                                               \
         .flags = PARAM_SOURCE | (told),                                                                     \
         .choices = lead_sources,                                                                            \
         .words = lead_words_source},                                                                        \
        {.name = "tag",                                                                                      \
         .label = "Tag",                                                                                     \
         .hint = "Only leads with this tag, such as vip",                                                    \
         .type = PARAM_TEXT,                                                                                 \
         .flags = (told),                                                                                    \
         .limit = 31,                                                                                        \
         .words = lead_words_tag,                                                                            \
         .find = lead_tag_find},                                                                             \
        {.name = "due",                                                                                      \
         .label = "To follow up",                                                                            \
         .hint = "Only open leads to follow up then, the first first, such as today",                        \
         .type = PARAM_CHOICE,                                                                               \
         .flags = (topic) | (told),                                                                          \
         .choices = lead_list_dues,                                                                          \
         .words = (topic_words)},                                                                            \
        {.name = "since",                                                                                    \
         .label = "Added since",                                                                             \
         .hint = "Only leads added then or later, such as monday or 2026-11-01",                             \
         .type = PARAM_DATE,                                                                                 \
         .flags = PARAM_PAST | (told),                                                                       \
         .words = lead_words_since},                                                                         \
        {.name = "before",                                                                                   \
         .label = "Added before",                                                                            \
         .hint = "Only leads added before that, such as 2026-12-01",                                         \
         .type = PARAM_DATE,                                                                                 \
         .flags = PARAM_PAST | (told),                                                                       \
         .words = lead_words_before},                                                                        \
        {.name = "older",                                                                                    \
         .label = "Older than",                                                                              \
         .hint = "Only leads added at least so long ago, such as 3 days",                                    \
         .type = PARAM_AGE,                                                                                  \
         .flags = (told),                                                                                    \
         .words = lead_words_older},                                                                         \
        {.name = "budget_from",                                                                              \
         .label = "Budget from",                                                                             \
         .hint = "Only leads with at least this budget, such as 50000 INR",                                  \
         .type = PARAM_MONEY,                                                                                \
         .flags = (told),                                                                                    \
         .words = lead_words_budget_from},                                                                   \
        {.name = "budget_to",                                                                                \
         .label = "Budget up to",                                                                            \
         .hint = "Only leads with at most this budget, such as 2 lakh",                                      \
         .type = PARAM_MONEY,                                                                                \
         .flags = (told),                                                                                    \
         .words = lead_words_budget_to},                                                                     \
        {.name = "score_from",                                                                               \
         .label = "Score from",                                                                              \
         .hint = "Only leads with at least this score, such as 70",                                          \
         .type = PARAM_NUMBER,                                                                               \
         .flags = (told),                                                                                    \
         .words = lead_words_score_from},                                                                    \
        {.name = "score_to",                                                                                 \
         .label = "Score up to",                                                                             \
         .hint = "Only leads with at most this score, such as 30",                                           \
         .type = PARAM_NUMBER,                                                                               \
         .flags = (told),                                                                                    \
         .words = lead_words_score_to},                                                                      \
        {.name = "sort",                                                                                     \
         .label = "Order",                                                                                   \
         .hint = "Newest first when left out; a search shows what fits best first",                          \
         .type = PARAM_CHOICE,                                                                               \
         .flags = (told),                                                                                    \
         .choices = lead_list_sorts,                                                                         \
         .alone = (sorts_alone),                                                                             \
         .words = (sort_words)},                                                                             \
    {                                                                                                        \
        .name = "show", .label = "Show", .hint = "Added fields that the list shows, such as Company",        \
        .type = PARAM_TEXT, .flags = PARAM_OPEN | (told), .limit = 200, .words = lead_words_show,            \
        .find = lead_field_find                                                                              \
    }

#endif
