/* DESIGN: one thread, the caller of stream_run(), owns libstrophe and the socket. Other threads reach it
 * through two things under one mutex, bytes to send and functions to run, and an eventfd that ends its
 * poll().
 *
 *      any thread                                stream thread
 *      stream_send() -> `pending` --swap--> `writing` --slices--> libstrophe's queue --> socket
 *      stream_post() -> `posts`   ----------> run here
 *                                           events.stanza() <-- copied into an arena <-- libstrophe <--
 * socket
 *
 * The protocol is XEP-0114; the connection's life:
 *
 *      WAITING (backoff 0.1 to 2 s) -> CONNECTING (TCP, stream header, handshake) -> CONNECTED (epoch n) ->
 * WAITING
 *
 * An epoch ends for senders (the atomic `epoch` becomes 0 and `pending` is emptied under the lock) before
 * `disconnected` is called: what stream_send() took for it was written, perhaps, or is gone; nothing of it
 * reaches the next connection.
 *
 * libstrophe 0.12.2 in component mode, trap by trap:
 *  - sm_state is NULL and dereferenced by the first stanza: allocate_sm_state() lets xmpp_connect_client()
 * allocate it, with a sockopt callback that makes the call fail before it reaches the network.
 *  - it has its own select() loop: only xmpp_run_once(ctx, 0) is called, around our poll(); the sockopt
 * callback tells the descriptor, which must be below FD_SETSIZE. While connecting there is no event to wait
 * for: poll at most 10 ms.
 *  - its send queue knows no bound and reports length 0 while its only element is half written: bytes stay in
 * our bounded buffers, it gets one slice at a time, followed by a second, one-byte element (a space between
 * stanzas, else the slice's last byte), and POLLOUT is armed while the length is above 0.
 *  - sends while disconnected are dropped without a word: nothing is fed but in CONNECTED.
 *  - its text and rendering code recurses and is quadratic: stanzas arrive here through Prosody's own size
 * limits, and caps of ours are applied while copying. The thread that calls stream_run() should have the
 * usual 8 MB of stack.
 *  - xml:lang arrives as `lang` (prefixes of attributes are cut off): it is given back its name. Prosody must
 * not forward attributes of other namespaces to a component, since `x:from` would arrive as `from` (prosody/
 * strips them).
 *  - stanzas are sent as bytes of our serializer, never as libstrophe's trees; what is received is copied,
 * never kept.
 *  - a write to a closed socket raises SIGPIPE: ignored while running.
 *  - a parse error is answered but does not disconnect: the silence that follows does.
 * A peer that accepts bytes and does nothing is noticed by silence: after `silence_ms` without a stanza we
 * send a ping (XEP-0199) to our own domain, which the server routes back to us; it is swallowed here. */
#include "xmpp/stream.h"

#include <dlfcn.h>
#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metric.h"
#include "base/queue.h"
#include "base/uuid.h"
#include "base/version.h"
#include "xmpp/copy.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml.h"

#define SLICE_BYTES        ((size_t)(64 * 1024))
#define CONNECTING_POLL_MS 10
#define CONNECT_LIMIT_MS   10000
#define TICK_MS            250
#define BACKOFF_FIRST_MS   100
#define BACKOFF_LAST_MS    2000
#define STABLE_MS          1000 /* a connection that lasted this long starts the backoff anew */
#define STOP_LIMIT_MS      2000
#define SILENCE_MS         10000
#define KEEP_BUFFER_BYTES  ((size_t)(1024 * 1024))
#define PING_PREFIX        "stream-alive-"

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

static atomic_uint_fast64_t epochs_begun;

static uint64_t now_ms(void)
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
static void buffer_clear(struct buffer *buffer)
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

/* ---- expat, inside libstrophe ---- */

/* Expat with the cure for CVE-2023-52425 (Debian's 2.5.0 too) does not look again at a token that was cut off
 * by the end of a read until twice as much has come: a stanza, and all behind it, would lie there until
 * somebody else writes. Tried: one start tag with 12 KB of attributes silenced a quiet stream. Prosody caps a
 * stanza, so that looking again costs next to nothing. libstrophe hides its parser, and XML_ParserReset()
 * forgets the setting: this stands in front of the XML_Parse() that libstrophe calls, and says it each time.
 * Older libraries have no such setting and no such delay. */
extern XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled) __attribute__((weak));

static enum XML_Status (*parse)(XML_Parser parser, const char *bytes, int length, int is_final);

static void find_parse(void)
{
    void *found = dlsym(RTLD_NEXT, "XML_Parse");
    if (found == NULL) {
        log_bug("expat has no XML_Parse");
    }
    memcpy(&parse, &found, sizeof parse);
}

enum XML_Status XML_Parse(XML_Parser parser, const char *bytes, int length, int is_final)
{
    static pthread_once_t found = PTHREAD_ONCE_INIT;
    pthread_once(&found, find_parse);
    if (parser == NULL) {
        log_bug("out of memory for a parser");
    }
    if (XML_SetReparseDeferralEnabled != NULL) {
        XML_SetReparseDeferralEnabled(parser, XML_FALSE);
    }
    enum XML_Status status = parse(parser, bytes, length, is_final);
    /* A stanza that was not read for want of memory must not pass for one that is malformed. */
    if (status == XML_STATUS_ERROR && XML_GetErrorCode(parser) == XML_ERROR_NO_MEMORY) {
        log_bug("out of memory while parsing");
    }
    return status;
}

/* ---- a received stanza ---- */

static bool is_own_ping(const struct stream *stream, const struct element *root)
{
    const char *id = element_attribute(root, "id");
    const char *from = element_attribute(root, "from");
    return id != NULL && from != NULL && strcmp(root->name, "iq") == 0 && strcmp(id, stream->ping_id) == 0 &&
           strcmp(from, stream->settings.domain) == 0;
}

static void deliver(struct stream *stream, xmpp_stanza_t *stanza)
{
    bool refused;
    struct arena *arena = arena_new();
    const struct element *root = copy_stanza(arena, stanza, &refused);
    if (refused) {
        log_warn("stanza over a limit refused");
    }
    if (is_own_ping(stream, root)) {
        arena_free(arena);
        return;
    }
    stream->events.stanza(stream->events.context, arena, root, refused);
}

/* ---- the connection ---- */

static void tell_conflict(struct stream *stream)
{
    if (!stream->conflict_told) {
        stream->conflict_told = true;
        log_error("another component took the domain (conflict)");
        stream->events.conflict(stream->events.context);
    }
}

static int on_stanza(xmpp_conn_t *connection, xmpp_stanza_t *stanza, void *context)
{
    (void)connection;
    struct stream *stream = context;
    const char *name = xmpp_stanza_get_name(stanza);
    const char *ns = xmpp_stanza_get_ns(stanza);
    stream->stanza_at = now_ms();
    stream->ping_sent = false;
    if (ns != NULL && strcmp(ns, NS_STREAM) == 0 && strcmp(name, "error") == 0) {
        if (xmpp_stanza_get_child_by_name(stanza, "conflict") != NULL) {
            tell_conflict(stream);
        }
    } else if (ns != NULL && element_plain_ns(ns)[0] == '\0' && strcmp(name, "handshake") != 0) {
        deliver(stream, stanza);
    }
    return 1;
}

static void begin_epoch(struct stream *stream)
{
    uint64_t epoch = ++epochs_begun;
    pthread_mutex_lock(&stream->lock);
    stream->epoch = epoch;
    pthread_mutex_unlock(&stream->lock);
    stream->link = LINK_CONNECTED;
    stream->last_epoch = epoch;
    stream->connected_at = stream->stanza_at = now_ms();
    stream->ping_sent = stream->failure_told = false;
    metric_add(METRIC_STREAM_CONNECTIONS, 1);
    log_info("connected to Prosody epoch=%llu", (unsigned long long)epoch);
    stream->events.connected(stream->events.context, epoch);
}

/* From here on nothing more is taken for the epoch. */
static void forget_unsent(struct stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->epoch = 0;
    buffer_clear(&stream->pending);
    stream->unwritten = 0;
    pthread_mutex_unlock(&stream->lock);
    buffer_clear(&stream->writing);
    stream->written = 0;
}

static void wait_for_reconnect(struct stream *stream, bool lasted)
{
    stream->backoff_ms = lasted ? BACKOFF_FIRST_MS : stream->backoff_ms;
    stream->connect_at = now_ms() + stream->backoff_ms;
    stream->backoff_ms = stream->backoff_ms * 2 < BACKOFF_LAST_MS ? stream->backoff_ms * 2 : BACKOFF_LAST_MS;
    stream->link = LINK_WAITING;
    stream->fd = -1;
}

static void end_connection(struct stream *stream, int error, const xmpp_stream_error_t *stream_error)
{
    bool was_connected = stream->link == LINK_CONNECTED;
    bool lasted = was_connected && now_ms() - stream->connected_at >= STABLE_MS;
    forget_unsent(stream);
    wait_for_reconnect(stream, lasted);
    if (stream_error != NULL && stream_error->type == XMPP_SE_CONFLICT) {
        tell_conflict(stream);
    } else if (stream_error != NULL && stream_error->type == XMPP_SE_NOT_AUTHORIZED) {
        log_error("Prosody refuses the component's secret");
    }
    if (!was_connected && !stream->failure_told) {
        stream->failure_told = true;
        log_warn("no connection to Prosody yet, trying on host=%s port=%u reason='%s'", stream->settings.host,
                 stream->settings.port, error == 0 ? "refused" : strerror(error));
    }
    if (was_connected) {
        if (!stream->stopping)
            log_warn("connection to Prosody ended epoch=%llu reason='%s'",
                     (unsigned long long)stream->last_epoch, error == 0 ? "closed" : strerror(error));
        stream->events.disconnected(stream->events.context, stream->last_epoch);
    }
}

static void on_connection(xmpp_conn_t *connection, xmpp_conn_event_t event, int error,
                          xmpp_stream_error_t *stream_error, void *context)
{
    (void)connection;
    if (event == XMPP_CONN_CONNECT) {
        begin_epoch(context);
    } else {
        end_connection(context, error, stream_error);
    }
}

static void set_option(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value) != 0) {
        log_warn("socket option %d refused: %s", option, strerror(errno));
    }
}

/* libstrophe has no user data here; the stream thread makes one connection at a time. */
static _Thread_local struct stream *connecting_stream;

static int on_socket(xmpp_conn_t *connection, void *socket_pointer)
{
    (void)connection;
    int fd = *(int *)socket_pointer;
    if (fd >= FD_SETSIZE) {
        log_error("too many open files: descriptor=%d must be below %d", fd, FD_SETSIZE);
        return -1;
    }
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    connecting_stream->fd = fd;
    return 0;
}

static int refuse_socket(xmpp_conn_t *connection, void *socket_pointer)
{
    (void)connection;
    (void)socket_pointer;
    return -1;
}

static void allocate_sm_state(struct stream *stream)
{
    xmpp_conn_set_sockopt_callback(stream->connection, refuse_socket);
    xmpp_connect_client(stream->connection, "127.0.0.1", 9, on_connection, stream);
    xmpp_conn_set_sockopt_callback(stream->connection, on_socket);
}

static void begin_connecting(struct stream *stream)
{
    connecting_stream = stream;
    stream->fd = -1;
    stream->conflict_told = false;
    if (xmpp_connect_component(stream->connection, stream->settings.host, stream->settings.port,
                               on_connection, stream) != XMPP_EOK) {
        end_connection(stream, ECONNREFUSED, NULL);
        return;
    }
    stream->link = LINK_CONNECTING;
    stream->connecting_since = now_ms();
}

/* ---- writing ---- */

static void take_pending(struct stream *stream)
{
    buffer_clear(&stream->writing);
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

static void send_ping(struct stream *stream)
{
    struct arena *arena = arena_new();
    struct xml *xml = xml_new(arena);
    snprintf(stream->ping_id, sizeof stream->ping_id, PING_PREFIX "%s", uuid_new(arena));
    xml_open(xml, "iq", NULL);
    xml_attribute(xml, "type", "get");
    xml_attribute(xml, "id", stream->ping_id);
    xml_attribute(xml, "from", stream->settings.domain);
    xml_attribute(xml, "to", stream->settings.domain);
    xml_leaf(xml, "ping", NS_PING, NULL);
    xml_close(xml);
    size_t length;
    const char *bytes = xml_finish(xml, &length);
    stream_send(stream, stream->last_epoch, bytes, length);
    arena_free(arena);
}

/* ---- the loop ---- */

/* Ends the connection at once: libstrophe reads the end of it next. */
static void cut(struct stream *stream)
{
    if (stream->fd >= 0) {
        shutdown(stream->fd, SHUT_RDWR);
    }
}

static void watch_silence(struct stream *stream, uint64_t now)
{
    uint64_t limit = stream->settings.silence_ms;
    if (stream->link == LINK_CONNECTING && now - stream->connecting_since > CONNECT_LIMIT_MS) {
        log_warn("Prosody does not answer the handshake");
        stream->connecting_since = now;
        cut(stream);
    }
    if (stream->link != LINK_CONNECTED || now - stream->stanza_at <= limit) {
        return;
    }
    if (!stream->ping_sent) {
        stream->ping_sent = true;
        send_ping(stream);
    } else if (now - stream->stanza_at > 3 * limit) {
        log_warn("Prosody is silent, giving the connection up");
        stream->stanza_at = now;
        cut(stream);
    }
}

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
    poll(watched, 2, poll_timeout(stream, now_ms()));
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
        watch_silence(stream, now);
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
    stream->tick_at = now_ms() + TICK_MS;
    for (;;) {
        uint64_t now = now_ms();
        if (stream->stopping && stop_step(stream, now)) {
            break;
        }
        if (stream->link == LINK_WAITING && now >= stream->connect_at) {
            begin_connecting(stream);
        }
        run_posts(stream);
        feed(stream);
        read_and_write(stream);
        wait_for_events(stream);
        tick(stream, now_ms());
    }
    run_posts(stream);
    if (stream->link == LINK_CONNECTED) {
        end_connection(stream, ETIMEDOUT, NULL);
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
    version_check("expat", XML_ExpatVersion());
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
    xmpp_conn_set_jid(stream->connection, settings->domain);
    xmpp_conn_set_pass(stream->connection, settings->secret);
    allocate_sm_state(stream);
    xmpp_handler_add(stream->connection, on_stanza, NULL, NULL, NULL, stream);
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
