/* link: one non-blocking TCP connection to 127.0.0.1, TLS if asked for, and the loop that serves them all.
 *
 * TCP_NODELAY is always on: Nagle's algorithm would measure itself. What is written goes out at once, or as
 * soon as the kernel takes it. A link is never freed, only closed: the program is short-lived.
 * Threads: one. A mistake of the machine (no socket, no memory) ends the program with a sentence.
 */
#ifndef LOAD_LINK_H
#define LOAD_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct link;

struct link_events {
    void (*connected)(void *context); /* TCP; again after link_start_tls(), TLS */
    void (*bytes)(void *context, const char *bytes, size_t length);
    void (*closed)(void *context); /* by the peer */
};

struct link *link_open(int port, const struct link_events *events, void *context);
void link_write(struct link *link, const char *bytes, size_t length);
void link_start_tls(struct link *link);
void link_close(struct link *link);

/* Serves what happened; waits up to so many milliseconds for something. */
void link_serve(int milliseconds);

/* Seconds of a clock that only goes forward. */
double link_now(void);

/* Ends the program with a sentence on standard error. */
_Noreturn void link_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
