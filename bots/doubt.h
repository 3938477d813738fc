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
    const char *lapse; /* GIVEN_LAPSE, or NULL */
    const char *stray; /* the command that a line that was no answer was perhaps meant to be, or NULL */
};

/* Takes the doubt out of the open question, which is then as it was before. */
struct doubt doubt_lift(struct question *open);

/* Asks which it is, when the line may be a command. Returns false when it is an answer. */
bool doubt_ask(struct talk *talk, const struct command *asked, const char *line);

/* The same of a line that was taken as the answer to the question and cannot be one ("usr enable nisha" where
 * there is a choice): that it is neither, and which command was perhaps meant, which a yes is then. The
 * question stays open, its numbers as they were, and is not asked again in full. NULL when the line is
 * nothing near a command and what is wrong with it as an answer says more. */
const char *doubt_explain_stray(struct talk *talk, const struct command *asked, const char *line);

/* The number that a line chooses of what was in doubt: 1 is the answer, others a command; 0 for none. */
size_t doubt_choice(const struct doubt *doubt, const char *line);

#endif
