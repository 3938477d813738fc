/* clients: which program somebody sits at (XEP-0092), asked once for each full address when it first asks for
 * commands, so that results have the best shape that it can show (surface/forms.h).
 *
 * Nothing waits for the answer, and nothing depends on it: until it comes, and when it never does, the
 * program is taken for one that can show the least. The newest CLIENTS_LIMIT addresses are remembered.
 * Threads: any.
 */
#ifndef DAEMON_CLIENTS_H
#define DAEMON_CLIENTS_H

#include "xmpp/stanza.h"

#define CLIENTS_LIMIT 512

struct clients;

/* `from`: the address that asks; outlives the struct. */
struct clients *clients_new(const char *from);
void clients_free(struct clients *clients);

/* The question to be sent to who asks for commands; NULL when it was asked before, or the stanza is about
 * something else. The bytes live in the arena. */
const char *clients_ask(struct clients *clients, struct arena *arena, const struct stanza *stanza,
                        size_t *length);

/* True when the stanza is an answer to such a question; it has been dealt with then. */
bool clients_take(struct clients *clients, const struct stanza *stanza);

/* The address has gone: who has it next may be another program. */
void clients_forget(struct clients *clients, const char *address);

/* What the program at this full address is known to be able to (enum forms_ability). */
unsigned clients_abilities(struct clients *clients, const char *address);

#endif
