#include "command/defined.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command/table.h"
#include "command/type.h"
#include "queries.h"

struct defined {
    const struct command_table *base;
    const struct command_table *table;
    int64_t version;     /* 0: nothing was read yet */
    struct arena *arena; /* of what was added */
};

struct defined *defined_new(const struct command_table *base)
{
    struct defined *defined = calloc(1, sizeof *defined);
    if (defined == NULL) {
        log_bug("out of memory");
    }
    defined->base = defined->table = base;
    return defined;
}

void defined_free(struct defined *defined)
{
    if (defined != NULL) {
        arena_free(defined->arena);
    }
    free(defined);
}

const struct command_defined *defined_ask(const struct defined *defined, struct unit *unit)
{
    return query_command_defined(unit, defined->version);
}

/* ---- what is added */

static bool has_choice(const struct choice *choices, const char *value)
{
    for (; choices->value != NULL; choices++) {
        if (strcmp(choices->value, value) == 0) {
            return true;
        }
    }
    return false;
}

/* The sources there are: those of the row in its order, then what was added; what is offered no more only
 * where it is looked for. */
static const struct choice *sources(struct arena *arena, const struct choice *first,
                                    const struct command_defined *rows, bool retired)
{
    size_t count = 0;
    while (first[count].value != NULL) {
        count++;
    }
    struct choice *choices = arena_array(arena, count + rows->count + 1, sizeof *choices);
    memcpy(choices, first, count * sizeof *choices);
    for (size_t i = 0; i < rows->count; i++) {
        const struct command_defined_row *row = &rows->rows[i];
        if (strcmp(row->kind, "source") == 0 && (retired || !row->retired) && !has_choice(first, row->name)) {
            choices[count++] =
                (struct choice){arena_strdup(arena, row->name), arena_strdup(arena, row->label)};
        }
    }
    return choices;
}

/* The parts of a text that has a line for each. */
static const struct choice *split(struct arena *arena, const char *lines)
{
    size_t count = 1, filled = 0;
    for (const char *c = lines; *c != '\0'; c++) {
        count += *c == '\n';
    }
    struct choice *choices = arena_array(arena, count + 1, sizeof *choices);
    for (const char *at = lines; *at != '\0'; at += strspn(at, "\n")) {
        const char *one = arena_strndup(arena, at, strcspn(at, "\n"));
        choices[filled++] = (struct choice){one, one};
        at += strlen(one);
    }
    return choices;
}

struct param defined_field(struct arena *arena, const char *name, const char *label, enum param_type type,
                           const char *choices)
{
    struct param param = {.name = arena_strdup(arena, name),
                          .label = arena_strdup(arena, label),
                          .hint = arena_printf(arena, "%s, such as %s", label, type_of(type)->example),
                          .type = type,
                          .flags = PARAM_FIELD,
                          .limit = type == PARAM_TEXT ? 200 : 0};
    if (choices != NULL) {
        param.choices = split(arena, choices);
        param.hint = arena_printf(arena, "%s, such as %s", label, param.choices[0].value);
    }
    return param;
}

enum param_type defined_type(const char *name)
{
    enum param_type type = PARAM_TEXT;
    while (type <= PARAM_AGE && strcmp(type_of(type)->name, name) != 0) {
        type++;
    }
    return type > PARAM_AGE ? PARAM_TEXT : type;
}

/* What leads are to have: a number, an amount or a day may be a range. */
static void seek(struct arena *arena, const struct command *row, struct param *param)
{
    for (size_t i = 0; i < command_param_count(row); i++) {
        param->flags |= row->params[i].flags & PARAM_NAMED;
    }
    param->hint = arena_printf(arena, "Only leads with this %s", param->label);
    if (param->type == PARAM_NUMBER || param->type == PARAM_MONEY || param->type == PARAM_DATE) {
        param->hint = arena_printf(arena, "%s, or a range: >%s, <%s, or two with .. between", param->hint,
                                   type_of(param->type)->example, type_of(param->type)->example);
        param->type = PARAM_TEXT;
        param->limit = 80;
    }
}

/* Puts the fields in; returns how many. */
static size_t put_fields(struct arena *arena, const struct command *row, const struct command_defined *rows,
                         struct param *params)
{
    size_t count = 0;
    for (size_t i = 0; row->fields != FIELDS_NONE && i < rows->count; i++) {
        const struct command_defined_row *field = &rows->rows[i];
        if (strcmp(field->kind, "field") == 0 && command_param(row, field->name) < 0) {
            params[count] =
                defined_field(arena, field->name, field->label, defined_type(field->type), field->choices);
            params[count].flags |= row->fields == FIELDS_CHANGED ? PARAM_CLEARS : 0;
            if (row->fields == FIELDS_SOUGHT) {
                seek(arena, row, &params[count]);
            }
            count++;
        }
    }
    return count;
}

static bool has_defined(const struct command *row)
{
    if (row->fields != FIELDS_NONE) {
        return true;
    }
    for (size_t i = 0; i < command_param_count(row); i++) {
        if ((row->params[i].flags & PARAM_SOURCE) != 0) {
            return true;
        }
    }
    return false;
}

static const struct param *grow_params(struct arena *arena, const struct command *row,
                                       const struct command_defined *rows)
{
    size_t count = command_param_count(row), filled = 0;
    struct param *params = arena_array(arena, count + rows->count + 1, sizeof *params);
    for (size_t i = 0; i < count; i++) {
        if ((row->params[i].flags & PARAM_CURSOR) != 0) {
            filled += put_fields(arena, row, rows, params + filled);
        }
        params[filled] = row->params[i];
        if ((params[filled].flags & PARAM_SOURCE) != 0) {
            params[filled].choices = sources(arena, params[filled].choices, rows, row->effect == EFFECT_READ);
        }
        filled++;
    }
    if (count == 0 || (row->params[count - 1].flags & PARAM_CURSOR) == 0) {
        put_fields(arena, row, rows, params + filled);
    }
    return params;
}

/* Lists that are narrowed by the fields can show them. */
static const struct column *grow_columns(struct arena *arena, const struct command *row,
                                         const struct command_defined *rows)
{
    size_t count = 0;
    while (row->columns != NULL && row->columns[count].name != NULL) {
        count++;
    }
    if (count == 0 || row->fields != FIELDS_SOUGHT) {
        return row->columns;
    }
    struct column *columns = arena_array(arena, count + rows->count + 1, sizeof *columns);
    memcpy(columns, row->columns, count * sizeof *columns);
    for (size_t i = 0; i < rows->count; i++) {
        const struct command_defined_row *field = &rows->rows[i];
        if (strcmp(field->kind, "field") == 0) {
            columns[count++] = (struct column){arena_strdup(arena, field->name),
                                               arena_strdup(arena, field->label), defined_type(field->type)};
        }
    }
    return columns;
}

static const struct command *grow_row(struct arena *arena, const struct command *row,
                                      const struct command_defined *rows)
{
    if (!has_defined(row)) {
        return row;
    }
    struct command *grown = arena_alloc(arena, sizeof *grown);
    *grown = *row;
    grown->params = grow_params(arena, row, rows);
    grown->columns = grow_columns(arena, row, rows);
    return grown;
}

const struct command *defined_try(struct arena *arena, const struct command *row, struct param field)
{
    size_t count = command_param_count(row);
    struct param *params = arena_array(arena, count + 2, sizeof *params);
    struct command *tried = arena_alloc(arena, sizeof *tried);
    for (size_t i = 0; i < count; i++) {
        params[i] = row->params[i];
    }
    params[count] = field;
    *tried = *row;
    tried->params = params;
    return tried;
}

const struct command_table *defined_take(struct defined *defined, const struct command_defined *rows)
{
    if (rows->count == 0) {
        return defined->table;
    }
    arena_free(defined->arena);
    struct arena *arena = defined->arena = arena_new();
    const struct command **grown = arena_array(arena, defined->base->count + 1, sizeof(void *));
    for (size_t i = 0; i < defined->base->count; i++) {
        grown[i] = grow_row(arena, defined->base->rows[i], rows);
    }
    struct command_table *table = arena_alloc(arena, sizeof *table);
    *table = (struct command_table){.rows = grown, .count = defined->base->count};
    defined->version = rows->rows[0].version;
    defined->table = table;
    return table;
}
