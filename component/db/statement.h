/* statement: what the generated queries.c hands to a unit of work; private to db/ and to generated code.
 *
 * A statement is its SQL, the types of its parameters and how its columns lie in a row's struct; unit.c sends
 * and reads them all with the same few functions. Threads: descriptors are constant; queueing is the unit's
 * lane.
 */
#ifndef DB_STATEMENT_H
#define DB_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "db/unit.h"

/* In C: text to JSONB are const char *, then int64_t, int32_t, bool, double, struct text_array (both), struct
 * bigint_array. */
enum sql_type {
    TYPE_TEXT,
    TYPE_UUID,
    TYPE_TIMESTAMPTZ,
    TYPE_DATE,
    TYPE_JSONB,
    TYPE_BIGINT,
    TYPE_INT,
    TYPE_BOOLEAN,
    TYPE_DOUBLE,
    TYPE_TEXT_ARRAY,
    TYPE_UUID_ARRAY,
    TYPE_BIGINT_ARRAY,
};

struct parameter {
    const char *name;
    enum sql_type type;
    bool nullable;
};

struct column {
    const char *name;
    enum sql_type type;
    bool nullable;
    size_t offset;     /* in the row */
    size_t has_offset; /* of its has_ flag, when it is nullable and no pointer */
};

struct statement {
    const char *name, *sql;
    const struct parameter *parameters;
    size_t parameter_count;
    const struct column *columns;
    size_t column_count;
    size_t row_size; /* 0 without columns */
};

/* Queues a statement in the unit. `values` holds the address of each parameter's value; NULL, for a nullable
 * one, is SQL NULL. Values are copied. Returns the result, empty for now: struct affected, or a struct of
 * size_t count and a pointer to rows. */
void *statement_queue(struct unit *unit, const struct statement *statement, const void *const *values);

/* All statements of schema/queries/, ended by NULL: for the test that prepares each against the schema. */
extern const struct statement *const query_statements[];

#endif
