/* probe: what an operator wants to know of a database that cannot be reached. Threads: any; blocks for at
 * most five seconds. */
#ifndef DB_PROBE_H
#define DB_PROBE_H

#include "db/unit.h"

/* Connects once and closes again. Returns NULL, or the reason in libpq's words, one line in the arena. */
const char *db_probe(struct arena *arena, const struct db_settings *settings);

#endif
