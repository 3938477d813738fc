/* route: what to do with a stanza, by who sent it and to whom. The one place that knows our addresses.
 *
 * Threads: the stream thread's alone. Decides nothing about rights: lanes do, with the database.
 */
#ifndef DAEMON_ROUTE_H
#define DAEMON_ROUTE_H

#include <stdbool.h>

#include "xmpp/stanza.h"

struct daemon;

/* Takes over the arena. `refused`: the stanza was over a limit, and only its outside was kept. */
void route_stanza(struct daemon *daemon, struct arena *arena, const struct element *root, bool refused);

/* A message of staff, live or from an archive, under its once-only key. Takes over the arena. */
void route_staff_message(struct daemon *daemon, struct arena *arena, const struct stanza *stanza,
                         const char *key);

#endif
