/* grammar: what a line of chat asks for. Knows words, numbers and the types of parameters; which commands
 * there are, and what they take, it reads from the one table: no command has a line of its own here.
 *
 * Understood: "lead.add …", "lead add …", "add lead …", "lead 42" (shows), "leads …" and "new leads" (list),
 * "lead" (explains), "assign 42 to priya", "42 assign to priya", "assign it to priya", and without a verb
 * what only one command can mean: "42 qualified". Then the arguments: name="Asha Rao" email=…; or pieces
 * between commas, each placed by a word that introduces it (from linkedin), by its look (an address, a
 * number, an amount, a date, a choice), or by what is still lacking. Threads: as the arena. Asks nobody,
 * decides nothing.
 */
#ifndef BOTS_GRAMMAR_H
#define BOTS_GRAMMAR_H

#include "bots/head.h"
#include "command/args.h"
#include "command/type.h"

/* What a line was understood as. */
struct sentence {
    const struct command *command; /* NULL: none; see `meant` */
    const char *target;            /* NULL when none was named */
    bool refers;                   /* the target is the record that was spoken of: "it" */
    bool exact; /* a noun of the table or a record was named: "lead add …", "note 42 …" */
    struct arguments arguments;
    bool verb;             /* a verb of the table was said */
    bool unclear;          /* it is one of `meant`, and nothing else */
    const char *complaint; /* what could not be placed, in a sentence; NULL when all could */
    /* Without a command or with a complaint: lines that were perhaps meant, the likeliest first, at most
     * MEANT_LIMIT, ended by NULL; NULL for none. */
    const char *const *meant;
};

#define MEANT_LIMIT 4

/* Reads a line. The listener's role is whose commands are suggested; a command of another role is still
 * understood. */
struct sentence grammar_read(const struct type_reader *reader, const struct listener *listener,
                             const char *line);

/* The same without a guess at what was meant. */
struct sentence grammar_read_strictly(const struct type_reader *reader, const struct listener *listener,
                                      const char *line);

/* What the line means when whom it names there is not, as `meant`: "show asha" is "find asha". */
const char *const *grammar_otherwise(const struct type_reader *reader, const struct listener *listener,
                                     const char *line);

/* What is wrong with the examples in the table: one that is not understood as its own command, or lacks
 * something. NULL when nothing is. Called once at start. */
const char *grammar_check_examples(struct arena *arena, const struct command_table *table);

#endif
