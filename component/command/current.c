#include "command/current.h"

#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/table.h"
#include "command/type.h"

#define SHOWN_LENGTH 80

void current_put(struct current *current, const char *name, const char *value)
{
    struct argument *list = arena_array(current->arena, current->count + 1, sizeof *list);
    if (current->count > 0) {
        memcpy(list, current->list, current->count * sizeof *list);
    }
    list[current->count] = (struct argument){name, value == NULL ? "" : value};
    current->list = list;
    current->count++;
}

const char *current_phone(struct arena *arena, const char *number)
{
    return type_show(arena, PARAM_PHONE, number);
}

/* Whole amounts without their decimal places. */
const char *current_money(struct arena *arena, bool present, int64_t minor, const char *currency)
{
    if (!present) {
        return NULL;
    }
    char *amount = arena_strdup(arena, type_money(arena, minor, currency));
    char *point = strchr(amount, '.');
    if (point == NULL || point[1 + strspn(point + 1, "0")] != ' ') {
        return amount;
    }
    return arena_printf(arena, "%.*s %s", (int)(point - amount), amount, currency);
}

const char *current_date(struct arena *arena, const char *local)
{
    return local == NULL ? NULL : arena_strndup(arena, local, strlen("2026-11-22 20:28"));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* How many blanks there are, and whether a line ends among them. */
static size_t blanks(const char *text, bool *line)
{
    size_t length = 0;
    *line = false;
    while (is_blank(text[length])) {
        *line = *line || text[length] == '\n';
        length++;
    }
    return length;
}

bool current_is_same(const char *a, const char *b)
{
    bool line_a, line_b;
    a += blanks(a, &line_a);
    b += blanks(b, &line_b);
    for (;;) {
        size_t gap_a = blanks(a, &line_a), gap_b = blanks(b, &line_b);
        if (a[gap_a] == '\0' || b[gap_b] == '\0') {
            return a[gap_a] == b[gap_b];
        }
        if ((gap_a > 0) != (gap_b > 0) || line_a != line_b || a[gap_a] != b[gap_b]) {
            return false;
        }
        a += gap_a + 1;
        b += gap_b + 1;
    }
}

static const struct param *param_of(const struct command *command, const char *name)
{
    int place = command_param(command, name);
    return place < 0 ? NULL : &command->params[place];
}

enum verdict current_leave_out(struct arena *arena, const struct command *command,
                               const struct arguments *given, const struct arguments *shown,
                               struct reply *reply, struct arguments *out)
{
    struct argument *list = arena_array(arena, given->count + 1, sizeof *list);
    *out = (struct arguments){list, 0};
    for (size_t i = 0; i < given->count; i++) {
        struct argument argument = given->list[i];
        const char *before = arguments_get(shown, argument.name);
        const struct param *param = param_of(command, argument.name);
        bool stays = before == NULL || param == NULL || (param->flags & (PARAM_REQUIRED | PARAM_KEY)) != 0;
        if (!stays && current_is_same(argument.value, before)) {
            continue;
        }
        if (!stays && argument.value[strspn(argument.value, " \t\r\n")] == '\0') {
            if ((param->flags & PARAM_CLEARS) == 0) {
                return reply_refuse(reply, REFUSAL_MISSING, param->name,
                                    "%s cannot be left empty. It was “%s”.", param->label,
                                    text_shorten(arena, before, SHOWN_LENGTH));
            }
            argument.value = "-";
        }
        list[out->count++] = argument;
    }
    return VERDICT_DONE;
}

static const char *in_words(struct arena *arena, const char *value)
{
    return value[0] == '\0' ? "empty" : arena_printf(arena, "“%s”", text_shorten(arena, value, SHOWN_LENGTH));
}

enum verdict current_compare(struct arena *arena, const struct command *command,
                             const struct arguments *given, const struct arguments *shown,
                             const struct arguments *now, struct reply *reply)
{
    for (size_t i = 0; i < given->count; i++) {
        const struct argument *argument = &given->list[i];
        const char *before = arguments_get(shown, argument->name);
        const char *after = arguments_get(now, argument->name);
        if (before == NULL || after == NULL || current_is_same(before, after) ||
            current_is_same(argument->value, after)) {
            continue;
        }
        return reply_refuse(reply, REFUSAL_CONFLICT, argument->name,
                            "%s was changed while this form was open: it is %s now, and was %s. Send the "
                            "form again to change it all the same.",
                            param_of(command, argument->name)->label, in_words(arena, after),
                            in_words(arena, before));
    }
    return VERDICT_DONE;
}
