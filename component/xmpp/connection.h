/* connection: the life of the one connection to Prosody, as stream.c runs it. Private to these two files;
 * everything else uses stream.h. All functions are the stream thread's.
 */
#ifndef XMPP_CONNECTION_H
#define XMPP_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <strophe.h>

#include "base/uuid.h"
#include "xmpp/stream.h"

#define SLICE_BYTES      ((size_t)(64 * 1024))
#define BACKOFF_FIRST_MS 100
#define PING_PREFIX      "stream-alive-"

struct buffer {
    char *bytes;
    size_t length, capacity;
};

struct post {
    void (*function)(void *context, void *argument);
    void *context, *argument;
};

enum link {
    LINK_WAITING,
    LINK_CONNECTING,
    LINK_CONNECTED,
};

struct stream {
    struct stream_settings settings;
    struct stream_events events;
    int wake;
    atomic_bool stopping;
    _Atomic uint64_t epoch; /* 0 unless connected; changes under `lock` */

    pthread_mutex_t lock;
    struct buffer pending; /* bytes for `epoch`, not yet taken by the stream thread */
    size_t unwritten;      /* bytes of `pending` and `writing` that libstrophe does not have yet */
    struct post *posts;
    size_t post_count, post_capacity;

    /* from here on: the stream thread's alone */
    xmpp_ctx_t *context;
    xmpp_conn_t *connection;
    enum link link;
    int fd;
    struct buffer writing;
    size_t written; /* of `writing` */
    char slice[SLICE_BYTES + 1];
    bool closing, conflict_told, ping_sent, failure_told;
    char ping_id[sizeof PING_PREFIX + UUID_LENGTH];
    unsigned backoff_ms;
    uint64_t last_epoch;
    uint64_t connect_at, connecting_since, connected_at, stanza_at, tick_at, stop_at;
};

/* Makes the component's connection in `context`; its handlers call the stream's events. */
void connection_prepare(struct stream *stream);

/* Tries to connect; what comes of it is told by events, a failure at once by waiting for the next try. */
void connection_begin(struct stream *stream);

/* Takes the end of a connection, or of the attempt at one: no more is sent in its epoch, `disconnected` is
 * called if it was up, and the next try is set. `error` is an errno or 0. */
void connection_end(struct stream *stream, int error, const xmpp_stream_error_t *stream_error);

/* Asks a silent peer whether it lives, and gives up one that does not answer. Called some times a second. */
void connection_watch_silence(struct stream *stream, uint64_t now);

/* Milliseconds of the monotonic clock. */
uint64_t stream_now_ms(void);

/* Empties it; a burst's memory is given back. */
void stream_buffer_clear(struct buffer *buffer);

#endif
