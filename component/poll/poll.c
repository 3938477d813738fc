#include "poll/poll.h"

#include "poll/rows.h"

#define ASKERS (ROLE_ADMIN | ROLE_MANAGER | ROLE_LEAD)

static const char *const start_examples[] = {"poll start lead-42",
                                             "poll start 42 until tomorrow 10:30, in team North", NULL};
static const char *const ask_examples[] = {"poll ask \"Demo on Friday?\" yes, no, later", NULL};
static const char *const close_examples[] = {"poll close 9", NULL};
static const char *const list_examples[] = {"polls", NULL};
static const char *const show_examples[] = {"poll show 9", "poll 9", NULL};
static const char *const vote_examples[] = {"poll vote 9", NULL};

static const char *const start_verbs[] = {"begin", NULL};
static const struct wording start_wordings[] = {
    {"poll start # for *", "poll start # until *", false},
    {"start poll # for *", "poll start # until *", false},
    {"poll # for *", "poll start # until *", false},
    {NULL, NULL, false},
};
static const char *const close_verbs[] = {"end", "stop", NULL};

const struct command poll_commands[] = {
    {.name = "poll.start",
     .verbs = start_verbs,
     .wordings = start_wordings,
     .summary = "Ask Sales Persons who wants a lead; nobody sees who answers what.",
     .examples = start_examples,
     .roles = ASKERS,
     .audience = ASKERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_LEAD,
     .params = poll_start_params,
     .run = poll_start},
    {.name = "poll.ask",
     .summary = "Ask people something; nobody sees who answers what.",
     .examples = ask_examples,
     .roles = ASKERS,
     .audience = ASKERS,
     .effect = EFFECT_WRITE,
     .params = poll_ask_params,
     .run = poll_ask},
    {.name = "poll.close",
     .verbs = close_verbs,
     .summary = "Close a poll before its time.",
     .examples = close_examples,
     .roles = ASKERS,
     .audience = ASKERS,
     .effect = EFFECT_WRITE,
     .target = TARGET_POLL,
     .run = poll_close},
    {.name = "poll.list",
     .summary = "List the polls that run, or all.",
     .examples = list_examples,
     .roles = ROLE_STAFF,
     .audience = ASKERS,
     .effect = EFFECT_READ,
     .params = poll_list_params,
     .columns = poll_list_columns,
     .run = poll_list},
    {.name = "poll.show",
     .summary = "Show a poll, and its counts when it is over.",
     .examples = show_examples,
     .roles = ROLE_STAFF,
     .audience = ASKERS,
     .effect = EFFECT_READ,
     .target = TARGET_POLL,
     .run = poll_show},
    {.name = "poll.vote",
     .summary = "Answer a poll, where nothing is kept of it.",
     .examples = vote_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_WRITE,
     .target = TARGET_POLL,
     .unrecorded = true,
     .params = poll_vote_params,
     .run = poll_vote},
    {.name = NULL},
};

const struct job_kind poll_jobs[] = {
    {.name = "poll.tell", .actor = JOB_SYSTEM, .run = poll_tell},
    {.name = "poll.close", .actor = JOB_SYSTEM, .run = poll_close_at_deadline},
    {.name = "poll.decide", .actor = JOB_SYSTEM, .run = poll_decide},
    {.name = NULL},
};
