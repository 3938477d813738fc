/* question: what the bot asks, and the line that answers it.
 *
 * Asks for one field at a time, in the words of the command's row, with its choices numbered (and as buttons,
 * XEP-0439); the DESIGN block of bot.c says what else a line can be while a question is open.
 * Threads: a command lane's; blocks on the database.
 */
#ifndef BOTS_QUESTION_H
#define BOTS_QUESTION_H

#include "bots/talk.h"
#include "command/reply.h"

/* Asks for a field of the command, or for its target, and keeps what was given. Returns the text to say. */
const char *question_ask(struct talk *talk, struct unit *unit, const char *field);

/* What to say about a refusal. What the next line can put right, or must confirm, is asked for. */
const char *question_after_refusal(struct talk *talk, struct unit *unit, const struct reply *reply);

/* Offers lines that were perhaps meant: one for a yes, several for a number. Returns the text to say. */
const char *question_offer_meant(struct talk *talk, const char *const *meant);

/* The answer `text` to a line that was not about the open question, with what became of that question. */
const char *question_beside(struct talk *talk, const struct reply *reply, const char *text);

/* True when a line is just what was asked for, by its look: then it is no command, even if it could be one
 * ("42"). */
bool question_fits(const struct talk *talk, const struct command *command, const char *line);

/* Takes a line as the answer to the open question of this command. */
void question_take_answer(struct talk *talk, const struct command *command, const char *line);

/* Asks the open question of this command again. */
void question_repeat(struct talk *talk, const struct command *command);

/* "“Name?” of “lead add”": the open question, in words. */
const char *question_words(const struct talk *talk);

#endif
