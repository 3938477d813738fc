/* DESIGN: the life of the connection to Prosody, a component's (XEP-0114).
 *
 *   WAITING (0.1 to 2 s) -> CONNECTING (TCP, stream header, handshake) -> CONNECTED (epoch n) -> WAITING
 *
 * libstrophe 0.12.2 in component mode, trap by trap:
 *  - sm_state is NULL and dereferenced by the first stanza: allocate_sm_state() lets xmpp_connect_client()
 *    allocate it, with a sockopt callback that makes the call fail before it reaches the network.
 *  - the sockopt callback tells the descriptor, which must be below FD_SETSIZE.
 *  - its text and rendering code recurses and is quadratic: stanzas arrive here through Prosody's own size
 *    limits, and caps of ours are applied while copying. The thread that calls stream_run() should have the
 *    usual 8 MB of stack.
 *  - xml:lang arrives as `lang` (prefixes of attributes are cut off): it is given back its name. Prosody must
 *    not forward attributes of other namespaces to a component, since `x:from` would arrive as `from`
 * (prosody/ strips them).
 *  - what is received is copied, never kept.
 *  - a parse error is answered but does not disconnect: the silence that follows does.
 *
 * A peer that accepts bytes and does nothing is noticed by silence: after `silence_ms` without a stanza we
 * send a ping (XEP-0199) to our own domain, which the server routes back to us; it is swallowed here.
 */
#include "xmpp/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/metric.h"
#include "xmpp/copy.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml.h"

#define CONNECT_LIMIT_MS 10000
#define BACKOFF_LAST_MS  2000
#define STABLE_MS        1000 /* a connection that lasted this long starts the backoff anew */

static atomic_uint_fast64_t epochs_begun;

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
    stream->stanza_at = stream_now_ms();
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
    stream->connected_at = stream->stanza_at = stream_now_ms();
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
    stream_buffer_clear(&stream->pending);
    stream->unwritten = 0;
    pthread_mutex_unlock(&stream->lock);
    stream_buffer_clear(&stream->writing);
    stream->written = 0;
}

static void wait_for_reconnect(struct stream *stream, bool lasted)
{
    stream->backoff_ms = lasted ? BACKOFF_FIRST_MS : stream->backoff_ms;
    stream->connect_at = stream_now_ms() + stream->backoff_ms;
    stream->backoff_ms = stream->backoff_ms * 2 < BACKOFF_LAST_MS ? stream->backoff_ms * 2 : BACKOFF_LAST_MS;
    stream->link = LINK_WAITING;
    stream->fd = -1;
}

void connection_end(struct stream *stream, int error, const xmpp_stream_error_t *stream_error)
{
    bool was_connected = stream->link == LINK_CONNECTED;
    bool lasted = was_connected && stream_now_ms() - stream->connected_at >= STABLE_MS;
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
        if (!stream->stopping) {
            log_warn("connection to Prosody ended epoch=%llu reason='%s'",
                     (unsigned long long)stream->last_epoch, error == 0 ? "closed" : strerror(error));
        }
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
        connection_end(context, error, stream_error);
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

void connection_prepare(struct stream *stream)
{
    xmpp_conn_set_jid(stream->connection, stream->settings.domain);
    xmpp_conn_set_pass(stream->connection, stream->settings.secret);
    allocate_sm_state(stream);
    xmpp_handler_add(stream->connection, on_stanza, NULL, NULL, NULL, stream);
}

void connection_begin(struct stream *stream)
{
    connecting_stream = stream;
    stream->fd = -1;
    stream->conflict_told = false;
    if (xmpp_connect_component(stream->connection, stream->settings.host, stream->settings.port,
                               on_connection, stream) != XMPP_EOK) {
        connection_end(stream, ECONNREFUSED, NULL);
        return;
    }
    stream->link = LINK_CONNECTING;
    stream->connecting_since = stream_now_ms();
}

/* ---- silence ---- */

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

/* Ends the connection at once: libstrophe reads the end of it next. */
static void cut(struct stream *stream)
{
    if (stream->fd >= 0) {
        shutdown(stream->fd, SHUT_RDWR);
    }
}

void connection_watch_silence(struct stream *stream, uint64_t now)
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
