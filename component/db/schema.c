#include "db/schema.h"

#include "queries.h"

enum db_status schema_check(struct db *db, struct arena *arena, const char **problem)
{
    struct unit *unit = unit_begin(db, arena, &(struct identity){"crm_system", 0, 0, "schema", "system"});
    const struct schema_version *found = query_schema_version(unit);
    enum db_status status = unit_commit(unit);
    *problem = NULL;
    if (status == DB_UNKNOWN || status == DB_CONFLICT) {
        return DB_AWAY; /* nothing was written that could be there or not */
    }
    if (status != DB_OK || found->rows[0].version == SCHEMA_VERSION) {
        return status;
    }
    *problem =
        arena_printf(arena, "the database has schema version %d, and this program needs %d; %s",
                     found->rows[0].version, SCHEMA_VERSION,
                     found->rows[0].version < SCHEMA_VERSION ? "run schema/apply"
                                                             : "install the program that belongs to it");
    return DB_OK;
}
