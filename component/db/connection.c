/* DESIGN. A lane that writes a long pipeline has to read the answers at the same time, or server and client
 * could each wait for the other to read. libpq sees to that in either mode (tried: the blocking one does not
 * hang either); it is used nonblocking so that the waiting is ours and has an end. Nothing waits longer than
 * STALLED: the server's statement_timeout ends a slow statement before that, so silence means that the server
 * is stopped or gone.
 *
 *     none --connection_ready()--> up --connection_drop()--> none, with a pause of 50 ms, doubled up to 1 s
 * while attempts fail
 *
 * Prepared statements live and die with the server's session, so their table lies in an arena of the session.
 */
#include "db/connection.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/metric.h"
#include "base/progress.h"
#include "base/version.h"
#include "db/away.h"
#include "db/probe.h"
#include "db/statement.h"

enum {
    PAUSE_FIRST = 50,     /* ms */
    PAUSE_LONGEST = 1000, /* ms */
    STALLED = 60000,      /* ms */
    BUCKETS = 256,
};

/* One session setting a line. JIT costs more than it gives on short statements; times are UTC whatever the
 * server's zone. */
static const char session_options[] = "-c statement_timeout=30s"
                                      " -c client_min_messages=warning"
                                      " -c jit=off"
                                      " -c timezone=UTC"
                                      " -c datestyle=ISO";
#define OPTIONS_SIZE 512

struct connection {
    struct arena *memory;
    const struct db_settings *settings;
    PGconn *handle;
    struct arena *session;
    struct prepared *prepared[BUCKETS];
    int64_t pause; /* ms, 0 when the last attempt worked */
    int64_t next_attempt;
    bool some_unsent;
    pthread_mutex_t cancel_lock;
    PGcancel *cancel; /* under cancel_lock */
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct connection *connection_new(const struct db_settings *settings)
{
    struct arena *memory = arena_new();
    struct connection *connection = arena_alloc(memory, sizeof *connection);
    connection->memory = memory;
    connection->settings = settings;
    if (pthread_mutex_init(&connection->cancel_lock, NULL) != 0) {
        log_bug("cannot make a mutex");
    }
    return connection;
}

static void set_cancel(struct connection *connection, PGcancel *cancel)
{
    pthread_mutex_lock(&connection->cancel_lock);
    PQfreeCancel(connection->cancel);
    connection->cancel = cancel;
    pthread_mutex_unlock(&connection->cancel_lock);
}

static void close_handle(struct connection *connection)
{
    set_cancel(connection, NULL);
    if (connection->session != NULL) {
        metric_add(METRIC_DATABASE_CONNECTIONS, -1);
    }
    PQfinish(connection->handle);
    connection->handle = NULL;
    arena_free(connection->session);
    connection->session = NULL;
    memset(connection->prepared, 0, sizeof connection->prepared);
}

void connection_free(struct connection *connection)
{
    if (connection == NULL) {
        return;
    }
    close_handle(connection);
    pthread_mutex_destroy(&connection->cancel_lock);
    arena_free(connection->memory);
}

void connection_cancel(struct connection *connection)
{
    char problem[256] = "";
    pthread_mutex_lock(&connection->cancel_lock);
    if (connection->cancel != NULL && PQcancel(connection->cancel, problem, sizeof problem) == 0) {
        log_warn("cannot cancel a statement reason=\"%.*s\"", (int)strcspn(problem, "\n"), problem);
    }
    pthread_mutex_unlock(&connection->cancel_lock);
}

/* ---------------------------------------------------------------- connecting */

static void hear_notice(void *context, const PGresult *result)
{
    (void)context;
    away_notice(PQresultErrorField(result, PG_DIAG_SQLSTATE),
                PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* conninfo comes after what it may override, and before what it may not. */
static PGconn *open_handle(const struct db_settings *settings)
{
    char options[OPTIONS_SIZE];
    snprintf(options, sizeof options, "%s %s", session_options,
             settings->planner != NULL ? settings->planner : "");
    const char *const keywords[] = {"options",          "connect_timeout", "dbname", "password",
                                    "application_name", "client_encoding", NULL};
    const char *const values[] = {
        options, "5", settings->conninfo, settings->password, settings->application_name, "UTF8", NULL};
    PGconn *handle = PQconnectdbParams(keywords, values, 1);
    if (handle == NULL) {
        log_bug("out of memory");
    }
    return handle;
}

const char *db_probe(struct arena *arena, const struct db_settings *settings)
{
    PGconn *handle = open_handle(settings);
    const char *reason = PQerrorMessage(handle);
    const char *problem = PQstatus(handle) == CONNECTION_OK
                              ? NULL
                              : arena_printf(arena, "%.*s", (int)strcspn(reason, "\n"), reason);
    PQfinish(handle);
    return problem;
}

static void schedule_attempt(struct connection *connection)
{
    connection->pause = connection->pause == 0 ? PAUSE_FIRST : connection->pause * 2;
    if (connection->pause > PAUSE_LONGEST) {
        connection->pause = PAUSE_LONGEST;
    }
    connection->next_attempt = now_ms() + connection->pause;
}

static void wait_for_attempt(const struct connection *connection)
{
    int64_t rest = connection->next_attempt - now_ms();
    if (rest > 0) {
        nanosleep(&(struct timespec){.tv_sec = rest / 1000, .tv_nsec = rest % 1000 * 1000000}, NULL);
    }
}

/* That it fails is no reason not to work: without a connection that shows by itself. */
static void run_first(struct connection *connection)
{
    if (connection->settings->on_connect != NULL && PQstatus(connection->handle) == CONNECTION_OK) {
        PQclear(PQexec(connection->handle, connection->settings->on_connect));
    }
}

/* Once a process: its connections are all to one server. */
static void check_server(PGconn *handle)
{
    static atomic_flag checked = ATOMIC_FLAG_INIT;
    const char *version = PQparameterStatus(handle, "server_version");
    if (version != NULL && !atomic_flag_test_and_set(&checked)) {
        version_check("PostgreSQL", version);
    }
}

bool connection_ready(struct connection *connection)
{
    if (connection->handle != NULL && connection_is_lost(connection)) {
        close_handle(connection); /* perhaps long ago: the attempt tells whether it is away now */
    }
    if (connection->handle != NULL) {
        return true;
    }
    wait_for_attempt(connection);
    progress_note();
    connection->handle = open_handle(connection->settings);
    run_first(connection);
    if (PQstatus(connection->handle) != CONNECTION_OK || PQsetnonblocking(connection->handle, 1) != 0 ||
        PQenterPipelineMode(connection->handle) != 1) {
        away_say(PQerrorMessage(connection->handle));
        close_handle(connection);
        schedule_attempt(connection);
        return false;
    }
    PQsetNoticeReceiver(connection->handle, hear_notice, NULL);
    check_server(connection->handle);
    connection->session = arena_new();
    metric_add(METRIC_DATABASE_CONNECTIONS, 1);
    set_cancel(connection, PQgetCancel(connection->handle));
    away_over();
    connection->pause = 0;
    return true;
}

PGconn *connection_handle(struct connection *connection)
{
    return connection->handle;
}

/* The first attempt after a loss is made at once: most often the server has just been started again. */
void connection_drop(struct connection *connection, const char *reason)
{
    if (connection->handle == NULL) {
        return;
    }
    metric_add(METRIC_DATABASE_LOST, 1);
    if (reason != NULL) {
        away_say(reason);
    }
    close_handle(connection);
}

/* ---------------------------------------------------------------- reading and writing */

/* A server that closes says why first: the first read takes its words, only the second one sees the end. */
bool connection_is_lost(struct connection *connection)
{
    PGconn *handle = connection->handle;
    struct pollfd socket = {.fd = PQsocket(handle), .events = POLLIN};
    if (PQstatus(handle) != CONNECTION_OK) {
        return true;
    }
    if (poll(&socket, 1, 0) == 0) {
        return false;
    }
    return PQconsumeInput(handle) == 0 || (PQisBusy(handle), PQconsumeInput(handle)) == 0;
}

/* False when there is nothing to be had any more. */
static bool wait_for_socket(PGconn *handle, bool unsent)
{
    struct pollfd socket = {.fd = PQsocket(handle), .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
    int ready;
    do {
        ready = poll(&socket, 1, STALLED);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) {
        return false;
    }
    return (socket.revents & (POLLIN | POLLHUP | POLLERR)) == 0 || PQconsumeInput(handle) != 0;
}

PGresult *connection_result(struct connection *connection)
{
    PGconn *handle = connection->handle;
    progress_note();
    for (;;) {
        int unsent = PQflush(handle);
        connection->some_unsent = unsent > 0;
        if (!PQisBusy(handle) || PQstatus(handle) != CONNECTION_OK) {
            return PQgetResult(handle);
        }
        if (!wait_for_socket(handle, unsent > 0)) {
            return PQstatus(handle) == CONNECTION_OK ? NULL : PQgetResult(handle);
        }
    }
}

bool connection_has_unsent(const struct connection *connection)
{
    return connection->some_unsent;
}

/* ---------------------------------------------------------------- what is prepared */

static size_t bucket_of(const struct statement *statement, const char *role)
{
    uintptr_t mixed = (uintptr_t)statement / 16 * 31 + (uintptr_t)role;
    return (mixed ^ mixed >> 8) % BUCKETS;
}

struct prepared *connection_prepared(struct connection *connection, const struct statement *statement,
                                     const char *role)
{
    struct prepared **bucket = &connection->prepared[bucket_of(statement, role)];
    for (struct prepared *entry = *bucket; entry != NULL; entry = entry->next) {
        if (entry->statement == statement && entry->role == role) {
            return entry;
        }
    }
    struct prepared *entry = arena_alloc(connection->session, sizeof *entry);
    *entry = (struct prepared){.statement = statement, .role = role, .next = *bucket};
    entry->name = arena_printf(connection->session, "%s.%s", role, statement->name);
    *bucket = entry;
    return entry;
}
