#include "bots/pasted.h"

#include <string.h>

#include "base/text.h"
#include "bots/place.h"
#include "command/table.h"

/* The lines without what only decorates them: bullets, stars, a heading that ends with a colon. */
static const char *plain_lines(struct arena *arena, const char *body)
{
    struct text text = text_new(arena);
    for (const char *at = body; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        const char *line = arena_strndup(arena, at, length);
        bool heading = text.length == 0 && length > 0 && line[length - 1] == ':';
        line += strspn(line, " \t>-*•");
        for (; *line != '\0' && !heading; line++) {
            if (*line != '*') {
                text_add_char(&text, *line);
            }
        }
        text_add(&text, heading || text.length == 0 ? "" : "\n");
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    return text.data;
}

/* "lead add name="…" phone="…"", which is what a yes then says. */
static const char *pasted_line(struct talk *talk, const struct command *command,
                               const struct arguments *given)
{
    struct text text = text_new(talk->arena);
    text_add(&text, command_words(talk->arena, command));
    for (size_t i = 0; i < given->count; i++) {
        text_addf(&text, " %s=\"", given->list[i].name);
        for (const char *c = given->list[i].value; *c != '\0'; c++) {
            text_add_char(&text, *c == '"' ? '\'' : *c);
        }
        text_add_char(&text, '"');
    }
    return text.data;
}

static void offer_pasted(struct talk *talk, const struct command *command, const struct arguments *given)
{
    struct text text = text_new(talk->arena);
    const struct type_reader reader = talk_reader(talk);
    text_addf(&text, "Is this for “%s”?", command_words(talk->arena, command));
    for (size_t i = 0; i < given->count; i++) {
        const struct param *param = talk_find_param(command, given->list[i].name);
        struct value value;
        bool good = type_read(&reader, param, given->list[i].value, &value) == NULL && value.present &&
                    param->type != PARAM_CHOICE;
        const char *shown = good ? type_show(talk->arena, param->type, value.text) : given->list[i].value;
        text_addf(&text, "\n%s: %s", param->label, text_shorten(talk->arena, shown, 300));
    }
    text_add(&text, "\n(Reply yes or no)");
    talk->next = (struct question){.asked = ASKED_MEANT};
    dialogue_offer(&talk->next, pasted_line(talk, command, given));
    talk_add_button(talk, "yes");
    talk_add_button(talk, "no");
    talk_say(talk, text.data);
}

/* True when some way to reach a person is among them: only then they are plainly somebody's. */
static bool holds_contact(const struct command *command, const struct arguments *given)
{
    for (size_t i = 0; i < given->count; i++) {
        const struct param *param = talk_find_param(command, given->list[i].name);
        if (param->type == PARAM_EMAIL || param->type == PARAM_PHONE) {
            return true;
        }
    }
    return false;
}

bool pasted_take(struct talk *talk, const char *body)
{
    const struct command_table *table = talk->surface->table;
    const struct type_reader reader = talk_reader(talk);
    const char *lines = plain_lines(talk->arena, body);
    struct words words = words_split(talk->arena, lines);
    for (size_t i = 0; strchr(body, '\n') != NULL && words.count > 0 && i < table->count; i++) {
        const struct command *row = table->rows[i];
        struct placed placed = {.complete = false};
        if (row->pasted) {
            placed = place_arguments(&reader, row, true, &words, 0);
        }
        if (!placed.complete || !holds_contact(row, &placed.arguments)) {
            continue;
        }
        if ((row->roles & talk->person.role) == 0) {
            talk->command = row; /* the dispatcher has the sentence for it */
        } else {
            offer_pasted(talk, row, &placed.arguments);
        }
        return true;
    }
    return false;
}
