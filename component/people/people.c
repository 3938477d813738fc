#include "people/people.h"

#include "base/text.h"
#include "command/reply.h"
#include "command/role.h"
#include "command/table.h"
#include "queries.h"

const char *people_unread_words(struct arena *arena, int64_t messages, int64_t conversations)
{
    if (messages == 0) {
        return NULL;
    }
    return arena_printf(arena, "%lld unread in %lld %s", (long long)messages, (long long)conversations,
                        conversations == 1 ? "conversation" : "conversations");
}

/* ---- me */

static enum verdict run_me(struct call *call, const struct args *args, struct reply *reply)
{
    const struct person *person = call->person;
    const struct command *row = NULL;
    size_t commands = 0;
    (void)args;
    const struct people_seen *seen = query_people_seen(call->unit, person->id, person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    while ((row = command_table_next(call->table, person->role, row)) != NULL) {
        commands++;
    }
    reply_title(reply, "You are %s", person->name);
    reply_field(reply, "account", "User name", PARAM_TEXT, person->username);
    reply_field(reply, "role", "Role", PARAM_TEXT, role_label(person->role));
    reply_field(reply, "time_zone", "Time zone", PARAM_TEXT, person->time_zone);
    reply_field(reply, "now", "Your time", PARAM_DATE, person->now);
    if (seen->count == 1) {
        const char *unread = people_unread_words(call->arena, seen->rows[0].unread, seen->rows[0].unread_in);
        reply_field(reply, "unread", "Chats", PARAM_TEXT, unread == NULL ? "nothing unread" : unread);
    }
    reply_field(reply, "can", "You can use", PARAM_TEXT,
                arena_printf(call->arena, "%zu commands; “help” names them", commands));
    return VERDICT_DONE;
}

/* ---- the rows */

static const char *const me_examples[] = {"me", NULL};

static const struct wording me_wordings[] = {
    {"who am i", "me", false}, {"whoami", "me", false}, {"who i am", "me", false},     {"chats", "me", false},
    {"my chats", "me", false}, {"unread", "me", false}, {"unread chats", "me", false}, {NULL, NULL, false}};

const struct command people_commands[] = {
    {.name = "me",
     .wordings = me_wordings,
     .summary = "Say who you are here.",
     .examples = me_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_READ,
     .run = run_me},
    {.name = NULL},
};
