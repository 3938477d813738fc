/* dialogue: what the bot keeps of a person between two messages: the open question (crm.dialogue), and what
 * they spoke of (crm.bot_memory). For each place on its own: "" is the person's own chat with the bot, else
 * it is a room.
 *
 * It belongs to the person, not to a client: whoever has three open goes on in any of them. A question is
 * forgotten after 15 minutes, a record and a list after 30, the unread part of a long answer after 5 (what a
 * role may read can change). Threads: a lane's.
 */
#ifndef BOTS_DIALOGUE_H
#define BOTS_DIALOGUE_H

#include "command/args.h"
#include "db/unit.h"

#define ARGUMENT_LIMIT 64
#define OFFER_LIMIT    9

/* What `asked` can be besides a field's name. */
#define ASKED_CONFIRM "confirm"
#define ASKED_MEANT   "command.target" /* which of the offers was meant; no parameter may be called so */

/* Among what is given: a line that may be the answer, or another command (doubt.h). Never a parameter's name.
 */
#define GIVEN_DOUBT "command.line"
#define GIVEN_LAPSE "command.lapse" /* the question is only what is possible instead: LAPSE_… */
#define LAPSE_NEXT  "next"          /* another command is said beside it */
#define LAPSE_NOW   "now"           /* another sets it aside */
#define GIVEN_STRAY "command.stray" /* the command that a line that was no answer may have been */

struct question {
    const char *command, *target, *asked; /* `asked` NULL: none is open */
    struct argument given[ARGUMENT_LIMIT];
    size_t count;
    const char *offers[OFFER_LIMIT]; /* what the numbers 1 to 9 stand for */
    size_t offer_count;
};

/* What "it" and "more" mean now. */
struct memory {
    struct argument records[8]; /* kind's word and number or name, the latest first */
    size_t count;
    const char *more; /* the line that continues the last list, or NULL */
    const char *rest; /* what did not fit into the last answer, or NULL */
};

/* Puts a value in place of an earlier one of that name. */
void dialogue_give(struct argument *list, size_t *count, const char *name, const char *value);

/* Adds an offer; more than OFFER_LIMIT are left out. */
void dialogue_offer(struct question *question, const char *value);

/* What a line that is an offer's number stands for, or NULL. */
const char *dialogue_offered(const struct question *question, const char *line);

/* The remembered record of that kind ("lead"), or NULL. */
const char *dialogue_record(const struct memory *memory, const char *kind);

struct bot_dialogue;
struct bot_dialogue_values;
struct bot_memory;

/* The question and the memory from what the database has. */
void dialogue_read(const struct bot_dialogue *dialogue, const struct bot_dialogue_values *values,
                   const struct bot_memory *memory, struct question *question, struct memory *remembered);

/* Keeps a question, or drops the one that was open. */
void dialogue_keep(struct unit *unit, int64_t person, const char *place, const struct question *question);

/* Remembers a record. */
void dialogue_remember(struct unit *unit, int64_t person, const char *place, const char *kind,
                       const char *record);

/* Remembers what "more" means, or forgets it (NULL). `before` is what it meant. */
void dialogue_set_more(struct unit *unit, int64_t person, const char *place, const char *before,
                       const char *line);
void dialogue_set_rest(struct unit *unit, int64_t person, const char *place, const char *before,
                       const char *text);

#endif
