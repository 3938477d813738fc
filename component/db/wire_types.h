/* wire_types: C values to PostgreSQL's text form and back; private to db/.
 *
 * Knows how statement.h's types look on the wire. Threads: any; works on the caller's arena only.
 */
#ifndef DB_WIRE_TYPES_H
#define DB_WIRE_TYPES_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "db/statement.h"

/* PostgreSQL's number of a type. */
Oid statement_type_oid(enum sql_type type);

/* A parameter's text form; NULL for NULL. It may be the value itself or lie in the arena. */
const char *statement_encode(struct arena *arena, enum sql_type type, const void *value);

/* How large the struct is that a statement's result needs. */
size_t statement_result_size(const struct statement *statement);

/* Fills a result (zeroed, of that size). Returns NULL, or in words what does not fit the declaration. */
const char *statement_store(struct arena *arena, const struct statement *statement, const PGresult *pg_result,
                            void *result);

#endif
