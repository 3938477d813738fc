/* line: what one line asks for, beside what is open: a command of its own, the answer to a question, "more",
 * a courtesy, or nothing that is understood. The DESIGN block of bot.c has the order.
 *
 * Runs nothing and changes nothing. Threads: as the arena of the talk.
 */
#ifndef BOTS_LINE_H
#define BOTS_LINE_H

#include "bots/talk.h"

/* Fills in what the line asks for, or what is said instead. */
void line_take(struct talk *talk, const char *body);

#endif
