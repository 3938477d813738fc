/* websocket: the client's side of RFC 6455 over a link: text frames, whole messages, pings answered.
 *
 * Extensions are not offered. Threads: one.
 */
#ifndef LOAD_WEBSOCKET_H
#define LOAD_WEBSOCKET_H

#include <stddef.h>

struct websocket;

struct websocket_events {
    void (*opened)(void *context);
    void (*text)(void *context, const char *text, size_t length); /* ends with a NUL that is not counted */
    void (*closed)(void *context);
};

/* protocol: the sub-protocol to ask for, or NULL. */
struct websocket *websocket_open(int port, const char *path, const char *protocol,
                                 const struct websocket_events *events, void *context);
void websocket_write(struct websocket *websocket, const char *text, size_t length);
void websocket_close(struct websocket *websocket);

#endif
