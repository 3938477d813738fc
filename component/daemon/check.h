/* check: `crmd --check`, what an operator asks before and after each change.
 *
 * Says of each thing that crmd needs whether it is there, a line each, and what to do where it is not.
 * Changes nothing, takes no lease, and leaves a crmd that runs its link to Prosody. Threads: main, on its
 * own.
 */
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include <stdio.h>

#include "base/config.h"

/* Runs all checks. Returns EXIT_SUCCESS when crmd can run (there may be warnings), else EXIT_FAILURE. */
int check_run(const struct config *config, FILE *out);

/* What --check says when the configuration itself is wrong: the messages of config_load(). EXIT_FAILURE. */
int check_refuse_config(const char *errors, FILE *out);

#endif
