/* field: the fields of leads that Admins define: which there are, and what a lead has of them.
 *
 * Commands whose rows say so (struct command, .fields) have them among their parameters, flagged PARAM_FIELD,
 * in the table of a job (command/defined.h): forms, grammar and help need nothing else. Here is what handlers
 * do with the values; and for who works without a table, such as an import, the same parameters from the
 * database. Threads: as the unit.
 */
#ifndef LEAD_FIELD_H
#define LEAD_FIELD_H

#include "command/command.h"
#include "queries.h"

/* The fields there are as parameters (name, label, hint, type, choices, limit), ended by a NULL name, for
 * type_read(). Flushes the unit; NULL when it failed. */
const struct param *lead_fields_read(struct unit *unit, struct arena *arena);

/* Queues what a lead gets: the values that are present and the cleared ones of the parameters flagged
 * PARAM_FIELD; `values` is parallel to `params`. Values are as type_read() and args_resolve() leave them: a
 * date is a moment with its zone. */
void lead_fields_write(struct unit *unit, struct arena *arena, int64_t lead, const struct param *params,
                       const struct value *values);

/* What some leads have in the fields that are named, times in the caller's zone. Flushes the unit if there is
 * anything to read; NULL when it failed. */
const struct lead_values_shown *lead_fields_read_shown(struct call *call, struct text_array names,
                                                       struct bigint_array leads);

/* The cells of a row of a list whose command has the added fields behind its own columns, of which these are
 * `count`. */
const char *const *lead_fields_cells(struct call *call, const char *const *cells, size_t count,
                                     const struct lead_values_shown *values, int64_t lead);

/* What a lead has, times in a zone: a value of the reply for each. */
void lead_fields_show(const struct lead_values *values, struct reply *reply);

#endif
