/* DESIGN. A unit is one implicit transaction: in the extended protocol everything up to the next Sync is one
 * (PostgreSQL manual, 55.2.3 and 34.5). The wire of a unit that decides midway and takes on two roles:
 *
 *     identity(crm_system)  s1 s2  Flush | identity(crm_sales)  s3  Sync
 *                                  ^ unit_flush: answers come,      ^ unit_commit: answers come, it is
 * committed the transaction goes on
 *
 * - The identity is a statement like any other: set_config(…, true) lasts until the transaction ends, over
 * flushes, and falls back to the bare login by itself, so that nothing of one unit can leak into the next.
 * The first one that carries an epoch checks the lease in the same statement; its shared lock lasts as long,
 * so once a unit is enough.
 * - Parse messages go into the same pipeline, before the first use. What is prepared survives a rollback, but
 * a Parse that was skipped behind an error was not done; so an entry counts as prepared only when its answer
 * has come.
 * - After an error PostgreSQL skips everything up to the next Sync. A unit that hears of one in a flush sends
 * the Sync at once, which ends the transaction, and the connection is clean for the next unit.
 * - Rolling back: "BEGIN; ROLLBACK; Sync". BEGIN turns an implicit transaction into an explicit one, with all
 * that was done, and ROLLBACK ends that. A ROLLBACK alone works too, but each one is a warning in the
 * server's log; a provoked error likewise. It costs what a commit costs (measured: 102 µs against 97), and
 * only those who roll back pay; BEGIN and COMMIT around each unit would be paid by all.
 * - What a lost connection means depends on whether the Sync can have reached the server:
 *
 *     lost, or stopped by the server, before the Sync was sent, or in answer to a statement ... DB_AWAY:
 * nothing was written lost after it was sent
 * ................................................................. DB_UNKNOWN
 *
 *   PostgreSQL answers in order, so a FATAL error in the place of a statement's answer means that the Sync
 * behind it was never reached.
 */
#include "db/unit.h"

#include <inttypes.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/log.h"
#include "base/metric.h"
#include "db/connection.h"
#include "db/statement.h"
#include "db/wire_types.h"

struct db {
    struct arena *memory;
    struct db_settings settings;
    struct connection *connection;
    struct unit *unit; /* the one that is open */
};

/* An answer that is due. */
struct due {
    const struct statement *statement;
    struct prepared *parse; /* the answer to a Parse; NULL for the answer to a statement */
    void *result;
    struct due *next;
};

struct unit {
    struct db *db;
    struct arena *arena;
    int64_t begun; /* metric_now() */
    const char *role;
    int64_t leased; /* the epoch that this transaction has checked */
    struct due *first, **last;
    enum db_status status;
    struct db_error error;
    bool failed;        /* nothing more is taken from answers */
    bool server_failed; /* by the server's word: it skips everything up to the next Sync */
    bool rolling_back;  /* nothing will be committed, whatever happens to the connection */
    bool syncing;       /* Sync is queued: no statement can follow */
    bool over;          /* nothing is open on the server */
};

/* ---------------------------------------------------------------- statements of the unit itself */

#define TAKE_ON                                                                                              \
    "SELECT set_config('role', $1, true), set_config('crm.person', $2, true), set_config('crm.surface', "    \
    "$3, true), "                                                                                            \
    "set_config('crm.request', $4, true)"

static const struct parameter identity_parameters[] = {
    {"role", TYPE_TEXT, false},    {"person", TYPE_TEXT, false},  {"surface", TYPE_TEXT, false},
    {"request", TYPE_TEXT, false}, {"epoch", TYPE_BIGINT, false},
};
static const struct statement take_on = {
    .name = "take_on", .sql = TAKE_ON, .parameters = identity_parameters, .parameter_count = 4};
static const struct statement take_on_leased = {.name = "take_on_leased",
                                                .sql = TAKE_ON ", crm.lease_require($5)",
                                                .parameters = identity_parameters,
                                                .parameter_count = 5};
static const struct statement no_wait = {.name = "no_wait",
                                         .sql = "SELECT set_config('synchronous_commit', 'off', true)"};
static const struct statement make_explicit = {.name = "begin", .sql = "BEGIN"};
static const struct statement roll_back = {.name = "rollback", .sql = "ROLLBACK"};

/* They read no table, so one plan serves all roles. */
static const char any_role[] = "any";

/* The constant string, which the table of prepared statements tells apart by address. */
static const char *known_role(const char *role)
{
    static const char *const roles[] = {"crm_system", "crm_admin",    "crm_manager", "crm_lead",
                                        "crm_sales",  "crm_customer", "crm_visitor"};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i], role) == 0) {
            return roles[i];
        }
    }
    log_bug("no such database role: %s", role);
}

/* ---------------------------------------------------------------- what went wrong */

static bool in_class(const char *sqlstate, const char *class)
{
    return strncmp(sqlstate, class, strlen(class)) == 0;
}

/* By SQLSTATE (PostgreSQL manual, appendix A). */
static enum db_status status_of(const char *sqlstate)
{
    static const struct {
        const char *class;
        enum db_status status;
    } meanings[] = {
        {"40001", DB_CONFLICT}, {"40P01", DB_CONFLICT},   {"CR001", DB_FENCED},     {"CR", DB_CONSTRAINT},
        {"23", DB_CONSTRAINT},  {"42501", DB_CONSTRAINT}, {"P0001", DB_CONSTRAINT}, {"08", DB_AWAY},
        {"53", DB_AWAY},        {"57", DB_AWAY},          {"58", DB_AWAY},          {"55P03", DB_AWAY},
        {"25P03", DB_AWAY},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (in_class(sqlstate, meanings[i].class)) {
            return meanings[i].status;
        }
    }
    return DB_FAILED;
}

static const char *field_of(struct arena *arena, const PGresult *result, int field)
{
    const char *value = PQresultErrorField(result, field);
    return value != NULL ? arena_strdup(arena, value) : "";
}

/* A bug or a broken server. The message of a data exception (class 22) quotes the data, which no log may
 * hold. */
static void log_failure(const struct unit *unit, const struct due *due)
{
    const struct db_error *error = &unit->error;
    log_error("statement failed statement=%s role=%s sqlstate=%s message=\"%s\"",
              due != NULL ? due->statement->name : "commit", unit->role, error->sqlstate,
              in_class(error->sqlstate, "22") ? "(data exception)" : error->message);
}

/* The first failure of a unit is its status; what comes after follows from it. */
static void unit_fail(struct unit *unit, enum db_status status)
{
    if (unit->status == DB_OK) {
        unit->status = status;
        metric_add(METRIC_UNITS_FAILED, status == DB_AWAY || status == DB_UNKNOWN || status == DB_FAILED);
    }
    unit->failed = true;
}

/* Whether the server said this. What libpq makes up itself (a lost connection, no memory for an answer) has
 * no SQLSTATE: it says nothing about the statement, and what should have come may be missing. */
static bool is_from_server(const PGresult *answer)
{
    ExecStatusType kind = PQresultStatus(answer);
    bool is_error = kind == PGRES_FATAL_ERROR || kind == PGRES_NONFATAL_ERROR || kind == PGRES_BAD_RESPONSE;
    return !is_error || PQresultErrorField(answer, PG_DIAG_SQLSTATE) != NULL;
}

/* The server has answered with an error: in the place of `due`, or of the Sync when it is NULL. A plain ERROR
 * proves that nothing is committed; so does any before the Sync's turn. */
static void hear_error(struct unit *unit, const struct due *due, const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (unit->failed || severity == NULL) {
        return;
    }
    unit->server_failed = true;
    unit->error.sqlstate = field_of(unit->arena, result, PG_DIAG_SQLSTATE);
    unit->error.message = field_of(unit->arena, result, PG_DIAG_MESSAGE_PRIMARY);
    unit->error.constraint = field_of(unit->arena, result, PG_DIAG_CONSTRAINT_NAME);
    if (*unit->error.constraint == '\0') {
        unit->error.constraint = field_of(unit->arena, result, PG_DIAG_MESSAGE_DETAIL);
    }
    if (due == NULL && strcmp(severity, "ERROR") != 0) {
        unit_fail(unit, DB_UNKNOWN);
        return;
    }
    unit_fail(unit, status_of(unit->error.sqlstate));
    if (unit->status == DB_FAILED || in_class(unit->error.sqlstate, "53") ||
        in_class(unit->error.sqlstate, "58")) {
        log_failure(unit, due);
    }
}

static void unit_end(struct unit *unit)
{
    unit->over = true;
    unit->first = NULL;
    unit->db->unit = NULL;
}

static void lose_connection(struct unit *unit)
{
    bool may_be_committed =
        unit->syncing && !unit->rolling_back && !connection_has_unsent(unit->db->connection);
    unit_fail(unit, may_be_committed ? DB_UNKNOWN : DB_AWAY);
    PGconn *handle = connection_handle(unit->db->connection);
    connection_drop(unit->db->connection, PQstatus(handle) == CONNECTION_OK ? "no answer that can be read"
                                                                            : PQerrorMessage(handle));
    unit_end(unit);
}

/* Prepared statements that no longer fit the schema, or that the server has forgotten: a new session knows
 * better. */
static bool session_is_stale(const struct unit *unit)
{
    return unit->status == DB_FAILED &&
           (in_class(unit->error.sqlstate, "0A000") || in_class(unit->error.sqlstate, "26") ||
            in_class(unit->error.sqlstate, "42P05"));
}

/* ---------------------------------------------------------------- queueing */

static void expect(struct unit *unit, const struct statement *statement, struct prepared *parse, void *result)
{
    struct due *due = arena_alloc(unit->arena, sizeof *due);
    *due = (struct due){.statement = statement, .parse = parse, .result = result};
    *unit->last = due;
    unit->last = &due->next;
}

static bool send_parse(struct unit *unit, struct prepared *prepared)
{
    const struct statement *statement = prepared->statement;
    Oid *types = arena_array(unit->arena, statement->parameter_count + 1, sizeof *types);
    for (size_t i = 0; i < statement->parameter_count; i++) {
        types[i] = statement_type_oid(statement->parameters[i].type);
    }
    if (PQsendPrepare(connection_handle(unit->db->connection), prepared->name, statement->sql,
                      (int)statement->parameter_count, types) != 1) {
        return false;
    }
    prepared->state = PREPARED_SENT;
    expect(unit, statement, prepared, NULL);
    return true;
}

static bool send_statement(struct unit *unit, const struct statement *statement, const char *role,
                           const char *const *values, void *result)
{
    struct prepared *prepared = connection_prepared(unit->db->connection, statement, role);
    if (prepared->state == PREPARED_NOT && !send_parse(unit, prepared)) {
        return false;
    }
    if (PQsendQueryPrepared(connection_handle(unit->db->connection), prepared->name,
                            (int)statement->parameter_count, values, NULL, NULL, 0) != 1) {
        return false;
    }
    expect(unit, statement, NULL, result);
    return true;
}

static void *queue_as(struct unit *unit, const struct statement *statement, const char *role,
                      const void *const *values)
{
    void *result = arena_alloc(unit->arena, statement_result_size(statement));
    if (unit->status != DB_OK || unit->over) {
        return result;
    }
    const char **texts = arena_array(unit->arena, statement->parameter_count + 1, sizeof *texts);
    for (size_t i = 0; i < statement->parameter_count; i++) {
        texts[i] = statement_encode(unit->arena, statement->parameters[i].type, values[i]);
        if (texts[i] == NULL && !statement->parameters[i].nullable) {
            log_bug("query_%s: the parameter %s is NULL", statement->name, statement->parameters[i].name);
        }
    }
    if (!send_statement(unit, statement, role, texts, result)) {
        lose_connection(unit);
    }
    return result;
}

void *statement_queue(struct unit *unit, const struct statement *statement, const void *const *values)
{
    return queue_as(unit, statement, unit->role, values);
}

/* ---------------------------------------------------------------- answers */

static void take_answer(struct unit *unit, const struct due *due, const PGresult *answer)
{
    ExecStatusType kind = PQresultStatus(answer);
    bool done = kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK;
    if (due->parse != NULL) {
        due->parse->state = done ? PREPARED_YES : PREPARED_NOT;
    }
    if (kind == PGRES_FATAL_ERROR) {
        hear_error(unit, due, answer);
    }
    if (!done || due->parse != NULL || unit->failed) {
        return;
    }
    const char *problem = statement_store(unit->arena, due->statement, answer, due->result);
    if (problem == NULL) {
        return;
    }
    unit->error = (struct db_error){.sqlstate = "", .constraint = "", .message = problem};
    unit_fail(unit, DB_FAILED);
    log_failure(unit, due);
}

/* One answer and the NULL that ends it. False when the connection is lost. */
static bool read_answer(struct unit *unit, const struct due *due)
{
    struct connection *connection = unit->db->connection;
    PGresult *answer = connection_result(connection);
    if (answer == NULL) {
        return false;
    }
    bool read = is_from_server(answer);
    if (read) {
        take_answer(unit, due, answer);
    }
    PQclear(answer);
    while (read && PQstatus(connection_handle(connection)) == CONNECTION_OK &&
           (answer = connection_result(connection)) != NULL) {
        PQclear(answer);
    }
    return read && PQstatus(connection_handle(connection)) == CONNECTION_OK;
}

/* A commit can still fail, in the place of the Sync's answer; like every error's, that answer is ended by a
 * NULL. */
static bool read_sync(struct unit *unit)
{
    struct connection *connection = unit->db->connection;
    bool null_is_due = false;
    for (;;) {
        PGresult *answer = connection_result(connection);
        if (answer == NULL && !null_is_due) {
            return false;
        }
        ExecStatusType kind = answer != NULL ? PQresultStatus(answer) : PGRES_EMPTY_QUERY;
        null_is_due = kind == PGRES_FATAL_ERROR;
        if (answer != NULL && !is_from_server(answer)) {
            PQclear(answer);
            return false;
        }
        if (kind == PGRES_FATAL_ERROR) {
            hear_error(unit, NULL, answer);
        }
        PQclear(answer);
        if (kind == PGRES_PIPELINE_SYNC) {
            return true;
        }
        if (PQstatus(connection_handle(connection)) != CONNECTION_OK) {
            return false;
        }
    }
}

/* The end of the transaction: committed when nothing has failed. From here on a loss leaves the outcome open,
 * unless it has failed already. */
static bool send_sync(struct unit *unit)
{
    struct connection *connection = unit->db->connection;
    if (!unit->failed && connection_is_lost(connection)) {
        return false;
    }
    unit->syncing = true;
    return PQpipelineSync(connection_handle(connection)) == 1;
}

static bool send_rollback(struct unit *unit)
{
    static const char *const no_values[] = {NULL};
    struct affected *ignored = arena_alloc(unit->arena, sizeof *ignored);
    unit->rolling_back = true;
    return send_statement(unit, &make_explicit, any_role, no_values, ignored) &&
           send_statement(unit, &roll_back, any_role, no_values, ignored) && send_sync(unit);
}

/* Reads what is due. A failure ends the transaction: by the Sync alone when it was the server's (what is due
 * behind it is read on as skipped), by a rollback when it was we who did not understand the answer. */
static bool read_all(struct unit *unit)
{
    for (; unit->first != NULL; unit->first = unit->first->next) {
        if (!read_answer(unit, unit->first)) {
            return false;
        }
        if (unit->failed && !unit->syncing &&
            !(unit->server_failed ? send_sync(unit) : send_rollback(unit))) {
            return false;
        }
    }
    unit->last = &unit->first;
    return true;
}

static enum db_status finish(struct unit *unit)
{
    if (!read_all(unit) || !read_sync(unit)) {
        lose_connection(unit);
        return unit->status;
    }
    if (session_is_stale(unit)) {
        connection_drop(unit->db->connection, NULL);
    }
    unit_end(unit);
    return unit->status;
}

/* ---------------------------------------------------------------- the contract */

struct db *db_new(const struct db_settings *settings)
{
    struct arena *memory = arena_new();
    struct db *db = arena_alloc(memory, sizeof *db);
    db->memory = memory;
    db->settings = *settings;
    db->connection = connection_new(&db->settings);
    return db;
}

void db_free(struct db *db)
{
    if (db == NULL) {
        return;
    }
    connection_free(db->connection);
    arena_free(db->memory);
}

void db_cancel(struct db *db)
{
    connection_cancel(db->connection);
}

struct unit *unit_begin(struct db *db, struct arena *arena, const struct identity *identity)
{
    if (db->unit != NULL) {
        log_bug("a unit of work begins before the last one on its connection was committed or abandoned");
    }
    struct unit *unit = arena_alloc(arena, sizeof *unit);
    unit->db = db;
    unit->arena = arena;
    unit->error = (struct db_error){"", "", ""};
    unit->last = &unit->first;
    unit->begun = metric_now();
    if (connection_ready(db->connection)) {
        db->unit = unit;
    } else {
        unit->over = true;
        unit_fail(unit, DB_AWAY);
    }
    unit_become(unit, identity);
    return unit;
}

void unit_become(struct unit *unit, const struct identity *identity)
{
    unit->role = known_role(identity->role);
    const char *request = identity->request != NULL ? identity->request : log_request();
    bool leased = identity->epoch == 0 || identity->epoch == unit->leased;
    queue_as(unit, leased ? &take_on : &take_on_leased, any_role,
             (const void *const[]){unit->role, arena_printf(unit->arena, "%" PRId64, identity->person),
                                   identity->surface != NULL ? identity->surface : "",
                                   request != NULL ? arena_strdup(unit->arena, request) : "",
                                   &identity->epoch});
    unit->leased = leased ? unit->leased : identity->epoch;
}

void unit_commit_early(struct unit *unit)
{
    queue_as(unit, &no_wait, any_role, NULL);
}

enum db_status unit_flush(struct unit *unit)
{
    if (unit->status != DB_OK) {
        return unit->status;
    }
    if (PQsendFlushRequest(connection_handle(unit->db->connection)) != 1 || !read_all(unit)) {
        lose_connection(unit);
        return unit->status;
    }
    return unit->failed ? finish(unit) : DB_OK;
}

enum db_status unit_commit(struct unit *unit)
{
    if (unit->status != DB_OK) {
        return unit->status;
    }
    if (unit->over) {
        log_bug("a unit of work is committed after it has ended");
    }
    if (!send_sync(unit)) {
        lose_connection(unit);
        return unit->status;
    }
    enum db_status status = finish(unit);
    metric_observe(METRIC_UNIT, metric_now() - unit->begun);
    return status;
}

enum db_status unit_abandon(struct unit *unit)
{
    enum db_status status = unit->status;
    if (unit->over) {
        return status;
    }
    if (send_rollback(unit)) {
        finish(unit);
    } else {
        lose_connection(unit);
    }
    unit->status = status;
    return status;
}

const struct db_error *unit_error(const struct unit *unit)
{
    return &unit->error;
}

struct arena *unit_arena(struct unit *unit)
{
    return unit->arena;
}
