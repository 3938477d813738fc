/* ballot: a message to a poll's address, poll-9@crm.D: an answer to it.
 *
 * A chat of its own, because what is said to the bot is in the sender's archive before it is here. Prosody
 * (prosody/mod_crm_ballot.lua) keeps what goes to and from poll-N@ in no archive, copies it to no other
 * client, and stores no answer from here for later. So there is nothing to recover when it cannot be taken
 * in: the sender is told at once, and sends it again. Nothing is queued, no key is kept; answers go straight
 * to the client that wrote. Threads: a command lane's; blocks on the database.
 */
#ifndef SURFACE_BALLOT_H
#define SURFACE_BALLOT_H

#include "surface/surface.h"

/* True for "poll-9". */
bool ballot_is_address(const char *local);

/* Deals with a message; a poll that the sender may not see is answered as one that does not exist. */
void ballot_handle(struct surface *surface, struct arena *arena, const struct stanza *message);

#endif
