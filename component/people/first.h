/* first: the first Admin of an installation, who makes everyone else.
 *
 * Threads: main, before anything else runs.
 */
#ifndef PEOPLE_FIRST_H
#define PEOPLE_FIRST_H

#include <stdio.h>

#include "base/config.h"

/* Makes an Admin and writes the one-time link by which they set their password to `out`; refuses on `err`,
 * with what to do, when there is an enabled Admin already or the user name cannot be had. Returns
 * EXIT_SUCCESS or EXIT_FAILURE. */
int first_admin(const struct config *config, const char *username, const char *name, FILE *out, FILE *err);

#endif
