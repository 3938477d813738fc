/* bot: the lead bot, bot@crm.D: every command of the table in chat.
 *
 * Takes one message, answers it with rows of crm.outbox (channel "bot-<person>") in the transaction of the
 * command itself, and then touches the channel. Threads: a command lane's; blocks on the database.
 */
#ifndef BOTS_BOT_H
#define BOTS_BOT_H

#include "bots/mention.h"
#include "surface/surface.h"

/* Deals with a message to bot@crm.D. `inbound_key` is what makes it the same as one that was dealt with
 * before: that has no effect then. Only enabled members of staff are answered; other servers and visitors get
 * service-unavailable. Returns true when it was taken in (or is nothing for the bot); false when the database
 * was away or its answer was lost, and the sender was told so in a direct message: then it is to be handed in
 * again, with the same key. */
bool bot_handle(struct surface *surface, struct arena *arena, const struct stanza *message,
                const char *inbound_key);

/* The same for what somebody said to the bot in a room. It answers there (channel "room-<room>") when
 * everybody who can read that room may know the answer, as the command's row says (`audience`), and else in
 * the speaker's own chat with the bot, of which the room is told. Who may not speak in that room is not
 * answered at all. Returns true when it was taken in; false: hand it in again, nobody was told. */
bool bot_handle_mention(struct surface *surface, struct arena *arena, const struct mention *mention);

#endif
