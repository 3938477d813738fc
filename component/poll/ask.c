/* poll.start and poll.ask: who is asked what until when; and those who come online later. */
#include <stdlib.h>
#include <string.h>

#include "assign/weigh.h"
#include "base/text.h"
#include "command/target.h"
#include "command/type.h"
#include "lead/lead.h"
#include "poll/rows.h"
#include "queries.h"

#define CHOICE_LIMIT   60
#define QUESTION_LIMIT 500
#define TEAM_LIMIT     60
#define TAG_LIMIT      30

static const char *const lead_choices[] = {"interested", "pass"};

/* ---- who is asked */

struct audience {
    const char *const *roles;
    size_t role_count;
    const char *noun; /* "all Sales Persons" */
    const char *team, *tag;
    struct bigint_array people;
    const char *words;
};

/* "all", "team North", "tag excel": what is asked when nothing is said. */
static void take_standard(struct arena *arena, const char *standard, struct audience *audience)
{
    if (text_starts_nocase(standard, "team ")) {
        audience->team = text_squeeze(arena, standard + 5);
    } else if (text_starts_nocase(standard, "tag ")) {
        audience->tag = text_lower(arena, text_squeeze(arena, standard + 4));
    }
}

static enum verdict find_team(struct call *call, struct audience *audience, struct reply *reply,
                              int64_t *number)
{
    *number = 0;
    if (audience->team == NULL) {
        return VERDICT_DONE;
    }
    const struct poll_team *teams = query_poll_team(call->unit, audience->team);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (teams->count == 0) {
        return reply_refuse(reply, REFUSAL_INVALID, "team", "Team: there is none called “%s”.",
                            text_shorten(call->arena, audience->team, 40));
    }
    *number = teams->rows[0].id;
    audience->team = teams->rows[0].name;
    return VERDICT_DONE;
}

static const char *words_of(struct arena *arena, const struct audience *audience)
{
    if (audience->team != NULL && audience->tag != NULL) {
        return arena_printf(arena, "the team %s, tagged %s", audience->team, audience->tag);
    }
    return audience->team != NULL  ? arena_printf(arena, "the team %s", audience->team)
           : audience->tag != NULL ? arena_printf(arena, "people tagged %s", audience->tag)
                                   : audience->noun;
}

static enum verdict find_people(struct call *call, struct audience *audience, struct reply *reply)
{
    int64_t team;
    enum verdict verdict = find_team(call, audience, reply, &team);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    audience->words = words_of(call->arena, audience);
    const struct poll_audience *rows =
        query_poll_audience(call->unit, (struct text_array){audience->roles, audience->role_count},
                            team != 0 ? &team : NULL, audience->tag);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        return reply_refuse(reply, REFUSAL_INVALID, "team", "There is nobody to ask: %s.", audience->words);
    }
    int64_t *people = arena_array(call->arena, rows->count, sizeof *people);
    for (size_t i = 0; i < rows->count; i++) {
        people[i] = rows->rows[i].person;
    }
    audience->people = (struct bigint_array){people, rows->count};
    return VERDICT_DONE;
}

static void take_given(struct call *call, const struct args *args, const struct assign_settings *settings,
                       struct audience *audience)
{
    const struct value *team = args_get(args, "team"), *tag = args_get(args, "tag");
    if (team->present) {
        audience->team = team->text;
    }
    if (tag->present) {
        audience->tag = text_lower(call->arena, tag->text + strspn(tag->text, "#"));
    }
    if (!team->present && !tag->present && settings != NULL) {
        take_standard(call->arena, settings->poll_audience, audience);
    }
}

/* ---- until when */

static enum verdict find_deadline(struct call *call, const struct args *args,
                                  const struct assign_settings *settings, struct reply *reply,
                                  const char **deadline)
{
    const struct value *given = args_get(args, "deadline");
    const struct poll_deadline *rows =
        query_poll_deadline(call->unit, given->present ? given->text : NULL, settings->poll_minutes);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (!rows->rows[0].ahead || !rows->rows[0].near) {
        return reply_refuse(reply, REFUSAL_INVALID, "deadline",
                            "Deadline: %s. Give a time to come, such as in 30 minutes or 17:00.",
                            rows->rows[0].ahead ? "this is more than a month away" : "this is over already");
    }
    *deadline = rows->rows[0].at;
    return VERDICT_DONE;
}

/* ---- beginning */

static enum verdict tell_those_here(struct call *call, const struct poll_question *asked, struct reply *reply,
                                    size_t *told)
{
    struct poll_question question = *asked;
    const struct poll_told *people = query_poll_told(call->unit, question.poll);
    question.summary = question.lead != 0 ? query_poll_summary(call->unit, question.poll) : NULL;
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    for (size_t i = 0; i < people->count; i++) {
        poll_put_question(reply, people->rows[i].person, &question, people->rows[i].until);
    }
    *told = people->count;
    return VERDICT_DONE;
}

static void say_begun(struct call *call, const struct poll_question *question,
                      const struct audience *audience, size_t told, struct reply *reply)
{
    reply_say(reply, "Poll %lld is open: it asks %s. %zu of %zu are here and know of it%s.",
              (long long)question->poll, audience->words, told, audience->people.count,
              told < audience->people.count ? "; the others are told when they come" : "");
    reply_about(reply, TARGET_POLL, question->poll);
    reply_next(reply, arena_printf(call->arena, "poll show %lld", (long long)question->poll));
    reply_next(reply, arena_printf(call->arena, "poll close %lld", (long long)question->poll));
}

static enum verdict refuse_second(struct call *call, int64_t lead, struct reply *reply)
{
    const struct poll_of_lead *polls = query_poll_of_lead(call->unit, lead);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    long long number = polls->count == 0 ? 0 : polls->rows[0].id;
    return reply_refuse(reply, REFUSAL_CONFLICT, NULL,
                        "Lead %lld has a poll that runs already: poll %lld. Say “poll show %lld”.",
                        (long long)lead, number, number);
}

static enum verdict open_poll(struct call *call, struct poll_question *question,
                              const struct audience *audience, const char *room, const char *deadline,
                              struct reply *reply)
{
    size_t told = 0;
    const struct poll_open *opened =
        query_poll_open(call->unit, question->lead != 0 ? &question->lead : NULL, question->question,
                        (struct text_array){question->choices, question->count}, audience->words, room,
                        deadline, audience->people);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (!opened->rows[0].has_id) {
        return refuse_second(call, question->lead, reply);
    }
    question->poll = opened->rows[0].id;
    enum verdict verdict = tell_those_here(call, question, reply, &told);
    if (verdict == VERDICT_DONE) {
        say_begun(call, question, audience, told, reply);
    }
    return verdict;
}

static enum verdict check_lead(struct call *call, int64_t number, struct reply *reply)
{
    const struct assign_lead_now *rows = query_assign_lead_now(call->unit, number);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rows->count == 0) {
        return target_refuse_absent(call, number, reply);
    }
    if (rows->rows[0].has_assignee) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "Lead %lld is %s's already. Say “assign %lld to nobody” first.",
                            (long long)number, rows->rows[0].assignee_name, (long long)number);
    }
    return VERDICT_DONE;
}

enum verdict poll_start(struct call *call, const struct args *args, struct reply *reply)
{
    static const char *const sales[] = {"sales"};
    struct audience audience = {.roles = sales, .role_count = 1, .noun = "all Sales Persons"};
    struct poll_question question = {.lead = args->target, .choices = lead_choices, .count = 2};
    struct assign_settings settings;
    const char *deadline = NULL;
    enum verdict verdict = check_lead(call, args->target, reply);
    if (verdict == VERDICT_DONE && !assign_read_settings(call->unit, call->arena, &settings)) {
        return VERDICT_FAILED;
    }
    if (verdict == VERDICT_DONE) {
        verdict = find_deadline(call, args, &settings, reply, &deadline);
    }
    if (verdict == VERDICT_DONE) {
        take_given(call, args, &settings, &audience);
        verdict = find_people(call, &audience, reply);
    }
    return verdict == VERDICT_DONE ? open_poll(call, &question, &audience, NULL, deadline, reply) : verdict;
}

/* ---- poll.ask */

static const struct group {
    const char *value, *label, *roles[4];
    size_t count;
} groups[] = {
    {"everyone", "everyone", {"admin", "manager", "lead", "sales"}, 4},
    {"sales", "all Sales Persons", {"sales"}, 1},
    {"leads", "all Lead Persons", {"lead"}, 1},
    {"managers", "all Managers", {"manager"}, 1},
    {"admins", "all Admins", {"admin"}, 1},
};

static const struct group *group_of(const struct value *given)
{
    for (size_t i = 1; given->present && i < sizeof groups / sizeof groups[0]; i++) {
        if (strcmp(groups[i].value, given->text) == 0) {
            return &groups[i];
        }
    }
    return &groups[0];
}

static enum verdict refuse_choices(struct reply *reply, const char *why)
{
    return reply_refuse(reply, REFUSAL_INVALID, "choices",
                        "Answers: %s. Give two to nine, with commas between: yes, no, later.", why);
}

/* "yes, no, later" */
static enum verdict read_choices(struct call *call, const char *given, const char *choices[POLL_CHOICES],
                                 size_t *count, struct reply *reply)
{
    *count = 0;
    while (*given != '\0') {
        size_t length = strcspn(given, ",;\n");
        const char *choice = text_squeeze(call->arena, arena_strndup(call->arena, given, length));
        given += length + (given[length] != '\0');
        if (choice[0] == '\0') {
            continue;
        }
        if (*count == POLL_CHOICES) {
            return refuse_choices(reply, "these are too many");
        }
        if (utf8_count(choice) > CHOICE_LIMIT) {
            return refuse_choices(reply, "one is too long");
        }
        for (size_t i = 0; i < *count; i++) {
            if (text_equal_nocase(choices[i], choice)) {
                return refuse_choices(reply, "one is there twice");
            }
        }
        choices[(*count)++] = choice;
    }
    return *count < 2 ? refuse_choices(reply, "these are too few") : VERDICT_DONE;
}

static enum verdict find_room(struct call *call, const struct value *given, struct reply *reply,
                              const char **room)
{
    *room = NULL;
    if (!given->present) {
        return VERDICT_DONE;
    }
    const struct poll_room *rooms = query_poll_room(call->unit, given->text);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (rooms->count == 0) {
        return reply_refuse(reply, REFUSAL_INVALID, "room",
                            "Room: you are in none called “%s”. Give one such as team.",
                            text_shorten(call->arena, given->text, 40));
    }
    *room = rooms->rows[0].room;
    return VERDICT_DONE;
}

/* "Demo on Friday?" yes: what stands behind the question mark is the first answer; quotes do not come so far.
 */
static const char *split_question(struct arena *arena, const char *given, const char **choices)
{
    const char *mark = strrchr(given, '?');
    if (mark == NULL || mark[1 + strspn(mark + 1, " \"”")] == '\0') {
        return given;
    }
    *choices = arena_printf(arena, "%s, %s", mark + 1, *choices);
    return arena_strndup(arena, given, (size_t)(mark + 1 - given));
}

enum verdict poll_ask(struct call *call, const struct args *args, struct reply *reply)
{
    const struct group *group = group_of(args_get(args, "whom"));
    struct audience audience = {.roles = group->roles, .role_count = group->count, .noun = group->label};
    const char *choices[POLL_CHOICES], *deadline = NULL, *room = NULL;
    const char *answers = args_get(args, "choices")->text;
    struct poll_question question = {
        .question = split_question(call->arena, args_get(args, "question")->text, &answers),
        .choices = choices};
    struct assign_settings settings;
    enum verdict verdict = read_choices(call, answers, choices, &question.count, reply);
    if (verdict == VERDICT_DONE && !assign_read_settings(call->unit, call->arena, &settings)) {
        return VERDICT_FAILED;
    }
    if (verdict == VERDICT_DONE) {
        verdict = find_deadline(call, args, &settings, reply, &deadline);
    }
    if (verdict == VERDICT_DONE) {
        verdict = find_room(call, args_get(args, "room"), reply, &room);
    }
    if (verdict == VERDICT_DONE) {
        take_given(call, args, NULL, &audience);
        verdict = find_people(call, &audience, reply);
    }
    return verdict == VERDICT_DONE ? open_poll(call, &question, &audience, room, deadline, reply) : verdict;
}

/* ---- who comes later */

enum job_result poll_tell(struct job_call *call)
{
    int64_t person = strtoll(call->job->key, NULL, 10);
    const struct poll_untold *polls = query_poll_untold(call->unit, person);
    if (unit_flush(call->unit) != DB_OK) {
        return JOB_FAILED;
    }
    for (size_t i = 0; i < polls->count; i++) {
        const struct poll_untold_row *row = &polls->rows[i];
        const char *choices[POLL_CHOICES];
        struct poll_question question = {.poll = row->poll,
                                         .lead = row->has_lead ? row->lead : 0,
                                         .question = row->question,
                                         .choices = choices,
                                         .count = poll_split(call->arena, row->choices, choices)};
        question.summary = row->has_lead ? query_poll_summary(call->unit, row->poll) : NULL;
        query_poll_mark_told(call->unit, row->poll, person);
        if (unit_flush(call->unit) != DB_OK) {
            return JOB_FAILED;
        }
        poll_put_question(call->reply, person, &question, row->until);
    }
    return JOB_DONE;
}

/* ---- the parameters */

static const char *const until_words[] = {"until", "till", "by", NULL};
static const char *const team_words[] = {"in team", "to team", "in the team", "the team", NULL};
static const char *const tag_words[] = {"tagged", "with tag", NULL};
static const char *const room_words[] = {"result to", "in room", "to room", NULL};
static const char *const whom_words[] = {"among", "ask", NULL};
static const char *const answers_words[] = {"answers", NULL};

static const struct choice whom_choices[] = {
    {"everyone", "Everyone"}, {"sales", "Sales Persons"}, {"leads", "Lead Persons"},
    {"managers", "Managers"}, {"admins", "Admins"},       {NULL, NULL},
};

#define DEADLINE_PARAM                                                                                       \
    {                                                                                                        \
        .name = "deadline", .label = "Until", .hint = "When it ends, such as in 30 minutes or 17:00",        \
        .type = PARAM_DATE, .words = until_words                                                             \
    }
#define TEAM_PARAM                                                                                           \
    {                                                                                                        \
        .name = "team", .label = "Team", .hint = "Only people of this team, such as North",                  \
        .type = PARAM_TEXT, .limit = TEAM_LIMIT, .words = team_words                                         \
    }
#define TAG_PARAM                                                                                            \
    {                                                                                                        \
        .name = "tag", .label = "Tag", .hint = "Only people with this tag, such as excel",                   \
        .type = PARAM_TEXT, .limit = TAG_LIMIT, .words = tag_words                                           \
    }

const struct param poll_start_params[] = {
    DEADLINE_PARAM,
    TEAM_PARAM,
    TAG_PARAM,
    {.name = NULL},
};

const struct param poll_ask_params[] = {
    {.name = "question",
     .label = "Question",
     .hint = "What is asked, such as Demo on Friday?",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = QUESTION_LIMIT},
    {.name = "choices",
     .label = "Answers",
     .hint = "Two to nine, with commas between: yes, no, later",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST,
     .words = answers_words},
    DEADLINE_PARAM,
    {.name = "whom",
     .label = "Whom",
     .hint = "Who is asked; everyone when left out",
     .type = PARAM_CHOICE,
     .choices = whom_choices,
     .words = whom_words},
    TEAM_PARAM,
    TAG_PARAM,
    {.name = "room",
     .label = "Result to the room",
     .hint = "The room that gets the result, such as team; who was asked when left out",
     .type = PARAM_TEXT,
     .limit = TEAM_LIMIT,
     .words = room_words},
    {.name = NULL},
};
