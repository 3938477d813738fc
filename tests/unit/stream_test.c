/* The stream against a small XEP-0114 server on loopback: a thread that takes one connection at a time and
 * does what the test says with it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"
#include "xmpp/stanza.h"
#include "xmpp/stream.h"
#include "xmpp/xml.h"

#define SECRET "s3cret & <more>"
#define DOMAIN "crm.example"

/* ---- the server's side ---- */

struct server {
    int listener, connection;
    unsigned short port;
};

static void server_listen(struct server *server, unsigned short port)
{
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    server->connection = -1;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, 5), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &length);
    server->port = ntohs(address.sin_port);
}

static void server_write(struct server *server, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = send(server->connection, bytes, length, MSG_NOSIGNAL);
        assert_true(written > 0);
        bytes += written;
        length -= (size_t)written;
    }
}

static void server_say(struct server *server, const char *text)
{
    server_write(server, text, strlen(text));
}

/* Reads what is there within `milliseconds`; 0 at the end of the connection, -1 when nothing came. */
static ssize_t server_read(struct server *server, char *bytes, size_t limit, int milliseconds)
{
    struct pollfd watched = {.fd = server->connection, .events = POLLIN};
    if (poll(&watched, 1, milliseconds) <= 0) {
        return -1;
    }
    ssize_t got = recv(server->connection, bytes, limit, 0);
    return got < 0 ? 0 : got;
}

/* Reads until `wanted` has come; the text is in `bytes`. */
static void server_expect(struct server *server, char *bytes, size_t limit, const char *wanted)
{
    size_t length = 0;
    bytes[0] = '\0';
    while (strstr(bytes, wanted) == NULL) {
        ssize_t got = server_read(server, bytes + length, limit - 1 - length, 5000);
        if (got <= 0) {
            fail_msg("the server waited for '%s' and has '%s'", wanted, bytes);
        }
        length += (size_t)got;
        bytes[length] = '\0';
    }
}

static void sha1_hex(const char *text, char out[41])
{
    unsigned char digest[20];
    unsigned size = sizeof digest;
    EVP_Digest(text, strlen(text), digest, &size, EVP_sha1(), NULL);
    for (int i = 0; i < 20; i++) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}

/* Takes a connection and answers its stream header; the digest is checked as XEP-0114 section 3 says. */
static void server_accept(struct server *server)
{
    char bytes[4096];
    char digest[41];
    char wanted[128];
    struct pollfd watched = {.fd = server->listener, .events = POLLIN};
    assert_int_equal(poll(&watched, 1, 5000), 1);
    server->connection = accept(server->listener, NULL, NULL);
    assert_true(server->connection >= 0);
    server_expect(server, bytes, sizeof bytes, "jabber:component:accept");
    server_say(server, "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
                       "xmlns='jabber:component:accept' id='abc123' from='" DOMAIN "'>");
    server_expect(server, bytes, sizeof bytes, "</handshake>");
    sha1_hex("abc123" SECRET, digest);
    snprintf(wanted, sizeof wanted, ">%s</handshake>", digest);
    assert_non_null(strstr(bytes, wanted));
}

static void server_welcome(struct server *server)
{
    server_accept(server);
    server_say(server, "<handshake/>");
}

static void server_close(struct server *server)
{
    if (server->connection >= 0) {
        close(server->connection);
        server->connection = -1;
    }
}

/* ---- the stream's side: a thread that records what it is told ---- */

struct seen {
    struct arena *arena;
    const struct element *root;
    bool refused;
};

struct fixture {
    struct server server;
    struct stream *stream;
    pthread_t thread;
    pthread_mutex_t lock;
    struct seen seen[512];
    uint64_t seen_count, connected, disconnected, conflicts, ticks;
};

static void on_connected(void *context, uint64_t epoch)
{
    struct fixture *fixture = context;
    pthread_mutex_lock(&fixture->lock);
    fixture->connected = epoch;
    pthread_mutex_unlock(&fixture->lock);
}

static void on_disconnected(void *context, uint64_t epoch)
{
    struct fixture *fixture = context;
    pthread_mutex_lock(&fixture->lock);
    fixture->disconnected = epoch;
    pthread_mutex_unlock(&fixture->lock);
}

static void on_stanza(void *context, struct arena *arena, const struct element *root, bool refused)
{
    struct fixture *fixture = context;
    pthread_mutex_lock(&fixture->lock);
    fixture->seen[fixture->seen_count++ % 512] =
        (struct seen){.arena = arena, .root = root, .refused = refused};
    pthread_mutex_unlock(&fixture->lock);
}

static void on_conflict(void *context)
{
    struct fixture *fixture = context;
    pthread_mutex_lock(&fixture->lock);
    fixture->conflicts++;
    pthread_mutex_unlock(&fixture->lock);
}

static void on_tick(void *context)
{
    struct fixture *fixture = context;
    pthread_mutex_lock(&fixture->lock);
    fixture->ticks++;
    pthread_mutex_unlock(&fixture->lock);
}

static void *run_stream(void *stream)
{
    stream_run(stream);
    return NULL;
}

static void pause_ms(int milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = (milliseconds % 1000) * 1000000L};
    nanosleep(&time, NULL);
}

/* Waits until a number that the stream thread writes is `wanted` or more. */
#define WAIT_FOR(fixture, field, wanted)                                                                     \
    do {                                                                                                     \
        bool reached = false;                                                                                \
        for (int i = 0; i < 1500 && !reached; i++) {                                                         \
            pthread_mutex_lock(&(fixture)->lock);                                                            \
            reached = (fixture)->field >= (wanted);                                                          \
            pthread_mutex_unlock(&(fixture)->lock);                                                          \
            if (!reached) {                                                                                  \
                pause_ms(10);                                                                                \
            }                                                                                                \
        }                                                                                                    \
        assert_true(reached);                                                                                \
    } while (0)

/* What such a number is at this moment. */
#define NOW(fixture, field) read_now(fixture, &(fixture)->field)

static uint64_t read_now(struct fixture *fixture, const uint64_t *field)
{
    pthread_mutex_lock(&fixture->lock);
    uint64_t value = *field;
    pthread_mutex_unlock(&fixture->lock);
    return value;
}

static struct fixture *begin(unsigned silence_ms, size_t queue_limit)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    pthread_mutex_init(&fixture->lock, NULL);
    server_listen(&fixture->server, 0);
    struct stream_settings settings = {.domain = DOMAIN,
                                       .host = "127.0.0.1",
                                       .port = fixture->server.port,
                                       .secret = SECRET,
                                       .queue_limit = queue_limit,
                                       .silence_ms = silence_ms};
    struct stream_events events = {.connected = on_connected,
                                   .disconnected = on_disconnected,
                                   .stanza = on_stanza,
                                   .conflict = on_conflict,
                                   .tick = on_tick,
                                   .context = fixture};
    fixture->stream = stream_new(&settings, &events);
    pthread_create(&fixture->thread, NULL, run_stream, fixture->stream);
    return fixture;
}

static struct fixture *begin_connected(void)
{
    struct fixture *fixture = begin(0, 4 * 1024 * 1024);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    return fixture;
}

static void end(struct fixture *fixture)
{
    server_close(&fixture->server);
    stream_stop(fixture->stream);
    pthread_join(fixture->thread, NULL);
    close(fixture->server.listener);
    stream_free(fixture->stream);
    for (size_t i = 0; i < fixture->seen_count && i < 512; i++) {
        arena_free(fixture->seen[i].arena);
    }
    pthread_mutex_destroy(&fixture->lock);
    free(fixture);
}

/* ---- tests ---- */

static void test_handshake_and_epoch(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 1024);
    assert_int_equal(stream_epoch(fixture->stream), 0);
    assert_int_equal(stream_send(fixture->stream, 0, "x", 1), STREAM_OFFLINE);
    server_accept(&fixture->server);
    assert_int_equal(stream_epoch(fixture->stream), 0);
    server_say(&fixture->server, "<handshake/>");
    WAIT_FOR(fixture, connected, 1);
    uint64_t epoch = stream_epoch(fixture->stream);
    assert_true(epoch == NOW(fixture, connected));
    assert_int_equal(stream_send(fixture->stream, epoch + 1, "x", 1), STREAM_OFFLINE);
    WAIT_FOR(fixture, ticks, 2);
    end(fixture);
}

static void test_close_is_polite(void **state)
{
    (void)state;
    struct fixture *fixture = begin_connected();
    char bytes[4096];
    stream_send(fixture->stream, stream_epoch(fixture->stream), "<presence id='last'/>", 21);
    stream_stop(fixture->stream);
    server_expect(&fixture->server, bytes, sizeof bytes, "</stream:stream>");
    assert_non_null(strstr(bytes, "<presence id='last'/>"));
    server_say(&fixture->server, "</stream:stream>");
    end(fixture);
}

static void test_every_kind_arrives_once_in_order(void **state)
{
    (void)state;
    struct fixture *fixture = begin_connected();
    static const char *const parts[] = {
        "<message from='a@d/r' to='" DOMAIN "' id='0'><body xml:lang='de'>a&lt;b\nc&#13;</body></message>",
        "<presence from='a@d' to='" DOMAIN "' id='1'/>",
        "<iq from='a@d' to='" DOMAIN "' id='2' type='get'><query xmlns='jabber:iq:version'><x/></query></iq>",
        "<iq from='a@d' to='" DOMAIN "' id='3' type='result'/>",
        "<message from='a@d' to='" DOMAIN "' id='4' type='error'><error type='cancel'>"
        "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        "<message from='a@d' to='" DOMAIN "' id='5'><forwarded xmlns='urn:xmpp:forward:0'>"
        "<message xmlns='jabber:client' to='b'><body>x</body></message></forwarded></message>",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        server_say(&fixture->server, parts[i]);
    }
    WAIT_FOR(fixture, seen_count, 6);
    pause_ms(50);
    assert_int_equal(NOW(fixture, seen_count), 6);
    for (size_t i = 0; i < 6; i++) {
        char id[2] = {(char)('0' + i), '\0'};
        assert_string_equal(element_attribute(fixture->seen[i].root, "id"), id);
        assert_string_equal(fixture->seen[i].root->ns, "");
        assert_null(element_attribute(fixture->seen[i].root, "xmlns"));
    }
    const struct element *body = element_child(fixture->seen[0].root, "body", "");
    assert_string_equal(body->text, "a<b\nc\r");
    assert_string_equal(element_attribute(body, "xml:lang"), "de");
    const struct element *query = element_child(fixture->seen[2].root, "query", "jabber:iq:version");
    assert_non_null(element_child(query, "x", "jabber:iq:version"));
    const struct element *forwarded = element_child(fixture->seen[5].root, "forwarded", NULL);
    assert_string_equal(element_child_text(element_child(forwarded, "message", ""), "body", ""), "x");
    end(fixture);
}

#define SENDERS 4
#define EACH    5000

struct sender {
    struct fixture *fixture;
    int number;
};

static void *send_many(void *context)
{
    struct sender *sender = context;
    uint64_t epoch = stream_epoch(sender->fixture->stream);
    for (int i = 0; i < EACH; i++) {
        char bytes[160];
        int length = snprintf(bytes, sizeof bytes, "<message id='%d-%d'><body>some words</body></message>",
                              sender->number, i);
        enum stream_result result;
        while ((result = stream_send(sender->fixture->stream, epoch, bytes, (size_t)length)) == STREAM_FULL) {
            pause_ms(1);
        }
        if (result != STREAM_OK) {
            return "sending failed";
        }
    }
    return NULL;
}

/* Finds each id in order per sender; returns how many. */
static int check_order(const char *bytes, int next[SENDERS])
{
    int count = 0;
    for (const char *at = bytes; (at = strstr(at, "id='")) != NULL; at += 4, count++) {
        int sender;
        int number;
        assert_int_equal(sscanf(at, "id='%d-%d'", &sender, &number), 2);
        assert_int_equal(number, next[sender]);
        next[sender]++;
    }
    return count;
}

static void test_many_senders_in_order(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 64 * 1024);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    pthread_t threads[SENDERS];
    struct sender senders[SENDERS];
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.fixture = fixture, .number = i};
        pthread_create(&threads[i], NULL, send_many, &senders[i]);
    }
    size_t limit = (size_t)4 * 1024 * 1024;
    char *bytes = calloc(1, limit);
    size_t length = 0;
    size_t ends = 0;
    while (ends < (size_t)SENDERS * EACH) {
        ssize_t got = server_read(&fixture->server, bytes + length, limit - 1 - length, 5000);
        assert_true(got > 0);
        for (ssize_t i = 0; i < got; i++) {
            ends += memcmp(bytes + length + i - (length + (size_t)i >= 9 ? 9 : 0), "</message>", 10) == 0;
        }
        length += (size_t)got;
    }
    for (int i = 0; i < SENDERS; i++) {
        void *trouble;
        pthread_join(threads[i], &trouble);
        assert_null(trouble);
    }
    int next[SENDERS] = {0};
    assert_int_equal(check_order(bytes, next), SENDERS * EACH);
    free(bytes);
    end(fixture);
}

/* A reader that stalls leaves a stanza half written; when it reads on, all of it comes without any other
 * event. */
static void test_half_written_stanza_goes_on(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 64 * 1024 * 1024);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    size_t size = (size_t)16 * 1024 * 1024;
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    memcpy(bytes, "<a>", 3);
    memcpy(bytes + size - 4, "</a>", 4);
    assert_int_equal(stream_send(fixture->stream, stream_epoch(fixture->stream), bytes, size), STREAM_OK);
    pause_ms(300);
    size_t total = 0;
    char last[4] = "";
    while (memcmp(last, "</a>", 4) != 0) {
        ssize_t got = server_read(&fixture->server, bytes, size, 1000);
        if (got <= 0) {
            fail_msg("stalled after %zu of %zu bytes", total, size);
        }
        for (ssize_t i = 0; i < got && memcmp(last, "</a>", 4) != 0; i++, total++) {
            memmove(last, last + 1, 3);
            last[3] = bytes[i];
        }
    }
    assert_int_equal(total, size);
    free(bytes);
    end(fixture);
}

static void test_full_queue_refuses(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 100);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    char bytes[101] = "";
    memset(bytes, ' ', sizeof bytes);
    uint64_t epoch = stream_epoch(fixture->stream);
    assert_int_equal(stream_send(fixture->stream, epoch, bytes, 101), STREAM_FULL);
    assert_int_equal(stream_send(fixture->stream, epoch, bytes, 100), STREAM_OK);
    end(fixture);
}

static void test_disconnect_ends_the_epoch(void **state)
{
    (void)state;
    struct fixture *fixture = begin_connected();
    uint64_t first = stream_epoch(fixture->stream);
    char bytes[4096];
    for (int round = 0; round < 3; round++) {
        uint64_t epoch = stream_epoch(fixture->stream);
        server_close(&fixture->server);
        WAIT_FOR(fixture, disconnected, epoch);
        assert_int_equal(stream_send(fixture->stream, epoch, "<old/>", 6), STREAM_OFFLINE);
        server_welcome(&fixture->server);
        WAIT_FOR(fixture, connected, epoch + 1);
        assert_int_equal(stream_send(fixture->stream, epoch, "<old/>", 6), STREAM_OFFLINE);
        assert_int_equal(stream_send(fixture->stream, epoch + 1, "<new/>", 6), STREAM_OK);
        server_expect(&fixture->server, bytes, sizeof bytes, "<new/>");
        assert_null(strstr(bytes, "<old/>"));
    }
    server_say(&fixture->server, "<presence from='a@d' to='" DOMAIN "'/>");
    WAIT_FOR(fixture, seen_count, 1);
    assert_int_equal(NOW(fixture, seen_count), 1);
    assert_true(stream_epoch(fixture->stream) == first + 3);
    end(fixture);
}

/* What one epoch could not write is not written in the next. */
static void test_kill_in_the_middle(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 64 * 1024 * 1024);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    uint64_t epoch = stream_epoch(fixture->stream);
    size_t size = (size_t)32 * 1024 * 1024;
    char *bytes = malloc(size);
    memset(bytes, 'o', size);
    assert_int_equal(stream_send(fixture->stream, epoch, bytes, size), STREAM_OK);
    assert_true(server_read(&fixture->server, bytes, 1000, 5000) > 0);
    struct linger hard = {.l_onoff = 1};
    setsockopt(fixture->server.connection, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    server_close(&fixture->server);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, epoch + 1);
    assert_int_equal(NOW(fixture, disconnected), epoch);
    assert_int_equal(stream_send(fixture->stream, epoch + 1, "<new/>", 6), STREAM_OK);
    server_expect(&fixture->server, bytes, 4096, "<new/>");
    assert_string_equal(strstr(bytes, "<new/>") == bytes ? "first" : "late", "first");
    free(bytes);
    end(fixture);
}

static void test_conflict_is_told(void **state)
{
    (void)state;
    struct fixture *fixture = begin_connected();
    server_say(&fixture->server,
               "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
               "</stream:stream>");
    WAIT_FOR(fixture, conflicts, 1);
    server_close(&fixture->server);
    WAIT_FOR(fixture, disconnected, 1);
    assert_int_equal(NOW(fixture, conflicts), 1);
    end(fixture);
}

static void test_conflict_before_the_handshake(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 1024);
    server_accept(&fixture->server);
    server_say(&fixture->server,
               "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
               "</stream:stream>");
    WAIT_FOR(fixture, conflicts, 1);
    end(fixture);
}

static void test_wrong_secret_is_tried_again(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 1024);
    server_accept(&fixture->server);
    server_say(&fixture->server,
               "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
               "</stream:stream>");
    server_close(&fixture->server);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    assert_int_equal(NOW(fixture, conflicts), 0);
    assert_int_equal(NOW(fixture, disconnected), 0);
    end(fixture);
}

/* Writes <a> `depth` times and closes it again. */
static void say_deep(struct server *server, int depth)
{
    char *bytes = malloc((size_t)depth * 7 + 200);
    char *at = bytes + sprintf(bytes, "<message id='deep' from='a@d' to='" DOMAIN "'>");
    for (int i = 0; i < depth; i++) {
        at += sprintf(at, "<a>");
    }
    for (int i = 0; i < depth; i++) {
        at += sprintf(at, "</a>");
    }
    at += sprintf(at, "</message>");
    server_write(server, bytes, (size_t)(at - bytes));
    free(bytes);
}

static void say_long(struct server *server, size_t size)
{
    char *bytes = malloc(size + 200);
    int begin = sprintf(bytes, "<message id='long' from='a@d' to='" DOMAIN "'><body>");
    memset(bytes + begin, 'x', size);
    sprintf(bytes + begin + size, "</body></message>");
    server_say(server, bytes);
    free(bytes);
}

static void check_refused(const struct seen *seen, const char *id)
{
    struct stanza stanza;
    assert_true(seen->refused);
    assert_int_equal(seen->root->child_count, 0);
    assert_int_equal(stanza_read(seen->arena, seen->root, &stanza), 0);
    assert_string_equal(stanza.id, id);
    assert_string_equal(stanza.from.full, "a@d");
}

static void test_deep_and_long_stanzas_are_refused(void **state)
{
    (void)state;
    struct fixture *fixture = begin_connected();
    say_deep(&fixture->server, 63);
    say_deep(&fixture->server, 64);
    say_deep(&fixture->server, 5000);
    say_long(&fixture->server, 200 * 1024);
    say_long(&fixture->server, 300 * 1024);
    say_long(&fixture->server, 1024 * 1024);
    server_say(&fixture->server, "<presence from='a@d' to='" DOMAIN "'/>");
    WAIT_FOR(fixture, seen_count, 7);
    assert_false(fixture->seen[0].refused);
    check_refused(&fixture->seen[1], "deep");
    check_refused(&fixture->seen[2], "deep");
    assert_false(fixture->seen[3].refused);
    assert_int_equal(strlen(element_child_text(fixture->seen[3].root, "body", "")), 200 * 1024);
    check_refused(&fixture->seen[4], "long");
    check_refused(&fixture->seen[5], "long");
    assert_false(fixture->seen[6].refused);
    end(fixture);
}

/* As deep as a stanza of 512 KiB can be: libstrophe recurses through all of it before we see it. */
static void test_depth_bomb(void **state)
{
    (void)state;
    struct fixture *fixture = begin_connected();
    say_deep(&fixture->server, 74000);
    server_say(&fixture->server, "<presence from='a@d' to='" DOMAIN "'/>");
    WAIT_FOR(fixture, seen_count, 2);
    check_refused(&fixture->seen[0], "deep");
    end(fixture);
}

static void test_silence_is_noticed(void **state)
{
    (void)state;
    struct fixture *fixture = begin(300, 4096);
    char bytes[4096];
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    uint64_t epoch = stream_epoch(fixture->stream);
    server_expect(&fixture->server, bytes, sizeof bytes, "urn:xmpp:ping");
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, epoch + 1);
    assert_true(NOW(fixture, disconnected) == epoch);
    end(fixture);
}

static void test_echoed_ping_keeps_the_connection(void **state)
{
    (void)state;
    struct fixture *fixture = begin(300, 4096);
    char bytes[4096];
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, 1);
    for (int i = 0; i < 4; i++) {
        server_expect(&fixture->server, bytes, sizeof bytes, "</iq>");
        server_say(&fixture->server, bytes);
    }
    assert_int_equal(NOW(fixture, disconnected), 0);
    assert_int_equal(NOW(fixture, seen_count), 0);
    end(fixture);
}

static void add_argument(void *context, void *argument)
{
    int **next = context;
    *(*next)++ = *(int *)argument;
}

static void test_posts_run_in_order(void **state)
{
    (void)state;
    struct fixture *fixture = begin(0, 1024);
    static int numbers[100];
    static int ran[100];
    int *next = ran;
    for (int i = 0; i < 100; i++) {
        numbers[i] = i;
        stream_post(fixture->stream, add_argument, &next, &numbers[i]);
    }
    end(fixture);
    assert_ptr_equal(next, ran + 100);
    assert_memory_equal(ran, numbers, sizeof numbers);
}

/* What a call gives to the next one must not be lost at the end. */
static void test_what_is_posted_after_the_run_is_run_too(void **state)
{
    (void)state;
    struct stream_settings settings = {
        .domain = "crm.localhost", .host = "127.0.0.1", .port = 1, .secret = "secret"};
    struct stream_events events = {0};
    struct stream *stream = stream_new(&settings, &events);
    int one = 1, ran[1] = {0}, *next = ran;
    stream_post(stream, add_argument, &next, &one);
    stream_finish(stream);
    assert_ptr_equal(next, ran + 1);
    assert_int_equal(ran[0], 1);
    stream_free(stream);
}

static void test_descriptor_above_select_is_refused(void **state)
{
    (void)state;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 1200) {
        skip();
    }
    limit.rlim_cur = 1200;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct fixture *fixture = begin_connected();
    uint64_t epoch = stream_epoch(fixture->stream);
    int fillers[1100];
    int count = 0;
    while (count < 1100 && (fillers[count] = dup(0)) >= 0 && fillers[count] < 1050) {
        count++;
    }
    server_close(&fixture->server);
    WAIT_FOR(fixture, disconnected, epoch);
    struct pollfd watched = {.fd = fixture->server.listener, .events = POLLIN};
    pause_ms(400);
    for (int i = 0; i <= count && i < 1100; i++) {
        close(fillers[i]);
    }
    assert_true(poll(&watched, 1, 5000) == 1);
    server_welcome(&fixture->server);
    WAIT_FOR(fixture, connected, epoch + 1);
    end(fixture);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_and_epoch),
        cmocka_unit_test(test_close_is_polite),
        cmocka_unit_test(test_every_kind_arrives_once_in_order),
        cmocka_unit_test(test_many_senders_in_order),
        cmocka_unit_test(test_half_written_stanza_goes_on),
        cmocka_unit_test(test_full_queue_refuses),
        cmocka_unit_test(test_disconnect_ends_the_epoch),
        cmocka_unit_test(test_kill_in_the_middle),
        cmocka_unit_test(test_conflict_is_told),
        cmocka_unit_test(test_conflict_before_the_handshake),
        cmocka_unit_test(test_wrong_secret_is_tried_again),
        cmocka_unit_test(test_deep_and_long_stanzas_are_refused),
        cmocka_unit_test(test_depth_bomb),
        cmocka_unit_test(test_silence_is_noticed),
        cmocka_unit_test(test_echoed_ping_keeps_the_connection),
        cmocka_unit_test(test_posts_run_in_order),
        cmocka_unit_test(test_what_is_posted_after_the_run_is_run_too),
        cmocka_unit_test(test_descriptor_above_select_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
