/* head: the beginning of a chat line: which commands its first words can mean, and which record.
 *
 * Knows the halves of commands' names, their other verbs (struct command), plurals, numbers, and words that
 * point back ("it"); which commands there are it reads from the table. Threads: as the arena of the words.
 */
#ifndef BOTS_HEAD_H
#define BOTS_HEAD_H

#include "bots/words.h"
#include "command/command.h"

/* Who speaks, and about what they spoke last. */
struct listener {
    const struct command_table *table;
    enum role role;     /* whose commands come first; those of other roles are still understood */
    enum target recent; /* the kind of record that "it" is when the verb leaves that open */
    bool one_record;    /* numbers behind the first are no records */
    bool each_record;   /* they are, also where text follows and nothing but a blank is between them */
};

struct head {
    const char *noun; /* as in a command's name, with its length */
    size_t noun_length;
    bool plural;
    const char *verb;   /* as it was written */
    const char *number; /* of a record, or of `several`: "3, 5, 9" */
    bool several;
    bool refers;  /* the record is the one that was spoken of */
    size_t taken; /* words */
    size_t maybe; /* words behind them that may be records too, and may begin the text */
};

/* Takes words from the left as long as some command has them all. What it makes of several numbers is in the
 * arena. */
struct head head_read(struct arena *arena, const struct listener *listener, const struct words *words);

/* Fills the commands that the head means, of the listener's role if there are such; `rows` has room for the
 * table. One is an answer, several are a question. */
size_t head_rows(const struct listener *listener, const struct head *head, const struct command **rows);

/* The commands that act on the head's record, whatever their verb: "lead 42 …". */
size_t head_rows_of_record(const struct listener *listener, const struct head *head,
                           const struct command **rows);

/* True for "42", "#42", and for words that point back: "it". */
bool head_is_number(const char *word);
bool head_is_pronoun(const char *word);

/* True when the word is the first half of some command in the plural: "leads". */
bool head_is_plural(const struct listener *listener, const char *word);

/* True when the word is the first half of some command, in the plural too. */
bool head_is_noun(const struct listener *listener, const char *word);

/* True for words that only help to say it: "please"; those of them that never mean anything: "the". */
bool head_is_filler(const char *word);
bool head_is_article(const char *word);

/* True for what goes on with several records: "3,5,9" in one word, "and". */
bool head_is_number_list(const char *word);
bool head_is_link(const char *word);

/* The second half of a command's name, "" when it has none. */
const char *head_verb(const struct command *row);
size_t head_noun_length(const struct command *row);

#endif
