/* seed: the demo organisation, made once.
 *
 * Six accounts with random passwords, and a few leads. Threads: main, before anything else runs.
 */
#ifndef PEOPLE_SEED_H
#define PEOPLE_SEED_H

#include <stdio.h>

#include "base/config.h"

/* Fills an empty database and writes `account<TAB>password<TAB>role<TAB>name` lines; writes nothing when
 * there is anybody already. All of it is one transaction. Returns EXIT_SUCCESS or, after logging why,
 * EXIT_FAILURE. */
int seed_demo(const struct config *config, FILE *out);

#endif
