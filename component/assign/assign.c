#include "assign/assign.h"

#include "assign/rows.h"

#define ASSIGNERS (ROLE_ADMIN | ROLE_MANAGER | ROLE_LEAD)

static const char *const auto_examples[] = {"lead autoassign 42", NULL};
static const char *const distribute_examples[] = {"lead distribute", "distribute leads from linkedin", NULL};
static const char *const queue_examples[] = {"queue", NULL};
static const char *const clear_examples[] = {"queue clear", NULL};
static const struct wording distribute_wordings[] = {{"distribute leads *", "lead distribute *", false},
                                                     {"distribute all leads *", "lead distribute *", false},
                                                     {"distribute leads", "lead distribute", false},
                                                     {"distribute all leads", "lead distribute", false},
                                                     {"distribute all", "lead distribute", false},
                                                     {NULL, NULL, false}};
static const struct wording queue_wordings[] = {{"queue", "queue list", false}, {NULL, NULL, false}};
static const char *const why_examples[] = {"lead why 42", "why 42", NULL};
static const char *const add_examples[] = {"rule add source=linkedin, team=North",
                                           "rule add tag=german, language=de", NULL};
static const char *const list_examples[] = {"rules", NULL};
static const char *const drop_examples[] = {"rule drop 3", NULL};
static const char *const tag_examples[] = {"user tag priya excel, german", NULL};

const struct command assign_commands[] = {
    {.name = "lead.autoassign",
     .summary = "Give a lead to the best Sales Person who is free, or to the first who will be.",
     .examples = auto_examples,
     .roles = ASSIGNERS,
     .audience = ASSIGNERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .several = true,
     .run = assign_auto},
    {.name = "lead.distribute",
     .summary = "Give all leads that are nobody's, or some of them, to whoever is free.",
     .examples = distribute_examples,
     .wordings = distribute_wordings,
     .roles = ASSIGNERS,
     .audience = ASSIGNERS,
     .effect = EFFECT_WRITE,
     .params = queue_distribute_params,
     .run = queue_distribute,
     .warns = queue_distribute_warns},
    {.name = "queue.list",
     .summary = "List the leads that wait for somebody who is free.",
     .examples = queue_examples,
     .wordings = queue_wordings,
     .roles = ASSIGNERS,
     .audience = ASSIGNERS,
     .effect = EFFECT_READ,
     .columns = queue_columns,
     .run = queue_list},
    {.name = "queue.clear",
     .summary = "Let leads wait no more for somebody who is free: they stay nobody's.",
     .examples = clear_examples,
     .roles = ASSIGNERS,
     .audience = ASSIGNERS,
     .effect = EFFECT_DESTROY,
     .by_noun = true,
     .run = queue_clear},
    {.name = "lead.why",
     .summary = "Say why somebody got a lead.",
     .examples = why_examples,
     .roles = ROLE_STAFF,
     .audience = ASSIGNERS,
     .effect = EFFECT_READ,
     .target = TARGET_LEAD,
     .run = assign_why},
    {.name = "rule.add",
     .summary = "Add a rule that says which leads go to whom.",
     .examples = add_examples,
     .roles = ROLE_ADMIN,
     .audience = ASSIGNERS,
     .effect = EFFECT_WRITE,
     .params = rule_add_params,
     .run = rule_add},
    {.name = "rule.list",
     .summary = "List the rules that say which leads go to whom.",
     .examples = list_examples,
     .roles = ASSIGNERS,
     .audience = ASSIGNERS,
     .effect = EFFECT_READ,
     .columns = rule_list_columns,
     .run = rule_list},
    {.name = "rule.drop",
     .summary = "Take a rule away.",
     .examples = drop_examples,
     .roles = ROLE_ADMIN,
     .audience = ASSIGNERS,
     .effect = EFFECT_WRITE,
     .params = rule_remove_params,
     .run = rule_remove},
    {.name = "user.tag",
     .summary = "Say what somebody is good at, for polls and rules.",
     .examples = tag_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .target = TARGET_PERSON,
     .params = person_tag_params,
     .run = person_tag},
    {.name = NULL},
};

const struct job_kind assign_jobs[] = {
    {.name = "assign.drain", .actor = JOB_SYSTEM, .run = assign_drain},
    {.name = "assign.untouched", .actor = JOB_SYSTEM, .run = assign_untouched},
    {.name = NULL},
};
