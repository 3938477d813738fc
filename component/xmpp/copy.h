/* copy: a stanza of libstrophe becomes a plain tree (xmpp/element.h), within limits.
 *
 * Owns: nothing; the tree lives in the arena and keeps nothing of libstrophe's. Threads: the stream thread,
 * whose stanzas they are. The other file that includes strophe.h; it knows no connection.
 */
#ifndef XMPP_COPY_H
#define XMPP_COPY_H

#include <stdbool.h>

#include <strophe.h>

#include "base/arena.h"
#include "xmpp/element.h"

/* Copies a stanza. `refused` says that it is over STREAM_DEPTH_LIMIT or STREAM_SIZE_LIMIT (xmpp/stream.h):
 * then the tree has only the name and attributes of the outer element, no value longer than a JID can be,
 * and not even these when they are over the limit. Never NULL. */
const struct element *copy_stanza(struct arena *arena, xmpp_stanza_t *stanza, bool *refused);

/* What libstrophe is to allocate with (xmpp_ctx_new()): it checks only some of its allocations, so running
 * out of memory ends the process here, loudly, as everywhere. */
extern const xmpp_mem_t copy_memory;

#endif
