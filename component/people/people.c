#include "people/people.h"

#include "base/text.h"
#include "command/reply.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "command/type.h"

/* ---- me */

static enum verdict run_me(struct call *call, const struct args *args, struct reply *reply)
{
    const struct person *person = call->person;
    struct text can = text_new(call->arena);
    const struct command *row = NULL;
    (void)args;
    while ((row = command_table_next(call->table, person->role, row)) != NULL) {
        text_addf(&can, "%s%s", can.length == 0 ? "" : ", ", command_words(call->arena, row));
    }
    reply_title(reply, "You are %s", person->name);
    reply_field(reply, "account", "User name", PARAM_TEXT, person->username);
    reply_field(reply, "role", "Role", PARAM_TEXT, role_label(person->role));
    reply_field(reply, "time_zone", "Time zone", PARAM_TEXT, person->time_zone);
    reply_field(reply, "now", "Your time", PARAM_DATE, person->now);
    reply_field(reply, "can", "You can use", PARAM_TEXT, can.data);
    return VERDICT_DONE;
}

/* ---- help */

static enum verdict list_commands(struct call *call, struct reply *reply)
{
    const struct command *row = NULL;
    reply_title(reply, "What you can ask for");
    while ((row = command_table_next(call->table, call->person->role, row)) != NULL) {
        reply_field(reply, row->name, command_words(call->arena, row), PARAM_TEXT, row->summary);
    }
    reply_say(reply, "Say “help” and a command for its fields and examples.");
    return VERDICT_DONE;
}

static void put_param(struct call *call, const struct param *param, struct reply *reply)
{
    bool required = (param->flags & PARAM_REQUIRED) != 0;
    struct text text = text_new(call->arena);
    text_addf(&text, "%s%s", param->hint, required ? " (required)" : "");
    for (const struct choice *choice = param->choices; choice != NULL && choice->value != NULL; choice++) {
        text_addf(&text, "%s%s", choice == param->choices ? ": " : ", ", choice->value);
    }
    reply_field(reply, param->name, param->name, PARAM_TEXT, text.data);
}

static enum verdict explain(struct call *call, const struct command *row, struct reply *reply)
{
    const struct target_kind *kind = target_kind(row->target);
    reply_title(reply, "%s", command_words(call->arena, row));
    reply_say(reply, "%s", row->summary);
    if (kind != NULL) {
        reply_field(reply, kind->word, kind->word, PARAM_TEXT,
                    arena_printf(call->arena, "%s (required)", kind->hint));
    }
    for (size_t i = 0; i < command_param_count(row); i++) {
        put_param(call, &row->params[i], reply);
    }
    for (const char *const *example = row->examples; *example != NULL; example++) {
        const char *name = arena_printf(call->arena, "example_%d", (int)(example - row->examples) + 1);
        reply_field(reply, name, "Example", PARAM_TEXT, *example);
    }
    return VERDICT_DONE;
}

static enum verdict run_help(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *command = args_get(args, "command");
    if (!command->present) {
        return list_commands(call, reply);
    }
    return explain(call, command_table_find(call->table, command->text), reply);
}

/* ---- the rows */

static const char *const about_words[] = {"about", "with", NULL};

static const struct param help_params[] = {
    {.name = "command",
     .label = "Command",
     .hint = "The command to explain, such as lead add; all when left out",
     .type = PARAM_COMMAND,
     .flags = PARAM_REST,
     .words = about_words},
    {.name = NULL},
};

static const char *const help_examples[] = {"help", "help lead.add", NULL};
static const char *const me_examples[] = {"me", NULL};

const struct command people_commands[] = {
    {.name = "help",
     .summary = "Say what you can ask for.",
     .examples = help_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_READ,
     .params = help_params,
     .run = run_help},
    {.name = "me",
     .summary = "Say who you are here.",
     .examples = me_examples,
     .roles = ROLE_STAFF,
     .effect = EFFECT_READ,
     .run = run_me},
    {.name = NULL},
};
