/* table: the rooms' rows joined, checked and looked up.
 *
 * Owns the joined table; a row that breaks a rule is a bug that refuses to start. Threads: immutable after
 * joining.
 */
#ifndef COMMAND_TABLE_H
#define COMMAND_TABLE_H

#include "command/command.h"

/* Joins rooms (arrays that end with a row without a name), the list ended by NULL. Returns NULL after logging
 * what is wrong with each row that breaks a rule. The table lives in the arena. */
const struct command_table *command_table_join(struct arena *arena, ...) __attribute__((sentinel));

/* What is wrong with a row on its own, in a sentence, or NULL. */
const char *command_complaint(struct arena *arena, const struct command *row);

/* The row of that name ("lead.add"), or NULL. */
const struct command *command_table_find(const struct command_table *table, const char *name);

/* The row that words name, in any case and order: "lead.add", "lead add", "add lead", "leads list"; or NULL.
 */
const struct command *command_table_find_words(const struct command_table *table, const char *words);

/* What words name, to be explained: one row's name ("assign": "lead.assign"), or the half of a name that
 * several rows share ("lead", "add"); NULL for nothing. */
const char *command_table_topic(struct arena *arena, const struct command_table *table, const char *words);

/* True when the topic is the row's name or one of its halves. */
bool command_is_about(const struct command *row, const char *topic);

/* The next row after `previous` (NULL begins) that the role may use, or NULL. The one place that decides what
 * is listed. */
const struct command *command_table_next(const struct command_table *table, enum role role,
                                         const struct command *previous);

/* The rows that the role may use, as choices ended by a NULL value: name, and the words for it. */
const struct choice *command_choices(struct arena *arena, const struct command_table *table, enum role role);

/* The name as one says it: "lead add". */
char *command_words(struct arena *arena, const struct command *command);

/* The parameter's place, or -1. */
int command_param(const struct command *command, const char *name);
size_t command_param_count(const struct command *command);

/* The whole table as text for people and diffs (tests/golden). */
char *command_table_dump(struct arena *arena, const struct command_table *table);

#endif
