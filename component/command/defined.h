/* defined: the table as Admins have made it: with the sources and the fields of leads that there are now.
 *
 * The rooms' rows are constant; what the database adds to them is added here and nowhere else, to copies of
 * the rows, so that forms, the bot's grammar, help and the dispatcher need not know of it. A way in asks with
 * the first thing that it reads for a job (defined_ask()), and goes on with what it is given
 * (defined_take()): a number tells whether what is known is still so, and nothing is read when it is. What
 * changes in between is refused by the database. Threads: one struct for each lane.
 */
#ifndef COMMAND_DEFINED_H
#define COMMAND_DEFINED_H

#include "command/command.h"

struct command_defined;
struct defined;

/* Adds to the rows of `base`. Ends with defined_free(). */
struct defined *defined_new(const struct command_table *base);
void defined_free(struct defined *defined);

/* Asks, as crm_system, in a unit whose next flush answers. */
const struct command_defined *defined_ask(const struct defined *defined, struct unit *unit);

/* The table of now, once the unit was flushed. It lives until a later call gives another one: to the end of
 * the job that has asked. */
const struct command_table *defined_take(struct defined *defined, const struct command_defined *rows);

/* The type of that name, PARAM_TEXT when there is none. */
enum param_type defined_type(const char *name);

/* A field as a parameter. `choices` has a line for each; NULL for none. */
struct param defined_field(struct arena *arena, const char *name, const char *label, enum param_type type,
                           const char *choices);

/* The same table as if there were that field too: for whoever defines one (command_complaint() says whether
 * its rows are still right). */
const struct command *defined_try(struct arena *arena, const struct command *row, struct param field);

#endif
