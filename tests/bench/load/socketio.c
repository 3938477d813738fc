/* DESIGN (the Engine.IO and Socket.IO protocols, revisions 4 and 5): a packet is a digit or two and JSON.
 *
 *   0{…} open    2 ping, answered with 3    40{…} connect, answered with 40{…}
 *   42<n>["message",{…}] an event that wants an acknowledgement    43<n>[…] the acknowledgement
 *
 * The peer's JSON is ours: two members are looked for by name, strings in it have nothing escaped. */
#include "socketio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "websocket.h"

#define PACKET_MOST 1024

struct session {
    struct speaker *speaker;
    struct websocket *websocket;
    unsigned long said;
};

static int peer_port;

static void opened(void *context)
{
    (void)context; /* the peer speaks first */
}

static void introduce(struct session *session)
{
    char packet[PACKET_MOST];
    int length = snprintf(packet, sizeof packet, "40{\"role\":\"%s\",\"number\":%u}",
                          session->speaker->agent ? "agent" : "visitor", session->speaker->number);
    websocket_write(session->websocket, packet, (size_t)length);
}

/* What stands behind "name": up to the quote, comma or brace that ends it. */
static void find(const char *json, const char *name, char *value, size_t size)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(json, key);
    at = at == NULL ? "" : at + strlen(key);
    at += *at == '"';
    size_t length = strcspn(at, "\",}");
    length = length < size - 1 ? length : size - 1;
    memcpy(value, at, length);
    value[length] = '\0';
}

static void take_event(struct session *session, const char *json)
{
    char from[32];
    char body[512];
    find(json, "conversation", from, sizeof from);
    find(json, "body", body, sizeof body);
    speaker_heard(session->speaker, from, body);
}

static void take(void *context, const char *text, size_t length)
{
    struct session *session = context;
    (void)length;
    if (text[0] == '0') {
        introduce(session);
    } else if (text[0] == '2') {
        websocket_write(session->websocket, "3", 1);
    } else if (strncmp(text, "40", 2) == 0) {
        speaker_ready(session->speaker);
    } else if (strncmp(text, "42", 2) == 0) {
        take_event(session, text + 2);
    } else if (strncmp(text, "44", 2) == 0) {
        link_fail("the peer refused speaker %u: %s", session->speaker->number, text);
    }
}

static void closed(void *context)
{
    speaker_closed(((struct session *)context)->speaker);
}

static void open(struct speaker *speaker, const char *name, const char *password)
{
    static const struct websocket_events events = {opened, take, closed};
    struct session *session = calloc(1, sizeof *session);
    (void)name;
    (void)password;
    if (session == NULL) {
        link_fail("out of memory");
    }
    session->speaker = speaker;
    speaker->session = session;
    session->websocket =
        websocket_open(peer_port, "/socket.io/?EIO=4&transport=websocket", NULL, &events, session);
}

static void say(struct speaker *speaker, const char *to, const char *text)
{
    struct session *session = speaker->session;
    char packet[PACKET_MOST];
    int length =
        to == NULL
            ? snprintf(packet, sizeof packet, "42%lu[\"message\",{\"body\":\"%s\"}]", ++session->said, text)
            : snprintf(packet, sizeof packet, "42%lu[\"message\",{\"conversation\":%s,\"body\":\"%s\"}]",
                       ++session->said, to, text);
    websocket_write(session->websocket, packet, (size_t)length);
}

static void leave(struct speaker *speaker)
{
    struct session *session = speaker->session;
    websocket_write(session->websocket, "41", 2);
    websocket_close(session->websocket);
    speaker_closed(speaker);
}

const struct protocol *socketio_protocol(int port)
{
    static const struct protocol protocol = {"socketio", open, say, leave};
    peer_port = port;
    return &protocol;
}
