/* rooms: whose rows make the one table, for every program of ours: command_table_join(arena, ROOMS, NULL). */
#ifndef ROOMS_H
#define ROOMS_H

#include "desk/visitor.h"
#include "lead/lead.h"
#include "people/people.h"

#define ROOMS PEOPLE_ROOM, lead_commands, visitor_commands

#endif
