/* message: what is sent straight to whoever wrote a message, past crm.outbox.
 *
 * Threads: a command lane's; blocks on nothing.
 */
#ifndef SURFACE_MESSAGE_H
#define SURFACE_MESSAGE_H

#include "surface/surface.h"

/* True when a message is for reading: of type chat or normal, with a body or an encrypted one. */
bool message_speaks(const struct stanza *message);

/* Opens an answer from the address that was written to, with an id of its own; for xml_leaf() and
 * xml_close(). */
struct xml *message_open_answer(struct arena *arena, const struct stanza *message);

/* Says that the message was taken in (XEP-0184), when it asked. */
void message_send_receipt(const struct surface *surface, struct arena *arena, const struct stanza *message);

/* Answers from the address that was written to; for when there is no database to queue an answer in. */
void message_answer_directly(const struct surface *surface, struct arena *arena, const struct stanza *message,
                             const char *sentence);

#endif
