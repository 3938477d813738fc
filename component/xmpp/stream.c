/* DESIGN: one thread, the caller of stream_run(), owns libstrophe and the socket. Other threads reach it
 * through two things under one mutex, bytes to send and functions to run, and an eventfd that ends its
 * poll().
 *
 *   any thread                              stream thread
 *   stream_send() -> `pending` -> swapped -> `writing` -> slices -> libstrophe's queue -> socket
 *   stream_post() -> `posts`   -------------> run here
 *                                           events.stanza() <- copied into an arena <- libstrophe <- socket
 *
 * An epoch ends for senders (the atomic `epoch` becomes 0 and `pending` is emptied under the lock) before
 * `disconnected` is called: what stream_send() took for it was written, perhaps, or is gone; nothing of it
 * reaches the next connection.
 *
 * libstrophe 0.12.2, trap by trap, where it is fed and run (connection.c has those of the component's
 * connection):
 *  - it has its own select() loop: only xmpp_run_once(ctx, 0) is called, around our poll(). While connecting
 *    there is no event to wait for: poll at most 10 ms.
 *  - its send queue knows no bound and reports length 0 while its only element is half written: bytes stay in
 *    our bounded buffers, it gets one slice at a time, followed by a second, one-byte element (a space
 * between stanzas, else the slice's last byte), and POLLOUT is armed while the length is above 0.
 *  - sends while disconnected are dropped without a word: nothing is fed but in CONNECTED.
 *  - stanzas are sent as bytes of our serializer, never as libstrophe's trees.
 *  - a write to a closed socket raises SIGPIPE: ignored while running.
 */
#include "xmpp/stream.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/queue.h"
#include "base/version.h"
#include "xmpp/connection.h"
#include "xmpp/copy.h"
#include "xmpp/expat.h"

#define CONNECTING_POLL_MS 10
#define TICK_MS            250
#define STOP_LIMIT_MS      2000
#define SILENCE_MS         10000
#define KEEP_BUFFER_BYTES  ((size_t)(1024 * 1024))

uint64_t stream_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wake(struct stream *stream)
{
    uint64_t one = 1;
    /* A full counter (EAGAIN) wakes as well. */
    ssize_t ignored = write(stream->wake, &one, sizeof one);
    (void)ignored;
}

/* ---- bytes and functions from other threads ---- */

static void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->capacity - buffer->length < length) {
        size_t capacity = buffer->capacity == 0 ? 4096 : buffer->capacity;
        while (capacity - buffer->length < length) {
            capacity *= 2;
        }
        char *grown = realloc(buffer->bytes, capacity);
        if (grown == NULL) {
            log_bug("out of memory for what waits to be sent, bytes=%zu", capacity);
        }
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
}

/* Empties it; a burst's memory is given back. */
void stream_buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    if (buffer->capacity > KEEP_BUFFER_BYTES) {
        free(buffer->bytes);
        *buffer = (struct buffer){.bytes = NULL};
    }
}

enum stream_result stream_send(struct stream *stream, uint64_t epoch, const char *bytes, size_t length)
{
    enum stream_result result = STREAM_OK;
    bool first = false;
    pthread_mutex_lock(&stream->lock);
    if (epoch == 0 || epoch != stream->epoch) {
        result = STREAM_OFFLINE;
    } else if (length > stream->settings.queue_limit ||
               stream->unwritten > stream->settings.queue_limit - length) {
        result = STREAM_FULL;
    } else {
        first = stream->pending.length == 0;
        buffer_add(&stream->pending, bytes, length);
        stream->unwritten += length;
    }
    pthread_mutex_unlock(&stream->lock);
    if (first) {
        wake(stream);
    }
    return result;
}

uint64_t stream_epoch(const struct stream *stream)
{
    return stream->epoch;
}

void stream_post(struct stream *stream, void (*function)(void *context, void *argument), void *context,
                 void *argument)
{
    pthread_mutex_lock(&stream->lock);
    if (stream->post_count == stream->post_capacity) {
        size_t capacity = stream->post_capacity == 0 ? 16 : stream->post_capacity * 2;
        struct post *grown = realloc(stream->posts, capacity * sizeof *grown);
        if (grown == NULL) {
            log_bug("out of memory for posted calls, count=%zu", capacity);
        }
        stream->posts = grown;
        stream->post_capacity = capacity;
    }
    stream->posts[stream->post_count++] =
        (struct post){.function = function, .context = context, .argument = argument};
    pthread_mutex_unlock(&stream->lock);
    wake(stream);
}

/* Runs what was posted until now; what these calls post is for the next round. */
static void run_posts(struct stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    struct post *posts = stream->posts;
    size_t count = stream->post_count;
    stream->posts = NULL;
    stream->post_count = stream->post_capacity = 0;
    pthread_mutex_unlock(&stream->lock);
    for (size_t i = 0; i < count; i++) {
        posts[i].function(posts[i].context, posts[i].argument);
    }
    free(posts);
}

void stream_stop(struct stream *stream)
{
    stream->stopping = true;
    wake(stream);
}

/* ---- writing ---- */

static void take_pending(struct stream *stream)
{
    stream_buffer_clear(&stream->writing);
    stream->written = 0;
    pthread_mutex_lock(&stream->lock);
    struct buffer taken = stream->pending;
    stream->pending = stream->writing;
    stream->writing = taken;
    pthread_mutex_unlock(&stream->lock);
}

/* Hands libstrophe one slice when it has written the last one. */
static void feed(struct stream *stream)
{
    if (stream->link != LINK_CONNECTED || stream->closing ||
        xmpp_conn_send_queue_len(stream->connection) > 0) {
        return;
    }
    if (stream->written == stream->writing.length) {
        take_pending(stream);
    }
    size_t left = stream->writing.length - stream->written;
    if (left == 0) {
        return;
    }
    size_t length = left > SLICE_BYTES ? SLICE_BYTES : left;
    memcpy(stream->slice, stream->writing.bytes + stream->written, length);
    stream->slice[length] = '\0';
    if (length == left) {
        xmpp_send_raw(stream->connection, stream->slice, length);
        xmpp_send_raw(stream->connection, " ", 1);
    } else {
        xmpp_send_raw(stream->connection, stream->slice, length - 1);
        xmpp_send_raw(stream->connection, stream->slice + length - 1, 1);
    }
    stream->written += length;
    pthread_mutex_lock(&stream->lock);
    stream->unwritten -= length;
    pthread_mutex_unlock(&stream->lock);
}

static bool all_written(struct stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    bool empty = stream->unwritten == 0;
    pthread_mutex_unlock(&stream->lock);
    return empty && xmpp_conn_send_queue_len(stream->connection) == 0;
}

/* ---- the loop ---- */

static int poll_timeout(const struct stream *stream, uint64_t now)
{
    if (stream->link == LINK_CONNECTING) {
        return CONNECTING_POLL_MS;
    }
    uint64_t until = stream->tick_at;
    if (stream->link == LINK_WAITING && stream->connect_at < until) {
        until = stream->connect_at;
    }
    if (stream->closing) {
        return CONNECTING_POLL_MS;
    }
    return until > now ? (int)(until - now) : 0;
}

static void wait_for_events(struct stream *stream)
{
    short wanted = POLLIN;
    bool more = stream->written < stream->writing.length || xmpp_conn_send_queue_len(stream->connection) > 0;
    if (stream->link == LINK_CONNECTED && more) {
        wanted |= POLLOUT;
    }
    struct pollfd watched[] = {
        {.fd = stream->wake, .events = POLLIN},
        {.fd = stream->link == LINK_CONNECTED ? stream->fd : -1, .events = wanted},
    };
    poll(watched, 2, poll_timeout(stream, stream_now_ms()));
    if ((watched[0].revents & POLLIN) != 0) {
        uint64_t count;
        ssize_t ignored = read(stream->wake, &count, sizeof count);
        (void)ignored;
    }
}

static void tick(struct stream *stream, uint64_t now)
{
    if (now >= stream->tick_at) {
        stream->tick_at = now + TICK_MS;
        connection_watch_silence(stream, now);
        if (stream->events.tick != NULL) {
            stream->events.tick(stream->events.context);
        }
    }
}

/* One step towards the end: write what is queued, close the stream, see it closed. Returns true when over. */
static bool stop_step(struct stream *stream, uint64_t now)
{
    if (stream->stop_at == 0) {
        stream->stop_at = now + STOP_LIMIT_MS;
    }
    if (stream->link != LINK_CONNECTED || now >= stream->stop_at) {
        return true;
    }
    if (!stream->closing && all_written(stream)) {
        stream->closing = true;
        pthread_mutex_lock(&stream->lock);
        stream->epoch = 0;
        pthread_mutex_unlock(&stream->lock);
        xmpp_disconnect(stream->connection);
    }
    return false;
}

/* Clients send a receipt and what follows it in one breath: stanzas of one read wake a lane once, so that
 * they become one transaction with one flush to disk, not one each. */
static void read_and_write(struct stream *stream)
{
    queue_gather_begin();
    xmpp_run_once(stream->context, 0);
    queue_gather_end();
}

static void ignore_sigpipe(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

void stream_run(struct stream *stream)
{
    ignore_sigpipe();
    stream->tick_at = stream_now_ms() + TICK_MS;
    for (;;) {
        uint64_t now = stream_now_ms();
        if (stream->stopping && stop_step(stream, now)) {
            break;
        }
        if (stream->link == LINK_WAITING && now >= stream->connect_at) {
            connection_begin(stream);
        }
        run_posts(stream);
        feed(stream);
        read_and_write(stream);
        wait_for_events(stream);
        tick(stream, stream_now_ms());
    }
    run_posts(stream);
    if (stream->link == LINK_CONNECTED) {
        connection_end(stream, ETIMEDOUT, NULL);
    }
}

void stream_finish(struct stream *stream)
{
    while (stream->post_count > 0) {
        run_posts(stream);
    }
}

static pthread_once_t library_ready = PTHREAD_ONCE_INIT;

/* libstrophe tells only whether it is at least some version. */
static void prepare_libraries(void)
{
    xmpp_initialize();
    expat_prepare();
    version_check("libstrophe", xmpp_version_check(0, 12) ? "0.12" : "0.0 (older than 0.12)");
}

struct stream *stream_new(const struct stream_settings *settings, const struct stream_events *events)
{
    pthread_once(&library_ready, prepare_libraries);
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        log_bug("out of memory for the stream");
    }
    stream->settings = *settings;
    stream->events = *events;
    if (stream->settings.silence_ms == 0) {
        stream->settings.silence_ms = SILENCE_MS;
    }
    stream->fd = -1;
    stream->backoff_ms = BACKOFF_FIRST_MS;
    stream->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    /* No log handler: libstrophe would format every stanza for it. */
    stream->context = xmpp_ctx_new(&copy_memory, NULL);
    stream->connection = stream->context == NULL ? NULL : xmpp_conn_new(stream->context);
    if (stream->wake < 0 || stream->connection == NULL) {
        log_bug("cannot make the stream: %s", strerror(errno));
    }
    pthread_mutex_init(&stream->lock, NULL);
    connection_prepare(stream);
    return stream;
}

static void ignore_connection(void *context, uint64_t epoch)
{
    (void)context;
    (void)epoch;
}

void stream_free(struct stream *stream)
{
    if (stream == NULL) {
        return;
    }
    /* A connection that the stop limit left half closed ends here, untold: stream_run() has told it. */
    stream->events.disconnected = ignore_connection;
    xmpp_conn_release(stream->connection);
    xmpp_ctx_free(stream->context);
    close(stream->wake);
    pthread_mutex_destroy(&stream->lock);
    free(stream->pending.bytes);
    free(stream->writing.bytes);
    free(stream->posts);
    free(stream);
}
