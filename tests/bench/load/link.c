#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES  65536
#define EVENTS_MOST 256

struct link {
    int fd;
    SSL *ssl;
    bool connecting, shaking_hands, closed;
    uint32_t watched;
    char *unsent;
    size_t unsent_length, unsent_capacity;
    struct link_events events;
    void *context;
};

static int epoll_fd = -1;
static SSL_CTX *tls;

void link_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

double link_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void open_loop(void)
{
    if (epoll_fd < 0 && (epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0) {
        link_fail("no epoll: %s", strerror(errno));
    }
}

static void watch(struct link *link, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = link};
    if (events != link->watched) {
        epoll_ctl(epoll_fd, link->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, link->fd, &event);
        link->watched = events;
    }
}

struct link *link_open(int port, const struct link_events *events, void *context)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct link *link = calloc(1, sizeof *link);
    int one = 1;
    open_loop();
    if (link == NULL || (link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0) {
        link_fail("no socket: %s", strerror(errno));
    }
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    link->events = *events;
    link->context = context;
    link->connecting = true;
    if (connect(link->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) {
        link_fail("no connection to port %d: %s", port, strerror(errno));
    }
    watch(link, EPOLLOUT);
    return link;
}

void link_close(struct link *link)
{
    if (!link->closed) {
        link->closed = true;
        SSL_free(link->ssl);
        close(link->fd);
        free(link->unsent);
        link->ssl = NULL;
        link->unsent = NULL;
    }
}

static void end(struct link *link)
{
    if (!link->closed) {
        link_close(link);
        link->events.closed(link->context);
    }
}

/* Returns how many bytes the kernel took; 0 when it takes none now. */
static size_t send_some(struct link *link, const char *bytes, size_t length)
{
    ssize_t sent = link->ssl != NULL ? SSL_write(link->ssl, bytes, (int)length)
                                     : send(link->fd, bytes, length, MSG_NOSIGNAL);
    return sent > 0 ? (size_t)sent : 0;
}

static void keep(struct link *link, const char *bytes, size_t length)
{
    if (link->unsent_length + length > link->unsent_capacity) {
        link->unsent_capacity = 2 * (link->unsent_length + length);
        link->unsent = realloc(link->unsent, link->unsent_capacity);
        if (link->unsent == NULL) {
            link_fail("out of memory");
        }
    }
    memcpy(link->unsent + link->unsent_length, bytes, length);
    link->unsent_length += length;
}

void link_write(struct link *link, const char *bytes, size_t length)
{
    if (link->closed) {
        return;
    }
    if (link->unsent_length == 0 && !link->shaking_hands) {
        size_t sent = send_some(link, bytes, length);
        bytes += sent;
        length -= sent;
    }
    if (length > 0) {
        keep(link, bytes, length);
        watch(link, EPOLLIN | EPOLLOUT);
    }
}

static void flush(struct link *link)
{
    size_t sent = link->unsent_length > 0 ? send_some(link, link->unsent, link->unsent_length) : 0;
    link->unsent_length -= sent;
    memmove(link->unsent, link->unsent + sent, link->unsent_length);
    if (link->unsent_length == 0) {
        watch(link, EPOLLIN);
    }
}

void link_start_tls(struct link *link)
{
    if (tls == NULL) {
        tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    /* The private stack's certificate is its own; who answers on the loopback is not in question. */
    link->ssl = SSL_new(tls);
    if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1) {
        link_fail("no TLS: %s", ERR_error_string(ERR_get_error(), NULL));
    }
    link->shaking_hands = true;
    watch(link, EPOLLIN | EPOLLOUT);
}

static void shake_hands(struct link *link)
{
    int result = SSL_connect(link->ssl);
    int problem = SSL_get_error(link->ssl, result);
    if (result == 1) {
        link->shaking_hands = false;
        watch(link, EPOLLIN);
        link->events.connected(link->context);
    } else if (problem != SSL_ERROR_WANT_READ && problem != SSL_ERROR_WANT_WRITE) {
        link_fail("no TLS: %s", ERR_error_string(ERR_get_error(), NULL));
    } else {
        watch(link, problem == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
    }
}

static void receive(struct link *link)
{
    static char bytes[READ_BYTES];
    while (!link->closed && !link->shaking_hands) {
        bool encrypted = link->ssl != NULL;
        ssize_t length =
            encrypted ? SSL_read(link->ssl, bytes, sizeof bytes) : recv(link->fd, bytes, sizeof bytes, 0);
        if (length > 0) {
            link->events.bytes(link->context, bytes, (size_t)length);
            if (!encrypted && (size_t)length < sizeof bytes) {
                return;
            }
            continue;
        }
        bool later = encrypted ? SSL_get_error(link->ssl, (int)length) == SSL_ERROR_WANT_READ
                               : length < 0 && (errno == EAGAIN || errno == EINTR);
        if (!later) {
            end(link);
        }
        return;
    }
}

static void finish_connecting(struct link *link)
{
    int problem = 0;
    socklen_t size = sizeof problem;
    getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem != 0) {
        link_fail("a connection was refused: %s", strerror(problem));
    }
    link->connecting = false;
    watch(link, EPOLLIN);
    link->events.connected(link->context);
}

static void serve(struct link *link, uint32_t events)
{
    if (link->closed) {
        return;
    }
    if (link->connecting) {
        finish_connecting(link);
        return;
    }
    if (link->shaking_hands) {
        shake_hands(link);
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        flush(link);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        receive(link);
    }
}

void link_serve(int milliseconds)
{
    struct epoll_event events[EVENTS_MOST];
    open_loop();
    int count = epoll_wait(epoll_fd, events, EVENTS_MOST, milliseconds);
    for (int i = 0; i < count; i++) {
        serve(events[i].data.ptr, events[i].events);
    }
}
