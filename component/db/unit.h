/* unit: one unit of work in PostgreSQL: an identity, some statements, one transaction.
 *
 * A unit is one implicit transaction in libpq's pipeline mode: identity first, then what the caller queues,
 * then Sync. Statements are the generated functions of queries.h (one per statement of schema/queries/): each
 * queues its statement and returns a result that is filled by the next unit_flush() or unit_commit(). There
 * is no general query call, and no SQL text in the program.
 *
 *     struct unit *unit = unit_begin(db, arena, &identity);
 *     const struct lead_by_id *lead = query_lead_by_id(unit, 42);
 *     if (unit_flush(unit) != DB_OK)            // results so far; the transaction goes on
 *         return unit_abandon(unit);
 *     if (lead->count == 1) query_lead_touch(unit, 42);
 *     enum db_status status = unit_commit(unit);
 *
 * Every unit ends with unit_commit() or unit_abandon() before the next one begins on its connection; one that
 * forgets is a bug. After any status but DB_OK the transaction is gone and further calls on the unit are
 * no-ops that return the same status. Threads: a struct db and its units belong to one lane.
 */
#ifndef DB_UNIT_H
#define DB_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct db;
struct unit;

enum db_status {
    DB_OK,
    DB_CONFLICT,   /* serialization failure or deadlock (40001, 40P01): run the whole unit again */
    DB_CONSTRAINT, /* a constraint or a rule said no (class 23, 42501, P0001 and our CR codes): see
                      unit_error() */
    DB_FENCED,     /* another crmd holds the lease (CR001): this process must end */
    DB_AWAY,       /* no connection, or no room or time in the server; nothing was written: try again later */
    DB_UNKNOWN, /* the connection died during commit: the outcome is unknown; only an idempotent unit may be
                   run again */
    DB_FAILED,  /* anything else: a bug or a broken schema; logged where detected */
};

/* Who acts. `role` is one of the database roles (crm_system, crm_admin, crm_manager, crm_sales, crm_lead,
 * crm_customer, crm_visitor); `person` is 0 for the system; `epoch` is the lease that each writing unit
 * checks, 0 for none (read-only tools). `request` is the request id that logs and the audit carry, NULL
 * for the one that the thread works on (base/log.h); `surface` the way in ("form", "chat", "rest", "system").
 */
struct identity {
    const char *role;
    int64_t person;
    int64_t epoch;
    const char *request;
    const char *surface;
};

struct db_settings {
    const char *conninfo; /* without a password */
    const char *password;
    const char *application_name; /* "crmd chat 1" */
    const char *on_connect;       /* a statement that each new connection runs first, as the login; or NULL */
    const char *planner; /* session settings beyond the usual ones, as "-c name=value …"; or NULL */
};

/* Makes a connection object; connects on first use, and again by itself after a loss (backoff 50 ms to 1 s,
 * on use). The settings must outlive it. */
struct db *db_new(const struct db_settings *settings);
void db_free(struct db *db);

/* Any thread: cancels what the connection runs, for shutdown. */
void db_cancel(struct db *db);

/* Begins a unit whose results live in `arena`. Never fails: a lost connection shows in the first flush or
 * commit. */
struct unit *unit_begin(struct db *db, struct arena *arena, const struct identity *identity);

/* Sends what is queued and fills its results; the transaction stays open. */
enum db_status unit_flush(struct unit *unit) __attribute__((warn_unused_result));

/* Sends what is queued, fills its results, commits. */
enum db_status unit_commit(struct unit *unit) __attribute__((warn_unused_result));

/* From here on the unit's statements act as someone else: the dispatcher reads the caller as crm_system, runs
 * the handler as the caller's role, and writes outbox and audit as crm_system again. */
void unit_become(struct unit *unit, const struct identity *identity);

/* The commit does not wait for the disk (PostgreSQL manual, synchronous_commit): others see at once what is
 * written, but when the server dies within the next second it may be lost, whole. For what nobody has been
 * promised: never where somebody is told that something was stored, sent or changed. */
void unit_commit_early(struct unit *unit);

/* Rolls back; returns the unit's status so far (DB_OK becomes DB_OK with nothing written). */
enum db_status unit_abandon(struct unit *unit);

/* What PostgreSQL said, above all for DB_CONSTRAINT: SQLSTATE and the constraint's name or the message's
 * DETAIL; "" when unknown, or when nothing was said. */
struct db_error {
    const char *sqlstate, *constraint, *message;
};
const struct db_error *unit_error(const struct unit *unit);

/* The unit's arena, for callers that build parameters. */
struct arena *unit_arena(struct unit *unit);

/* The result of a statement without columns: how many rows it changed. */
struct affected {
    size_t count;
};

/* Array parameters. A NULL entry is SQL NULL. */
struct text_array {
    const char *const *values;
    size_t count;
};
struct bigint_array {
    const int64_t *values;
    size_t count;
};

#endif
