/* DESIGN. Values travel as text in both directions: PostgreSQL's text form is the one that does not depend on
 * the machine, and of what a CRM moves nearly all is text anyway. A parameter is declared with its type, so
 * that PostgreSQL never guesses. Array literals as in the PostgreSQL manual, 8.15.6: each element quoted,
 * backslash before quote and backslash.
 */
#include "db/statement.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "db/wire_types.h"

/* Object identifiers of types that are part of PostgreSQL itself never change
 * (src/include/catalog/pg_type.dat). */
Oid statement_type_oid(enum sql_type type)
{
    static const Oid oids[] = {
        [TYPE_TEXT] = 25,    [TYPE_UUID] = 2950,       [TYPE_TIMESTAMPTZ] = 1184, [TYPE_DATE] = 1082,
        [TYPE_JSONB] = 3802, [TYPE_BIGINT] = 20,       [TYPE_INT] = 23,           [TYPE_BOOLEAN] = 16,
        [TYPE_DOUBLE] = 701, [TYPE_TEXT_ARRAY] = 1009, [TYPE_UUID_ARRAY] = 2951,  [TYPE_BIGINT_ARRAY] = 1016,
    };
    return oids[type];
}

/* ---------------------------------------------------------------- parameters */

static void add_element(struct text *literal, const char *element)
{
    if (element == NULL) {
        text_add(literal, "NULL");
        return;
    }
    text_add_char(literal, '"');
    while (*element != '\0') {
        size_t plain = strcspn(element, "\"\\");
        text_add_bytes(literal, element, plain);
        element += plain;
        if (*element != '\0') {
            text_add_char(literal, '\\');
            text_add_char(literal, *element++);
        }
    }
    text_add_char(literal, '"');
}

static const char *text_array_literal(struct arena *arena, const struct text_array *array)
{
    struct text literal = text_new(arena);
    for (size_t i = 0; i < array->count; i++) {
        text_add_char(&literal, i == 0 ? '{' : ',');
        add_element(&literal, array->values[i]);
    }
    text_add(&literal, array->count == 0 ? "{}" : "}");
    return literal.data;
}

static const char *bigint_array_literal(struct arena *arena, const struct bigint_array *array)
{
    struct text literal = text_new(arena);
    for (size_t i = 0; i < array->count; i++) {
        text_addf(&literal, "%c%" PRId64, i == 0 ? '{' : ',', array->values[i]);
    }
    text_add(&literal, array->count == 0 ? "{}" : "}");
    return literal.data;
}

const char *statement_encode(struct arena *arena, enum sql_type type, const void *value)
{
    if (value == NULL) {
        return NULL;
    }
    switch (type) {
    case TYPE_TEXT:
    case TYPE_UUID:
    case TYPE_TIMESTAMPTZ:
    case TYPE_DATE:
    case TYPE_JSONB:
        return value;
    case TYPE_BIGINT:
        return arena_printf(arena, "%" PRId64, *(const int64_t *)value);
    case TYPE_INT:
        return arena_printf(arena, "%" PRId32, *(const int32_t *)value);
    case TYPE_BOOLEAN:
        return *(const bool *)value ? "t" : "f";
    case TYPE_DOUBLE:
        return arena_printf(arena, "%.17g", *(const double *)value);
    case TYPE_TEXT_ARRAY:
    case TYPE_UUID_ARRAY:
        return text_array_literal(arena, value);
    case TYPE_BIGINT_ARRAY:
        return bigint_array_literal(arena, value);
    }
    log_bug("unknown parameter type %d", (int)type);
}

/* ---------------------------------------------------------------- rows */

static void store_value(struct arena *arena, const struct column *column, const char *value, size_t length,
                        char *row)
{
    switch (column->type) {
    case TYPE_BIGINT: {
        int64_t number = strtoll(value, NULL, 10);
        memcpy(row + column->offset, &number, sizeof number);
        return;
    }
    case TYPE_INT: {
        int32_t number = (int32_t)strtol(value, NULL, 10);
        memcpy(row + column->offset, &number, sizeof number);
        return;
    }
    case TYPE_BOOLEAN: {
        bool truth = value[0] == 't';
        memcpy(row + column->offset, &truth, sizeof truth);
        return;
    }
    case TYPE_DOUBLE: {
        double number = strtod(value, NULL);
        memcpy(row + column->offset, &number, sizeof number);
        return;
    }
    default: {
        const char *copy = arena_strndup(arena, value, length);
        memcpy(row + column->offset, &copy, sizeof copy);
        return;
    }
    }
}

static bool is_number_or_truth(enum sql_type type)
{
    return type == TYPE_BIGINT || type == TYPE_INT || type == TYPE_BOOLEAN || type == TYPE_DOUBLE;
}

static const char *check_columns(struct arena *arena, const struct statement *statement,
                                 const PGresult *result)
{
    if ((size_t)PQnfields(result) != statement->column_count) {
        return arena_printf(arena, "gives %d columns, and declares %zu", PQnfields(result),
                            statement->column_count);
    }
    for (size_t i = 0; i < statement->column_count; i++) {
        const struct column *column = &statement->columns[i];
        if (column->type != TYPE_TEXT && PQftype(result, (int)i) != statement_type_oid(column->type)) {
            return arena_printf(arena, "the column %s has another type (oid %u) than declared", column->name,
                                PQftype(result, (int)i));
        }
    }
    return NULL;
}

static const char *store_row(struct arena *arena, const struct statement *statement, const PGresult *result,
                             int number, char *row)
{
    for (size_t i = 0; i < statement->column_count; i++) {
        const struct column *column = &statement->columns[i];
        bool null = PQgetisnull(result, number, (int)i) != 0;
        if (null && !column->nullable) {
            return arena_printf(arena, "the column %s is NULL and does not say that it can be", column->name);
        }
        if (null) {
            continue;
        }
        store_value(arena, column, PQgetvalue(result, number, (int)i),
                    (size_t)PQgetlength(result, number, (int)i), row);
        if (column->nullable && is_number_or_truth(column->type)) {
            memcpy(row + column->has_offset, &(bool){true}, sizeof(bool));
        }
    }
    return NULL;
}

/* Every result struct begins with a count, and one with rows goes on with the pointer to them; queries.h
 * knows the row's type. */
const char *statement_store(struct arena *arena, const struct statement *statement, const PGresult *pg_result,
                            void *result)
{
    struct {
        size_t count;
        const void *rows;
    } filled = {0};
    if (statement->column_count == 0) {
        filled.count = strtoull(PQcmdTuples((PGresult *)pg_result), NULL, 10);
        memcpy(result, &filled.count, sizeof filled.count);
        return NULL;
    }
    const char *problem = check_columns(arena, statement, pg_result);
    if (problem != NULL) {
        return problem;
    }
    filled.count = (size_t)PQntuples(pg_result);
    char *rows = arena_array(arena, filled.count, statement->row_size);
    for (size_t i = 0; i < filled.count; i++) {
        problem = store_row(arena, statement, pg_result, (int)i, rows + i * statement->row_size);
        if (problem != NULL) {
            return problem;
        }
    }
    filled.rows = rows;
    memcpy(result, &filled, sizeof filled);
    return NULL;
}

size_t statement_result_size(const struct statement *statement)
{
    return statement->column_count == 0 ? sizeof(struct affected) : sizeof(size_t) + sizeof(void *);
}
