#include "command/defined.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command/table.h"
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

/* The sources there are; what is offered no more only where it is looked for. */
static const struct choice *sources(struct arena *arena, const struct command_defined *rows, bool retired)
{
    struct choice *choices = arena_array(arena, rows->count + 1, sizeof *choices);
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct command_defined_row *row = &rows->rows[i];
        if (strcmp(row->kind, "source") == 0 && (retired || !row->retired)) {
            choices[count++] =
                (struct choice){arena_strdup(arena, row->name), arena_strdup(arena, row->label)};
        }
    }
    return choices;
}

static bool has_defined(const struct command *row)
{
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
    size_t count = command_param_count(row);
    struct param *params = arena_array(arena, count + 1, sizeof *params);
    for (size_t i = 0; i < count; i++) {
        params[i] = row->params[i];
        if ((params[i].flags & PARAM_SOURCE) != 0) {
            params[i].choices = sources(arena, rows, row->effect == EFFECT_READ);
        }
    }
    return params;
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
    return grown;
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
