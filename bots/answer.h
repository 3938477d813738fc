/* answer: what the bot says, and remembers of it, in the transaction of the command itself.
 *
 * Renders the reply for a chat, cuts what is too long ("more" continues it), and writes it for the room or
 * for the person alone (talk_is_for_all()), with the question that it asks. Threads: a command lane's.
 */
#ifndef BOTS_ANSWER_H
#define BOTS_ANSWER_H

#include "command/dispatch.h"

/* The dispatcher's `settle` (command/dispatch.h): `context` is the struct talk. It can be run again. Returns
 * DB_OK; what fails in the unit shows at its commit. */
enum db_status answer_settle(void *context, const struct settlement *settlement);

#endif
