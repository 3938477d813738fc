/* DESIGN (RFC 6455): section 1.3 the upgrade, 5.2 frames. The mask is zero: it protects caches of proxies,
 * which are not here, and costs the server the same. */
#include "websocket.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

#define OP_CONTINUATION 0x0
#define OP_TEXT         0x1
#define OP_CLOSE        0x8
#define OP_PING         0x9
#define OP_PONG         0xA
#define FINAL           0x80
#define MASKED          0x80
#define HEADER_MOST     14

struct bytes {
    char *at;
    size_t length, capacity;
};

struct websocket {
    struct link *link;
    bool open;
    int port;
    const char *path, *protocol;
    struct bytes in, message;
    struct websocket_events events;
    void *context;
};

static void append(struct bytes *bytes, const char *more, size_t length)
{
    if (bytes->length + length + 1 > bytes->capacity) {
        bytes->capacity = 2 * (bytes->length + length + 1);
        bytes->at = realloc(bytes->at, bytes->capacity);
        if (bytes->at == NULL) {
            link_fail("out of memory");
        }
    }
    memcpy(bytes->at + bytes->length, more, length);
    bytes->length += length;
    bytes->at[bytes->length] = '\0';
}

static void drop(struct bytes *bytes, size_t length)
{
    bytes->length -= length;
    memmove(bytes->at, bytes->at + length, bytes->length);
}

static void write_frame(struct websocket *websocket, int opcode, const char *text, size_t length)
{
    static char frame[65536 + HEADER_MOST];
    size_t size = 2;
    if (length >= 65536) {
        link_fail("a frame of %zu bytes is not foreseen", length);
    }
    frame[0] = (char)(FINAL | opcode);
    if (length < 126) {
        frame[1] = (char)(MASKED | (int)length);
    } else {
        frame[1] = (char)(MASKED | 126);
        frame[2] = (char)(length >> 8);
        frame[3] = (char)(length & 0xff);
        size = 4;
    }
    memset(frame + size, 0, 4);
    memcpy(frame + size + 4, text, length);
    link_write(websocket->link, frame, size + 4 + length);
}

void websocket_write(struct websocket *websocket, const char *text, size_t length)
{
    write_frame(websocket, OP_TEXT, text, length);
}

void websocket_close(struct websocket *websocket)
{
    link_close(websocket->link);
    free(websocket->in.at);
    free(websocket->message.at);
    websocket->in = websocket->message = (struct bytes){NULL, 0, 0};
}

static void take_frame(struct websocket *websocket, int first, const char *payload, size_t length)
{
    switch (first & 0x0f) {
    case OP_PING:
        write_frame(websocket, OP_PONG, payload, length);
        break;
    case OP_CLOSE:
        write_frame(websocket, OP_CLOSE, payload, length);
        break;
    case OP_TEXT:
    case OP_CONTINUATION:
        append(&websocket->message, payload, length);
        if ((first & FINAL) != 0) {
            size_t whole = websocket->message.length;
            websocket->message.length = 0;
            websocket->events.text(websocket->context, websocket->message.at, whole);
        }
        break;
    default:
        break;
    }
}

/* Takes one frame off what came in; false when there is no whole one. */
static bool next_frame(struct websocket *websocket)
{
    const unsigned char *at = (const unsigned char *)websocket->in.at;
    size_t have = websocket->in.length, header = 2, length;
    if (have < 2) {
        return false;
    }
    length = at[1] & 0x7f;
    if (length == 126 || length == 127) {
        size_t bytes = length == 126 ? 2 : 8;
        header += bytes;
        if (have < header) {
            return false;
        }
        length = 0;
        for (size_t i = 0; i < bytes; i++) {
            length = length << 8 | at[2 + i];
        }
    }
    if (have - header < length) {
        return false;
    }
    take_frame(websocket, at[0], websocket->in.at + header, length);
    if (websocket->in.at != NULL) {
        drop(&websocket->in, header + length);
    }
    return true;
}

static void upgrade(struct websocket *websocket)
{
    char *last = strstr(websocket->in.at, "\r\n\r\n");
    if (last == NULL) {
        return;
    }
    if (strncmp(websocket->in.at, "HTTP/1.1 101", 12) != 0) {
        link_fail("no WebSocket at %s: %.60s", websocket->path, websocket->in.at);
    }
    drop(&websocket->in, (size_t)(last + 4 - websocket->in.at));
    websocket->open = true;
    websocket->events.opened(websocket->context);
}

static void take_bytes(void *context, const char *bytes, size_t length)
{
    struct websocket *websocket = context;
    append(&websocket->in, bytes, length);
    if (!websocket->open) {
        upgrade(websocket);
    }
    while (websocket->open && websocket->in.at != NULL && next_frame(websocket)) {
    }
}

static void ask_for_upgrade(void *context)
{
    struct websocket *websocket = context;
    char request[512];
    int length = snprintf(
        request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s%s%s\r\n",
        websocket->path, websocket->port, websocket->port,
        websocket->protocol != NULL ? "Sec-WebSocket-Protocol: " : "",
        websocket->protocol != NULL ? websocket->protocol : "", websocket->protocol != NULL ? "\r\n" : "");
    link_write(websocket->link, request, (size_t)length);
}

static void tell_closed(void *context)
{
    struct websocket *websocket = context;
    websocket->events.closed(websocket->context);
}

struct websocket *websocket_open(int port, const char *path, const char *protocol,
                                 const struct websocket_events *events, void *context)
{
    static const struct link_events link_events = {ask_for_upgrade, take_bytes, tell_closed};
    struct websocket *websocket = calloc(1, sizeof *websocket);
    if (websocket == NULL) {
        link_fail("out of memory");
    }
    websocket->port = port;
    websocket->path = path;
    websocket->protocol = protocol;
    websocket->events = *events;
    websocket->context = context;
    websocket->link = link_open(port, &link_events, websocket);
    return websocket;
}
