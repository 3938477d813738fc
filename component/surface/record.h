/* record: a message to a record's address: to lead-42@crm.D, it is a note on lead 42. And the record as a
 * contact.
 *
 * The answer comes from the record's address, as a row of crm.outbox in the transaction of the command itself
 * and on the channel of what the bot says to that person. Threads: a command lane's; blocks on the database.
 */
#ifndef SURFACE_RECORD_H
#define SURFACE_RECORD_H

#include "surface/surface.h"

/* Deals with a message, as bot_handle() does: true when it was taken in, or is nothing for a record; false
 * when it is to be handed in again with the same key. A record that the sender may not see is answered as one
 * that does not exist: item-not-found. */
bool record_handle(struct surface *surface, struct arena *arena, const struct stanza *message,
                   const char *inbound_key);

/* Answers who asks for a record's presence or subscribes to it (RFC 6121 section 3.1 and 4.3): with the
 * record's name, and what it can do (XEP-0115), so that it can stand in a contact list with its commands and
 * its picture. Whoever may not see it hears nothing, as with one that does not exist. */
void record_presence(struct surface *surface, struct arena *arena, const struct stanza *presence);

#endif
