/* DESIGN: each row of `options` says where its value goes in struct config. Values are collected as strings
 * first (defaults, then file, then environment, each remembering where it came from), then checked and stored
 * in one walk, so that one run tells all mistakes. libinih reads lines through our reader, which counts them
 * and refuses the ones that libinih would split. */
#include "base/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/manual.h"
#include "base/similar.h"
#include "base/text.h"

#define SECRET_LIMIT 4096

enum option_type {
    OPTION_TEXT,
    OPTION_DOMAIN,
    OPTION_URL,
    OPTION_NUMBER,
    OPTION_SECRET_FILE,
    OPTION_LEVEL,
};

/* When a changed value is in force: at the next start, or on SIGHUP. */
enum option_change {
    CHANGE_RESTART,
    CHANGE_RELOAD,
};

struct option {
    const char *section, *name;
    enum option_type type;
    enum option_change change;
    bool optional;
    const char *standard; /* the default; NULL: must be set, unless optional */
    long least, most;
    size_t offset;
    const char *help;
};

#define AT(member) offsetof(struct config, member)

static const struct option options[] = {
    {"process", "user", OPTION_TEXT, CHANGE_RESTART, true, NULL, 0, 0, AT(process_user),
     "The system user as whom crmd and crmctl go on when root starts them."},
    {"xmpp", "domain", OPTION_DOMAIN, CHANGE_RESTART, false, NULL, 0, 0, AT(xmpp_domain),
     "The domain of the staff's addresses. The component itself is crm. and this domain."},
    {"xmpp", "component_host", OPTION_TEXT, CHANGE_RESTART, false, "127.0.0.1", 0, 0, AT(xmpp_component_host),
     "Where Prosody listens for components."},
    {"xmpp", "component_port", OPTION_NUMBER, CHANGE_RESTART, false, "5347", 1, 65535,
     AT(xmpp_component_port), "The port there."},
    {"xmpp", "component_secret_file", OPTION_SECRET_FILE, CHANGE_RESTART, false, NULL, 0, 0,
     AT(xmpp_component_secret),
     "A file with the secret that Prosody knows the component by; others must not be able to read it."},
    {"database", "conninfo", OPTION_TEXT, CHANGE_RESTART, false, "dbname=crm user=crmd", 0, 0,
     AT(database_conninfo), "How to reach PostgreSQL, in libpq's words, without the password."},
    {"database", "password_file", OPTION_SECRET_FILE, CHANGE_RESTART, true, NULL, 0, 0, AT(database_password),
     "A file with the password of that user; others must not be able to read it. Not needed where the system "
     "user is enough (peer)."},
    {"lanes", "chat", OPTION_NUMBER, CHANGE_RESTART, false, "2", 1, 64, AT(lanes_chat),
     "Threads for conversations; each has a database connection."},
    {"lanes", "command", OPTION_NUMBER, CHANGE_RESTART, false, "2", 1, 64, AT(lanes_command),
     "Threads for commands."},
    {"lanes", "bulk", OPTION_NUMBER, CHANGE_RESTART, false, "1", 1, 16, AT(lanes_bulk),
     "Threads for imports, reports and what else takes long."},
    {"lanes", "queue", OPTION_NUMBER, CHANGE_RESTART, false, "1024", 1, 1000000, AT(lanes_queue),
     "Jobs that may wait for a lane before senders are told to wait."},
    {"lanes", "patience", OPTION_NUMBER, CHANGE_RESTART, false, "90", 1, 3600, AT(lanes_patience),
     "Seconds that a lane may take for one step (a statement has 30) before systemd's watchdog is no longer "
     "told that all is well."},
    {"web", "base_url", OPTION_URL, CHANGE_RELOAD, false, "http://127.0.0.1:5280", 0, 0, AT(web_base_url),
     "Where people reach Prosody's web pages: one-time links, and those of files that are sent, begin with "
     "it."},
    {"web", "local_url", OPTION_URL, CHANGE_RESTART, false, "http://127.0.0.1:5280", 0, 0, AT(web_local_url),
     "Where crmd itself reaches them, for the files that people send: past DNS, certificate and proxy. "
     "systemd lets it "
     "reach this machine only."},
    {"log", "level", OPTION_LEVEL, CHANGE_RELOAD, false, "info", 0, 0, AT(log_level),
     "The least that is logged."},
};

#define OPTION_COUNT (sizeof options / sizeof *options)

struct value {
    const char *text;
    const char *origin; /* "crmd.conf:7" or "CRMD_XMPP_DOMAIN" */
};

struct loader {
    struct arena *arena;
    const char *path;
    int line;
    bool over_long;
    bool unreadable; /* the file: what it would have set is not missed */
    struct value values[OPTION_COUNT];
    struct text errors;
};

static void complain(struct loader *loader, const char *origin, const char *key, const char *trouble)
{
    text_addf(&loader->errors, "%s%s: %s%s%s", loader->errors.length > 0 ? "\n" : "", origin, key,
              key[0] == '\0' ? "" : ": ", trouble);
}

static const char *origin_here(struct loader *loader)
{
    return arena_printf(loader->arena, "%s:%d", loader->path, loader->line);
}

static const char *key_of(struct loader *loader, const struct option *option)
{
    return arena_printf(loader->arena, "[%s] %s", option->section, option->name);
}

/* ---- the file ---- */

static int find_option(const char *section, const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(options[i].section, section) == 0 && strcmp(options[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_section(const char *section)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(options[i].section, section) == 0) {
            return true;
        }
    }
    return false;
}

/* What is nearest: an option of that section, or a section where there is none of that name. */
static void complain_unknown(struct loader *loader, const char *section, const char *name)
{
    const char *names[OPTION_COUNT] = {NULL};
    bool known = is_section(section);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!known) {
            names[i] = options[i].section;
        } else if (strcmp(options[i].section, section) == 0) {
            names[i] = options[i].name;
        }
    }
    const char *nearest = similar_find(known ? name : section, names, OPTION_COUNT);
    const char *trouble = known ? "there is no such option" : "there is no such section";
    if (nearest != NULL) {
        trouble = arena_printf(loader->arena, known ? "%s; did you mean %s?" : "%s; did you mean [%s]?",
                               trouble, nearest);
    }
    complain(loader, origin_here(loader), arena_printf(loader->arena, "[%s] %s", section, name), trouble);
}

/* Called by libinih for each pair. */
static int on_pair(void *context, const char *section, const char *name, const char *text)
{
    struct loader *loader = context;
    int index = find_option(section, name);
    if (loader->over_long) {
        return 1;
    }
    if (index < 0) {
        complain_unknown(loader, section, name);
        return 1;
    }
    struct value *value = &loader->values[index];
    if (value->origin != NULL) {
        complain(loader, origin_here(loader), key_of(loader, &options[index]),
                 arena_printf(loader->arena, "already set at %s", value->origin));
        return 1;
    }
    value->text = arena_strdup(loader->arena, text);
    value->origin = origin_here(loader);
    return 1;
}

struct source {
    FILE *file;
    struct loader *loader;
};

/* libinih's reader: fgets() that counts lines, and stops at one that does not fit, as libinih would read its
 * rest as another line. */
static char *read_line(char *line, int limit, void *context)
{
    struct source *source = context;
    if (source->loader->over_long || fgets(line, limit, source->file) == NULL) {
        return NULL;
    }
    source->loader->line++;
    int next = strchr(line, '\n') == NULL ? fgetc(source->file) : EOF;
    if (next != EOF) {
        source->loader->over_long = true;
        complain(source->loader, origin_here(source->loader), "",
                 arena_printf(source->loader->arena, "the line is longer than %d bytes", limit - 2));
        return NULL;
    }
    return line;
}

static void read_file(struct loader *loader)
{
    struct source source = {.file = fopen(loader->path, "re"), .loader = loader};
    if (source.file == NULL) {
        complain(loader, loader->path, "",
                 arena_printf(loader->arena, "cannot read it: %s", strerror(errno)));
        loader->unreadable = true;
        return;
    }
    int line = ini_parse_stream(read_line, &source, on_pair, loader);
    if (line == -2) { /* what it says when it cannot allocate its line */
        log_bug("out of memory while reading %s", loader->path);
    }
    if (ferror(source.file) != 0) {
        complain(loader, loader->path, "",
                 arena_printf(loader->arena, "cannot read it: %s", strerror(errno)));
    } else if (line > 0) {
        complain(loader, arena_printf(loader->arena, "%s:%d", loader->path, line), "",
                 "the line is neither [section] nor key=value");
    }
    fclose(source.file);
}

/* ---- the environment ---- */

#define ENVIRONMENT "CRMD_"

static const char *environment_name(struct arena *arena, const struct option *option)
{
    char *name = arena_printf(arena, ENVIRONMENT "%s_%s", option->section, option->name);
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    return name;
}

/* CRMD_XMPP_…: of a section of ours. */
static bool is_in_section(const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        size_t length = strlen(options[i].section);
        if (strncasecmp(name + strlen(ENVIRONMENT), options[i].section, length) == 0 &&
            name[strlen(ENVIRONMENT) + length] == '_') {
            return true;
        }
    }
    return false;
}

/* A variable that is meant for us and misspelt; what is like none of ours belongs to somebody else. */
static void check_variable(struct loader *loader, const char *name, const char *const *names)
{
    static const char *const others[] = {"CRMD_CONF", "CRMD_DB_PASSWORD_FILE"}; /* of our scripts */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(name, others[i]) == 0) {
            return;
        }
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            return;
        }
    }
    const char *nearest = similar_find(name, names, OPTION_COUNT);
    if (nearest != NULL) {
        complain(loader, name, "",
                 arena_printf(loader->arena, "there is no such option; did you mean %s?", nearest));
    } else if (is_in_section(name)) {
        complain(loader, name, "", "there is no such option");
    }
}

static void read_environment(struct loader *loader)
{
    const char *names[OPTION_COUNT];
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        names[i] = environment_name(loader->arena, &options[i]);
        const char *text = getenv(names[i]);
        if (text != NULL) {
            loader->values[i] = (struct value){.text = text, .origin = names[i]};
        }
    }
    for (char *const *variable = environ; *variable != NULL; variable++) {
        if (strncmp(*variable, ENVIRONMENT, strlen(ENVIRONMENT)) == 0) {
            const char *name = arena_strndup(loader->arena, *variable, strcspn(*variable, "="));
            check_variable(loader, name, names);
        }
    }
}

/* ---- secrets ---- */

static const char *check_secret_file(const struct stat *status)
{
    if (!S_ISREG(status->st_mode)) {
        return "it is no regular file";
    }
    mode_t others = status->st_mode & (S_IRWXG | S_IRWXO);
    if (status->st_uid != geteuid() && status->st_uid != 0) {
        return "it belongs to another user";
    }
    if (others != 0 && status->st_uid != 0) {
        return "group or others have rights on it; chmod 600 it";
    }
    if ((others & ~(mode_t)S_IRGRP) != 0) {
        return "others have rights on it, or its group may write it; chmod 640 it";
    }
    return status->st_size > SECRET_LIMIT ? "it is larger than 4096 bytes" : NULL;
}

static const char *read_open_secret(struct arena *arena, int fd, const char **trouble)
{
    char bytes[SECRET_LIMIT + 1];
    struct stat status;
    if (fstat(fd, &status) != 0) {
        *trouble = strerror(errno);
        return NULL;
    }
    *trouble = check_secret_file(&status);
    if (*trouble != NULL) {
        return NULL;
    }
    ssize_t length = read(fd, bytes, SECRET_LIMIT);
    if (length < 0) {
        *trouble = strerror(errno);
        return NULL;
    }
    bytes[length] = '\0';
    size_t first_line = strcspn(bytes, "\r\n");
    const char *secret = first_line == 0 ? NULL : arena_strndup(arena, bytes, first_line);
    *trouble = secret == NULL ? "its first line is empty" : NULL;
    explicit_bzero(bytes, sizeof bytes);
    return secret;
}

const char *config_read_secret(struct arena *arena, const char *path, const char **error)
{
    const char *trouble;
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        *error = arena_printf(arena, "%s: cannot read it: %s", path, strerror(errno));
        return NULL;
    }
    const char *secret = read_open_secret(arena, fd, &trouble);
    close(fd);
    if (secret == NULL) {
        *error = arena_printf(arena, "%s: %s", path, trouble);
    }
    return secret;
}

/* ---- checking and storing ---- */

static bool domain_is_good(const char *domain)
{
    size_t length = strlen(domain);
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    return length > 0 && length <= 200 && strspn(domain, allowed) == length && domain[0] != '.' &&
           domain[length - 1] != '.' && strstr(domain, "..") == NULL;
}

static bool url_is_good(const char *url)
{
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    size_t length = strlen(url);
    return scheme > 0 && length > scheme && length <= 200 && url[length - 1] != '/' &&
           strcspn(url, " \t\"<>?#") == length;
}

static const char *store_number(struct loader *loader, const struct option *option, const char *text,
                                long *out)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || isspace((unsigned char)text[0]) ||
        number < option->least || number > option->most) {
        return arena_printf(loader->arena, "'%s' is not allowed: a number from %ld to %ld", text,
                            option->least, option->most);
    }
    *out = number;
    return NULL;
}

/* A path that is not absolute is meant from the folder of the configuration file. */
static const char *resolve_path(struct loader *loader, const char *path)
{
    const char *slash = loader->path == NULL ? NULL : strrchr(loader->path, '/');
    if (path[0] == '/' || slash == NULL) {
        return path;
    }
    return arena_printf(loader->arena, "%.*s/%s", (int)(slash - loader->path), loader->path, path);
}

/* Stores a value where its row says. Returns what is wrong, or NULL. */
static const char *store(struct loader *loader, const struct option *option, const char *text, void *out)
{
    const char *trouble = NULL;
    switch (option->type) {
    case OPTION_TEXT:
        *(const char **)out = text;
        return text[0] == '\0' ? "it must not be empty" : NULL;
    case OPTION_DOMAIN:
        *(const char **)out = text;
        return domain_is_good(text) ? NULL
                                    : arena_printf(loader->arena,
                                                   "'%s' is not allowed: a domain in lower case, such as "
                                                   "example.org",
                                                   text);
    case OPTION_URL:
        *(const char **)out = text;
        return url_is_good(text) ? NULL
                                 : arena_printf(loader->arena,
                                                "'%s' is not allowed: an address such as "
                                                "https://crm.example.org, without a slash at the end",
                                                text);
    case OPTION_NUMBER:
        return store_number(loader, option, text, out);
    case OPTION_SECRET_FILE:
        *(const char **)out = config_read_secret(loader->arena, resolve_path(loader, text), &trouble);
        return trouble;
    case OPTION_LEVEL:
        return log_level_parse(text, out) == 0
                   ? NULL
                   : arena_printf(loader->arena, "'%s' is not allowed: debug, info, warn or error", text);
    }
    return NULL;
}

static void store_all(struct loader *loader, struct config *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        const struct value *value = &loader->values[i];
        const char *text = value->text == NULL ? option->standard : value->text;
        if (text == NULL && !option->optional && !loader->unreadable) {
            complain(loader, loader->path == NULL ? "environment" : loader->path, key_of(loader, option),
                     arena_printf(loader->arena, "it must be set (or %s)",
                                  environment_name(loader->arena, option)));
        }
        if (text == NULL) {
            continue;
        }
        const char *trouble = store(loader, option, text, (char *)out + option->offset);
        if (trouble != NULL) {
            complain(loader, value->origin == NULL ? "default" : value->origin, key_of(loader, option),
                     trouble);
        }
    }
}

int config_load(struct arena *arena, const char *path, struct config *out, const char **error)
{
    struct loader loader = {.arena = arena, .path = path, .errors = text_new(arena)};
    struct config config = {.path = path};
    if (path != NULL) {
        read_file(&loader);
    }
    read_environment(&loader);
    store_all(&loader, &config);
    if (loader.errors.length > 0) {
        *error = loader.errors.data;
        return -1;
    }
    *out = config;
    return 0;
}

/* ---- what SIGHUP may change ---- */

static size_t size_of(const struct option *option)
{
    switch (option->type) {
    case OPTION_NUMBER:
        return sizeof(long);
    case OPTION_LEVEL:
        return sizeof(enum log_level);
    default:
        return sizeof(const char *);
    }
}

static bool is_same(const struct option *option, const char *left, const char *right)
{
    if (option->type == OPTION_NUMBER || option->type == OPTION_LEVEL) {
        return memcmp(left, right, size_of(option)) == 0;
    }
    const char *one = *(const char *const *)left, *other = *(const char *const *)right;
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

struct config_changes config_take_changes(struct arena *arena, struct config *running,
                                          const struct config *fresh)
{
    struct text lists[] = {[CHANGE_RESTART] = text_new(arena), [CHANGE_RELOAD] = text_new(arena)};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        char *now = (char *)running + option->offset;
        const char *then = (const char *)fresh + option->offset;
        struct text *list = &lists[option->change];
        if (is_same(option, now, then)) {
            continue;
        }
        text_addf(list, "%s[%s] %s", list->length > 0 ? ", " : "", option->section, option->name);
        if (option->change == CHANGE_RELOAD) {
            memcpy(now, then, size_of(option));
        }
    }
    return (struct config_changes){lists[CHANGE_RELOAD].data, lists[CHANGE_RESTART].data};
}

/* ---- the commented file ---- */

static const char *const type_words[] = {
    [OPTION_TEXT] = "Text.",
    [OPTION_DOMAIN] = "A domain in lower case.",
    [OPTION_URL] = "An address, without a slash at the end.",
    [OPTION_NUMBER] = "A number",
    [OPTION_SECRET_FILE] = "A path; of this file's folder when it does not begin with a slash.",
    [OPTION_LEVEL] = "debug, info, warn or error.",
};

/* What it takes, when it changes, and whether it must be there. */
static void describe(struct text *text, const struct option *option)
{
    text_add(text, type_words[option->type]);
    if (option->type == OPTION_NUMBER) {
        text_addf(text, " from %ld to %ld.", option->least, option->most);
    }
    if (option->change == CHANGE_RELOAD) {
        text_add(text, " Changes with a reload.");
    }
    if (option->standard == NULL) {
        text_add(text, option->optional ? " May be left out." : " Must be set.");
    }
}

static void print_option(FILE *file, struct arena *arena, const struct option *option)
{
    struct text text = text_new(arena);
    describe(&text, option);
    fprintf(file, "\n; %s\n; %s\n%s%s=%s\n", option->help, text.data, option->standard == NULL ? ";" : "",
            option->name, option->standard == NULL ? "" : option->standard);
}

static const char environment_wins[] = "The environment wins: CRMD_LOG_LEVEL=debug is level=debug of [log]. "
                                       "\"crmd --check\" says what is wrong.";
static const char reload_words[] =
    "What \"changes with a reload\" is read again on SIGHUP (systemctl reload); all else at a restart.";

char *config_manual(struct arena *arena)
{
    struct text text = text_new(arena);
    const char *section = "";
    manual_begin(&text, "crmd.conf", 5, "settings of the daemon of TrainCape CRM");
    manual_heading(&text, "DESCRIPTION");
    manual_paragraph(
        &text,
        "Lines NAME=VALUE in sections [NAME]; a line that begins with ; is a comment. crmd --print-config "
        "writes the file with every default.");
    manual_paragraph(&text, environment_wins);
    manual_paragraph(&text, reload_words);
    manual_heading(&text, "OPTIONS");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        struct text what = text_new(arena);
        if (strcmp(section, option->section) != 0) {
            manual_subheading(&text, arena_printf(arena, "[%s]", option->section));
        }
        section = option->section;
        text_addf(&what, "%s ", option->help);
        describe(&what, option);
        manual_entry(
            &text,
            arena_printf(arena, "%s=%s", option->name, option->standard == NULL ? "" : option->standard),
            what.data);
    }
    manual_heading(&text, "SEE ALSO");
    manual_paragraph(&text, "crmd(8), crmctl(8)");
    return text.data;
}

void config_print_default(FILE *file)
{
    const char *section = "";
    struct arena *arena = arena_new();
    fprintf(
        file,
        "; crmd.conf: the daemon of TrainCape CRM. Every option with its default; \"crmd --print-config\" "
        "writes this file.\n; %s\n; %s\n",
        environment_wins, reload_words);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(section, options[i].section) != 0) {
            section = options[i].section;
            fprintf(file, "\n[%s]\n", section);
        }
        print_option(file, arena, &options[i]);
    }
    arena_free(arena);
}
