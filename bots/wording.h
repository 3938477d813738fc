/* wording: other ways to say what a command does, as its row has them (struct command, .wordings): "untag 7
 * excel" is "tag 7 remove excel".
 *
 * Knows words and records, no command. Threads: as the arena.
 */
#ifndef BOTS_WORDING_H
#define BOTS_WORDING_H

#include "bots/head.h"
#include "bots/words.h"

/* The line that the words mean by the wording that fits them best, which is the one that says most by
 * itself; NULL when none fits. `last`: among those that are only tried at last. Stores how much that is, 0
 * for none: to compare with. */
const char *wording_read(struct arena *arena, const struct listener *listener, const struct words *words,
                         bool last, size_t *weighs);

#endif
