/* Rules: which leads go to whom without a poll. The first that fits decides. */
#include <string.h>

#include "assign/rows.h"
#include "base/text.h"
#include "lead/lead.h"
#include "lead/words.h"
#include "queries.h"

#define TAG_LIMIT  30
#define TEAM_LIMIT 60

/* ---- rule.add */

static const char *given_tag(struct call *call, const struct value *value)
{
    return value->present ? text_lower(call->arena, value->text + strspn(value->text, "#")) : NULL;
}

/* The team's number, 0 when none is named. */
static enum verdict find_team(struct call *call, const struct value *given, struct reply *reply, int64_t *out)
{
    *out = 0;
    if (!given->present) {
        return VERDICT_DONE;
    }
    const struct poll_team *teams = query_poll_team(call->unit, given->text);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (teams->count == 0) {
        return reply_refuse(reply, REFUSAL_INVALID, "team",
                            "Team: there is none called “%s”. Say “team list” to see them.",
                            text_shorten(call->arena, given->text, 40));
    }
    *out = teams->rows[0].id;
    return VERDICT_DONE;
}

static size_t count_present(const struct args *args, const char *const *names)
{
    size_t count = 0;
    for (; *names != NULL; names++) {
        count += args_get(args, *names)->present;
    }
    return count;
}

static enum verdict check(const struct args *args, struct reply *reply)
{
    static const char *const which[] = {"source", "tag", NULL};
    static const char *const whom[] = {"person", "team", "people", "language", NULL};
    if (count_present(args, which) == 0) {
        return reply_refuse(reply, REFUSAL_MISSING, "source",
                            "Which leads? Give a source or a tag: rule add source=linkedin, team=North.");
    }
    if (count_present(args, whom) != 1) {
        return reply_refuse(reply, REFUSAL_INVALID, "person",
                            "To whom? Give one of person, team, people (with a tag) or language: rule add "
                            "source=linkedin, team=North.");
    }
    return VERDICT_DONE;
}

enum verdict rule_add(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *person = args_get(args, "person"), *source = args_get(args, "source");
    int64_t team;
    enum verdict verdict = check(args, reply);
    if (verdict == VERDICT_DONE) {
        verdict = find_team(call, args_get(args, "team"), reply, &team);
    }
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    const struct rule_add *added = query_rule_add(
        call->unit, source->present ? source->text : NULL, given_tag(call, args_get(args, "tag")),
        person->present ? &person->number : NULL, team != 0 ? &team : NULL,
        given_tag(call, args_get(args, "people")),
        args_get(args, "language")->present ? args_get(args, "language")->text : NULL, call->person->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "Rule %lld is added, behind the others: “lead autoassign” looks at them in this order.",
              (long long)added->rows[0].id);
    reply_next(reply, "rule list");
    return VERDICT_DONE;
}

/* ---- rule.list, rule.remove */

static const char *which_leads(struct arena *arena, const struct rule_list_row *row)
{
    struct text text = text_new(arena);
    text_addf(&text, "leads%s%s", row->source == NULL ? "" : " from ",
              row->source == NULL ? "" : row->source);
    if (row->tag != NULL) {
        text_addf(&text, " tagged %s", row->tag);
    }
    return text.data;
}

static const char *to_whom(struct arena *arena, const struct rule_list_row *row)
{
    return row->person != NULL   ? arena_printf(arena, "to %s", row->person)
           : row->team != NULL   ? arena_printf(arena, "to the team %s", row->team)
           : row->to_tag != NULL ? arena_printf(arena, "to people tagged %s", row->to_tag)
                                 : arena_printf(arena, "to people who speak %s", row->language);
}

enum verdict rule_list(struct call *call, const struct args *args, struct reply *reply)
{
    const struct rule_list *rules = query_rule_list(call->unit);
    (void)args;
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rules->count == 0) {
        reply_say(reply, "There are no rules: leads go to the best of those who are free.");
        return VERDICT_DONE;
    }
    reply_title(reply, "Rules, in their order");
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule_list_row *row = &rules->rows[i];
        const char *number = arena_printf(call->arena, "%lld", (long long)row->id);
        const char *cells[] = {number, which_leads(call->arena, row), to_whom(call->arena, row)};
        reply_row(reply, number, cells);
    }
    return VERDICT_DONE;
}

enum verdict rule_remove(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *number = args_get(args, "rule");
    const struct affected *removed = query_rule_remove(call->unit, number->number);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (removed->count == 0) {
        return reply_refuse(reply, REFUSAL_NOT_FOUND, "rule", "There is no rule %lld. Say “rule list”.",
                            (long long)number->number);
    }
    reply_say(reply, "Rule %lld is gone.", (long long)number->number);
    return VERDICT_DONE;
}

/* ---- the parameters */

static const char *const tag_words[] = {"tagged", "with tag", NULL};
static const char *const team_words[] = {"to team", "to the team", "team", NULL};
static const char *const person_words[] = {"to", NULL};
static const char *const people_words[] = {"to people tagged", "to tag", NULL};
static const char *const language_words[] = {"to people who speak", "speaking", "speaks", NULL};

const struct param rule_add_params[] = {
    {.name = "source",
     .label = "Source",
     .hint = "Leads from there",
     .type = PARAM_CHOICE,
     .flags = PARAM_SOURCE,
     .choices = lead_sources,
     .words = lead_words_source},
    {.name = "tag",
     .label = "Tag",
     .hint = "Leads with this tag, such as excel",
     .type = PARAM_TEXT,
     .limit = TAG_LIMIT,
     .words = tag_words},
    {.name = "person",
     .label = "To",
     .hint = "The Sales Person who gets them, such as priya",
     .type = PARAM_PERSON,
     .people = ROLE_SALES,
     .words = person_words},
    {.name = "team",
     .label = "Or to the team",
     .hint = "The team whose Sales Persons get them, such as North",
     .type = PARAM_TEXT,
     .limit = TEAM_LIMIT,
     .words = team_words},
    {.name = "people",
     .label = "Or to people with the tag",
     .hint = "A tag of people, such as excel (see user tag)",
     .type = PARAM_TEXT,
     .limit = TAG_LIMIT,
     .words = people_words},
    {.name = "language",
     .label = "Or to people who speak",
     .hint = "A language by its code, such as de",
     .type = PARAM_TEXT,
     .limit = 12,
     .words = language_words},
    {.name = NULL},
};

const struct param rule_remove_params[] = {
    {.name = "rule",
     .label = "Rule",
     .hint = "The number of the rule, such as 3",
     .type = PARAM_NUMBER,
     .flags = PARAM_REQUIRED},
    {.name = NULL},
};

const struct column rule_list_columns[] = {
    {"rule", "Rule", PARAM_NUMBER},
    {"leads", "Leads", PARAM_TEXT},
    {"people", "People", PARAM_TEXT},
    {NULL, NULL, PARAM_TEXT},
};
