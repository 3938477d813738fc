/* probe: whether a server takes us as its component (XEP-0114), asked on a connection of its own, beside
 * libstrophe.
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

#endif
