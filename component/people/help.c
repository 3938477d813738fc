/* DESIGN (help)
 *
 * Three sizes, so that each fits a phone's screen: all commands, a line or two a kind of record, with as many
 * of its commands as there is room for, and small kinds by their name alone where there are too many of them;
 * one kind, a line a command; one command, its fields and examples.
 */
#include "people/people.h"

#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/table.h"
#include "command/target.h"

#define PHONE_COLUMNS 40
#define PHONE_LINES   9 /* for the list itself: a screen of 12 with what is around it */
#define KIND_LIMIT    32
/* Commands of a kind that shares a line with others when there is no room: no more than it takes. */
#define SMALL_KIND      3
#define SMALL_KIND_MOST 6
#define AND_MORE        " and %zu more"

/* ---- everything */

static size_t noun_length(const struct command *row)
{
    return strcspn(row->name, ".");
}

static bool same_noun(const struct command *a, const struct command *b)
{
    return noun_length(a) == noun_length(b) && strncmp(a->name, b->name, noun_length(a)) == 0;
}

/* The rows of one kind, which follow each other: the last of them, and how many. */
static const struct command *last_of_kind(struct call *call, const struct command *row, size_t *count)
{
    const struct command *next = row;
    *count = 0;
    do {
        row = next;
        ++*count;
        next = command_table_next(call->table, call->person->role, row);
    } while (next != NULL && same_noun(row, next));
    return row;
}

/* How many rows from `row` to `last`. */
static size_t count_rows(struct call *call, const struct command *row, const struct command *last)
{
    size_t count = 1;
    for (; row != last; row = command_table_next(call->table, call->person->role, row)) {
        count++;
    }
    return count;
}

/* "add, assign, list", of the rows from `first` to `last`; how many more there are where they do not fit. */
static const char *verbs_of(struct call *call, const struct command *first, const struct command *last,
                            size_t limit)
{
    struct text verbs = text_new(call->arena);
    for (const struct command *row = first;; row = command_table_next(call->table, call->person->role, row)) {
        const char *verb = row->name + noun_length(row) + 1;
        size_t rest = row == last ? 0 : sizeof AND_MORE - 1;
        if (verbs.length > 0 && verbs.length + strlen(verb) + 2 + rest > limit) {
            text_addf(&verbs, AND_MORE, count_rows(call, row, last));
            break;
        }
        text_addf(&verbs, "%s%s", verbs.length == 0 ? "" : ", ", verb);
        if (row == last) {
            break;
        }
    }
    return verbs.data;
}

/* What a line of a phone makes of it. */
static size_t count_lines(const char *text)
{
    return (utf8_count(text) + PHONE_COLUMNS - 1) / PHONE_COLUMNS;
}

struct overview {
    const char *nouns[KIND_LIMIT], *verbs[KIND_LIMIT];
    size_t count;
    size_t lines;
    const char *small; /* kinds that have no line of their own */
    const char *alone; /* what is the only one of its kind */
};

static void list_add(struct text *list, const char *item)
{
    text_addf(list, "%s%s", list->length == 0 ? "" : ", ", item);
}

/* Kinds of up to `small` commands have no line of their own. */
static struct overview overview(struct call *call, size_t limit, size_t small)
{
    struct overview all = {.count = 0};
    struct text alone = text_new(call->arena), names = text_new(call->arena);
    const struct command *row = NULL;
    while ((row = command_table_next(call->table, call->person->role, row)) != NULL) {
        size_t count = 0;
        const struct command *first = row;
        row = strchr(row->name, '.') == NULL ? row : last_of_kind(call, row, &count);
        if (count < 2 || all.count == KIND_LIMIT) {
            list_add(&alone, command_words(call->arena, first));
            continue;
        }
        const char *noun = arena_strndup(call->arena, row->name, noun_length(row));
        if (count <= small) {
            list_add(&names, noun);
            continue;
        }
        const char *verbs = verbs_of(call, first, row, limit - strlen(noun) - 2);
        all.lines += count_lines(arena_printf(call->arena, "%s: %s", noun, verbs));
        all.nouns[all.count] = noun;
        all.verbs[all.count++] = verbs;
    }
    all.lines += count_lines(arena_printf(call->arena, "also: %s", alone.data));
    all.lines += names.length == 0 ? 0 : count_lines(arena_printf(call->arena, "further: %s", names.data));
    all.small = names.length == 0 ? NULL : names.data;
    all.alone = alone.data;
    return all;
}

static enum verdict list_commands(struct call *call, struct reply *reply)
{
    static const size_t limits[] = {PHONE_COLUMNS * PHONE_LINES, PHONE_COLUMNS * 3, PHONE_COLUMNS * 2,
                                    PHONE_COLUMNS};
    struct overview all = overview(call, limits[0], 0);
    for (size_t i = 1; i < sizeof limits / sizeof limits[0] && all.lines > PHONE_LINES; i++) {
        all = overview(call, limits[i], 0);
    }
    for (size_t small = SMALL_KIND; small <= SMALL_KIND_MOST && all.lines > PHONE_LINES; small++) {
        all = overview(call, PHONE_COLUMNS, small);
    }
    reply_title(reply, "What you can ask for");
    for (size_t i = 0; i < all.count; i++) {
        reply_field(reply, all.nouns[i], all.nouns[i], PARAM_TEXT, all.verbs[i]);
    }
    if (all.small != NULL) {
        reply_field(reply, "small", "further", PARAM_TEXT, all.small);
    }
    reply_field(reply, "alone", "also", PARAM_TEXT, all.alone);
    reply_say(reply, "More: “help lead” or “help lead show”.");
    reply_say(reply, "“it” is the last record, “more” goes on.");
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
        text_addf(&text, "%s%s", choice == param->choices ? "; one of: " : ", ", choice->value);
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

static const struct wording wordings[] = {
    {"what can i do", "help", false},    {"what can i ask", "help", false},
    {"how do i *", "help", false},       {"how to *", "help", false},
    {"help me with *", "help *", false}, {"help all", "help", false},
    {"help everything", "help", false},  {NULL, NULL, false}};

const struct command help_commands[] = {
    {.name = "help",
     .wordings = wordings,
     .summary = "Say what you can ask for.",
     .examples = help_examples,
     .roles = ROLE_STAFF,
     .audience = ROLE_STAFF,
     .effect = EFFECT_READ,
     .params = help_params,
     .run = run_help},
    {.name = NULL},
};
