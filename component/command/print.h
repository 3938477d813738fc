/* print: the whole table for other programs and for the README: JSON, and the README's table in Markdown.
 *
 * The dump for people and diffs is command_table_dump() (table.h). Threads: as the arena.
 */
#ifndef COMMAND_PRINT_H
#define COMMAND_PRINT_H

#include "command/command.h"

/* An array of one object a row: name, words, summary, roles, effect, target, params, columns, examples.
 * Deterministic; one row a line. */
char *print_json(struct arena *arena, const struct command_table *table);

/* Say | what it does | who may; one row a line. */
char *print_markdown(struct arena *arena, const struct command_table *table);

#endif
