/* relay: the bare relay that crmd is compared with: a component (XEP-0114) on libstrophe that stores nothing
 * and decides nothing.
 *
 *   relay DOMAIN PORT SECRET_FILE STAFF_ADDRESS…
 *
 * What a visitor sends to support@DOMAIN goes to all staff, from visitor-N@DOMAIN, until one of them answers
 * there; then to that one. What staff send to visitor-N goes to the visitor, from support@DOMAIN. Messages of
 * every kind are passed on whole; of all else only a ping is answered. It lives as long as its stream.
 *
 * libstrophe 0.12 in component mode needs the steps that component/xmpp/connection.c explains: the connection
 * is made once in vain, and poll() stands outside. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>
#include <sys/socket.h>

#define VISITORS_MOST 20000
#define ADDRESS_SIZE  128

struct visitor {
    char address[ADDRESS_SIZE];
    char taker[ADDRESS_SIZE]; /* empty: nobody has answered yet */
};

static struct visitor visitors[VISITORS_MOST];
static unsigned visitor_count;
static const char *domain;
static char **staff;
static xmpp_conn_t *connection;
static int stream_fd = -1;
static bool connected, ended;

/* Visitors are few when they talk, and known by the session that they wrote from last. */
static unsigned visitor_number(const char *address)
{
    for (unsigned i = 0; i < visitor_count; i++) {
        if (strcmp(visitors[i].address, address) == 0) {
            return i;
        }
    }
    if (visitor_count == VISITORS_MOST) {
        fputs("relay: too many visitors\n", stderr);
        exit(1);
    }
    snprintf(visitors[visitor_count].address, ADDRESS_SIZE, "%s", address);
    return visitor_count++;
}

static void pass_on(xmpp_stanza_t *stanza, const char *from, const char *to)
{
    xmpp_stanza_t *copy = xmpp_stanza_copy(stanza);
    xmpp_stanza_set_from(copy, from);
    xmpp_stanza_set_to(copy, to);
    xmpp_send(connection, copy);
    xmpp_stanza_release(copy);
}

static void from_visitor(xmpp_stanza_t *stanza, const char *from)
{
    char contact[ADDRESS_SIZE];
    unsigned number = visitor_number(from);
    snprintf(contact, sizeof contact, "visitor-%u@%s", number, domain);
    if (visitors[number].taker[0] != '\0') {
        pass_on(stanza, contact, visitors[number].taker);
        return;
    }
    for (char **person = staff; *person != NULL; person++) {
        pass_on(stanza, contact, *person);
    }
}

static void from_staff(xmpp_stanza_t *stanza, const char *from, unsigned number)
{
    char desk[ADDRESS_SIZE];
    snprintf(desk, sizeof desk, "support@%s", domain);
    if (number >= visitor_count) {
        return;
    }
    if (xmpp_stanza_get_child_by_name(stanza, "body") != NULL) {
        snprintf(visitors[number].taker, ADDRESS_SIZE, "%s", from);
    }
    pass_on(stanza, desk, visitors[number].address);
}

static void answer_ping(xmpp_stanza_t *stanza)
{
    xmpp_stanza_t *result = xmpp_stanza_reply(stanza);
    xmpp_stanza_set_from(result, xmpp_stanza_get_to(stanza));
    xmpp_stanza_set_type(result, "result");
    xmpp_send(connection, result);
    xmpp_stanza_release(result);
}

static int on_stanza(xmpp_conn_t *on, xmpp_stanza_t *stanza, void *context)
{
    const char *name = xmpp_stanza_get_name(stanza), *type = xmpp_stanza_get_type(stanza);
    const char *from = xmpp_stanza_get_from(stanza), *to = xmpp_stanza_get_to(stanza);
    unsigned number;
    (void)on;
    (void)context;
    if (from == NULL || to == NULL || (type != NULL && strcmp(type, "error") == 0)) {
        return 1;
    }
    if (strcmp(name, "message") == 0) {
        if (sscanf(to, "visitor-%u@", &number) == 1) {
            from_staff(stanza, from, number);
        } else {
            from_visitor(stanza, from);
        }
    } else if (strcmp(name, "iq") == 0 && type != NULL && strcmp(type, "get") == 0) {
        answer_ping(stanza);
    }
    return 1;
}

static int on_socket(xmpp_conn_t *on, void *socket_pointer)
{
    int one = 1;
    (void)on;
    stream_fd = *(int *)socket_pointer;
    setsockopt(stream_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return 0;
}

static int refuse_socket(xmpp_conn_t *on, void *socket_pointer)
{
    (void)on;
    (void)socket_pointer;
    return -1;
}

static void on_connection(xmpp_conn_t *on, xmpp_conn_event_t event, int error,
                          xmpp_stream_error_t *stream_error, void *context)
{
    (void)on;
    (void)error;
    (void)stream_error;
    (void)context;
    connected = event == XMPP_CONN_CONNECT;
    ended = !connected;
    if (connected) {
        fputs("ready\n", stderr);
    }
}

static const char *read_secret(const char *path)
{
    static char secret[256];
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(secret, sizeof secret, file) == NULL) {
        perror(path);
        exit(1);
    }
    fclose(file);
    secret[strcspn(secret, "\n")] = '\0';
    return secret;
}

static void run(xmpp_ctx_t *context)
{
    while (!ended) {
        bool unwritten = connected && xmpp_conn_send_queue_len(connection) > 0;
        struct pollfd watched = {.fd = stream_fd, .events = (short)(POLLIN | (unwritten ? POLLOUT : 0))};
        poll(&watched, 1, connected ? 1000 : 10);
        xmpp_run_once(context, 0);
        /* What reading has brought forth goes out now, not with the next event. */
        if (connected && xmpp_conn_send_queue_len(connection) > 0) {
            xmpp_send_raw(connection, " ", 1);
            xmpp_run_once(context, 0);
        }
    }
}

int main(int count, char **arguments)
{
    if (count < 4) {
        fputs("say: relay DOMAIN PORT SECRET_FILE STAFF_ADDRESS…\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    domain = arguments[1];
    staff = arguments + 4;
    xmpp_initialize();
    xmpp_ctx_t *context = xmpp_ctx_new(NULL, NULL);
    connection = xmpp_conn_new(context);
    xmpp_conn_set_jid(connection, domain);
    xmpp_conn_set_pass(connection, read_secret(arguments[3]));
    xmpp_conn_set_sockopt_callback(connection, refuse_socket);
    xmpp_connect_client(connection, "127.0.0.1", 9, on_connection, NULL);
    ended = false;
    xmpp_conn_set_sockopt_callback(connection, on_socket);
    xmpp_handler_add(connection, on_stanza, NULL, NULL, NULL, NULL);
    if (xmpp_connect_component(connection, "127.0.0.1", (unsigned short)atoi(arguments[2]), on_connection,
                               NULL) != XMPP_EOK) {
        fputs("relay: no connection to Prosody\n", stderr);
        return 1;
    }
    run(context);
    return 1;
}
