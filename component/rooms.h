/* rooms: whose rows make the one table, for every program of ours: command_table_join(arena, ROOMS, NULL);
 * and whose kinds of jobs the daemon's bulk lane knows, each with a comma behind it. */
#ifndef ROOMS_H
#define ROOMS_H

#include "assign/assign.h"
#include "desk/visitor.h"
#include "import/import.h"
#include "lead/lead.h"
#include "people/people.h"
#include "poll/poll.h"

#define ROOMS     PEOPLE_ROOM, lead_commands, import_commands, poll_commands, assign_commands, visitor_commands
#define JOB_ROOMS lead_jobs, import_jobs, poll_jobs, assign_jobs,

#endif
