/* people: members of staff as parameters and targets: who is meant by a user name or a name, and who can be
 * chosen.
 *
 * Reads as the caller's role. Knows nothing of what people do; their commands are in the room people/.
 * Threads: a lane's.
 */
#ifndef COMMAND_PEOPLE_H
#define COMMAND_PEOPLE_H

#include "command/command.h"

/* Finds the member of staff that `given` means, an enabled one unless `anybody`: "me", a user name, an
 * address, a name, or the beginning of a name that only one person has. `roles` are those that the person
 * must have, 0 for any. VERDICT_DONE sets `id` and, when not NULL, `username`; VERDICT_REFUSED has filled the
 * reply, naming `field`; VERDICT_FAILED: the unit says why. */
enum verdict people_resolve(struct call *call, const char *field, const char *label, const char *given,
                            unsigned roles, bool anybody, struct reply *reply, int64_t *id,
                            const char **username);

/* The people of these roles as choices (user name, name), ended by a NULL value: enabled ones, or, with
 * `anybody`, disabled ones too, who are marked. Flushes the unit. NULL when the unit failed. How many of them
 * are offered is the surface's matter. */
const struct choice *people_choices(struct unit *unit, struct arena *arena, unsigned roles, bool anybody);

#endif
