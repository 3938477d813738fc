/* talk: one line to the bot on its way: who said it and where, what was open, what it asks for, and what is
 * open after it. line.h and question.h fill in what it asks for, answer.h says what came of it.
 *
 * Lives for one message, in its arena. Threads: a command lane's.
 */
#ifndef BOTS_TALK_H
#define BOTS_TALK_H

#include "bots/dialogue.h"
#include "bots/grammar.h"
#include "bots/mention.h"
#include "surface/surface.h"

#define OFFERS_SHOWN 12

struct talk {
    struct surface *surface;
    struct arena *arena;
    const struct stanza *message;
    const char *key;
    const struct mention *mention; /* said in a room; NULL: in the person's own chat with the bot */
    unsigned audience;             /* the roles whose people can read that room */
    bool speaker_only;             /* what is said is for the speaker alone, whatever it is */
    struct person person;
    struct question open; /* as the line found it */
    struct memory memory;
    const char *saved; /* what the line is the name of, of what its speaker has saved; NULL for most lines */
    /* What the line asks for: */
    const struct command *command; /* NULL: nothing, `text` is said */
    const char *target;
    struct argument given[ARGUMENT_LIMIT];
    size_t count;
    bool confirmed;
    bool aside;                   /* the line was not about the question that is open */
    const char *lapse;            /* of the question that was open: GIVEN_LAPSE, or NULL */
    const char *answer;           /* the line, when it was taken as the answer to that; else NULL */
    bool kept;                    /* and so that question stays */
    bool resumed;                 /* the question was set aside before, and is asked again */
    const char *const *otherwise; /* lines that were meant if whom the line names there is not; may be NULL */
    const char *lacks;            /* the field to ask for */
    const char *text;
    const struct settlement *settlement; /* while the answer is made */
    struct question next;                /* what is open afterwards */
    const char *buttons[OFFERS_SHOWN];   /* beside the answer */
    size_t button_count;
};

/* Where the line was said, and where the answer goes with the question that it asks: a room's name, "" for
 * the person's own chat. What is open, and what "it" means, is that place's own. */
const char *talk_heard_in(const struct talk *talk);
const char *talk_answered_in(const struct talk *talk);

/* True when the answer goes elsewhere than where the line was said. */
bool talk_is_elsewhere(const struct talk *talk);

/* True when the line was said in a room and everybody who can read that room may know what the bot says now.
 * What comes from no command is about the line itself, or was said in this very room before ("more"). */
bool talk_is_for_all(const struct talk *talk);

/* Where a question is kept that another one has pushed aside. */
const char *talk_set_aside_in(const struct talk *talk);

/* The channel of crm.outbox for the room in which the line was said. */
const char *talk_room_channel(const struct talk *talk);

/* The parameter of that name, or NULL. */
const struct param *talk_find_param(const struct command *command, const char *name);

/* What the command acts on, in a word ("lead"), or NULL; whether `name` is that word. */
const char *talk_target_word(const struct command *command);
bool talk_is_target_word(const struct command *command, const char *name);

/* The field to ask for next, or NULL: the target first. */
const char *talk_find_lacking(const struct talk *talk);

/* Who listens to this person's words, for the grammar, and who reads their values. */
struct listener talk_listener(const struct talk *talk);
struct type_reader talk_reader(const struct talk *talk);

/* Says a text instead of running a command. */
void talk_say(struct talk *talk, const char *text);

/* A button beside the answer: a line that a client may offer (XEP-0439). More than OFFERS_SHOWN are left
 * out. */
void talk_add_button(struct talk *talk, const char *line);

#endif
