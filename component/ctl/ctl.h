/* ctl: the command table for scripts and administrators on the server: one command, from the command line.
 *
 * Who may read crmd.conf and the secrets that it names administers this machine, and may act as any member of
 * staff; what that person may do is decided by the dispatcher, as on every surface, and audited as surface
 * "ctl". Works beside a running crmd: it takes no lease, and has crmd send what it has left in the outbox
 * (NOTIFY crm_outbox). Threads: one; blocks.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/config.h"
#include "base/manual.h"
#include "command/command.h"

enum ctl_exit {
    CTL_DONE = 0,
    CTL_REFUSED = 1, /* the CRM said no: the role, an argument, the record */
    CTL_USAGE = 2,   /* the line was not understood */
    CTL_AWAY = 3,    /* the database is away, or its answer was lost */
};

struct ctl {
    const struct config *config;
    const struct command_table *table;
    const char *as;           /* user name of a member of staff */
    const char *const *words; /* the command and its arguments, as a shell gives them */
    size_t count;
    bool json, confirmed;
};

/* Runs it; the answer goes to `out`, what is wrong to `err`, but with `json` both go to `out`. */
enum ctl_exit ctl_run(struct arena *arena, const struct ctl *ctl, FILE *out, FILE *err);

/* The commands, for the help; `full`, for the man page, says who may and what each takes too. */
const struct manual_row *ctl_rows(struct arena *arena, const struct command_table *table, bool full);

#endif
