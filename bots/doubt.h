/* doubt: a line that could be the answer to the open question, since any text could, and that also reads as
 * another command, or nearly: "add priya to team North", "usr enable nisha" while a name is asked for.
 *
 * Such a line is neither: the bot asks which, and keeps the question with all that was given. Threads: as the
 * arena of the talk.
 */
#ifndef BOTS_DOUBT_H
#define BOTS_DOUBT_H

#include "bots/talk.h"

/* What was in doubt when the line came. */
struct doubt {
    const char *line; /* NULL: nothing was */
    const char *meant[OFFER_LIMIT];
    size_t count;
};

/* Takes the doubt out of the open question, which is then as it was before. */
struct doubt doubt_lift(struct question *open);

/* Asks which it is, when the line may be a command. Returns false when it is an answer. */
bool doubt_ask(struct talk *talk, const struct command *asked, const char *line);

/* The number that a line chooses of what was in doubt: 1 is the answer, others a command; 0 for none. */
size_t doubt_choice(const struct doubt *doubt, const char *line);

#endif
