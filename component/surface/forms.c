#include "surface/forms.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/table.h"
#include "command/target.h"
#include "command/type.h"
#include "surface/chat.h"
#include "surface/choices.h"
#include "xmpp/namespaces.h"

/* ---- which fields are on which page: the target, then the parameters, secret ones last (they are never kept
 * between two pages), then a page that asks for confirmation */

#define FIELD_LIMIT 64

/* The target's field, as if it were a parameter. */
static struct param *target_param(struct arena *arena, const struct command *command)
{
    const struct target_kind *kind = target_kind(command->target);
    struct param *param = arena_alloc(arena, sizeof *param);
    *param = (struct param){.name = kind->word,
                            .label = kind->label,
                            .hint = arena_printf(arena, "%s, such as %s", kind->hint, kind->example),
                            .type = kind->numbered ? PARAM_NUMBER : PARAM_PERSON,
                            .flags = PARAM_REQUIRED};
    return param;
}

/* All fields in order; a NULL entry is the target's. */
static size_t all_fields(const struct command *command, bool ask_target,
                         const struct param *fields[FIELD_LIMIT])
{
    size_t count = 0;
    size_t params = command_param_count(command);
    if (ask_target && command->target != TARGET_NONE) {
        fields[count++] = NULL;
    }
    for (unsigned secret = 0; secret <= PARAM_SECRET; secret += PARAM_SECRET) {
        for (size_t i = 0; i < params && count < FIELD_LIMIT; i++) {
            if ((command->params[i].flags & (PARAM_SECRET | PARAM_CURSOR)) == secret) {
                fields[count++] = &command->params[i];
            }
        }
    }
    return count;
}

static bool is_key(const struct param *field)
{
    return field == NULL || (field->flags & PARAM_KEY) != 0;
}

/* How many fields are on the page that asks which record is meant; 0: there is no such page. */
static size_t key_count(const struct command *command, const struct param *const *fields, size_t count)
{
    size_t keys = 0;
    while (command->current != NULL && keys < count && is_key(fields[keys])) {
        keys++;
    }
    return keys;
}

static int page_of(size_t field, size_t keys)
{
    if (field < keys) {
        return 0;
    }
    return (int)((field - keys) / FORMS_PAGE_FIELDS) + (keys > 0);
}

static int field_page_count(const struct command *command, bool ask_target)
{
    const struct param *fields[FIELD_LIMIT];
    size_t count = all_fields(command, ask_target, fields);
    return count == 0 ? 0 : page_of(count - 1, key_count(command, fields, count)) + 1;
}

int forms_page_count(const struct command *command, bool ask_target)
{
    bool may_ask = command->effect == EFFECT_DESTROY || command->warns != NULL;
    return field_page_count(command, ask_target) + may_ask;
}

int forms_last_page(const struct command *command, bool ask_target)
{
    return field_page_count(command, ask_target) - 1;
}

/* How many pages people are told of: one that asks for a yes counts where it always comes, or is there. */
static int told_page_count(const struct command *command, bool ask_target, int page)
{
    int fields = field_page_count(command, ask_target);
    return fields + (command->effect == EFFECT_DESTROY || page >= fields);
}

size_t forms_fields(const struct command *command, bool ask_target, int page,
                    const struct param *fields[FORMS_PAGE_FIELDS])
{
    const struct param *all[FIELD_LIMIT];
    size_t count = all_fields(command, ask_target, all);
    size_t keys = key_count(command, all, count);
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        if (page_of(i, keys) == page) {
            fields[filled++] = all[i];
        }
    }
    return filled;
}

bool forms_can_complete(const struct command *command, bool ask_target, int page)
{
    const struct param *fields[FIELD_LIMIT];
    size_t count = all_fields(command, ask_target, fields);
    size_t keys = key_count(command, fields, count);
    if (page == forms_page_count(command, ask_target) - 1) {
        return true;
    }
    if (command->effect == EFFECT_DESTROY || (keys > 0 && page == 0)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (page_of(i, keys) > page && (fields[i] == NULL || (fields[i]->flags & PARAM_REQUIRED) != 0)) {
            return false;
        }
    }
    return true;
}

static const char *field_name(const struct command *command, const struct param *field)
{
    return field == NULL ? target_kind(command->target)->word : field->name;
}

bool forms_is_key(const struct command *command, const char *field)
{
    int place = command_param(command, field);
    return is_key(place < 0 ? NULL : &command->params[place]);
}

int forms_page_of(const struct command *command, bool ask_target, const char *field)
{
    const struct param *fields[FIELD_LIMIT];
    size_t count = all_fields(command, ask_target, fields);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(field_name(command, fields[i]), field) == 0) {
            return page_of(i, key_count(command, fields, count));
        }
    }
    return -1;
}

/* ---- reading */

static const char *joined(struct arena *arena, const struct form *form, const char *var)
{
    struct text text = text_new(arena);
    bool there = false;
    for (size_t i = 0; i < form->field_count; i++) {
        if (strcmp(form->fields[i].var, var) != 0) {
            continue;
        }
        there = true;
        for (size_t j = 0; j < form->fields[i].value_count; j++) {
            text_addf(&text, "%s%s", j == 0 ? "" : "\n", form->fields[i].values[j]);
        }
    }
    return there ? text.data : NULL;
}

size_t forms_read_page(struct arena *arena, const struct command *command, bool ask_target, int page,
                       const struct form *form, struct argument out[FORMS_PAGE_FIELDS])
{
    const struct param *fields[FORMS_PAGE_FIELDS];
    size_t count = forms_fields(command, ask_target, page, fields);
    for (size_t i = 0; i < count; i++) {
        out[i].name = field_name(command, fields[i]);
        out[i].value = joined(arena, form, out[i].name);
        bool clears = fields[i] != NULL && (fields[i]->flags & PARAM_CLEARS) != 0;
        if (out[i].value != NULL && strcmp(out[i].value, FORMS_NONE) == 0 && !clears) {
            out[i].value = "";
        }
    }
    return count;
}

/* ---- writing */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return end != NULL && strlen(end) <= length && strcmp(text + length - strlen(end), end) == 0;
}

static void open_command(struct xml *xml, const char *node, const char *session, const char *status)
{
    xml_open(xml, "command", NS_COMMANDS);
    xml_attribute(xml, "node", node);
    xml_attribute(xml, "sessionid", session);
    xml_attribute(xml, "status", status);
}

/* Where nothing more has to be given, "execute" completes, as on a last page. */
static void write_actions(struct xml *xml, const struct forms_stage *stage, int pages)
{
    bool complete = forms_can_complete(stage->command, stage->ask_target, stage->page);
    xml_open(xml, "actions", NS_COMMANDS);
    xml_attribute(xml, "execute", complete ? "complete" : "next");
    if (stage->page > 0) {
        xml_leaf(xml, "prev", NS_COMMANDS, NULL);
    }
    if (stage->page < pages - 1) {
        xml_leaf(xml, "next", NS_COMMANDS, NULL);
    }
    if (complete) {
        xml_leaf(xml, "complete", NS_COMMANDS, NULL);
    }
    xml_close(xml);
}

/* Gajim 1.7 takes a shorter fixed text for a section's heading: bold, in the narrow column of the labels. */
#define SENTENCE_LENGTH 40

static void write_fixed(struct xml *xml, struct arena *arena, const char *text)
{
    size_t length = utf8_count(text);
    int padding = length < SENTENCE_LENGTH ? (int)(SENTENCE_LENGTH - length) : 0;
    xml_open(xml, "field", NS_DATA_FORM);
    xml_attribute(xml, "type", "fixed");
    xml_leaf(xml, "value", NS_DATA_FORM, arena_printf(arena, "%s%*s", text, padding, ""));
    xml_close(xml);
}

/* One <value/> a line for text of several lines, one in all otherwise. */
static void write_values(struct xml *xml, struct arena *arena, const char *type, const char *value)
{
    if (strcmp(type, "text-multi") != 0) {
        xml_leaf(xml, "value", NS_DATA_FORM, value);
        return;
    }
    for (const char *line = value;;) {
        size_t length = strcspn(line, "\n");
        xml_leaf(xml, "value", NS_DATA_FORM, arena_strndup(arena, line, length));
        if (line[length] == '\0') {
            return;
        }
        line += length + 1;
    }
}

static void write_option(struct xml *xml, const char *label, const char *value)
{
    xml_open(xml, "option", NS_DATA_FORM);
    xml_attribute(xml, "label", label);
    xml_leaf(xml, "value", NS_DATA_FORM, value);
    xml_close(xml);
}

/* A choice that stands for none comes first, unless the record has one and must have one. */
static void write_options(struct xml *xml, const struct choice *choices, bool required, bool settled)
{
    if (!settled) {
        write_option(xml, required ? "Choose…" : "–", FORMS_NONE);
    }
    for (const struct choice *choice = choices; choice->value != NULL; choice++) {
        write_option(xml, choice->label, choice->value);
    }
}

static void write_validation(struct xml *xml, const struct param *field)
{
    const char *datatype = type_of(field->type)->datatype;
    if (datatype != NULL && (field->flags & PARAM_SECRET) == 0) {
        xml_open(xml, "validate", NS_FORM_VALIDATE);
        xml_attribute(xml, "datatype", datatype);
        xml_leaf(xml, "basic", NS_FORM_VALIDATE, NULL);
        xml_close(xml);
    }
}

static const struct choice *choices_of(const struct forms_stage *stage, const struct param *field)
{
    int place = command_param(stage->command, field->name);
    if (place < 0) {
        return stage->target_choices;
    }
    if (stage->choices != NULL && stage->choices[place] != NULL) {
        return stage->choices[place];
    }
    return choices_short(field->choices);
}

static const char *field_type(const struct param *field, const struct choice *choices)
{
    if (choices != NULL) {
        return "list-single";
    }
    if ((field->flags & PARAM_SECRET) != 0) {
        return "text-private"; /* what is chosen and not typed shows on one's own screen only */
    }
    const char *type = type_of(field->type)->field;
    return strcmp(type, "list-single") == 0 ? "text-single" : type;
}

/* What was given, or what the record has. */
static const char *given_or_shown(const struct forms_stage *stage, const struct param *field)
{
    const char *given = arguments_get(&stage->values, field->name);
    return given != NULL ? given : arguments_get(&stage->shown, field->name);
}

/* What is in the field when the form opens: what was given, as the list spells it. */
static const char *field_value(const struct forms_stage *stage, const struct param *field,
                               const struct choice *choices)
{
    const char *given = given_or_shown(stage, field);
    if ((field->flags & PARAM_SECRET) != 0 || given == NULL) {
        return choices != NULL ? FORMS_NONE : field->type == PARAM_BOOLEAN ? "false" : "";
    }
    for (const struct choice *choice = choices; choice != NULL && choice->value != NULL; choice++) {
        if (text_equal_nocase(choice->value, given) || text_equal_nocase(choice->label, given)) {
            return choice->value;
        }
    }
    return choices == NULL ? given : FORMS_NONE;
}

/* What the record has and cannot do without is required, although it may be left out in chat. */
static bool is_required(const struct forms_stage *stage, const struct param *field)
{
    const char *shown = arguments_get(&stage->shown, field->name);
    bool stays = shown != NULL && shown[0] != '\0' && (field->flags & PARAM_CLEARS) == 0;
    return stays || (field->flags & PARAM_REQUIRED) != 0;
}

/* What is typed is looked for among people, or among the leads' names. */
static bool is_search(const struct forms_stage *stage, const struct param *field,
                      const struct choice *choices)
{
    bool target = command_param(stage->command, field->name) < 0;
    bool lead = target && stage->command->target != TARGET_VISITOR && stage->command->target != TARGET_POLL;
    bool named = field->find != NULL && (field->flags & PARAM_REQUIRED) != 0 &&
                 (field->flags & PARAM_OPEN) == 0; /* a filter that names nothing is no mistake */
    return choices == NULL && (field->type == PARAM_PERSON || lead || named);
}

/* What there is already, where something else can be given too: no client has a list with free entry. */
static const char *in_use(struct arena *arena, const struct choice *choices)
{
    struct text text = text_new(arena);
    for (; choices != NULL && choices->value != NULL; choices++) {
        text_addf(&text, "%s%s", text.length == 0 ? ". In use: " : ", ", choices->value);
    }
    return text.data;
}

static void write_field(struct xml *xml, struct arena *arena, const struct forms_stage *stage,
                        const struct param *field)
{
    const struct choice *known = choices_of(stage, field);
    bool open = (field->flags & PARAM_OPEN) != 0;
    const struct choice *choices = open ? NULL : known;
    bool required = is_required(stage, field);
    bool wrong = stage->wrong != NULL && strcmp(stage->wrong, field->name) == 0;
    const char *type = field_type(field, choices);
    xml_open(xml, "field", NS_DATA_FORM);
    xml_attribute(xml, "var", field->name);
    xml_attribute(xml, "type", type);
    xml_attribute(xml, "label",
                  wrong ? arena_printf(arena, "%s (please correct)", field->label) : field->label);
    xml_leaf(xml, "desc", NS_DATA_FORM,
             is_search(stage, field, choices)
                 ? arena_printf(arena, "%s. Part of a name is enough.", field->hint)
                 : arena_printf(arena, "%s%s", field->hint, open ? in_use(arena, known) : ""));
    if (required) {
        xml_leaf(xml, "required", NS_DATA_FORM, NULL);
    }
    const char *value = field_value(stage, field, choices);
    write_values(xml, arena, type, value);
    if (choices != NULL) {
        bool settled = required && arguments_get(&stage->shown, field->name) != NULL;
        write_options(xml, choices, required, settled && strcmp(value, FORMS_NONE) != 0);
    }
    write_validation(xml, field);
    xml_close(xml);
}

static void write_confirmation(struct xml *xml)
{
    xml_open(xml, "field", NS_DATA_FORM);
    xml_attribute(xml, "var", FORMS_CONFIRM);
    xml_attribute(xml, "type", "boolean");
    xml_attribute(xml, "label", "Yes, do it");
    xml_leaf(xml, "value", NS_DATA_FORM, "false");
    xml_close(xml);
}

/* "Add a lead": the summary as a title. */
static char *title_of(struct arena *arena, const struct command *command)
{
    return arena_strndup(arena, command->summary, strlen(command->summary) - 1);
}

static void write_fields(struct xml *xml, struct arena *arena, const struct forms_stage *stage)
{
    const struct param *fields[FORMS_PAGE_FIELDS];
    size_t count = forms_fields(stage->command, stage->ask_target, stage->page, fields);
    for (size_t i = 0; i < count; i++) {
        const struct param *field = fields[i] == NULL ? target_param(arena, stage->command) : fields[i];
        write_field(xml, arena, stage, field);
    }
    if (stage->page == field_page_count(stage->command, stage->ask_target)) {
        write_confirmation(xml);
    }
}

/* Which record the fields are about, where it is not asked for, and where one is in a long form: in one
 * element, of several profanity shows the first. */
static void write_instructions(struct xml *xml, struct arena *arena, const struct forms_stage *stage)
{
    const struct param *fields[FORMS_PAGE_FIELDS];
    const char *subject = arguments_get(&stage->shown, CURRENT_SUBJECT);
    size_t count = forms_fields(stage->command, stage->ask_target, stage->page, fields);
    int pages = told_page_count(stage->command, stage->ask_target, stage->page);
    struct text text = text_new(arena);
    if (subject != NULL && (count == 0 || !is_key(fields[0]))) {
        text_addf(&text, "%s%s", subject, ends_with(subject, ".") ? "" : ".");
    }
    if (pages > 1) {
        bool enough =
            stage->page < pages - 1 && forms_can_complete(stage->command, stage->ask_target, stage->page);
        text_addf(&text, "%sPage %d of %d%s.", text.length > 0 ? " " : "", stage->page + 1, pages,
                  enough ? "; it can be completed here" : "");
    }
    if (text.length > 0) {
        xml_leaf(xml, "instructions", NS_DATA_FORM, text.data);
    }
}

void forms_write_stage(struct xml *xml, struct arena *arena, const struct forms_stage *stage)
{
    int pages = told_page_count(stage->command, stage->ask_target, stage->page);
    open_command(xml, stage->command->name, stage->session, "executing");
    write_actions(xml, stage, pages);
    xml_open(xml, "x", NS_DATA_FORM);
    xml_attribute(xml, "type", "form");
    xml_leaf(xml, "title", NS_DATA_FORM, title_of(arena, stage->command));
    write_instructions(xml, arena, stage);
    if (stage->warning != NULL) {
        write_fixed(xml, arena, stage->warning);
    }
    write_fields(xml, arena, stage);
    xml_close(xml);
    xml_close(xml);
}

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
    write_values(xml, arena, type, value);
    xml_close(xml);
}

/* "lead-42" and its line; what the label says already is not repeated. A line that has to be wrapped is no
 * field. */
static void write_row(struct xml *xml, struct arena *arena, const struct command *command,
                      const struct reply_item *row)
{
    const char *line = chat_row(arena, command, row, ends_with(row->text, row->cells[0]) ? 1 : 0);
    if (utf8_count(line) <= CHAT_LINE_LIMIT) {
        write_result_field(xml, arena, row->text, row->text, line);
    } else {
        write_fixed(xml, arena, arena_printf(arena, "%s: %s", row->text, line));
    }
}

static void write_item(struct xml *xml, struct arena *arena, const struct reply *reply,
                       const struct reply_item *item)
{
    switch (item->kind) {
    case REPLY_SENTENCE:
        write_fixed(xml, arena, item->text);
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
    return reply->command == NULL ? NULL : title_of(arena, reply->command);
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
    open_command(xml, node, session, "completed");
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
        write_option(xml, "The next page", TURN_NEXT);
    }
    if (leaf->number > 0) {
        write_option(xml, "The page before", TURN_PREVIOUS);
    }
    write_option(xml, "The end: close the list", TURN_CLOSE);
    xml_close(xml);
}

static const char *leaf_line(struct arena *arena, const struct reply *reply, const struct reply_item *item)
{
    if (item->kind == REPLY_ROW) {
        bool numbered = ends_with(item->text, item->cells[0]);
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
            write_fixed(xml, arena, line);
        }
    }
    if (one) {
        write_fixed(xml, arena, all.data);
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
    open_command(xml, reply->command->name, leaf->session, "executing");
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
    open_command(xml, node, session, "completed");
    write_note(xml, "info", "The list is closed.");
    xml_close(xml);
}

void forms_write_canceled(struct xml *xml, const char *node, const char *session)
{
    open_command(xml, node, session, "canceled");
    xml_close(xml);
}
