/* schema: whether the database is the one that this program was built for.
 *
 * Owns the number of the last migration that the program knows; schema/apply brings a database there.
 * Threads: as the struct db.
 */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H

#include "db/unit.h"

/* The last of schema/migrations/; tests/unit/db_schema_test.c compares. */
enum { SCHEMA_VERSION = 25 };

/* DB_OK with a NULL problem: it fits. DB_OK with a problem, a sentence in the arena: it does not; do not
 * start. DB_AWAY: ask again later. DB_FAILED: there is no schema at all (logged). */
enum db_status schema_check(struct db *db, struct arena *arena, const char **problem)
    __attribute__((warn_unused_result));

#endif
