/* process: who this process is, what it may do, and what it leaves behind. Threads: main, before others
 * start.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/arena.h"

/* First in main(), before anything is opened. From here on, for this process and all that it starts: no
 * program gains rights by its file (no_new_privs), no core file holds our secrets, nobody but root attaches
 * to us or reads our memory, files are made for our user alone, and what the starter had left open beyond
 * standard input, output and error is closed. What the kernel refuses is logged as a warning. */
void process_harden(void);

/* Goes on as the system user `name`, with that user's groups and no way back, when root runs us; otherwise,
 * and for NULL, stays who we are. Returns NULL, or a sentence that says what is wrong. */
const char *process_become(struct arena *arena, const char *name);

#endif
