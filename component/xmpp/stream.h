/* stream: the one connection to Prosody (XEP-0114), and the thread that owns it.
 *
 * Owns libstrophe: only stream.c and connection.c touch the connection, and no other thread does. It reads
 * stanzas, copies each into an arena as a plain tree, and hands it to `on_stanza` in this thread; it writes
 * what any thread queues with stream_send(), in order. It never touches PostgreSQL and never decides. DESIGN
 * section 4 lists libstrophe's traps; the DESIGN blocks of those files say how each is met.
 */
#ifndef XMPP_STREAM_H
#define XMPP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "xmpp/element.h"

#define STREAM_DEPTH_LIMIT 64           /* deeper stanzas are answered bad-request or dropped */
#define STREAM_SIZE_LIMIT  (256 * 1024) /* bytes of a received stanza's text and attributes */

struct stream;

struct stream_settings {
    const char *domain; /* crm.D */
    const char *host;   /* where Prosody listens for components */
    unsigned short port;
    const char *secret;
    size_t queue_limit;  /* bytes waiting to be written above which stream_send() refuses */
    unsigned silence_ms; /* after how long without a stanza the server is asked whether it lives (0: 10 s);
                            after three times that the connection is given up */
};

/* All are called in the stream thread. `epoch` counts connections of this process, from 1. */
struct stream_events {
    void (*connected)(void *context, uint64_t epoch);
    void (*disconnected)(void *context, uint64_t epoch);
    /* Takes over the arena, in which `root` lives. `refused` is true for a stanza over a limit: then `root`
     * has only the name and attributes of the outer element, enough to answer an error. */
    void (*stanza)(void *context, struct arena *arena, const struct element *root, bool refused);
    /* Another crmd took the domain ("conflict"). The stream connects again as after any loss, unless it is
     * stopped. */
    void (*conflict)(void *context);
    /* Called about four times a second, for what has to be timed in this thread. */
    void (*tick)(void *context);
    void *context;
};

enum stream_result {
    STREAM_OK,
    STREAM_OFFLINE, /* not connected in that epoch: the caller's rows stay pending */
    STREAM_FULL,    /* over queue_limit */
};

/* Makes a stream; settings and events are copied, strings must outlive it. */
struct stream *stream_new(const struct stream_settings *settings, const struct stream_events *events);
void stream_free(struct stream *stream);

/* Runs until stream_stop(): connects, reconnects with backoff (0.1 to 2 s), reads and writes. Called in the
 * thread that becomes the stream thread. */
void stream_run(struct stream *stream);

/* Any thread, and signal handlers: asks stream_run() to write what is queued (at most 2 s), close the stream
 * and return. */
void stream_stop(struct stream *stream);

/* Any thread: queues whole stanzas (from xml_finish()) in one piece for the connection of `epoch`; what was
 * queued for an epoch that has ended is dropped, and was reported by `disconnected`. Copies the bytes. Order
 * of calls is order on the wire. */
enum stream_result stream_send(struct stream *stream, uint64_t epoch, const char *bytes, size_t length);

/* Any thread: the current epoch while connected, else 0. */
uint64_t stream_epoch(const struct stream *stream);

/* Any thread: runs `function(context, argument)` in the stream thread soon, in order of calls. */
void stream_post(struct stream *stream, void (*function)(void *context, void *argument), void *context,
                 void *argument);

/* The caller of stream_run(), once it has returned and the threads that post have ended: runs what they had
 * still posted, so that each call can free what it was given. */
void stream_finish(struct stream *stream);

#endif
