/* lead: the commands about leads: adding, showing, listing, assigning.
 *
 * Ends in one array of rows for command_table_join(). Which leads there are for whom is row security's; which
 * moves are legal is crm.lead_move's. Threads: rows are constant, handlers run in a command lane.
 */
#ifndef LEAD_LEAD_H
#define LEAD_LEAD_H

#include "command/command.h"
#include "job/job.h"

extern const struct command lead_commands[];

/* What a lead can come from in every installation; those that are built in in crm.lead_source (a test
 * compares them), to which Admins add (command/defined.h). Ended by a NULL value. */
extern const struct choice lead_sources[];

/* The statuses of a lead, in the order of its life. Ended by a NULL value. */
extern const struct choice lead_statuses[];
#define LEAD_STATUS_MOST 16 /* room for all of them */

/* What is done at a time about leads. */
extern const struct job_kind lead_jobs[];

#endif
