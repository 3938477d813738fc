/* grammar: what a line of chat asks for. Knows words, numbers and the types of parameters; which commands
 * there are, and what they take, it reads from the one table: no command has a line of its own here.
 *
 * Understood: "lead.add …", "lead add …", "add lead …", "lead 42" (shows), "leads …" (lists), "assign 42 to
 * priya", "42 assign to priya". Then the arguments: name="Asha Rao" email=…; or pieces between commas, each
 * placed by a word that introduces it (from linkedin), by its look (an address, a number, an amount, a date,
 * a choice), or by what is still lacking. Threads: as the arena. Asks nobody, decides nothing.
 */
#ifndef BOTS_GRAMMAR_H
#define BOTS_GRAMMAR_H

#include "command/args.h"
#include "command/type.h"

/* What a line was understood as. */
struct sentence {
    const struct command *command; /* NULL: none; see `suggestion` */
    const char *target;            /* NULL when none was named */
    struct arguments arguments;
    const char *complaint;  /* what could not be placed, in a sentence; NULL when all could */
    const char *suggestion; /* without a command: the line as it was perhaps meant, or NULL */
};

/* Reads a line. `role` is whose commands are suggested; a command of another role is still understood. */
struct sentence grammar_read(const struct type_reader *reader, enum role role, const char *line);

/* What is wrong with the examples in the table: one that is not understood as its own command, or lacks
 * something. NULL when nothing is. Called once at start. */
const char *grammar_check_examples(struct arena *arena, const struct command_table *table);

#endif
