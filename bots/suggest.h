/* suggest: what a line with slips of the fingers was perhaps meant to be.
 *
 * Tries the words of the table (nouns, verbs, choices, words that introduce) in the place of those at the
 * beginning of the line that look like them, and keeps what the grammar then understands. Threads: as the
 * arena of the reader.
 */
#ifndef BOTS_SUGGEST_H
#define BOTS_SUGGEST_H

#include "bots/head.h"
#include "command/type.h"

/* Lines that were perhaps meant, the likeliest first, at most MEANT_LIMIT, ended by NULL; NULL for none. */
const char *const *suggest_lines(const struct type_reader *reader, const struct listener *listener,
                                 const char *line);

#endif
