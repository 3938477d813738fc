/* operate: what crmctl does for whoever runs the server, by starting the program that does it.
 *
 * setup, backup and restore are scripts (component/operate/), check and first-admin are crmd's. They are
 * found beside this program: installed in ../lib/traincape/operate, in a clone in ../component/operate.
 * Threads: main.
 */
#ifndef CTL_OPERATE_H
#define CTL_OPERATE_H

#include <stdbool.h>

#include "base/manual.h"

bool operate_knows(const char *name);

/* Becomes the program, with the words after the name (a list that ends with NULL) as its arguments. Returns
 * only when it cannot be started, or the words are too few or too many: a sentence that says so. `config` is
 * crmd.conf; NULL for none. */
const char *operate_become(struct arena *arena, const char *config, const char *const *words);

/* The operations, for the help and the man page. */
const struct manual_row *operate_rows(struct arena *arena);

#endif
