/* people: the commands about people and about the CRM itself: who am I, and what can I do.
 *
 * Ends in one array of rows for command_table_join(). Threads: rows are constant, handlers run in a command
 * lane.
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include "command/command.h"

extern const struct command people_commands[];

#endif
