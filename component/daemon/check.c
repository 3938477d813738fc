/* DESIGN: `checks` is the table, in the order in which one thing needs the other; each row finds out, and
 * says with pass(), warn() or fail() what it found. A later row looks at what an earlier one has found in
 * struct check: without a database nobody can tell whether another crmd holds the link to Prosody, so then
 * only the port is tried. */
#include "daemon/check.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/probe.h"
#include "db/schema.h"
#include "outbound/fetch.h"
#include "queries.h"
#include "xmpp/probe.h"

struct check {
    const struct config *config;
    struct arena *arena;
    FILE *out;
    const char *subject; /* of the row that runs */
    struct db_settings settings;
    struct db *db;
    bool database_answers;
    bool leader_known, leader; /* whether we know, and whether a crmd is in charge */
    bool failed;
};

static void say(struct check *check, const char *state, const char *format, va_list arguments)
{
    fprintf(check->out, "%-4s  %-13s  ", state, check->subject);
    vfprintf(check->out, format, arguments);
    fputc('\n', check->out);
}

static void __attribute__((format(printf, 2, 3))) pass(struct check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(check, "ok", format, arguments);
    va_end(arguments);
}

static void __attribute__((format(printf, 2, 3))) warn(struct check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(check, "warn", format, arguments);
    va_end(arguments);
}

static void __attribute__((format(printf, 2, 3))) fail(struct check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(check, "FAIL", format, arguments);
    va_end(arguments);
    check->failed = true;
}

static struct unit *begin(struct check *check)
{
    return unit_begin(check->db, check->arena, &(struct identity){"crm_system", 0, 0, "check", "system"});
}

/* ---- the rows ---- */

static void check_configuration(struct check *check)
{
    const char *path = check->config->path;
    pass(check, "%s is good; secrets are readable, and by nobody else",
         path == NULL ? "the environment" : path);
}

static void check_user(struct check *check)
{
    if (geteuid() == 0) {
        warn(
            check,
            "root runs this, and nothing of crmd needs root; set user= of [process], or use systemd's User=");
        return;
    }
    char program[4096] = "";
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    const char *path = check->config->path;
    const char *open = length > 0 && access(program, W_OK) == 0  ? program
                       : path != NULL && access(path, W_OK) == 0 ? path
                                                                 : NULL;
    if (open != NULL) {
        warn(check, "crmd could change %s itself; on a server let root own it", open);
        return;
    }
    pass(check, "user %ld, who can change neither the program nor its configuration", (long)geteuid());
}

static void check_database(struct check *check)
{
    const char *problem = db_probe(check->arena, &check->settings);
    check->database_answers = problem == NULL;
    if (problem == NULL) {
        pass(check, "PostgreSQL answers");
        return;
    }
    fail(check,
         "%s. Start PostgreSQL, or look at conninfo and password_file of [database]; crmctl setup makes "
         "what is missing",
         problem);
}

static void check_schema(struct check *check)
{
    const char *problem = NULL;
    if (!check->database_answers) {
        return;
    }
    enum db_status status = schema_check(check->db, check->arena, &problem);
    if (status != DB_OK) {
        check->database_answers = false;
        fail(
            check,
            status == DB_AWAY
                ? "PostgreSQL has gone away meanwhile; try again"
                : "this login finds no schema of ours in the database; run schema/apply (crmctl setup does)");
        return;
    }
    if (problem != NULL) {
        fail(check, "%s", problem);
        return;
    }
    pass(check, "version %d, as the program needs it", SCHEMA_VERSION);
}

/* What the login has too much, in words, or NULL. */
static const char *excess_of(struct arena *arena, const struct check_role_row *role)
{
    if (role->mighty) {
        return "is a superuser, or may make roles or databases, replicate, or pass over row security";
    }
    if (role->inherits) {
        return "has the rights of all its roles at once (INHERIT)";
    }
    if (role->strange != NULL) {
        return arena_printf(arena, "is a member of %s", role->strange);
    }
    if (role->owns > 0) {
        return "owns objects in the database cluster";
    }
    if (role->creates) {
        return "may make objects in the database";
    }
    return role->tables == NULL ? NULL : arena_printf(arena, "reaches %s on its own", role->tables);
}

static void check_role(struct check *check)
{
    if (!check->database_answers) {
        return;
    }
    struct unit *unit = begin(check);
    const struct check_role *found = query_check_role(unit);
    if (unit_commit(unit) != DB_OK || found->count == 0) {
        fail(check, "what the database role may do could not be read; run crmd --check again");
        return;
    }
    const struct check_role_row *role = &found->rows[0];
    const char *excess = excess_of(check->arena, role);
    if (role->lacking != NULL) {
        fail(check, "%s cannot act as %s; run schema/apply", role->login, role->lacking);
    } else if (excess != NULL) {
        fail(check, "%s %s; take that away, or use the role crmd as schema/apply makes it", role->login,
             excess);
    } else {
        pass(check, "%s may take on the CRM's roles and nothing more", role->login);
    }
}

static void check_leader(struct check *check)
{
    if (!check->database_answers) {
        return;
    }
    struct unit *unit = begin(check);
    const struct check_leader *found = query_check_leader(unit);
    check->leader_known = unit_commit(unit) == DB_OK;
    if (!check->leader_known) {
        fail(check, "whether a crmd runs could not be read; run crmd --check again");
        return;
    }
    check->leader = found->rows[0].present;
    pass(check, check->leader ? "a crmd runs and is in charge of this database"
                              : "no crmd runs on this database now");
}

static void check_prosody(struct check *check)
{
    const struct config *config = check->config;
    const struct stream_settings settings = {
        .domain = arena_printf(check->arena, "crm.%s", config->xmpp_domain),
        .host = config->xmpp_component_host,
        .port = (unsigned short)config->xmpp_component_port,
        .secret = config->xmpp_component_secret,
    };
    const bool login = check->leader_known && !check->leader;
    const char *problem = stream_probe(check->arena, &settings, login);
    if (problem != NULL) {
        fail(check, "%s port %hu: %s", settings.host, settings.port, problem);
    } else if (login) {
        pass(check, "takes %s with our secret", settings.domain);
    } else {
        pass(check, "answers for %s; the secret is not tried, which would end the link of a crmd that runs",
             settings.domain);
    }
}

static void check_web(struct check *check)
{
    const char *url = check->config->web_base_url;
    bool local = strncmp(url, "http://127.", 11) == 0 || strncmp(url, "http://localhost", 16) == 0;
    if (strncmp(url, "https://", 8) == 0 || local) {
        pass(check, "one-time links begin with %s", url);
        return;
    }
    warn(check, "one-time links begin with %s: passwords would be set without TLS; give an https address",
         url);
}

/* Whether Prosody lets us see that page is no matter: it has answered. */
static void check_files(struct check *check)
{
    const char *url = check->config->web_local_url, *why = NULL;
    int fd = -1;
    fetch_set_origin(url);
    enum fetch_result result = fetch_file(check->arena, "/operate/health", 4096, &fd, &why);
    if (result == FETCH_FAILED) {
        fail(check,
             "what people send cannot be fetched from %s; start Prosody, or let local_url of [web] name its "
             "HTTP port",
             url);
        return;
    }
    if (result == FETCH_OK) {
        close(fd);
    }
    pass(check, "what people send is fetched from %s", url);
}

static const struct {
    const char *subject;
    void (*run)(struct check *check);
} checks[] = {
    {"configuration", check_configuration},
    {"user", check_user},
    {"database", check_database},
    {"schema", check_schema},
    {"database role", check_role},
    {"running", check_leader},
    {"Prosody", check_prosody},
    {"web address", check_web},
    {"files", check_files},
};

int check_run(const struct config *config, FILE *out)
{
    struct check check = {.config = config, .arena = arena_new(), .out = out};
    check.settings = (struct db_settings){.conninfo = config->database_conninfo,
                                          .password = config->database_password,
                                          .application_name = "crmd check"};
    check.db = db_new(&check.settings);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        check.subject = checks[i].subject;
        checks[i].run(&check);
    }
    db_free(check.db);
    arena_free(check.arena);
    return check.failed || fflush(out) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int check_refuse_config(const char *errors, FILE *out)
{
    struct check check = {.out = out, .subject = checks[0].subject};
    for (const char *line = errors; *line != '\0';) {
        int length = (int)strcspn(line, "\n");
        fail(&check, "%.*s", length, line);
        line += length + (line[length] == '\n');
    }
    return EXIT_FAILURE;
}
