/* DESIGN. The order on a new connection is what makes it safe:
 *
 *   1. the lock: whoever held it has lost its connection, or ended;
 *   2. LISTEN: what is notified from here on is heard;
 *   3. crm.lease_take(): waits for units under way of the old epoch, and fences off later ones; it keeps our
 * epoch if nobody took another in between, so that a restart of PostgreSQL does not fence off our own lanes;
 *   4. leading(): the caller looks at everything that may have changed while nobody listened.
 *
 * Blocking calls are bounded by connect_timeout and statement_timeout; between them the thread sleeps in
 * poll() on the socket and an eventfd, so that listen_stop() is heard at once.
 */
#include "db/listen.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/away.h"

enum {
    PAUSE_FIRST = 50,     /* ms */
    PAUSE_LONGEST = 1000, /* ms */
    LOCK_PAUSE = 500,     /* ms between attempts at the lock */
};

/* The key of the lock of the one crmd, the same in each of these statements. */
#define LOCK_KEY "hashtext('crm.crmd')::bigint"
#define LOCK_IS(key)                                                                                         \
    "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"                                               \
    " AND l.classid = (" key " >> 32 & 4294967295)::oid AND l.objid = (" key " & 4294967295)::oid"
static const char try_lock[] = "SELECT pg_try_advisory_lock(" LOCK_KEY ")";
static const char who_holds[] =
    "SELECT a.application_name, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM "
    "pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE a.datname = current_database() AND " LOCK_IS(LOCK_KEY);

/* That of schema/functions/lease_require.sql. */
#define LEASE_KEY "hashtext('crm.lease')::bigint"
static const char end_holders[] =
    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE a.datname = current_database() AND a.usename = session_user AND " LOCK_IS(LEASE_KEY);

struct listen {
    struct arena *memory;
    const struct db_settings *settings;
    const char *const *channels;
    struct listen_callbacks callbacks;
    const char *application_name;
    int stop; /* eventfd: readable for ever once written */
    PGconn *handle;
    int64_t epoch;
    int64_t next_tick;
    bool said_holder;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct listen *listen_new(const struct db_settings *settings, const char *const *channels,
                          const struct listen_callbacks *callbacks)
{
    struct arena *memory = arena_new();
    struct listen *listen = arena_alloc(memory, sizeof *listen);
    *listen = (struct listen){
        .memory = memory, .settings = settings, .channels = channels, .callbacks = *callbacks};
    listen->application_name =
        arena_printf(memory, "%s, process %ld", settings->application_name, (long)getpid());
    listen->stop = eventfd(0, EFD_CLOEXEC);
    if (listen->stop < 0) {
        log_bug("cannot make an eventfd reason=\"%s\"", strerror(errno));
    }
    return listen;
}

void listen_free(struct listen *listen)
{
    if (listen == NULL) {
        return;
    }
    close(listen->stop);
    arena_free(listen->memory);
}

void listen_stop(struct listen *listen)
{
    ssize_t written = write(listen->stop, &(uint64_t){1}, sizeof(uint64_t));
    (void)written; /* only a counter that is full already could refuse */
}

/* ---------------------------------------------------------------- waiting */

/* Sleeps at most `ms`, for the socket too when there is one to wait for. False when it is time to stop. */
static bool wait_ms(const struct listen *listen, int socket, int64_t ms)
{
    struct pollfd fds[] = {{.fd = listen->stop, .events = POLLIN}, {.fd = socket, .events = POLLIN}};
    poll(fds, 2, ms > 0 ? (int)ms : 0); /* an interruption only wakes early */
    return (fds[0].revents & POLLIN) == 0;
}

static bool stopping(const struct listen *listen)
{
    return !wait_ms(listen, -1, 0);
}

/* ---------------------------------------------------------------- taking the lead */

static void close_handle(struct listen *listen)
{
    const char *reason = PQerrorMessage(listen->handle);
    if (listen->handle != NULL && !stopping(listen)) {
        away_say(reason);
    }
    PQfinish(listen->handle);
    listen->handle = NULL;
}

static void hear_notice(void *context, const PGresult *result)
{
    (void)context;
    away_notice(PQresultErrorField(result, PG_DIAG_SQLSTATE),
                PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

static bool connect_now(struct listen *listen)
{
    const char *const keywords[] = {"options",          "connect_timeout", "dbname", "password",
                                    "application_name", "client_encoding", NULL};
    const char *const values[] = {
        "-c statement_timeout=30s -c lock_timeout=2s -c client_min_messages=warning",
        "5",
        listen->settings->conninfo,
        listen->settings->password,
        listen->application_name,
        "UTF8",
        NULL};
    listen->handle = PQconnectdbParams(keywords, values, 1);
    PQsetNoticeReceiver(listen->handle, hear_notice, NULL);
    return PQstatus(listen->handle) == CONNECTION_OK;
}

/* Runs one statement; NULL when it failed. Its result is the caller's to clear. */
static PGresult *run(struct listen *listen, const char *sql, const char *parameter)
{
    PGresult *result = PQexecParams(listen->handle, sql, parameter != NULL, NULL, &parameter, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        return result;
    }
    PQclear(result);
    return NULL;
}

static bool run_quietly(struct listen *listen, const char *sql)
{
    PGresult *result = run(listen, sql, NULL);
    PQclear(result);
    return result != NULL;
}

static void say_holder(struct listen *listen)
{
    PGresult *result = run(listen, who_holds, NULL);
    if (result != NULL && PQntuples(result) > 0) {
        log_warn("waiting: another crmd is running holder=\"%s\" since=\"%s UTC\"", PQgetvalue(result, 0, 0),
                 PQgetvalue(result, 0, 1));
    }
    listen->said_holder = listen->said_holder || (result != NULL && PQntuples(result) > 0);
    PQclear(result);
}

/* True with the lock; false when the connection is lost or it is time to stop. */
static bool wait_for_lock(struct listen *listen)
{
    do {
        PGresult *result = run(listen, try_lock, NULL);
        if (result == NULL) {
            return false;
        }
        bool taken = PQgetvalue(result, 0, 0)[0] == 't';
        PQclear(result);
        if (taken) {
            return true;
        }
        if (!listen->said_holder) {
            say_holder(listen);
        }
    } while (wait_ms(listen, -1, LOCK_PAUSE));
    return false;
}

static bool start_listening(struct listen *listen)
{
    for (const char *const *channel = listen->channels; *channel != NULL; channel++) {
        char *name = PQescapeIdentifier(listen->handle, *channel, strlen(*channel));
        char sql[200];
        bool listening = name != NULL && snprintf(sql, sizeof sql, "LISTEN %s", name) < (int)sizeof sql &&
                         run_quietly(listen, sql);
        PQfreemem(name);
        if (!listening) {
            return false;
        }
    }
    return true;
}

/* Units of work take milliseconds. One that still holds on to the lease (schema/functions/lease_require.sql)
 * belongs to a crmd that hangs: it is rolled back, and fenced off from then on. Only the login may end its
 * own. */
static bool end_hung_units(struct listen *listen)
{
    PGresult *ended = run_quietly(listen, "RESET ROLE") ? run(listen, end_holders, NULL) : NULL;
    if (ended != NULL && PQntuples(ended) > 0) {
        log_warn("a crmd hung in the middle of its work, which was rolled back connections=%d",
                 PQntuples(ended));
    }
    PQclear(ended);
    return ended != NULL && run_quietly(listen, "SET ROLE crm_system");
}

static bool take_lease(struct listen *listen)
{
    char held[24];
    snprintf(held, sizeof held, "%" PRId64, listen->epoch);
    PGresult *result = run(listen, "SELECT crm.lease_take($1::bigint)", held);
    if (result == NULL) {
        return false;
    }
    int64_t epoch = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    if (epoch != listen->epoch) {
        log_info("this is the one crmd epoch=%" PRId64, epoch);
    }
    listen->epoch = epoch;
    return true;
}

static bool take_lead(struct listen *listen)
{
    if (!connect_now(listen) || !wait_for_lock(listen) || !run_quietly(listen, "SET ROLE crm_system") ||
        !start_listening(listen)) {
        return false;
    }
    if (!take_lease(listen) && (!end_hung_units(listen) || !take_lease(listen))) {
        return false;
    }
    away_over();
    listen->said_holder = false;
    listen->next_tick = now_ms() + listen->callbacks.tick_ms;
    listen->callbacks.leading(listen->callbacks.context, listen->epoch);
    return true;
}

/* ---------------------------------------------------------------- leading */

static void hand_over_notifications(struct listen *listen)
{
    PGnotify *notification;
    while ((notification = PQnotifies(listen->handle)) != NULL) {
        listen->callbacks.notified(listen->callbacks.context, notification->relname, notification->extra);
        PQfreemem(notification);
    }
}

static void tick_if_due(struct listen *listen)
{
    int64_t now = now_ms();
    if (now < listen->next_tick) {
        return;
    }
    listen->next_tick = now + listen->callbacks.tick_ms;
    listen->callbacks.tick(listen->callbacks.context);
}

/* Until the connection is lost or it is time to stop. Notifications that came with the answers above are
 * handed over first. */
static void lead(struct listen *listen)
{
    do {
        if (PQconsumeInput(listen->handle) == 0) {
            return;
        }
        hand_over_notifications(listen);
        tick_if_due(listen);
    } while (wait_ms(listen, PQsocket(listen->handle), listen->next_tick - now_ms()));
}

void *listen_run(void *argument)
{
    struct listen *listen = argument;
    int64_t pause = PAUSE_FIRST;
    while (!stopping(listen)) {
        if (take_lead(listen)) {
            pause = PAUSE_FIRST;
            lead(listen);
        }
        close_handle(listen);
        wait_ms(listen, -1, pause);
        pause = pause * 2 < PAUSE_LONGEST ? pause * 2 : PAUSE_LONGEST;
    }
    return NULL;
}
