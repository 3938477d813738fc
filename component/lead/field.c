/* Fields of leads: an Admin defines them, everybody who works with leads fills them in. */
#include "lead/field.h"

#include <string.h>

#include "base/text.h"
#include "command/defined.h"
#include "command/reply.h"
#include "command/table.h"
#include "command/type.h"
#include "lead/filter.h"
#include "lead/named.h"
#include "lead/rows.h"

#define LABEL_LIMIT   40
#define CHOICES_LIMIT 50
#define FIELDS_LIMIT  20 /* beside a lead's own: what a form and a line of chat can bear */

static const struct choice field_types[] = {
    {"text", "Text"},   {"number", "Number"}, {"money", "Money"},
    {"date", "Date"},   {"choice", "Choice"}, {"boolean", "Yes or no"},
    {"email", "Email"}, {"phone", "Phone"},   {NULL, NULL},
};

/* ---- what others use */

const struct param *lead_fields_read(struct unit *unit, struct arena *arena)
{
    const struct lead_fields *rows = query_lead_fields(unit);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    struct param *params = arena_array(arena, rows->count + 1, sizeof *params);
    for (size_t i = 0; i < rows->count; i++) {
        const struct lead_fields_row *row = &rows->rows[i];
        params[i] = defined_field(arena, row->name, row->label, defined_type(row->type), row->choices);
    }
    return params;
}

void lead_fields_write(struct unit *unit, struct arena *arena, int64_t lead, const struct param *params,
                       const struct value *values)
{
    size_t count = 0, set = 0, cleared = 0;
    while (params[count].name != NULL) {
        count++;
    }
    const char **names = arena_array(arena, count + 1, sizeof *names);
    const char **given = arena_array(arena, count + 1, sizeof *given);
    const char **gone = arena_array(arena, count + 1, sizeof *gone);
    for (size_t i = 0; i < count; i++) {
        if ((params[i].flags & PARAM_FIELD) != 0 && values[i].present) {
            names[set] = params[i].name;
            given[set++] = values[i].text;
        } else if ((params[i].flags & PARAM_FIELD) != 0 && values[i].cleared) {
            gone[cleared++] = params[i].name;
        }
    }
    if (set > 0) {
        query_lead_values_set(unit, lead, (struct text_array){names, set}, (struct text_array){given, set});
    }
    if (cleared > 0) {
        query_lead_values_clear(unit, lead, (struct text_array){gone, cleared});
    }
}

void lead_fields_show(const struct lead_values *values, struct reply *reply)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct lead_values_row *row = &values->rows[i];
        reply_field(reply, row->name, row->label, defined_type(row->type), row->value);
    }
}

const struct lead_values_shown *lead_fields_read_shown(struct call *call, struct text_array names,
                                                       struct bigint_array leads)
{
    static const struct lead_values_shown none = {.count = 0};
    if (names.count == 0 || leads.count == 0) {
        return &none;
    }
    const struct lead_values_shown *values =
        query_lead_values_shown(call->unit, leads, names, call->person->time_zone);
    return unit_flush(call->unit) == DB_OK ? values : NULL;
}

static const char *find_value(const struct lead_values_shown *values, int64_t lead, const char *name)
{
    for (size_t i = 0; i < values->count; i++) {
        if (values->rows[i].id == lead && strcmp(values->rows[i].name, name) == 0) {
            return values->rows[i].value;
        }
    }
    return NULL;
}

const char *const *lead_fields_cells(struct call *call, const char *const *cells, size_t count,
                                     const struct lead_values_shown *values, int64_t lead)
{
    const struct column *columns = call->command->columns;
    size_t all = count;
    while (columns[all].name != NULL) {
        all++;
    }
    const char **row = arena_array(call->arena, all + 1, sizeof *row);
    memcpy(row, cells, count * sizeof *row);
    for (size_t i = count; i < all; i++) {
        row[i] = find_value(values, lead, columns[i].name);
    }
    return row;
}

/* ---- field.add */

/* A line for each choice: they are given with commas between. NULL when there are none, or too many. */
static const char *read_choices(struct arena *arena, const char *given, struct text_array *list)
{
    struct text lines = text_new(arena);
    const char **items = arena_array(arena, CHOICES_LIMIT + 1, sizeof *items);
    size_t count = 0;
    for (const char *at = given; *at != '\0' && count <= CHOICES_LIMIT; at += strspn(at, ",\n")) {
        size_t length = strcspn(at, ",\n");
        const char *item = text_squeeze(arena, arena_strndup(arena, at, length));
        at += length;
        if (item[0] != '\0') {
            text_addf(&lines, "%s%s", count == 0 ? "" : "\n", item);
            items[count++ < CHOICES_LIMIT ? count - 1 : CHOICES_LIMIT] = item;
        }
    }
    *list = (struct text_array){items, count};
    return count == 0 || count > CHOICES_LIMIT ? NULL : lines.data;
}

/* Whether each row that would have the field is still one that people can use. */
static const char *complain(struct call *call, struct param field)
{
    for (size_t i = 0; i < call->table->count; i++) {
        const struct command *row = call->table->rows[i];
        if (row->fields != FIELDS_NONE) {
            for (const struct param *other = row->params; other->name != NULL; other++) {
                if (text_equal_nocase(other->label, field.label) || strcmp(other->name, field.name) == 0) {
                    return arena_printf(call->arena, "leads have “%s” already", other->label);
                }
            }
            if (command_complaint(call->arena, defined_try(call->arena, row, field)) != NULL) {
                return arena_printf(call->arena, "“%s” has a meaning of its own in “%s”", field.label,
                                    command_words(call->arena, row));
            }
        }
    }
    return NULL;
}

static size_t count_fields(const struct call *call)
{
    size_t count = 0;
    const struct command *row = command_table_find(call->table, "lead.add");
    for (const struct param *param = row == NULL ? NULL : row->params; param != NULL && param->name != NULL;
         param++) {
        count += (param->flags & PARAM_FIELD) != 0;
    }
    return count;
}

enum verdict lead_field_add(struct call *call, const struct args *args, struct reply *reply)
{
    const char *label = args_get(args, "name")->text;
    const struct value *type = args_get(args, "type");
    const struct value *given = args_get(args, "choices");
    const char *name = named_key(call->arena, label, '_', true);
    const char *kind = type->present ? type->text : given->present ? "choice" : "text";
    struct text_array list = {NULL, 0};
    const char *choices = given->present ? read_choices(call->arena, given->text, &list) : NULL;
    if (name == NULL || strpbrk(label, ",=") != NULL) {
        return reply_refuse(reply, REFUSAL_INVALID, "name",
                            "Name: “%s” is no name for a field. Give letters, such as Company.",
                            text_shorten(call->arena, label, 40));
    }
    if ((strcmp(kind, "choice") == 0) != (choices != NULL)) {
        return reply_refuse(
            reply, REFUSAL_INVALID, "choices",
            "Choices: a choice has 1 to %d of them, other types have none, such as: field add "
            "Course, choice, choices Excel, Tally.",
            CHOICES_LIMIT);
    }
    if (count_fields(call) >= FIELDS_LIMIT) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "There are %d fields already, and no form can bear more. Remove one first: field "
                            "list.",
                            FIELDS_LIMIT);
    }
    const char *complaint =
        complain(call, defined_field(call->arena, name, label, defined_type(kind), choices));
    if (complaint != NULL) {
        return reply_refuse(reply, REFUSAL_CONFLICT, "name", "Name: %s. Give another name.", complaint);
    }
    const struct lead_field_add *added =
        query_lead_field_add(call->unit, name, label, kind, choices == NULL ? NULL : &list);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (added->count == 0) {
        return reply_refuse(reply, REFUSAL_CONFLICT, "name", "Name: there is a field called %s already.",
                            label);
    }
    reply_say(reply, "Leads have the field %s now: in forms, in chat, in lists and in files.", label);
    reply_next(reply, "field list");
    return VERDICT_DONE;
}

enum verdict lead_field_list(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    const struct lead_fields *fields = query_lead_fields(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (fields->count == 0) {
        reply_say(reply, "Leads have no fields but their own. An Admin adds some: field add Company.");
        return VERDICT_DONE;
    }
    reply_title(reply, "Fields of leads");
    for (size_t i = 0; i < fields->count; i++) {
        const struct lead_fields_row *field = &fields->rows[i];
        struct text choices = text_new(call->arena);
        for (const char *c = field->choices == NULL ? "" : field->choices; *c != '\0'; c++) {
            text_addf(&choices, *c == '\n' ? ", " : "%c", *c);
        }
        const char *cells[] = {field->label, field->type, choices.length == 0 ? NULL : choices.data};
        reply_row(reply, field->name, cells);
    }
    return VERDICT_DONE;
}

/* ---- field.remove */

static enum verdict refuse_unknown(struct call *call, const char *given, struct reply *reply)
{
    const struct lead_fields *fields = query_lead_fields(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char **labels = arena_array(call->arena, fields->count + 1, sizeof *labels);
    for (size_t i = 0; i < fields->count; i++) {
        labels[i] = fields->rows[i].label;
    }
    return named_refuse(call, "field", "Field: there is none called", given, labels, fields->count,
                        "field list", reply);
}

/* The field that is meant; NULL and the verdict when there is none. */
static const struct lead_field_named_row *find(struct call *call, const struct args *args,
                                               struct reply *reply, enum verdict *verdict)
{
    const char *given = args_get(args, "field")->text;
    const struct lead_field_named *found = query_lead_field_named(call->unit, given);
    if (unit_flush(call->unit) != DB_OK) {
        *verdict = VERDICT_FAILED;
        return NULL;
    }
    *verdict = VERDICT_DONE;
    if (found->count == 0 && reply != NULL) {
        *verdict = refuse_unknown(call, given, reply);
    }
    return found->count == 0 ? NULL : &found->rows[0];
}

enum verdict lead_field_remove_warns(struct call *call, const struct args *args, const char **warning)
{
    enum verdict verdict;
    const struct lead_field_named_row *field = find(call, args, NULL, &verdict);
    if (field == NULL) {
        return verdict;
    }
    const struct lead_field_used *used = query_lead_field_used(call->unit, field->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    int64_t leads = used->rows[0].leads;
    if (leads > 0) {
        *warning =
            arena_printf(call->arena, "What %s%lld lead%s in %s is lost.", leads == 1000 ? "more than " : "",
                         (long long)leads, leads == 1 ? " has" : "s have", field->label);
    }
    return VERDICT_DONE;
}

enum verdict lead_field_remove(struct call *call, const struct args *args, struct reply *reply)
{
    enum verdict verdict;
    const struct lead_field_named_row *field = find(call, args, reply, &verdict);
    if (field == NULL) {
        return verdict;
    }
    query_lead_field_remove(call->unit, field->id);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    reply_say(reply, "The field %s is removed.", field->label);
    return VERDICT_DONE;
}

const struct choice *lead_field_find(struct unit *unit, struct arena *arena, const char *part, size_t most)
{
    const struct lead_field_found *found = query_lead_field_found(unit, part, (int64_t)most);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    const char **values = arena_array(arena, found->count + 1, sizeof *values);
    const char **labels = arena_array(arena, found->count + 1, sizeof *labels);
    for (size_t i = 0; i < found->count; i++) {
        values[i] = found->rows[i].name;
        labels[i] = found->rows[i].label;
    }
    return named_choices(arena, values, labels, found->count);
}

/* ---- the parameters */

static const char *const choices_words[] = {"one of", "options", NULL};

const struct param lead_field_add_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "What the field is called, such as Company",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = LABEL_LIMIT},
    {.name = "type",
     .label = "Type",
     .hint = "What goes into it; text when left out",
     .type = PARAM_CHOICE,
     .choices = field_types},
    {.name = "choices",
     .label = "Choices",
     .hint = "Of a choice: what there is to choose from, with commas between, such as Excel, Tally",
     .type = PARAM_TEXT,
     .flags = PARAM_REST,
     .words = choices_words},
    {.name = NULL},
};

const struct param lead_field_remove_params[] = {
    {.name = "field",
     .label = "Field",
     .hint = "The field that goes, with what leads have in it, such as Company",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .limit = LABEL_LIMIT,
     .find = lead_field_find},
    {.name = NULL},
};

const struct column lead_field_columns[] = {
    {"field", "Field", PARAM_TEXT},
    {"type", "Type", PARAM_TEXT},
    {"choices", "Choices", PARAM_TEXT},
    {NULL, NULL, PARAM_TEXT},
};

const char *const lead_field_add_examples[] = {"field add Company",
                                               "field add Course, choice, choices Excel, Tally", NULL};
const char *const lead_field_list_examples[] = {"fields", "field list", NULL};
const char *const lead_field_remove_examples[] = {"field remove Batch", NULL};
