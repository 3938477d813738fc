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
#include "surface/parts.h"
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

static void write_options(struct xml *xml, const struct choice *choices, bool required, bool settled)
{
    if (!settled) {
        parts_write_option(xml, required ? "Choose…" : "–", FORMS_NONE);
    }
    for (const struct choice *choice = choices; choice->value != NULL; choice++) {
        parts_write_option(xml, choice->label, choice->value);
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
    parts_write_values(xml, arena, type, value);
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
    xml_attribute(xml, "label", FORMS_CONFIRM_LABEL);
    xml_leaf(xml, "value", NS_DATA_FORM, "false");
    xml_close(xml);
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
        text_addf(&text, "%s%s", subject, parts_ends_with(subject, ".") ? "" : ".");
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
    parts_open_command(xml, stage->command->name, stage->session, "executing");
    write_actions(xml, stage, pages);
    xml_open(xml, "x", NS_DATA_FORM);
    xml_attribute(xml, "type", "form");
    xml_leaf(xml, "title", NS_DATA_FORM, parts_title(arena, stage->command));
    write_instructions(xml, arena, stage);
    if (stage->warning != NULL) {
        parts_write_fixed(xml, arena, stage->warning);
    }
    write_fields(xml, arena, stage);
    xml_close(xml);
    xml_close(xml);
}
