#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/similar.h"
#include "base/text.h"
#include "base/uuid.h"
#include "bots/grammar.h"
#include "command/dispatch.h"
#include "command/role.h"
#include "command/defined.h"
#include "command/table.h"
#include "command/target.h"
#include "queries.h"
#include "surface/chat.h"
#include "surface/object.h"

/* One run. */
struct run {
    const struct ctl *ctl;
    struct arena *arena;
    struct dispatch dispatch;
    struct defined *defined;
    struct sentence sentence;
    int file; /* that the command reads; 0: none */
};

/* ---- what the words ask for */

/* The value of "name=value" when the command has such a parameter. */
static const struct param *named_param(const struct command *command, const char *word, const char **value)
{
    const char *equals = strchr(word, '=');
    for (size_t i = 0; equals != NULL && i < command_param_count(command); i++) {
        const char *name = command->params[i].name;
        if (strlen(name) == (size_t)(equals - word) && strncmp(name, word, strlen(name)) == 0) {
            *value = equals + 1;
            return &command->params[i];
        }
    }
    return NULL;
}

/* The command that the first words name, and how many they are. */
static const struct command *named_command(struct run *run, size_t *taken)
{
    const struct ctl *ctl = run->ctl;
    const struct command_table *table = run->dispatch.table;
    if (ctl->count >= 2) {
        const char *two = arena_printf(run->arena, "%s %s", ctl->words[0], ctl->words[1]);
        const struct command *command = command_table_find_words(table, two);
        if (command != NULL) {
            *taken = 2;
            return command;
        }
    }
    *taken = 1;
    return command_table_find(table, ctl->words[0]);
}

/* "lead.edit 42 email=…": nothing is left to guess. False when a word is something else. */
static bool read_plainly(struct run *run)
{
    const struct ctl *ctl = run->ctl;
    size_t at = 0;
    const struct command *command = named_command(run, &at);
    if (command == NULL) {
        return false;
    }
    struct argument *list = arena_array(run->arena, ctl->count, sizeof *list);
    size_t count = 0;
    const char *target = NULL;
    if (command->target != TARGET_NONE && at < ctl->count && strchr(ctl->words[at], '=') == NULL) {
        target = ctl->words[at++];
    }
    for (; at < ctl->count; at++) {
        const char *value;
        const struct param *param = named_param(command, ctl->words[at], &value);
        if (param == NULL) {
            return false;
        }
        list[count++] = (struct argument){param->name, value};
    }
    run->sentence = (struct sentence){.command = command, .target = target, .arguments = {list, count}};
    return true;
}

/* As a line to the bot. */
static void read_as_chat(struct run *run, const struct person *person)
{
    struct text line = text_new(run->arena);
    const struct type_reader reader = {.arena = run->arena,
                                       .table = run->dispatch.table,
                                       .now = person->now,
                                       .currency = person->currency,
                                       .country = person->country};
    for (size_t i = 0; i < run->ctl->count; i++) {
        text_addf(&line, "%s%s", i == 0 ? "" : " ", run->ctl->words[i]);
    }
    const struct listener listener = {.table = run->dispatch.table, .role = person->role};
    run->sentence = grammar_read(&reader, &listener, line.data);
}

/* The names that the command takes, and the nearest to the one that was given. */
static const char *names_of(struct run *run, const struct command *command, const char *given)
{
    size_t count = command_param_count(command);
    const char **names = arena_array(run->arena, count + 1, sizeof *names);
    struct text list = text_new(run->arena);
    for (size_t i = 0; i < count; i++) {
        names[i] = command->params[i].name;
        text_addf(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    const char *nearest = similar_find(given, names, count);
    if (count == 0) {
        return arena_printf(run->arena, "%s takes no NAME=VALUE.", command->name);
    }
    return arena_printf(
        run->arena, "%s takes no “%s”.%s It takes: %s.", command->name, text_shorten(run->arena, given, 40),
        nearest == NULL ? "" : arena_printf(run->arena, " Did you mean “%s”?", nearest), list.data);
}

/* What is wrong with the first NAME=VALUE that the command does not have, which to the bot would be a text
 * like any other: "emial=…" would become an email. NULL when there is none. */
static const char *wrong_name(struct run *run)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const struct ctl *ctl = run->ctl;
    size_t at = 0;
    const struct command *command = named_command(run, &at);
    for (; command != NULL && at < ctl->count; at++) {
        const char *value;
        size_t length = strspn(ctl->words[at], letters);
        if (length > 0 && ctl->words[at][length] == '=' &&
            named_param(command, ctl->words[at], &value) == NULL) {
            return names_of(run, command, arena_strndup(run->arena, ctl->words[at], length));
        }
    }
    return NULL;
}

/* ---- who, and under which lease */

/* In the same transaction as the row: crmd hears of it when it can be seen. */
static enum db_status settle(void *context, const struct settlement *settlement)
{
    (void)context;
    for (const struct reply_notice *notice = settlement->reply->notices; notice != NULL;
         notice = notice->next) {
        query_ctl_notify(settlement->unit, dispatch_notice_channel(settlement->arena, notice));
    }
    return unit_flush(settlement->unit);
}

static enum db_status begin(struct run *run, struct person *person)
{
    const struct identity system = {.role = "crm_system", .request = "ctl", .surface = "ctl"};
    struct unit *unit = unit_begin(run->dispatch.db, run->arena, &system);
    const struct ctl_epoch *lease = query_ctl_epoch(unit);
    const struct command_caller *caller = query_command_caller(unit, "staff", run->ctl->as);
    const struct command_defined *defined = defined_ask(run->defined, unit);
    enum db_status status = unit_commit(unit);
    if (status != DB_OK) {
        return status;
    }
    run->dispatch.epoch = lease->rows[0].epoch;
    run->dispatch.table = defined_take(run->defined, defined);
    dispatch_read_person(caller, person);
    return DB_OK;
}

/* ---- the answer */

static enum ctl_exit say(const struct run *run, const struct reply *reply, FILE *out, FILE *err,
                         enum ctl_exit code)
{
    if (run->ctl->json) {
        fprintf(out, "%s\n", object_render(run->arena, reply));
    } else {
        fprintf(code == CTL_DONE ? out : err, "%s\n", chat_render(run->arena, reply, false));
    }
    return code;
}

static enum ctl_exit refuse(const struct run *run, enum refusal reason, const char *sentence, FILE *out,
                            FILE *err, enum ctl_exit code)
{
    struct reply reply;
    reply_begin(&reply, run->arena, run->sentence.command);
    reply_refuse(&reply, reason, NULL, "%s", sentence);
    return say(run, &reply, out, err, code);
}

static enum ctl_exit refuse_line(const struct run *run, FILE *out, FILE *err)
{
    const struct sentence *sentence = &run->sentence;
    const char *said =
        sentence->complaint != NULL ? sentence->complaint
        : sentence->meant != NULL
            ? arena_printf(run->arena, "This is not understood. Did you mean “%s”?", sentence->meant[0])
            : "This is not understood. Say: crmctl --help";
    return refuse(run, REFUSAL_INVALID, said, out, err, CTL_USAGE);
}

static enum ctl_exit dispatch(struct run *run, FILE *out, FILE *err)
{
    const struct ctl *ctl = run->ctl;
    struct reply reply;
    const struct request request = {
        .mode = REQUEST_RUN,
        .command = run->sentence.command->name,
        .target = run->sentence.target,
        .arguments = run->sentence.arguments,
        .kind = "staff",
        .username = ctl->as,
        .who = arena_printf(run->arena, "%s@%s", ctl->as, run->dispatch.staff_domain),
        .surface = "ctl",
        .id = uuid_new(run->arena),
        .confirmed = ctl->confirmed,
        .file = run->file,
    };
    switch (command_dispatch(&run->dispatch, &request, &reply)) {
    case OUTCOME_DONE:
        return say(run, &reply, out, err, CTL_DONE);
    case OUTCOME_REFUSED:
        if (reply.refusal == REFUSAL_UNCONFIRMED) {
            reply.sentence = arena_printf(run->arena, "%s Then say it again with --yes.", reply.sentence);
        }
        return say(run, &reply, out, err, CTL_REFUSED);
    case OUTCOME_REPEATED:
    case OUTCOME_STRANGER:
        return say(run, &reply, out, err, CTL_REFUSED);
    case OUTCOME_FENCED:
    case OUTCOME_AWAY:
        return say(run, &reply, out, err, CTL_AWAY);
    }
    return CTL_AWAY;
}

/* "leads.csv", also when there is none. */
static bool is_file(const char *word)
{
    return access(word, F_OK) == 0 || (strpbrk(word, "/.") != NULL && strstr(word, "://") == NULL);
}

/* "import FILE": a file of this machine. False when it cannot be opened. */
static bool open_file(struct run *run)
{
    const struct ctl *ctl = run->ctl;
    if (ctl->count != 2 || strcmp(ctl->words[0], "import") != 0 || !is_file(ctl->words[1])) {
        return true;
    }
    struct argument *link = arena_alloc(run->arena, sizeof *link);
    *link = (struct argument){"link", ctl->words[1]};
    run->sentence =
        (struct sentence){.command = command_table_find(ctl->table, "import.file"), .arguments = {link, 1}};
    run->file = open(ctl->words[1], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return run->file > 0;
}

static enum ctl_exit run_with(struct run *run, FILE *out, FILE *err)
{
    struct person person;
    if (begin(run, &person) != DB_OK) {
        return refuse(run, REFUSAL_BUSY, "The database is away. Nothing was changed; try again in a moment.",
                      out, err, CTL_AWAY);
    }
    if (person.id == 0) {
        return refuse(run, REFUSAL_FORBIDDEN,
                      arena_printf(run->arena, "Forbidden: “%s” is no account that is in use.",
                                   text_shorten(run->arena, run->ctl->as, 40)),
                      out, err, CTL_REFUSED);
    }
    if (!open_file(run)) {
        return refuse(run, REFUSAL_INVALID,
                      arena_printf(run->arena, "%s cannot be opened by the user that crmd runs as: %s.",
                                   run->ctl->words[1], strerror(errno)),
                      out, err, CTL_REFUSED);
    }
    if (run->sentence.command == NULL && !read_plainly(run)) {
        const char *wrong = wrong_name(run);
        if (wrong != NULL) {
            return refuse(run, REFUSAL_INVALID, wrong, out, err, CTL_USAGE);
        }
        read_as_chat(run, &person);
    }
    if (run->sentence.command == NULL || run->sentence.complaint != NULL) {
        return refuse_line(run, out, err);
    }
    return dispatch(run, out, err);
}

enum ctl_exit ctl_run(struct arena *arena, const struct ctl *ctl, FILE *out, FILE *err)
{
    const struct db_settings settings = {ctl->config->database_conninfo, ctl->config->database_password,
                                         "crmctl", NULL, NULL};
    struct run run = {.ctl = ctl, .arena = arena, .defined = defined_new(ctl->table)};
    run.dispatch =
        (struct dispatch){.table = ctl->table,
                          .db = db_new(&settings),
                          .arena = arena,
                          .domain = arena_printf(arena, "crm.%s", ctl->config->xmpp_domain),
                          .staff_domain = ctl->config->xmpp_domain,
                          .customer_domain = arena_printf(arena, "my.%s", ctl->config->xmpp_domain),
                          .web_url = ctl->config->web_base_url,
                          .settle = settle};
    enum ctl_exit code = run_with(&run, out, err);
    db_free(run.dispatch.db);
    defined_free(run.defined);
    if (run.file > 0) {
        close(run.file);
    }
    return fflush(out) == 0 ? code : CTL_AWAY;
}

/* For the man page: who may, what it takes, and a line that works. */
static const char *in_full(struct arena *arena, const struct command *row)
{
    struct text text = text_new(arena);
    text_addf(&text, "%s For %s.", row->summary, role_list(arena, row->roles));
    for (const struct param *param = row->params; param != NULL && param->name != NULL; param++) {
        bool required = (param->flags & PARAM_REQUIRED) != 0;
        text_addf(&text, "%s%s%s%s", param == row->params ? " Takes " : ", ", required ? "" : "[",
                  param->name, required ? "" : "]");
    }
    text_addf(&text, "%sSay, for example: %s", row->params == NULL || row->params->name == NULL ? " " : ". ",
              row->examples[0]);
    return text.data;
}

const struct manual_row *ctl_rows(struct arena *arena, const struct command_table *table, bool full)
{
    struct manual_row *rows = arena_array(arena, table->count + 1, sizeof *rows);
    for (size_t i = 0; i < table->count; i++) {
        const struct target_kind *kind = target_kind(table->rows[i]->target);
        rows[i].words = arena_printf(arena, "%s%s%s", table->rows[i]->name, kind == NULL ? "" : " ",
                                     kind == NULL ? "" : kind->example);
        rows[i].what = full ? in_full(arena, table->rows[i]) : table->rows[i]->summary;
    }
    rows[table->count].words = NULL;
    return rows;
}
