/* DESIGN: `checks` is the table, in the order in which one thing needs the other; each row finds out, and
 * says with pass(), warn() or fail() what it found. A later row looks at what an earlier one has found in
 * struct check: without a database nobody can tell whether another crmd holds the link to Prosody, so then
 * only the port is tried. */
#include "daemon/check.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "db/probe.h"
#include "db/schema.h"
#include "outbound/certificate.h"
#include "outbound/fetch.h"
#include "queries.h"
#include "xmpp/probe.h"

#define DAY  ((time_t)24 * 60 * 60)
#define SOON 14 /* days before a certificate ends in which somebody is told of it */

#define MEGABYTE         (1024ULL * 1024)
#define LITTLE_MEGABYTES 1024ULL /* of disk: told of it, while there is time */
#define NO_MEGABYTES     100ULL

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

static const char *own_name(struct arena *arena)
{
    const struct passwd *user = getpwuid(geteuid());
    return user != NULL ? arena_strdup(arena, user->pw_name)
                        : arena_printf(arena, "user %ld", (long)geteuid());
}

/* Root may have read it, and systemd starts crmd as its own user, who may not. */
static void check_configuration(struct check *check)
{
    const char *path = check->config->path, *errors = NULL;
    struct config again;
    if (path != NULL && config_load(check->arena, path, &again, &errors) != 0) {
        fail(check, "%.*s (tried as %s, who has to read it)", (int)strcspn(errors, "\n"), errors,
             own_name(check->arena));
        return;
    }
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
    pass(check, "%s, who can change neither the program nor its configuration", own_name(check->arena));
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
    if (check->leader) {
        pass(check, "a crmd runs and is in charge of this database");
    } else {
        warn(check,
             "no crmd runs on this database now; when all is well otherwise, start it: systemctl start "
             "traincape-crmd");
    }
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

/* ---- the certificates ---- */

#define RELOAD "then systemctl reload traincape-prosody"
#define RESTART                                                                                              \
    "then systemctl restart traincape-prosody" /* which opens ports that it could not open before */

/* Who shows one. */
struct shown {
    const char *which;    /* the subject of a sentence */
    const char *names[2]; /* that people ask for there */
    const char *put;      /* where it belongs, and who has to learn of it */
};

/* What prosody.env, which is beside crmd.conf on a server, says of KEY; NULL when it is not there, as with
 * `make run`. */
static const char *prosody_setting(struct check *check, const char *key)
{
    const char *path = check->config->path, *slash = path == NULL ? NULL : strrchr(path, '/');
    const char *value = NULL;
    char line[1024];
    FILE *file = slash == NULL
                     ? NULL
                     : fopen(arena_printf(check->arena, "%.*s/prosody.env", (int)(slash - path), path), "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(key);
        if (strncmp(line, key, length) == 0 && line[length] == '=') {
            const char *begin = line + length + 1 + strspn(line + length + 1, "\"'");
            value = arena_strndup(check->arena, begin, strcspn(begin, "\"'\n"));
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

/* Where Prosody's own certificate belongs. */
static const char *place_of_files(struct check *check)
{
    const char *folder = prosody_setting(check, "CRM_CERT_DIR"), *domain = check->config->xmpp_domain;
    return folder == NULL
               ? arena_printf(check->arena, "in %s.crt (with its chain) and .key", domain)
               : arena_printf(check->arena,
                              "in %s/%s.crt (with its chain) and .key, owner root:crm_prosody, mode 0640",
                              folder, domain);
}

/* The host of an address, an IPv6 one in its brackets. */
static const char *host_of(struct arena *arena, const char *url)
{
    const char *authority = strstr(url, "://");
    authority = authority == NULL ? url : authority + 3;
    size_t length = *authority == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":/");
    return arena_strndup(arena, authority, length);
}

static const char *without_brackets(struct arena *arena, const char *host)
{
    return *host == '[' ? arena_strndup(arena, host + 1, strlen(host) - 2) : host;
}

static const char *day_of(struct arena *arena, time_t moment)
{
    char text[sizeof "2026-12-01"] = "";
    struct tm parts;
    strftime(text, sizeof text, "%Y-%m-%d", gmtime_r(&moment, &parts));
    return arena_strdup(arena, text);
}

/* As a calendar counts them. */
static long days_until(time_t moment, time_t now)
{
    return (long)(moment / DAY - now / DAY);
}

static const char *time_left(struct arena *arena, long days)
{
    return days < 1 ? "today" : days == 1 ? "tomorrow" : arena_printf(arena, "in %ld days", days);
}

static const char *name_lacking(const struct shown *shown, const struct certificate *found)
{
    for (size_t i = 0; i < sizeof shown->names / sizeof shown->names[0]; i++) {
        if (shown->names[i] != NULL && !certificate_fits(found, shown->names[i])) {
            return shown->names[i];
        }
    }
    return NULL;
}

static void judge(struct check *check, const struct shown *shown, const struct certificate *found)
{
    const time_t now = time(NULL);
    const char *begins = day_of(check->arena, found->begins), *ends = day_of(check->arena, found->ends);
    const long days = days_until(found->ends, now);
    const char *left = time_left(check->arena, days);
    const char *lacking = name_lacking(shown, found);
    if (found->ends <= now) {
        fail(check, "%s ended on %s, and is refused; put a new one %s", shown->which, ends, shown->put);
    } else if (found->begins > now) {
        fail(check, "%s begins on %s only; look at the clock of this machine", shown->which, begins);
    } else if (lacking != NULL) {
        fail(check, "%s is not for %s, and is refused by who asks for that; put one that is %s", shown->which,
             lacking, shown->put);
    } else if (days <= SOON) {
        warn(check, "%s ends on %s, %s; put the renewed one %s", shown->which, ends, left, shown->put);
    } else if (found->own) {
        warn(check, "%s is our own, until %s, and people are warned of it; put a real one %s", shown->which,
             ends, shown->put);
    } else if (found->alone) {
        warn(check, "%s comes without its chain, and some refuse it; put it, with the chain, %s",
             shown->which, shown->put);
    } else {
        pass(check, "%s is good until %s; it ends %s", shown->which, ends, left);
    }
}

/* From this machine itself, which may have no way to its own public name; else as everybody goes. */
static const char *read_website(struct check *check, const char *name, struct certificate *found)
{
    const char *url = check->config->web_base_url;
    struct certificate other;
    const char *problem =
        certificate_read(check->arena, url, host_of(check->arena, check->config->web_local_url), found);
    if (problem == NULL && certificate_fits(found, name)) {
        return NULL;
    }
    if (certificate_read(check->arena, url, NULL, &other) == NULL) {
        *found = other;
        return NULL;
    }
    return problem;
}

static void check_website(struct check *check)
{
    const char *url = check->config->web_base_url;
    struct certificate found;
    if (strncmp(url, "https://", 8) != 0) {
        return; /* there is none */
    }
    const char *host = host_of(check->arena, url), *rest = url + strlen("https://") + strlen(host);
    const bool proxy = *rest != ':'; /* Prosody, a user without rights, cannot have port 443 */
    const char *files = place_of_files(check);
    const struct shown shown = {
        .which = arena_printf(check->arena, "that of %s", url + strlen("https://")),
        .names = {without_brackets(check->arena, host)},
        .put = proxy ? "where the reverse proxy has it" : arena_printf(check->arena, "%s, %s", files, RELOAD),
    };
    const char *problem = read_website(check, shown.names[0], &found);
    if (problem == NULL) {
        judge(check, &shown, &found);
    } else if (proxy) {
        warn(check, "%s cannot be seen from here: %s; look at the reverse proxy, and from elsewhere",
             shown.which, problem);
    } else {
        fail(check,
             "%s cannot be seen: %s; start Prosody, look whether CRM_HOST is %s, or put one that Prosody can "
             "read %s, %s",
             shown.which, problem, host, files, RESTART);
    }
}

/* With Prosody's settings at hand. The port for clients begins without TLS, which libcurl does not speak:
 * whether TLS is to be had there is asked, and its certificate is looked at where Prosody shows the same one
 * over HTTPS. */
static void check_clients(struct check *check)
{
    const char *port = prosody_setting(check, "CRM_C2S_PORT"),
               *https = prosody_setting(check, "CRM_HTTPS_PORT");
    const char *domain = check->config->xmpp_domain, *files = place_of_files(check);
    const char *host = host_of(check->arena, check->config->web_local_url);
    struct certificate found;
    if (port == NULL || https == NULL) {
        return;
    }
    const struct shown shown = {
        .which = arena_printf(check->arena, "that of port %s", port),
        .names = {domain, arena_printf(check->arena, "my.%s", domain)},
        .put = arena_printf(check->arena, "%s, %s", files, RELOAD),
    };
    const char *problem = stream_probe_tls(check->arena, without_brackets(check->arena, host),
                                           (unsigned short)strtoul(port, NULL, 10), domain);
    if (problem == NULL) {
        problem = certificate_read(check->arena, arena_printf(check->arena, "https://%s:%s", domain, https),
                                   host, &found);
    }
    if (problem == NULL) {
        judge(check, &shown, &found);
    } else {
        fail(check, "%s cannot be seen: %s; start Prosody, or put one that Prosody can read %s, %s",
             shown.which, problem, files, RESTART);
    }
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

/* Of the disks on which a server keeps what people write: Prosody's folder, and PostgreSQL's, where Debian
 * has it. */
static void check_disk(struct check *check)
{
    const char *folders[] = {prosody_setting(check, "CRM_RUN_DIR"), "/var/lib/postgresql"};
    const char *fullest = NULL;
    unsigned long long left = 0;
    for (size_t i = 0; folders[0] != NULL && i < sizeof folders / sizeof folders[0]; i++) {
        struct statvfs disk;
        if (statvfs(folders[i], &disk) == 0 &&
            (fullest == NULL || (unsigned long long)disk.f_bavail * disk.f_frsize / MEGABYTE < left)) {
            fullest = folders[i];
            left = (unsigned long long)disk.f_bavail * disk.f_frsize / MEGABYTE;
        }
    }
    if (fullest == NULL) {
        return; /* as with `make run` */
    }
    if (left < NO_MEGABYTES) {
        fail(check,
             "%s has room for %llu MB more, and what people write is refused when it is full; free some",
             fullest, left);
    } else if (left < LITTLE_MEGABYTES) {
        warn(check, "%s has room for %llu MB more; free some", fullest, left);
    } else {
        pass(check, "%s has room for %llu GB more", fullest, left / 1024);
    }
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
    {"certificate", check_website},
    {"client port", check_clients},
    {"files", check_files},
    {"disk", check_disk},
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
    if (strstr(errors, "[xmpp] domain: it must be set") != NULL) {
        fail(&check, "on a server that is new, say first: crmctl setup DOMAIN");
    }
    return EXIT_FAILURE;
}
