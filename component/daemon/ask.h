/* ask: our own IQ requests to Prosody and their answers.
 *
 * Threads: the stream thread's alone.
 */
#ifndef DAEMON_ASK_H
#define DAEMON_ASK_H

#include "xmpp/stanza.h"
#include "xmpp/stream.h"

struct asks;

/* Called once per request: with the answer (type result or error), or with NULL when it timed out or the
 * connection ended. */
typedef void ask_answered(void *context, const struct stanza *answer);

struct asks *asks_new(struct stream *stream, const char *from);
void asks_free(struct asks *asks);

/* Begins <iq type= to= id=> in `arena`; `to` outlives the request; the caller adds the payload, closes the
 * IQ, and gives it to ask_send(). */
struct xml *ask_open(struct asks *asks, struct arena *arena, const char *type, const char *to);

/* Sends the IQ begun last. When it cannot be sent, `answered` is called with NULL at once. */
void ask_send(struct asks *asks, struct xml *xml, ask_answered *answered, void *context);

/* Like ask_open() and ask_send(), but gives the bytes to the caller, who sends them himself. NULL when over a
 * cap. */
const char *ask_expect(struct asks *asks, struct xml *xml, ask_answered *answered, void *context,
                       size_t *length);

/* Takes back the request of the last ask_expect(): it was not sent after all. */
void ask_withdraw(struct asks *asks);

/* True when the stanza answers one of our requests, and comes from whom we asked; it has been dealt with
 * then. */
bool asks_take(struct asks *asks, const struct stanza *stanza);

/* Times out what is older than 15 s. */
void asks_tick(struct asks *asks);

/* The connection has ended: nothing will be answered any more. */
void asks_reset(struct asks *asks);

#endif
