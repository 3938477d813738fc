/* DESIGN (help)
 *
 * Three sizes, so that each fits a phone's screen: all commands, a line a kind of record; one kind, a line a
 * command; one command, its fields and examples.
 */
#include "people/people.h"

#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/table.h"
#include "command/target.h"

/* ---- everything */

static size_t noun_length(const struct command *row)
{
    return strcspn(row->name, ".");
}

static bool same_noun(const struct command *a, const struct command *b)
{
    return noun_length(a) == noun_length(b) && strncmp(a->name, b->name, noun_length(a)) == 0;
}

/* "add, assign, list" of the row's kind; rows are sorted by name. Returns the last row of that kind. */
static const struct command *add_verbs(struct call *call, const struct command *row, struct text *verbs)
{
    const struct command *next = row;
    do {
        row = next;
        text_addf(verbs, "%s%s", verbs->length == 0 ? "" : ", ", row->name + noun_length(row) + 1);
        next = command_table_next(call->table, call->person->role, row);
    } while (next != NULL && same_noun(row, next));
    return row;
}

static enum verdict list_commands(struct call *call, struct reply *reply)
{
    const struct command *row = NULL;
    struct text alone = text_new(call->arena);
    reply_title(reply, "What you can ask for");
    while ((row = command_table_next(call->table, call->person->role, row)) != NULL) {
        if (strchr(row->name, '.') == NULL) {
            text_addf(&alone, "%s%s", alone.length == 0 ? "" : ", ", row->name);
            continue;
        }
        struct text verbs = text_new(call->arena);
        const char *noun = arena_strndup(call->arena, row->name, noun_length(row));
        row = add_verbs(call, row, &verbs);
        reply_field(reply, noun, noun, PARAM_TEXT, verbs.data);
    }
    reply_field(reply, "alone", "also", PARAM_TEXT, alone.data);
    reply_say(reply, "More: “help lead”, or “help” and a command.");
    reply_say(reply, "In chat “it” is the last record; “more” goes on, “cancel” drops a question.");
    return VERDICT_DONE;
}

/* ---- one kind */

static enum verdict list_about(struct call *call, const char *topic, struct reply *reply)
{
    const struct command *row = NULL;
    size_t count = 0;
    reply_title(reply, "Commands with “%s”", topic);
    while ((row = command_table_next(call->table, call->person->role, row)) != NULL) {
        if (command_is_about(row, topic)) {
            reply_field(reply, row->name, command_words(call->arena, row), PARAM_TEXT, row->summary);
            count++;
        }
    }
    if (count == 0) {
        return reply_refuse(reply, REFUSAL_FORBIDDEN, NULL,
                            "Forbidden: nothing about “%s” is for your role. Say “help” for what is.", topic);
    }
    reply_say(reply, "Say “help” and a command for its fields and examples.");
    return VERDICT_DONE;
}

/* ---- one command */

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
    const struct value *topic = args_get(args, "command");
    if (!topic->present) {
        return list_commands(call, reply);
    }
    const struct command *row = command_table_find(call->table, topic->text);
    return row == NULL ? list_about(call, topic->text, reply) : explain(call, row, reply);
}

/* ---- the row */

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

static const char *const help_examples[] = {"help", "help leads", "help assign", "help lead.add", NULL};

const struct command help_commands[] = {
    {.name = "help",
     .summary = "Say what you can ask for.",
     .examples = help_examples,
     .roles = ROLE_STAFF,
     .audience = ROLE_STAFF,
     .effect = EFFECT_READ,
     .params = help_params,
     .run = run_help},
    {.name = NULL},
};
