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

/* Which people a list is to offer. */
struct people_wish {
    unsigned roles; /* 0: any */
    enum offered offered;
};

/* At most `most` of them as choices (user name, name), by name, ended by a NULL value; those that `part` is a
 * part of, in the user name or the name, NULL: all. Disabled ones are marked where enabled ones are offered
 * too. Flushes the unit. NULL when it failed. */
const struct choice *people_find(struct unit *unit, struct arena *arena, const struct people_wish *wish,
                                 const char *part, size_t most);

#endif
