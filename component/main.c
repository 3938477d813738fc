/* crmd: the CRM's daemon. Reads its configuration, joins the tables of all rooms, and runs. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/log.h"
#include "base/manual.h"
#include "base/process.h"
#include "bots/grammar.h"
#include "command/print.h"
#include "command/table.h"
#include "daemon/check.h"
#include "daemon/run.h"
#include "people/first.h"
#include "people/seed.h"
#include "rooms.h"

static const char summary[] = "the daemon of TrainCape CRM";

static const struct manual_row usage[] = {
    {"crmd --config FILE", "run"},
    {"crmd --config FILE --check", "say of all that crmd needs whether it is there, and what to do if not"},
    {"crmd --config FILE --first-admin USERNAME [--name 'FULL NAME']",
     "make the first Admin; prints the link by which they set a password"},
    {"crmd --config FILE --seed-demo", "fill the demo organisation once; prints its accounts, a line each"},
    {"crmd --print-config", "a commented configuration file with every default"},
    {"crmd --print-commands[=FORM]", "the table of commands: as text, json, or markdown for the README"},
    {"crmd --print-manual[=crmd.conf]", "the man page, of crmd or of its configuration"},
    {NULL, NULL},
};

enum action {
    ACTION_RUN,
    ACTION_CHECK,
    ACTION_FIRST_ADMIN,
    ACTION_SEED,
    ACTION_PRINT_CONFIG,
    ACTION_PRINT_COMMANDS,
    ACTION_PRINT_MANUAL,
    ACTION_HELP,
    ACTION_WRONG,
};

/* Set by the command line. */
struct arguments_given {
    const char *path;     /* of the configuration */
    const char *form;     /* of --print-commands, --print-manual; NULL for the usual */
    const char *username; /* of the first Admin */
    const char *name;     /* and how they are called; NULL: as the user name */
};

static enum action read_arguments(int argc, char **argv, struct arguments_given *given)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"seed-demo", no_argument, NULL, 's'},
        {"check", no_argument, NULL, 'k'},
        {"first-admin", required_argument, NULL, 'f'},
        {"name", required_argument, NULL, 'n'},
        {"print-config", no_argument, NULL, 'p'},
        {"print-commands", optional_argument, NULL, 't'},
        {"print-manual", optional_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    enum action action = ACTION_RUN;
    int option;
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            given->path = optarg;
            break;
        case 's':
            action = ACTION_SEED;
            break;
        case 'k':
            action = ACTION_CHECK;
            break;
        case 'f':
            action = ACTION_FIRST_ADMIN;
            given->username = optarg;
            break;
        case 'n':
            given->name = optarg;
            break;
        case 'p':
            return ACTION_PRINT_CONFIG;
        case 't':
            given->form = optarg;
            return ACTION_PRINT_COMMANDS;
        case 'm':
            given->form = optarg;
            return ACTION_PRINT_MANUAL;
        case 'h':
            return ACTION_HELP;
        default:
            return ACTION_WRONG;
        }
    }
    return optind < argc ? ACTION_WRONG : action;
}

static const struct manual_row signals[] = {
    {"SIGHUP", "reads the configuration again; crmd.conf(5) says what changes with it"},
    {"SIGTERM", "ends, when what is under way is committed"},
    {NULL, NULL},
};

static const struct manual_part parts[] = {
    {.heading = "SYNOPSIS", .rows = usage, .column = 34},
    {.heading = "SIGNALS", .rows = signals},
    {.heading = "EXIT STATUS",
     .paragraph = "0 ended as told, 1 something that it needs is missing, 3 another crmd is in charge of its "
                  "database."},
    {.heading = "SEE ALSO", .paragraph = "crmctl(8), crmd.conf(5)"},
    {.heading = NULL},
};

static char *help(struct arena *arena)
{
    return manual_print_help(arena, "crmd", summary, parts);
}

static int print_manual(struct arena *arena, const char *page)
{
    bool known = page == NULL || strcmp(page, "crmd.conf") == 0;
    fputs(!known         ? help(arena)
          : page == NULL ? manual_print_page(arena, "crmd", summary, parts)
                         : config_manual(arena),
          known ? stdout : stderr);
    return known ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int print_commands(struct arena *arena, const struct command_table *table, const char *form)
{
    static const struct {
        const char *name;
        char *(*print)(struct arena *arena, const struct command_table *table);
    } forms[] = {{"text", command_table_dump}, {"json", print_json}, {"markdown", print_markdown}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(form == NULL ? "text" : form, forms[i].name) == 0) {
            fputs(forms[i].print(arena, table), stdout);
            return EXIT_SUCCESS;
        }
    }
    fputs(help(arena), stderr);
    return EXIT_FAILURE;
}

static const struct job_kind *const jobs[] = {JOB_ROOMS NULL};

static int with_config(struct arena *arena, const struct arguments_given *given,
                       const struct command_table *table, enum action action)
{
    struct config config;
    const char *error;
    if (config_load(arena, given->path, &config, &error) != 0) {
        if (action == ACTION_CHECK) {
            return check_refuse_config(error, stdout);
        }
        fprintf(stderr, "%s\n", error);
        return EXIT_FAILURE;
    }
    error = process_become(arena, config.process_user);
    if (error != NULL) {
        fprintf(stderr, "%s\n", error);
        return EXIT_FAILURE;
    }
    log_set_level(action == ACTION_RUN ? config.log_level : LOG_LEVEL_ERROR);
    switch (action) {
    case ACTION_CHECK:
        return check_run(&config, stdout);
    case ACTION_FIRST_ADMIN:
        return first_admin(&config, given->username, given->name == NULL ? given->username : given->name,
                           stdout, stderr);
    case ACTION_SEED:
        return seed_demo(&config, stdout);
    default:
        return daemon_run(&config, table, jobs);
    }
}

int main(int argc, char **argv)
{
    struct arguments_given given = {.path = NULL};
    process_harden();
    struct arena *arena = arena_new();
    log_begin();
    enum action action = read_arguments(argc, argv, &given);
    const struct command_table *table = command_table_join(arena, ROOMS, NULL);
    const char *complaint = table == NULL ? "a row breaks a rule" : grammar_check_examples(arena, table);
    int result = EXIT_SUCCESS;
    if (complaint != NULL) {
        log_bug("the table of commands is wrong: %s", complaint);
    } else if (action == ACTION_PRINT_CONFIG) {
        config_print_default(stdout);
    } else if (action == ACTION_PRINT_COMMANDS) {
        result = print_commands(arena, table, given.form);
    } else if (action == ACTION_PRINT_MANUAL) {
        result = print_manual(arena, given.form);
    } else if (action == ACTION_HELP) {
        fputs(help(arena), stdout);
    } else if (action == ACTION_WRONG) {
        fputs(help(arena), stderr), result = EXIT_FAILURE;
    } else {
        result = with_config(arena, &given, table, action);
    }
    arena_free(arena);
    return result;
}
