/* probe: whether a server takes us as its component (XEP-0114), and whether it offers TLS to clients, asked
 * on a connection of its own, beside libstrophe.
 *
 * Threads: any; blocks for at most five seconds a step.
 */
#ifndef XMPP_PROBE_H
#define XMPP_PROBE_H

#include <stdbool.h>

#include "base/arena.h"
#include "xmpp/stream.h"

/* Opens a stream and, with `login`, goes through the handshake. A server ends an earlier connection of a
 * component for one that has logged in: with `login` nobody else may be connected. Returns NULL when all went
 * well, or what is wrong and what to do, a sentence in the arena. */
const char *stream_probe(struct arena *arena, const struct stream_settings *settings, bool login);

/* Asks, as a client of `domain`, for TLS (RFC 6120 section 5), and goes no further. Returns NULL when the
 * server is ready for it, or a clause that says what is wrong. */
const char *stream_probe_tls(struct arena *arena, const char *host, unsigned short port, const char *domain);

#endif
