#include "surface/chat.h"

#include <string.h>

#include "base/text.h"
#include "command/type.h"

#define GAP        " · "
#define GAP_LENGTH ((size_t)3) /* code points */

char *chat_row(struct arena *arena, const struct command *command, const struct reply_item *row, size_t first)
{
    struct text text = text_new(arena);
    for (size_t i = first; command->columns[i].name != NULL; i++) {
        const char *cell = type_show(arena, command->columns[i].type, row->cells[i]);
        if (cell != NULL && cell[0] != '\0') {
            text_addf(&text, "%s%s", text.length == 0 ? "" : " · ", cell);
        }
    }
    return text.data;
}

static void put_field(struct text *text, const struct reply_item *item)
{
    const char *value = type_show(text->arena, item->type, item->text);
    if (value != NULL) {
        /* Text of several lines begins under its label. */
        text_addf(text, "%s:%s%s\n", item->label, strchr(value, '\n') != NULL ? "\n" : " ", value);
    }
}

/* What a line has no room for goes on below it, indented; but a number stays with its name, of which there is
 * as much as fits beside it. Any other cell is in one piece, and shortened only when it is longer than
 * anybody reads in a list. */
static void put_row(struct text *text, const struct command *command, const struct reply_item *row)
{
    size_t used = 0;
    for (size_t i = 0; command->columns[i].name != NULL; i++) {
        const char *cell = type_show(text->arena, command->columns[i].type, row->cells[i]);
        if (cell == NULL || cell[0] == '\0') {
            continue;
        }
        size_t length = utf8_count(cell);
        bool named = i == 1 && used > 0 && used + GAP_LENGTH < CHAT_LINE_LIMIT / 2;
        if (named && used + GAP_LENGTH + length > CHAT_LINE_LIMIT) {
            cell = text_shorten(text->arena, cell, CHAT_LINE_LIMIT - GAP_LENGTH - used);
            length = utf8_count(cell);
        }
        bool fits = used + GAP_LENGTH + length <= CHAT_LINE_LIMIT;
        text_add(text, used == 0 ? "" : fits ? GAP : "\n  ");
        text_add(text, text_shorten(text->arena, cell, CHAT_CELL_LIMIT));
        used = used == 0 ? length : fits ? used + GAP_LENGTH + length : length + strlen("  ");
    }
    text_add(text, "\n");
}

static void put_item(struct text *text, const struct reply *reply, const struct reply_item *item,
                     bool remembers)
{
    switch (item->kind) {
    case REPLY_TITLE:
    case REPLY_SENTENCE:
        text_addf(text, "%s\n", item->text);
        break;
    case REPLY_FIELD:
        put_field(text, item);
        break;
    case REPLY_ROW:
        put_row(text, reply->command, item);
        break;
    case REPLY_MORE:
        text_addf(text, "%s%s\n",
                  remembers ? "There is more: say “more”." : "More: ", remembers ? "" : item->text);
        break;
    case REPLY_NEXT:
        text_addf(text, "Try: %s\n", item->text);
        break;
    }
}

char *chat_render(struct arena *arena, const struct reply *reply, bool remembers)
{
    struct text text = text_new(arena);
    if (reply->refusal != REFUSAL_NONE) {
        text_add(&text, reply->sentence);
    }
    for (const struct reply_item *item = reply->first; item != NULL && reply->refusal == REFUSAL_NONE;
         item = item->next) {
        put_item(&text, reply, item, remembers);
    }
    while (text.length > 0 && text.data[text.length - 1] == '\n') {
        text.data[--text.length] = '\0';
    }
    return text_shorten(arena, text.data, CHAT_BODY_LIMIT);
}
