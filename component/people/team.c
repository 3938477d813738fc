/* Teams: who works with whom, and who leads them. */
#include <string.h>

#include "base/similar.h"
#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "people/people.h"
#include "queries.h"

#define LIST_PAGE  10
#define NAME_LIMIT 60

static enum verdict refuse_unknown(struct call *call, const char *given, struct reply *reply)
{
    const struct team_names *teams = query_team_names(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char **names = arena_array(call->arena, teams->count + 1, sizeof *names);
    for (size_t i = 0; i < teams->count; i++) {
        names[i] = teams->rows[i].name;
    }
    const char *near = similar_find(given, names, teams->count);
    const char *shown = text_shorten(call->arena, given, 40);
    if (near != NULL) {
        return reply_refuse(reply, REFUSAL_INVALID, "team",
                            "Team: there is none called “%s”. Did you mean %s?", shown, near);
    }
    return reply_refuse(reply, REFUSAL_INVALID, "team",
                        "Team: there is none called “%s”. Say “team list” to see them.", shown);
}

/* The team that the argument "team" names; or NULL and the verdict. */
static const struct team_named_row *find(struct call *call, const struct args *args, struct reply *reply,
                                         enum verdict *verdict)
{
    const char *given = args_get(args, "team")->text;
    const struct team_named *found = query_team_named(call->unit, given);
    if (unit_flush(call->unit) != DB_OK) {
        *verdict = VERDICT_FAILED;
        return NULL;
    }
    *verdict = found->count == 0 ? refuse_unknown(call, given, reply) : VERDICT_DONE;
    return found->count == 0 ? NULL : &found->rows[0];
}

static enum verdict flushed(struct call *call)
{
    return unit_flush(call->unit) == DB_OK ? VERDICT_DONE : VERDICT_FAILED;
}

static enum verdict run_add(struct call *call, const struct args *args, struct reply *reply)
{
    const char *name = args_get(args, "name")->text;
    const struct value *leader = args_get(args, "leader");
    const struct team_add *added = query_team_add(call->unit, name, leader->present ? &leader->number : NULL);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (added->count == 0) {
        return reply_refuse(reply, REFUSAL_CONFLICT, "name", "Name: there is a team called %s already.",
                            name);
    }
    reply_say(reply, "The team %s is added%s%s.", name, leader->present ? ", led by " : "",
              leader->present ? leader->text : "");
    reply_next(reply, arena_printf(call->arena, "team join %s, <name>", name));
    return VERDICT_DONE;
}

/* All of one team: a row of the list has no room for many people. */
static enum verdict show(struct call *call, const struct args *args, struct reply *reply)
{
    enum verdict verdict;
    const struct team_named_row *team = find(call, args, reply, &verdict);
    if (team == NULL) {
        return verdict;
    }
    const struct team_show *shown = query_team_show(call->unit, team->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_title(reply, "Team %s", shown->rows[0].name);
    reply_field(reply, "leader", "Leader", PARAM_TEXT, shown->rows[0].leader);
    reply_field(reply, "members", "Members", PARAM_TEXT,
                shown->rows[0].members == NULL ? "nobody yet" : shown->rows[0].members);
    return VERDICT_DONE;
}

static enum verdict run_list(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *after = args_get(args, "after");
    if (args_get(args, "team")->present) {
        return show(call, args, reply);
    }
    const struct team_list *teams = query_team_list(call->unit, after->text, LIST_PAGE + 1);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (teams->count == 0) {
        reply_say(reply, "There are no %steams.", after->present ? "more " : "");
        return VERDICT_DONE;
    }
    reply_title(reply, "Teams");
    for (size_t i = 0; i < teams->count && i < LIST_PAGE; i++) {
        const struct team_list_row *team = &teams->rows[i];
        const char *leader =
            team->leader == NULL ? NULL : arena_printf(call->arena, "led by %s", team->leader);
        const char *members = team->members == NULL ? "nobody yet" : team->members;
        const char *cells[] = {team->name, leader, members};
        reply_row(reply, team->name, cells);
    }
    if (teams->count > LIST_PAGE) {
        reply_more(reply, args, teams->rows[LIST_PAGE - 1].name);
    }
    return VERDICT_DONE;
}

static enum verdict run_join(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *person = args_get(args, "member");
    enum verdict verdict;
    const struct team_named_row *team = find(call, args, reply, &verdict);
    if (team == NULL) {
        return verdict;
    }
    const struct affected *joined = query_team_join(call->unit, team->id, person->number);
    verdict = flushed(call);
    if (verdict == VERDICT_DONE) {
        reply_say(reply, "%s %s the team %s.", person->text,
                  joined->count == 1 ? "is now in" : "was already in", team->name);
    }
    return verdict;
}

static enum verdict run_leave(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *person = args_get(args, "member");
    enum verdict verdict;
    const struct team_named_row *team = find(call, args, reply, &verdict);
    if (team == NULL) {
        return verdict;
    }
    const struct affected *left = query_team_leave(call->unit, team->id, person->number);
    verdict = flushed(call);
    if (verdict == VERDICT_DONE) {
        reply_say(reply, "%s %s the team %s.", person->text,
                  left->count == 1 ? "is no longer in" : "was not in", team->name);
    }
    return verdict;
}

static enum verdict current_leader(struct call *call, const struct args *args, struct current *current)
{
    const struct value *team = args_get(args, "team");
    if (!team->present) {
        return VERDICT_DONE;
    }
    if (current->lock) {
        query_team_lock(call->unit, team->text);
    }
    const struct team_leader *found = query_team_leader(call->unit, team->text);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (found->count > 0) {
        current_put(current, CURRENT_SUBJECT, arena_printf(call->arena, "Team %s", team->text));
        current_put(current, "leader", found->rows[0].username);
    }
    return VERDICT_DONE;
}

/* The teams, to choose from. */
static const struct choice *find_teams(struct unit *unit, struct arena *arena, const char *part, size_t most)
{
    const struct team_found *teams = query_team_found(unit, part, (int64_t)most);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    struct choice *choices = arena_array(arena, teams->count + 1, sizeof *choices);
    for (size_t i = 0; i < teams->count; i++) {
        choices[i] = (struct choice){teams->rows[i].name, teams->rows[i].name};
    }
    return choices;
}

static enum verdict run_lead(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *person = args_get(args, "leader");
    enum verdict verdict;
    const struct team_named_row *team = find(call, args, reply, &verdict);
    if (team == NULL) {
        return verdict;
    }
    query_team_lead(call->unit, team->id, person->number);
    reply_say(reply, "%s leads the team %s now.", person->text, team->name);
    reply_notify(reply, person->number, "%s made you the leader of the team %s.", call->person->name,
                 team->name);
    return flushed(call);
}

static enum verdict run_rename(struct call *call, const struct args *args, struct reply *reply)
{
    const char *name = args_get(args, "name")->text;
    enum verdict verdict;
    const struct team_named_row *team = find(call, args, reply, &verdict);
    if (team == NULL) {
        return verdict;
    }
    const struct affected *renamed = query_team_rename(call->unit, team->id, name);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (renamed->count == 0) {
        return reply_refuse(reply, REFUSAL_CONFLICT, "name", "New name: there is a team called %s already.",
                            name);
    }
    reply_say(reply, "The team %s is called %s now, and so is its room.", team->name, name);
    return VERDICT_DONE;
}

/* Who is in it, and that what they wrote to each other goes too. */
static enum verdict warn_of_deleting(struct call *call, const struct args *args, const char **warning)
{
    struct reply nowhere;
    enum verdict verdict;
    reply_begin(&nowhere, call->arena, call->command);
    const struct team_named_row *team = find(call, args, &nowhere, &verdict);
    if (team == NULL) {
        *warning = ""; /* so that the handler is tried, which says that there is none */
        return verdict == VERDICT_FAILED ? verdict : VERDICT_DONE;
    }
    const struct team_show *shown = query_team_show(call->unit, team->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char *members = shown->rows[0].members;
    *warning =
        arena_printf(call->arena,
                     "The team %s, in which %s%s, goes with its room and all that was written there; "
                     "nothing brings it back.",
                     team->name, members == NULL ? "nobody is" : "are ", members == NULL ? "" : members);
    return VERDICT_DONE;
}

static enum verdict run_delete(struct call *call, const struct args *args, struct reply *reply)
{
    enum verdict verdict;
    const struct team_named_row *team = find(call, args, reply, &verdict);
    if (team == NULL) {
        return verdict;
    }
    query_team_delete(call->unit, team->id);
    reply_say(reply, "The team %s is gone, and so is its room.", team->name);
    return flushed(call);
}

/* ---- the rows */

static const char *const led_words[] = {"led by", "lead by", "by", "is", NULL};
static const char *const with_words[] = {"with", "person", NULL};
static const char *const in_words[] = {"to",        "into",    "in",          "to team",
                                       "into team", "in team", "to the team", NULL};
static const char *const from_words[] = {"from", "from team", "from the team", "out of", "out of team", NULL};
static const char *const new_name_words[] = {"to", "as", NULL};
static const char *const of_words[] = {"of", "of team", "of the team", NULL};

#define TEAM_PARAM(chat_words)                                                                               \
    {                                                                                                        \
        .name = "team", .label = "Team", .hint = "The name of the team, such as North", .type = PARAM_TEXT,  \
        .flags = PARAM_REQUIRED | PARAM_KEY, .limit = NAME_LIMIT, .words = (chat_words), .find = find_teams  \
    }

static const struct param add_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "What the team is called, such as North",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = NAME_LIMIT},
    {.name = "leader",
     .label = "Leader",
     .hint = "Who leads it, such as manoj; nobody when left out",
     .type = PARAM_PERSON,
     .words = led_words},
    {.name = NULL},
};

static const struct param list_params[] = {
    {.name = "team",
     .label = "Team",
     .hint = "All of this team, such as North",
     .type = PARAM_TEXT,
     .flags = PARAM_REST,
     .limit = NAME_LIMIT,
     .find = find_teams},
    {.name = "after",
     .label = "After",
     .hint = "Only names behind this one",
     .type = PARAM_TEXT,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

static const struct param join_params[] = {
    TEAM_PARAM(in_words),
    {.name = "member",
     .label = "Person",
     .hint = "Who joins it, such as priya",
     .type = PARAM_PERSON,
     .flags = PARAM_REQUIRED,
     .words = with_words},
    {.name = NULL},
};

static const struct param leave_params[] = {
    TEAM_PARAM(from_words),
    {.name = "member",
     .label = "Person",
     .hint = "Who leaves it, such as priya",
     .type = PARAM_PERSON,
     .flags = PARAM_REQUIRED | PARAM_ANYBODY,
     .words = with_words},
    {.name = NULL},
};

static const struct param lead_params[] = {
    TEAM_PARAM(of_words),
    {.name = "leader",
     .label = "Leader",
     .hint = "Who leads it, such as manoj",
     .type = PARAM_PERSON,
     .flags = PARAM_REQUIRED,
     .words = led_words},
    {.name = NULL},
};

static const struct param rename_params[] = {
    TEAM_PARAM(NULL),
    {.name = "name",
     .label = "New name",
     .hint = "What the team is called from now on, such as North-East",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = NAME_LIMIT,
     .words = new_name_words},
    {.name = NULL},
};

static const struct param delete_params[] = {
    TEAM_PARAM(NULL),
    {.name = NULL},
};

static const struct column list_columns[] = {
    {"team", "Team", PARAM_TEXT},
    {"leader", "Leader", PARAM_TEXT},
    {"members", "Members", PARAM_TEXT},
    {NULL, NULL, PARAM_TEXT},
};

static const char *const add_examples[] = {"team add North", "team add North, led by manoj", NULL};
static const char *const list_examples[] = {"teams", "team list North", NULL};
static const char *const join_examples[] = {"team join North, priya", NULL};
static const char *const leave_examples[] = {"team leave North, priya", NULL};
static const char *const lead_examples[] = {"team lead North, manoj", NULL};

static const char *const rename_examples[] = {"team rename North, North-East",
                                              "rename team North to North-East", NULL};
static const char *const delete_examples[] = {"team delete North", NULL};

static const char *const join_verbs[] = {"put", NULL};
static const char *const leave_verbs[] = {"remove", NULL};

static const struct wording add_wordings[] = {{"new team", "team add", false},
                                              {"new team *", "team add *", false},
                                              {"create team *", "team add *", false},
                                              {NULL, NULL, false}};
static const struct wording join_wordings[] = {{"add * to team *", "team join * to team *", false},
                                               {"add * into team *", "team join * to team *", false},
                                               {"add * in team *", "team join * to team *", false},
                                               {NULL, NULL, false}};
static const struct wording leave_wordings[] = {{"kick * from team *", "team leave * from team *", false},
                                                {"take * out of team *", "team leave * from team *", false},
                                                {NULL, NULL, false}};
static const struct wording lead_wordings[] = {{"make * leader of *", "team lead * of *", false},
                                               {"make * leader of team *", "team lead * of team *", false},
                                               {NULL, NULL, false}};
static const struct wording delete_wordings[] = {{"remove team *", "team delete *", false},
                                                 {"drop team *", "team delete *", false},
                                                 {"delete team *", "team delete *", false},
                                                 {"team remove *", "team delete *", false},
                                                 {NULL, NULL, false}};

const struct command team_commands[] = {
    {.name = "team.add",
     .wordings = add_wordings,
     .summary = "Add a team.",
     .examples = add_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = add_params,
     .run = run_add},
    {.name = "team.list",
     .summary = "List the teams and who is in them.",
     .examples = list_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_READ,
     .params = list_params,
     .columns = list_columns,
     .run = run_list},
    {.name = "team.join",
     .wordings = join_wordings,
     .verbs = join_verbs,
     .summary = "Put somebody into a team.",
     .examples = join_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = join_params,
     .run = run_join},
    {.name = "team.leave",
     .wordings = leave_wordings,
     .verbs = leave_verbs,
     .summary = "Take somebody out of a team.",
     .examples = leave_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = leave_params,
     .run = run_leave},
    {.name = "team.lead",
     .wordings = lead_wordings,
     .summary = "Say who leads a team.",
     .examples = lead_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = lead_params,
     .run = run_lead,
     .current = current_leader},
    {.name = "team.rename",
     .summary = "Give a team another name.",
     .examples = rename_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .params = rename_params,
     .run = run_rename},
    {.name = "team.delete",
     .wordings = delete_wordings,
     .summary = "Delete a team, with its room.",
     .examples = delete_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_DESTROY,
     .params = delete_params,
     .run = run_delete,
     .warns = warn_of_deleting},
    {.name = NULL},
};
