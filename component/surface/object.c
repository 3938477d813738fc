#include "surface/object.h"

#include "command/json.h"

static void add_row(struct text *text, const struct reply *reply, const struct reply_item *row)
{
    json_next(text);
    json_open(text);
    json_add_member(text, "key", row->text);
    for (size_t i = 0; reply->command->columns[i].name != NULL; i++) {
        json_add_name(text, reply->command->columns[i].name);
        json_add_string(text, row->cells[i]);
    }
    json_close(text);
}

static void add_item(struct text *text, const struct reply *reply, const struct reply_item *item)
{
    switch (item->kind) {
    case REPLY_FIELD:
        json_add_name(text, item->name);
        json_add_string(text, item->text);
        break;
    case REPLY_ROW:
        add_row(text, reply, item);
        break;
    case REPLY_TITLE:
    case REPLY_MORE:
        json_add_string(text, item->text);
        break;
    case REPLY_SENTENCE:
    case REPLY_NEXT:
        json_next(text);
        json_add_string(text, item->text);
        break;
    }
}

/* All items of a kind under one name, between two brackets; one alone without them. */
static void add_items(struct text *text, const struct reply *reply, enum reply_kind kind, const char *name,
                      const char *brackets)
{
    size_t count = 0;
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        if (item->kind != kind || (brackets[0] == '\0' && count > 0)) {
            continue;
        }
        if (count++ == 0) {
            json_add_name(text, name);
            text_add_bytes(text, brackets, brackets[0] != '\0');
        }
        add_item(text, reply, item);
    }
    if (count > 0 && brackets[0] != '\0') {
        text_add_char(text, brackets[1]);
    }
}

char *object_render(struct arena *arena, const struct reply *reply)
{
    struct text text = text_new(arena);
    json_open(&text);
    json_add_member(&text, "outcome", refusal_word(reply->refusal));
    json_add_member(&text, "command", reply->command == NULL ? NULL : reply->command->name);
    if (reply->refusal == REFUSAL_NONE) {
        add_items(&text, reply, REPLY_TITLE, "title", "");
        add_items(&text, reply, REPLY_SENTENCE, "sentences", "[]");
        add_items(&text, reply, REPLY_FIELD, "fields", "{}");
        add_items(&text, reply, REPLY_ROW, "rows", "[]");
        add_items(&text, reply, REPLY_MORE, "more", "");
        add_items(&text, reply, REPLY_NEXT, "next", "[]");
    } else {
        json_add_member(&text, "field", reply->field);
        json_add_member(&text, "sentence", reply->sentence);
    }
    json_close(&text);
    return text.data;
}
