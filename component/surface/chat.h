/* chat: a reply as text that reads well in a plain client: labelled lines, no columns made of spaces.
 *
 * Threads: as the arena.
 */
#ifndef SURFACE_CHAT_H
#define SURFACE_CHAT_H

#include "command/reply.h"

#define CHAT_LINE_LIMIT 60   /* code points of a list's line; what has no room begins another one */
#define CHAT_CELL_LIMIT 160  /* code points of one value in a list */
#define CHAT_BODY_LIMIT 4000 /* code points of an answer */

/* The whole answer, also for a refusal. `remembers`: whoever is asked knows what "more" means; otherwise the
 * line that continues a list is shown. */
char *chat_render(struct arena *arena, const struct reply *reply, bool remembers);

/* A list's row in one line of text: its cells that are not empty, from column `first` (0: all) on. */
char *chat_row(struct arena *arena, const struct command *command, const struct reply_item *row,
               size_t first);

#endif
