/* connection: a libpq connection in pipeline mode that comes back by itself; private to db/.
 *
 * Owns: the PGconn, what is prepared on it, the pause between attempts. Threads: the lane's, but
 * connection_cancel(), which any may call.
 */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include <stdbool.h>

#include <libpq-fe.h>

#include "base/arena.h"
#include "db/unit.h"

struct connection;
struct statement;

enum prepared_state {
    PREPARED_NOT,
    PREPARED_SENT, /* in the pipeline; its result is not here yet */
    PREPARED_YES,
};

/* A statement as one role uses it: a plan depends on the role's row security, and would be made anew at each
 * change of role. */
struct prepared {
    const struct statement *statement;
    const char *role;
    const char *name; /* on the server */
    enum prepared_state state;
    struct prepared *next;
};

struct connection *connection_new(const struct db_settings *settings);
void connection_free(struct connection *connection);

/* Connects when there is no connection. False when there is none to be had now; then the next attempt is
 * paused for. */
bool connection_ready(struct connection *connection);

/* The libpq handle, in nonblocking pipeline mode; NULL without a connection. */
PGconn *connection_handle(struct connection *connection);

/* Closes; the next connection_ready() makes a new one. The reason, when the
 * database is to blame, is logged. */
void connection_drop(struct connection *connection, const char *reason);

/* True when the other side is known to be gone; looks at the socket, does not wait. */
bool connection_is_lost(struct connection *connection);

/* Writes what is queued and reads until the next result is there: the same as PQgetResult() gives. On a lost
 * connection that is an error result, or NULL where a result was due. */
PGresult *connection_result(struct connection *connection);

/* True when, at the last connection_result(), the end of what was queued had certainly not left this process.
 */
bool connection_has_unsent(const struct connection *connection);

/* The entry for a statement and role (a constant string), new ones PREPARED_NOT. Lives as long as the
 * connection. */
struct prepared *connection_prepared(struct connection *connection, const struct statement *statement,
                                     const char *role);

void connection_cancel(struct connection *connection);

#endif
