/* zone: which time zone somebody means. The names are PostgreSQL's (pg_timezone_names). Threads: a lane's. */
#ifndef PEOPLE_ZONE_H
#define PEOPLE_ZONE_H

#include "command/command.h"
#include "command/reply.h"

/* Finds the zone that `given` means: its name in any case, or a city ("Berlin"). VERDICT_DONE sets `name`;
 * VERDICT_REFUSED has filled the reply, naming `field`, with suggestions; VERDICT_FAILED. */
enum verdict zone_find(struct call *call, const char *field, const char *label, const char *given,
                       struct reply *reply, const char **name);

#endif
