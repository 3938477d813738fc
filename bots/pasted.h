/* pasted: several lines that are no command but hold the fields of one (struct command, .pasted), such as
 * what somebody sent by another messenger. Threads: as the arena of the talk.
 */
#ifndef BOTS_PASTED_H
#define BOTS_PASTED_H

#include "bots/talk.h"

/* Offers the lines as the command that they fit, if they do and say how to reach somebody. Returns false when
 * they are something else: the talk is as before. */
bool pasted_take(struct talk *talk, const char *body);

#endif
