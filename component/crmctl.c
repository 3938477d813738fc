/* crmctl: one command of the CRM from the command line, beside a running crmd. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "base/process.h"
#include "command/table.h"
#include "ctl/ctl.h"
#include "ctl/operate.h"
#include "rooms.h"

/* Where a server has it. */
#define STANDARD_CONFIG "/etc/traincape/crmd.conf"

static const char summary[] = "the commands of TrainCape CRM for scripts and administrators on the server";

static const struct manual_row usage[] = {
    {"crmctl [--config FILE] --as USERNAME [--json] [--yes] COMMAND [TARGET] [NAME=VALUE]...",
     "one command of the CRM"},
    {"crmctl [--config FILE] --as USERNAME [--json] [--yes] 'LINE'", "a line as one would write to the bot"},
    {"crmctl [--config FILE] OPERATION ...", "for whoever runs the server"},
    {"crmctl --help | --print-manual", "this, or the man page"},
    {NULL, NULL},
};

static const struct manual_row usage_options[] = {
    {"--config FILE", "crmd.conf; when left out the environment's CRMCTL_CONFIG, else " STANDARD_CONFIG},
    {"--as USERNAME", "the member of staff who acts: their role decides, and the audit names them"},
    {"--json", "the answer as one JSON object"},
    {"--yes", "yes to what destroys"},
    {NULL, NULL},
};

#define EXIT_STATUS "0 done, 1 refused, 2 not understood, 3 the database is away."

enum reading {
    READ_RUN,
    READ_OPERATE,
    READ_HELP,
    READ_MANUAL,
    READ_WRONG,
};

static enum reading read_arguments(int argc, char **argv, struct ctl *ctl, const char **path)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"as", required_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},
        {"yes", no_argument, NULL, 'y'},
        {"help", no_argument, NULL, 'h'},
        {"print-manual", no_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    int option;
    /* "+": what follows the command is the command's. */
    while ((option = getopt_long(argc, argv, "+c:a:jyh", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            *path = optarg;
            break;
        case 'a':
            ctl->as = optarg;
            break;
        case 'j':
            ctl->json = true;
            break;
        case 'y':
            ctl->confirmed = true;
            break;
        case 'h':
            return READ_HELP;
        case 'm':
            return READ_MANUAL;
        default: /* getopt has said what is wrong */
            ctl->as = NULL;
            return READ_WRONG;
        }
    }
    ctl->words = (const char *const *)argv + optind;
    ctl->count = (size_t)(argc - optind);
    if (ctl->as == NULL && ctl->count > 0 && operate_knows(ctl->words[0])) {
        return READ_OPERATE;
    }
    return ctl->as == NULL || ctl->count == 0 ? READ_WRONG : READ_RUN;
}

static int with_config(struct arena *arena, struct ctl ctl, const char *path)
{
    struct config config;
    const char *error;
    if (config_load(arena, path, &config, &error) != 0) {
        fprintf(stderr, "%s\n", error);
        return CTL_USAGE;
    }
    error = process_become(arena, config.process_user);
    if (error != NULL) {
        fprintf(stderr, "%s\n", error);
        return CTL_USAGE;
    }
    ctl.config = &config;
    return (int)ctl_run(arena, &ctl, stdout, stderr);
}

/* `--help` or the man page: what they say is the same. */
static char *describe(struct arena *arena, const struct command_table *table,
                      char *(*print)(struct arena *, const char *, const char *, const struct manual_part *))
{
    const struct manual_part parts[] = {
        {.heading = "SYNOPSIS", .rows = usage, .column = 6},
        {.heading = "OPTIONS", .before = "\n", .rows = usage_options, .column = 18},
        {.heading = "OPERATIONS",
         .before =
             "\nExit status: " EXIT_STATUS "\n“crmctl --as USERNAME help COMMAND” says what a command takes. "
             "The operations:\n\n",
         .rows = operate_rows(arena),
         .column = 42},
        {.heading = "COMMANDS",
         .before = "\nThe commands:\n\n",
         .rows = ctl_rows(arena, table, false),
         .longer = ctl_rows(arena, table, true),
         .column = 25},
        {.heading = "EXIT STATUS", .paragraph = EXIT_STATUS},
        {.heading = "SEE ALSO", .paragraph = "crmd(8), crmd.conf(5)"},
        {.heading = NULL},
    };
    return print(arena, "crmctl", summary, parts);
}

static void say_what_is_wrong(const struct ctl *ctl)
{
    if (ctl->count > 0 && ctl->as == NULL) {
        fprintf(
            stderr,
            "There is no operation “%s”. For a command of the CRM say who acts: crmctl --as USERNAME %s\n",
            ctl->words[0], ctl->words[0]);
    } else if (ctl->as != NULL) {
        fprintf(stderr, "Say what %s asks for, such as: crmctl --as %s lead.list\n", ctl->as, ctl->as);
    }
    fputs("What there is: crmctl --help\n", stderr);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new();
    struct ctl ctl = {.table = command_table_join(arena, ROOMS, NULL)};
    const char *path = getenv("CRMCTL_CONFIG");
    if (path == NULL && access(STANDARD_CONFIG, F_OK) == 0) {
        path = STANDARD_CONFIG;
    }
    int code = CTL_DONE;
    log_set_level(LOG_LEVEL_ERROR);
    if (ctl.table == NULL) {
        log_bug("the table of commands is wrong");
    }
    enum reading reading = read_arguments(argc, argv, &ctl, &path);
    if (reading == READ_RUN) {
        code = with_config(arena, ctl, path);
    } else if (reading == READ_OPERATE) {
        fprintf(stderr, "%s\n", operate_become(arena, path, ctl.words));
        code = CTL_USAGE;
    } else if (reading == READ_MANUAL) {
        fputs(describe(arena, ctl.table, manual_print_page), stdout);
    } else if (reading == READ_HELP) {
        fputs(describe(arena, ctl.table, manual_print_help), stdout);
    } else {
        say_what_is_wrong(&ctl);
        code = CTL_USAGE;
    }
    arena_free(arena);
    return code;
}
