/* phrase: what people say to the bot as they would to a person, in whatever state the talk is: yes, no,
 * thanks, hello, "?".
 *
 * Knows words only, no command and no question. Threads: as the arena.
 */
#ifndef BOTS_PHRASE_H
#define BOTS_PHRASE_H

#include <stdbool.h>

#include "base/arena.h"

bool phrase_is_yes(struct arena *arena, const char *line);

/* "cancel", "no" and the like. */
bool phrase_is_cancel(struct arena *arena, const char *line);

/* "go on": back to what was asked. */
bool phrase_is_go_on(struct arena *arena, const char *line);

/* "more" and the like. */
bool phrase_is_more(struct arena *arena, const char *line);

/* "?" and the like. */
bool phrase_asks_for_help(struct arena *arena, const char *line);

/* What to say to a courtesy; NULL when the line is none. `speaker` is the name of who says it. */
const char *phrase_courteous_answer(struct arena *arena, const char *speaker, const char *line);

#endif
