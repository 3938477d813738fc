/* mention: what somebody said to the bot in a room (XEP-0045), as prosody/mod_crm_room_bot.lua hands it over.
 *
 * The speaker is the account behind the occupant; only the server itself can say so, and who reads one has
 * checked that it does. Threads: as the arena.
 */
#ifndef BOTS_MENTION_H
#define BOTS_MENTION_H

#include "xmpp/stanza.h"

struct mention {
    struct stanza request; /* to be answered when it was taken in */
    const char *room;      /* "team-3" */
    const char *nick;      /* how the speaker is called there */
    const char *key;       /* the same for the same words, however often they are handed over */
    struct stanza message; /* from the speaker's bare address to the bot, without the bot's name */
};

/* Reads the IQ. Returns false when it is no mention or lacks something. */
bool mention_read(struct arena *arena, const struct stanza *request, struct mention *mention);

#endif
