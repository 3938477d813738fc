/* place: the arguments of a chat line: which of its words are the value of which parameter.
 *
 * Knows words, numbers and the types of parameters; what a command takes it reads from its row. Asks nobody,
 * decides nothing. Threads: as the arena of the reader.
 */
#ifndef BOTS_PLACE_H
#define BOTS_PLACE_H

#include "bots/words.h"
#include "command/args.h"
#include "command/type.h"

struct placed {
    const char *target; /* of a command that acts on a person, when the words named one */
    struct arguments arguments;
    const char *complaint; /* what could not be placed, in a sentence; NULL when all could */
    bool complete;         /* no complaint, and nothing that is required lacks */
    bool firm;             /* each required one was told by a word before it or by its look */
    bool told;             /* the same for each that was given, and there is one */
};

/* Reads the words from `at` as arguments. `has_target`: what the command acts on is known already. */
struct placed place_arguments(const struct type_reader *reader, const struct command *command,
                              bool has_target, const struct words *words, size_t at);

/* Reads all words as the answer to the question for the parameter `asked`, and what else they hold as the
 * rest of the line would be read. What is `given` already is only replaced where a word introduces it. */
struct placed place_answer(const struct type_reader *reader, const struct command *command, const char *asked,
                           const struct arguments *given, const struct words *words);

#endif
