#include "daemon/daemon.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/config.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/version.h"
#include "daemon/route.h"
#include "daemon/run.h"
#include "db/listen.h"
#include "db/schema.h"
#include "outbound/fetch.h"
#include "xmpp/namespaces.h"

#define STREAM_QUEUE_BYTES (16u * 1024 * 1024)

static const char *const channels[] = {"crm_account", "crm_staff", "crm_outbox",
                                       "crm_schema",  "crm_job",   NULL};

void daemon_end(struct daemon *daemon, int exit_code)
{
    int running = -1;
    if (atomic_compare_exchange_strong(&daemon->exit_code, &running, exit_code)) {
        stream_stop(daemon->stream);
    }
    sem_post(&daemon->may_connect);
}

/* ---- the stream thread's events ---- */

static void version_answered(void *context, const struct stanza *answer)
{
    (void)context;
    const struct element *query = answer == NULL ? NULL : element_child(answer->root, "query", NS_VERSION);
    const char *version = query == NULL ? NULL : element_child_text(query, "version", NS_VERSION);
    if (version != NULL) {
        version_check("Prosody", version);
    }
}

/* XEP-0092. */
static void ask_version(struct daemon *daemon)
{
    struct arena *arena = arena_new();
    struct xml *xml = ask_open(daemon->asks, arena, "get", daemon->domains.staff);
    xml_leaf(xml, "query", NS_VERSION, NULL);
    xml_close(xml);
    ask_send(daemon->asks, xml, version_answered, daemon);
    arena_free(arena);
}

static void on_connected(void *context, uint64_t epoch)
{
    struct daemon *daemon = context;
    (void)epoch;
    ask_version(daemon);
    reconcile_connected(daemon->reconcile);
}

static void on_disconnected(void *context, uint64_t epoch)
{
    struct daemon *daemon = context;
    (void)epoch;
    reconcile_disconnected(daemon->reconcile);
}

static void on_stanza(void *context, struct arena *arena, const struct element *root, bool refused)
{
    route_stanza(context, arena, root, refused);
}

/* Not the end: a crmd that hung and goes on connects again before it knows that it has lost its lease.
 * Whoever has none is fenced off as soon as it reconciles, and ends; the other one connects again. */
static void on_conflict(void *context)
{
    (void)context;
    log_warn("another crmd has connected to Prosody in our place; the lease tells which of us ends");
}

/* systemd hears from us only while every lane gets on (WatchdogSec=, sd_watchdog_enabled(3)): one that hangs
 * is ended with the process, and what it had begun is done again after the start. */
static void feed_watchdog(struct daemon *daemon)
{
    const char *stuck = progress_stuck(daemon->config.lanes_patience * 1000);
    if (stuck == NULL) {
        sd_notify(0, "WATCHDOG=1");
    } else if (!daemon->stuck) {
        log_error("lane \"%s\" has not got on for %ld seconds", stuck, daemon->config.lanes_patience);
    }
    daemon->stuck = stuck != NULL;
}

static void on_tick(void *context)
{
    struct daemon *daemon = context;
    feed_watchdog(daemon);
    asks_tick(daemon->asks);
    reception_tick(daemon->reception);
    kept_tick(daemon->kept);
    reconcile_tick(daemon->reconcile);
}

/* ---- the listen thread's ---- */

/* Ends the process when the database is not the one that this program was built for. */
static bool schema_fits(struct daemon *daemon)
{
    struct arena *arena = arena_new();
    struct db *db = db_new(daemon->database);
    const char *problem = NULL;
    enum db_status status;
    while ((status = schema_check(db, arena, &problem)) == DB_AWAY && atomic_load(&daemon->exit_code) == -1) {
        /* unit_begin() paces the tries */
    }
    bool fits = status == DB_OK && problem == NULL;
    if (!fits && !atomic_exchange(&daemon->schema_told, true)) {
        log_error("%s", problem != NULL ? problem : "the database has no schema of ours; run schema/apply");
    }
    db_free(db);
    arena_free(arena);
    if (!fits) {
        daemon_end(daemon, EXIT_FAILURE);
    }
    return fits;
}

static void on_leading(void *context, int64_t epoch)
{
    struct daemon *daemon = context;
    if (!schema_fits(daemon)) {
        return;
    }
    atomic_store(&daemon->lease, epoch);
    desk_set_lease(daemon->desk, epoch);
    reconcile_want(daemon->reconcile);
    jobs_wake(daemon->jobs);
    sem_post(&daemon->may_connect);
}

struct account {
    struct daemon *daemon;
    char *username;
    bool staff;
};

static void sessions_ended(void *context, const struct stanza *answer)
{
    (void)context;
    if (answer == NULL || strcmp(answer->type, "result") != 0) {
        log_warn("the sessions of a changed account could not be ended");
    }
}

/* An account was disabled, or its role changed: its sessions end at once. In the stream thread. */
static void account_changed(void *context, void *argument)
{
    struct daemon *daemon = context;
    struct account *account = argument;
    struct arena *arena = arena_new();
    struct xml *xml = ask_open(daemon->asks, arena, "set",
                               account->staff ? daemon->domains.staff : daemon->domains.customer);
    xml_open(xml, "end-sessions", NS_CRM);
    xml_attribute(xml, "user", account->username);
    xml_attribute(xml, "reason", "Your account was changed. Log in again, or ask an administrator.");
    xml_close(xml);
    xml_close(xml);
    log_info("an account was changed, its sessions end username=%s", account->username);
    ask_send(daemon->asks, xml, sessions_ended, daemon);
    arena_free(arena);
    free(account->username);
    free(account);
}

static void rosters_read(void *context, const struct stanza *answer)
{
    (void)context;
    if (answer == NULL || strcmp(answer->type, "result") != 0) {
        log_warn("the shared roster could not be read again; it will be at the next login");
    }
}

/* Somebody joined the staff, left it, or has another name. In the stream thread. */
static void staff_changed(void *context, void *argument)
{
    struct daemon *daemon = context;
    struct arena *arena = arena_new();
    (void)argument;
    struct xml *xml = ask_open(daemon->asks, arena, "set", daemon->domains.staff);
    xml_leaf(xml, "staff-changed", NS_CRM, NULL);
    xml_close(xml);
    ask_send(daemon->asks, xml, rosters_read, daemon);
    arena_free(arena);
}

/* schema/functions/account_changed.sql. Payload of crm_account: "staff alice" or "customer ravi"; of
 * crm_outbox: the channel in which crmctl has left something; of crm_schema: nothing, a migration has run; of
 * crm_job: nothing, a job was put that is due soon. */
static void on_notified(void *context, const char *channel, const char *payload)
{
    struct daemon *daemon = context;
    if (strcmp(channel, "crm_staff") == 0) {
        if (strcmp(payload, "staff") == 0) {
            stream_post(daemon->stream, staff_changed, daemon, NULL);
        }
        return;
    }
    if (strcmp(channel, "crm_schema") == 0) {
        schema_fits(daemon);
        return;
    }
    if (strcmp(channel, "crm_job") == 0) {
        jobs_wake(daemon->jobs);
        return;
    }
    if (strcmp(channel, "crm_outbox") == 0) {
        desk_pump_channel(daemon->desk, payload);
        return;
    }
    const char *space = strchr(payload, ' ');
    struct account *account = calloc(1, sizeof *account);
    if (account == NULL) {
        log_bug("out of memory");
    }
    account->staff = strncmp(payload, "staff ", 6) == 0;
    account->username = strdup(space == NULL ? payload : space + 1);
    if (account->username == NULL) {
        log_bug("out of memory");
    }
    stream_post(daemon->stream, account_changed, daemon, account);
}

static void on_listen_tick(void *context)
{
    (void)context;
}

/* ---- other threads ---- */

static void want_resync(void *context)
{
    struct daemon *daemon = context;
    reconcile_want(daemon->reconcile);
}

/* A migration takes the lease away too (schema/apply): then the program of the next version goes on. */
void daemon_fenced(struct daemon *daemon)
{
    if (!schema_fits(daemon)) {
        return;
    }
    log_error("another crmd is in charge now");
    daemon_end(daemon, DAEMON_EXIT_TAKEN_OVER);
}

static void on_fenced(void *context)
{
    daemon_fenced(context);
}

#define SIGNAL_ENDED SIGUSR1 /* ends the signal thread itself */

static sigset_t awaited_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGNAL_ENDED);
    return signals;
}

/* The configuration is read again; a file with a mistake in it changes nothing. */
static void reload(struct daemon *daemon)
{
    struct config fresh;
    const char *error;
    if (config_load(daemon->reloads, daemon->config.path, &fresh, &error) != 0) {
        for (const char *line = error; *line != '\0';) {
            int length = (int)strcspn(line, "\n");
            log_error("the configuration is wrong: %.*s", length, line);
            line += length + (line[length] == '\n');
        }
        log_error("the configuration was not reloaded, and stays as it was");
        return;
    }
    struct config_changes changes = config_take_changes(daemon->reloads, &daemon->config, &fresh);
    commands_set_web_url(daemon->commands, daemon->config.web_base_url);
    jobs_set_web_url(daemon->jobs, daemon->config.web_base_url);
    log_set_level(LOG_LEVEL_INFO); /* who asked for it is told, whatever the level was or will be */
    log_info("the configuration was reloaded changed=\"%s\"", changes.taken);
    if (changes.waiting[0] != '\0') {
        log_warn("a restart is needed for what else has changed in the configuration: %s", changes.waiting);
    }
    log_set_level(daemon->config.log_level);
}

static void *wait_for_signal(void *context)
{
    struct daemon *daemon = context;
    sigset_t signals = awaited_signals();
    int received = 0, failed;
    while ((failed = sigwait(&signals, &received)) == 0 && received == SIGHUP) {
        reload(daemon);
    }
    if (failed == 0 && received != SIGNAL_ENDED) {
        log_info("ending on signal %d", received);
    }
    daemon_end(daemon, 0);
    return NULL;
}

/* ---- putting it together ---- */

struct parts {
    struct arena *arena;
    struct db_settings database, listen_database;
    struct listen *listen;
    pthread_t listen_thread, signal_thread;
};

static void daemon_start(struct daemon *daemon, struct parts *parts, const struct config *config,
                         const struct command_table *table, const struct job_kind *const *jobs)
{
    const struct stream_settings stream_settings = {
        .domain = daemon->domains.crm,
        .host = config->xmpp_component_host,
        .port = (unsigned short)config->xmpp_component_port,
        .secret = config->xmpp_component_secret,
        .queue_limit = STREAM_QUEUE_BYTES,
    };
    const struct stream_events events = {on_connected, on_disconnected, on_stanza,
                                         on_conflict,  on_tick,         daemon};
    daemon->stream = stream_new(&stream_settings, &events);
    daemon->asks = asks_new(daemon->stream, daemon->domains.crm);
    daemon->clients = clients_new(daemon->domains.crm);
    daemon->reception = reception_new(daemon);
    daemon->barrier = barrier_new(daemon);
    daemon->kept = kept_new(daemon);
    daemon->reconcile = reconcile_new(daemon);
    const struct desk_settings desk_settings = {
        .domains = daemon->domains,
        .stream = daemon->stream,
        .database = &parts->database,
        .lanes = (size_t)config->lanes_chat,
        .queue_limit = (size_t)config->lanes_queue,
        .resync = want_resync,
        .fenced = on_fenced,
        .context = daemon,
    };
    daemon->desk = desk_new(&desk_settings);
    const struct commands_settings commands_settings = {
        .daemon = daemon,
        .table = table,
        .web_url = config->web_base_url,
        .database = &parts->database,
        .lanes = (size_t)config->lanes_command,
        .queue_limit = (size_t)config->lanes_queue,
    };
    daemon->commands = commands_new(&commands_settings);
    fetch_set_origin(config->web_local_url);
    daemon->jobs = jobs_new(&(struct jobs_settings){daemon, jobs, &parts->database, config->web_base_url});
    static struct listen_callbacks callbacks = {on_leading, on_notified, on_listen_tick, NULL, 1000};
    callbacks.context = daemon;
    parts->listen = listen_new(&parts->listen_database, channels, &callbacks);
    pthread_create(&parts->listen_thread, NULL, listen_run, parts->listen);
    pthread_create(&parts->signal_thread, NULL, wait_for_signal, daemon);
}

/* Ends what was started, in the order in which work flows. */
static void daemon_finish(struct daemon *daemon, struct parts *parts)
{
    pthread_kill(parts->signal_thread, SIGNAL_ENDED);
    pthread_join(parts->signal_thread, NULL);
    listen_stop(parts->listen);
    pthread_join(parts->listen_thread, NULL);
    commands_stop(daemon->commands);
    jobs_stop(daemon->jobs);
    desk_stop(daemon->desk);
    stream_finish(daemon->stream);
    commands_free(daemon->commands);
    jobs_free(daemon->jobs);
    desk_free(daemon->desk);
    listen_free(parts->listen);
    reconcile_free(daemon->reconcile);
    kept_free(daemon->kept);
    barrier_free(daemon->barrier);
    reception_free(daemon->reception);
    asks_free(daemon->asks);
    clients_free(daemon->clients);
    stream_free(daemon->stream);
}

static void block_signals(void)
{
    sigset_t signals = awaited_signals();
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

int daemon_run(const struct config *config, const struct command_table *table,
               const struct job_kind *const *jobs)
{
    struct parts parts = {.arena = arena_new()};
    struct daemon daemon = {
        .config = *config,
        .reloads = arena_new(),
        .domains =
            {
                .staff = config->xmpp_domain,
                .customer = arena_printf(parts.arena, "my.%s", config->xmpp_domain),
                .guest = arena_printf(parts.arena, "guest.%s", config->xmpp_domain),
                .crm = arena_printf(parts.arena, "crm.%s", config->xmpp_domain),
                .rooms = arena_printf(parts.arena, "rooms.%s", config->xmpp_domain),
            },
    };
    parts.database = (struct db_settings){config->database_conninfo, config->database_password, "crmd",
                                          "SELECT crm.number_close_gaps()", NULL};
    parts.listen_database =
        (struct db_settings){config->database_conninfo, config->database_password, "crmd clock", NULL, NULL};
    daemon.database = &parts.database;
    atomic_init(&daemon.lease, 0);
    atomic_init(&daemon.schema_told, false);
    atomic_init(&daemon.exit_code, -1);
    sem_init(&daemon.may_connect, 0, 0);
    block_signals();
    daemon_start(&daemon, &parts, config, table, jobs);
    /* Prosody ends the older of two connections: a crmd that waits for the lease must not put out the one
     * that has it. */
    while (sem_wait(&daemon.may_connect) != 0) {
        /* a signal: once more */
    }
    stream_run(daemon.stream);
    daemon_finish(&daemon, &parts);
    sem_destroy(&daemon.may_connect);
    arena_free(parts.arena);
    arena_free(daemon.reloads);
    log_info("ended");
    int exit_code = atomic_load(&daemon.exit_code);
    return exit_code < 0 ? 0 : exit_code;
}
