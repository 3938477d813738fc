#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/type.h"
#include "surface/chat.h"
#include "surface/forms.h"
#include "surface/parts.h"
#include "xmpp/namespaces.h"

/* ---- an answer of fields */

static void write_result_field(struct xml *xml, struct arena *arena, const char *name, const char *label,
                               const char *value)
{
    /* What is longer than a line too: Gajim wraps only text-multi. */
    bool fits = strchr(value, '\n') == NULL && utf8_count(value) <= CHAT_LINE_LIMIT;
    const char *type = fits ? "text-single" : "text-multi";
    xml_open(xml, "field", NS_DATA_FORM);
    xml_attribute(xml, "var", name);
    xml_attribute(xml, "type", type);
    xml_attribute(xml, "label", label);
    parts_write_values(xml, arena, type, value);
    xml_close(xml);
}

/* "lead-42" and its line; what the label says already is not repeated. A line that has to be wrapped is no
 * field. */
static void write_row(struct xml *xml, struct arena *arena, const struct command *command,
                      const struct reply_item *row)
{
    const char *line = chat_row(arena, command, row, parts_ends_with(row->text, row->cells[0]) ? 1 : 0);
    if (utf8_count(line) <= CHAT_LINE_LIMIT) {
        write_result_field(xml, arena, row->text, row->text, line);
    } else {
        parts_write_fixed(xml, arena, arena_printf(arena, "%s: %s", row->text, line));
    }
}

static void write_item(struct xml *xml, struct arena *arena, const struct reply *reply,
                       const struct reply_item *item)
{
    switch (item->kind) {
    case REPLY_SENTENCE:
        parts_write_fixed(xml, arena, item->text);
        break;
    case REPLY_FIELD:
        if (item->text != NULL) {
            write_result_field(xml, arena, item->name, item->label, type_show(arena, item->type, item->text));
        }
        break;
    case REPLY_ROW:
        write_row(xml, arena, reply->command, item);
        break;
    case REPLY_MORE:  /* a list that goes on is no end (forms_write_leaf) */
    case REPLY_TITLE: /* written before the fields, where XEP-0004 wants it */
    case REPLY_NEXT:  /* chat lines: forms have their menu */
        break;
    }
}

/* ---- tables, for the programs that show them */

/* True for a result that is rows and sentences. */
static bool is_table(const struct reply *reply)
{
    size_t rows = 0;
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        if (item->kind == REPLY_FIELD) {
            return false;
        }
        rows += item->kind == REPLY_ROW;
    }
    return rows > 0;
}

static void write_head(struct xml *xml, const struct column *columns)
{
    xml_open(xml, "reported", NS_DATA_FORM);
    for (; columns->name != NULL; columns++) {
        xml_open(xml, "field", NS_DATA_FORM);
        xml_attribute(xml, "var", columns->name);
        xml_attribute(xml, "type", "text-single");
        xml_attribute(xml, "label", columns->label);
        xml_close(xml);
    }
    xml_close(xml);
}

static void write_table_row(struct xml *xml, struct arena *arena, const struct column *columns,
                            const struct reply_item *row)
{
    xml_open(xml, "item", NS_DATA_FORM);
    for (size_t i = 0; columns[i].name != NULL; i++) {
        const char *cell = row->cells[i] == NULL ? "" : type_show(arena, columns[i].type, row->cells[i]);
        xml_open(xml, "field", NS_DATA_FORM);
        xml_attribute(xml, "var", columns[i].name);
        xml_leaf(xml, "value", NS_DATA_FORM, cell);
        xml_close(xml);
    }
    xml_close(xml);
}

/* Beside a table, programs show no fields: sentences are instructions. */
static void write_table(struct xml *xml, struct arena *arena, const struct reply *reply)
{
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        if (item->kind == REPLY_SENTENCE) {
            xml_leaf(xml, "instructions", NS_DATA_FORM, item->text);
        }
    }
    write_head(xml, reply->command->columns);
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        if (item->kind == REPLY_ROW) {
            write_table_row(xml, arena, reply->command->columns, item);
        }
    }
}

static void write_note(struct xml *xml, const char *type, const char *text)
{
    xml_open(xml, "note", NS_COMMANDS);
    xml_attribute(xml, "type", type);
    xml_text(xml, text);
    xml_close(xml);
}

static const char *result_title(struct arena *arena, const struct reply *reply)
{
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        if (item->kind == REPLY_TITLE) {
            return item->text;
        }
    }
    return reply->command == NULL ? NULL : parts_title(arena, reply->command);
}

static void write_result(struct xml *xml, struct arena *arena, const struct reply *reply, unsigned abilities)
{
    xml_open(xml, "x", NS_DATA_FORM);
    xml_attribute(xml, "type", "result");
    xml_leaf(xml, "title", NS_DATA_FORM, result_title(arena, reply));
    if ((abilities & FORMS_TABLES) != 0 && is_table(reply)) {
        write_table(xml, arena, reply);
        xml_close(xml);
        return;
    }
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        write_item(xml, arena, reply, item);
    }
    xml_close(xml);
}

void forms_write_reply(struct xml *xml, struct arena *arena, const char *node, const char *session,
                       const struct reply *reply, unsigned abilities)
{
    parts_open_command(xml, node, session, "completed");
    if (reply->refusal == REFUSAL_NONE) {
        write_result(xml, arena, reply, abilities);
    } else {
        write_note(xml, "error", reply->sentence);
    }
    xml_close(xml);
}

/* ---- lists that go on */

#define TURN          "go_to"
#define TURN_NEXT     "next"
#define TURN_PREVIOUS "previous"
#define TURN_CLOSE    "close"

/* One way on from each page: the end is where no page follows. Cancelling is always possible. */
static void write_leaf_actions(struct xml *xml, const struct forms_leaf *leaf)
{
    xml_open(xml, "actions", NS_COMMANDS);
    xml_attribute(xml, "execute", leaf->more ? "next" : "complete");
    if (leaf->number > 0) {
        xml_leaf(xml, "prev", NS_COMMANDS, NULL);
    }
    xml_leaf(xml, leaf->more ? "next" : "complete", NS_COMMANDS, NULL);
    xml_close(xml);
}

static void write_turn(struct xml *xml, const struct forms_leaf *leaf)
{
    xml_open(xml, "field", NS_DATA_FORM);
    xml_attribute(xml, "var", TURN);
    xml_attribute(xml, "type", "list-single");
    xml_attribute(xml, "label", "Go to");
    xml_leaf(xml, "value", NS_DATA_FORM, leaf->more ? TURN_NEXT : TURN_CLOSE);
    if (leaf->more) {
        parts_write_option(xml, "The next page", TURN_NEXT);
    }
    if (leaf->number > 0) {
        parts_write_option(xml, "The page before", TURN_PREVIOUS);
    }
    parts_write_option(xml, "The end: close the list", TURN_CLOSE);
    xml_close(xml);
}

static const char *leaf_line(struct arena *arena, const struct reply *reply, const struct reply_item *item)
{
    if (item->kind == REPLY_ROW) {
        bool numbered = parts_ends_with(item->text, item->cells[0]);
        return arena_printf(arena, "%s: %s", item->text,
                            chat_row(arena, reply->command, item, numbered ? 1 : 0));
    }
    if (item->kind == REPLY_FIELD && item->text != NULL) {
        return arena_printf(arena, "%s: %s", item->label, type_show(arena, item->type, item->text));
    }
    return item->kind == REPLY_SENTENCE ? item->text : NULL;
}

/* Rows and fields of a stage could be written in: they are text there. Gajim centres each text: there all of
 * it is one. */
static void write_leaf_lines(struct xml *xml, struct arena *arena, const struct forms_leaf *leaf,
                             const struct reply *reply)
{
    bool one = (leaf->abilities & FORMS_BUTTONS) != 0;
    struct text all = text_new(arena);
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        const char *line = leaf_line(arena, reply, item);
        if (line != NULL && one) {
            text_addf(&all, "%s%s", all.length == 0 ? "" : "\n", line);
        } else if (line != NULL) {
            parts_write_fixed(xml, arena, line);
        }
    }
    if (one) {
        parts_write_fixed(xml, arena, all.data);
    }
}

/* Where there are no buttons, what just submitting does is not to be seen. */
static const char *leaf_instructions(struct arena *arena, const struct forms_leaf *leaf)
{
    bool buttons = (leaf->abilities & FORMS_BUTTONS) != 0;
    const char *rest = leaf->more ? "; there is more." : ", the last.";
    const char *hint = buttons      ? ""
                       : leaf->more ? " Submit for the next page."
                                    : " Submit to close the list.";
    return arena_printf(arena, "Page %zu%s%s", leaf->number + 1, rest, hint);
}

void forms_write_leaf(struct xml *xml, struct arena *arena, const struct forms_leaf *leaf,
                      const struct reply *reply)
{
    parts_open_command(xml, leaf->node, leaf->session, "executing");
    write_leaf_actions(xml, leaf);
    xml_open(xml, "x", NS_DATA_FORM);
    xml_attribute(xml, "type", "form");
    xml_leaf(xml, "title", NS_DATA_FORM, result_title(arena, reply));
    xml_leaf(xml, "instructions", NS_DATA_FORM, leaf_instructions(arena, leaf));
    write_leaf_lines(xml, arena, leaf, reply);
    if ((leaf->abilities & FORMS_BUTTONS) == 0) {
        write_turn(xml, leaf);
    }
    xml_close(xml);
    xml_close(xml);
}

enum forms_turn forms_read_turn(const struct form *form, const char *action, bool more)
{
    const char *turn = form_value(form, TURN);
    if (strcmp(action, "prev") == 0 || (turn != NULL && strcmp(turn, TURN_PREVIOUS) == 0)) {
        return FORMS_TURN_BACK;
    }
    bool closes = turn != NULL ? strcmp(turn, TURN_NEXT) != 0 : strcmp(action, "complete") == 0;
    return closes || !more ? FORMS_TURN_CLOSE : FORMS_TURN_ON;
}

void forms_write_closed(struct xml *xml, const char *node, const char *session)
{
    parts_open_command(xml, node, session, "completed");
    write_note(xml, "info", "The list is closed.");
    xml_close(xml);
}

void forms_write_canceled(struct xml *xml, const char *node, const char *session)
{
    parts_open_command(xml, node, session, "canceled");
    xml_close(xml);
}

/* ---- programs */

static const struct {
    const char *software;
    int since[3];
    unsigned abilities;
} programs[] = {
    {"Gajim", {0, 0, 0}, FORMS_BUTTONS},
    {"Gajim", {1, 8, 2}, FORMS_TABLES}, /* 1.7 hangs on one */
    {"Cheogram", {0, 0, 0}, FORMS_TABLES},
};

/* "1.8.2+git" is at least 1.8.2; what is no number counts as 0. */
static bool is_since(const char *version, const int since[3])
{
    for (int i = 0; i < 3; i++) {
        char *end;
        long part = strtol(version, &end, 10);
        if (part != since[i]) {
            return part > since[i];
        }
        version = *end == '.' ? end + 1 : "";
    }
    return true;
}

unsigned forms_abilities(const char *software, const char *version)
{
    unsigned abilities = 0;
    for (size_t i = 0; software != NULL && i < sizeof programs / sizeof programs[0]; i++) {
        if (text_equal_nocase(software, programs[i].software) &&
            is_since(version == NULL ? "" : version, programs[i].since)) {
            abilities |= programs[i].abilities;
        }
    }
    return abilities;
}
