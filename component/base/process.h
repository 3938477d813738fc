/* process: who this process is. Threads: main, before others start. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/arena.h"

/* Goes on as the system user `name`, with that user's groups and no way back, when root runs us; otherwise,
 * and for NULL, stays who we are. Returns NULL, or a sentence that says what is wrong. */
const char *process_become(struct arena *arena, const char *name);

#endif
