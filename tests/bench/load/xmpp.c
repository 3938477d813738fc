/* DESIGN: logging in is a walk over the table `steps`: what comes, in which state, and what is sent for it.
 *
 *   visitor: OPENING ─features─► AUTH ─success─► OPENING ─features─► BINDING ─iq─► ENABLING ─enabled─►
 * PROVING ─iq─► READY agent:   the same after OPENING ─features─► TLS ─proceed─► OPENING
 *
 * PROVING: a ping (XEP-0199) behind the presences; its answer says that the server has processed them. */
#include "xmpp.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heard.h"
#include "link.h"
#include "websocket.h"

#define STANZA_MOST 4096
#define SECRET_SIZE 96

enum state {
    STATE_FIRST, /* agents: before TLS */
    STATE_TLS,
    STATE_ANONYMOUS, /* not authenticated */
    STATE_AUTH,
    STATE_NAMED, /* authenticated, a new stream */
    STATE_BINDING,
    STATE_ENABLING,
    STATE_PROVING,
    STATE_READY,
};

struct session {
    struct speaker *speaker;
    struct websocket *websocket; /* visitors */
    struct link *link;           /* agents */
    struct reader *reader;
    enum state state;
    char credentials[4 * SECRET_SIZE]; /* base64, for <auth/> */
    bool counting;
    unsigned long got;  /* stanzas (XEP-0198) */
    unsigned long said; /* for ids */
};

static struct xmpp_server server;
static struct reader *frames; /* all visitors' */

/* ---- writing */

static void send_bytes(struct session *session, const char *text, size_t length)
{
    if (session->websocket != NULL) {
        websocket_write(session->websocket, text, length);
    } else {
        link_write(session->link, text, length);
    }
}

static void send_text(struct session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void send_text(struct session *session, const char *format, ...)
{
    char text[STANZA_MOST];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text) {
        link_fail("a stanza of %d bytes is not foreseen", length);
    }
    send_bytes(session, text, (size_t)length);
}

void xmpp_send(struct speaker *speaker, const char *stanza, size_t length)
{
    send_bytes(speaker->session, stanza, length);
}

static void open_stream(struct session *session)
{
    if (session->websocket != NULL) {
        send_text(session, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='guest.%s' version='1.0'/>",
                  server.domain);
    } else {
        reader_restart(session->reader);
        send_text(session,
                  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' to='%s' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>",
                  server.domain);
    }
}

/* ---- logging in */

static void ask_for_tls(struct session *session)
{
    send_text(session, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
}

static void begin_tls(struct session *session)
{
    link_start_tls(session->link);
}

static void authenticate(struct session *session)
{
    send_text(session, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='%s'>%s</auth>",
              session->websocket != NULL ? "ANONYMOUS" : "PLAIN", session->credentials);
}

static void bind_resource(struct session *session)
{
    send_text(session, "<iq xmlns='jabber:client' type='set' id='bind'>"
                       "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
}

static void enable_acknowledgements(struct session *session)
{
    send_text(session, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
}

static void show(struct session *session)
{
    session->counting = true;
    if (session->websocket != NULL) {
        send_text(session, "<presence xmlns='jabber:client'/>");
        send_text(session, "<presence xmlns='jabber:client' to='support@crm.%s'/>", server.domain);
    } else {
        send_text(session,
                  "<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>"
                  "<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq><presence/>");
    }
    send_text(session, "<iq xmlns='jabber:client' type='get' id='shown'><ping xmlns='urn:xmpp:ping'/></iq>");
}

static void become_ready(struct session *session)
{
    speaker_ready(session->speaker);
}

static const struct step {
    enum state state;
    const char *name, *id; /* of what comes; id NULL: any */
    void (*answer)(struct session *session);
    enum state next;
} steps[] = {
    {STATE_FIRST, "features", NULL, ask_for_tls, STATE_TLS},
    {STATE_TLS, "proceed", NULL, begin_tls, STATE_ANONYMOUS},
    {STATE_ANONYMOUS, "features", NULL, authenticate, STATE_AUTH},
    {STATE_AUTH, "success", NULL, open_stream, STATE_NAMED},
    {STATE_NAMED, "features", NULL, bind_resource, STATE_BINDING},
    {STATE_BINDING, "iq", "bind", enable_acknowledgements, STATE_ENABLING},
    {STATE_ENABLING, "enabled", NULL, show, STATE_PROVING},
    {STATE_PROVING, "iq", "shown", become_ready, STATE_READY},
};

static void log_in(struct session *session, const struct heard *heard)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct step *step = &steps[i];
        if (step->state == session->state && strcmp(step->name, heard->name) == 0 &&
            (step->id == NULL || strcmp(step->id, heard->id) == 0)) {
            session->state = step->next;
            step->answer(session);
            return;
        }
    }
    if (strcmp(heard->name, "failure") == 0) {
        link_fail("speaker %u was not let in", session->speaker->number);
    }
}

/* ---- hearing */

static bool is_stanza(const struct heard *heard)
{
    return strcmp(heard->name, "message") == 0 || strcmp(heard->name, "presence") == 0 ||
           strcmp(heard->name, "iq") == 0;
}

static void hear_message(struct session *session, const struct heard *heard)
{
    if (strcmp(heard->type, "error") == 0) {
        link_fail("%s %u was told an error from %s for %s", session->speaker->agent ? "agent" : "visitor",
                  session->speaker->number, heard->from, heard->id);
    }
    if (heard->wants_receipt) {
        send_text(session,
                  "<message xmlns='jabber:client' to='%s' type='chat' id='%s-r-%s-%u-%lu'>"
                  "<received xmlns='urn:xmpp:receipts' id='%s'/></message>",
                  heard->from, session->speaker->agent ? "a" : "v", server.salt, session->speaker->number,
                  ++session->said, heard->id);
    }
    if (heard->body[0] != '\0') {
        speaker_heard(session->speaker, heard->from, heard->body);
    }
}

/* Requests are answered as clients do (roster pushes); answers are somebody's who asked. */
static void hear_iq(struct session *session, const struct heard *heard)
{
    if (strcmp(heard->type, "set") == 0) {
        send_text(session, "<iq xmlns='jabber:client' type='result' id='%s'/>", heard->id);
    } else if (session->state == STATE_READY && strcmp(heard->type, "get") != 0) {
        speaker_answered(session->speaker, heard);
    }
}

static void take(void *context, const struct heard *heard)
{
    struct session *session = context;
    session->got += session->counting && is_stanza(heard);
    if (session->state != STATE_READY) {
        log_in(session, heard);
    }
    if (strcmp(heard->name, "r") == 0) {
        send_text(session, "<a xmlns='urn:xmpp:sm:3' h='%lu'/>", session->got);
    } else if (strcmp(heard->name, "message") == 0) {
        hear_message(session, heard);
    } else if (strcmp(heard->name, "iq") == 0) {
        hear_iq(session, heard);
    }
}

static void take_frame(void *context, const char *text, size_t length)
{
    reader_feed(frames, context, text, length);
}

static void take_bytes(void *context, const char *bytes, size_t length)
{
    struct session *session = context;
    reader_feed(session->reader, session, bytes, length);
}

static void connected(void *context)
{
    open_stream(context);
}

static void closed(void *context)
{
    speaker_closed(((struct session *)context)->speaker);
}

/* ---- the protocol */

/* A secret as the widget makes them: 43 characters and more of base64url, the same for the same visitor. */
static void make_secret(struct session *session)
{
    char text[SECRET_SIZE];
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char secret[2 * SHA256_DIGEST_LENGTH + 1];
    int length = snprintf(text, sizeof text, "%s %u", server.salt, session->speaker->number);
    SHA256((const unsigned char *)text, (size_t)length, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(secret + 2 * i, 3, "%02x", digest[i]);
    }
    EVP_EncodeBlock((unsigned char *)session->credentials, (const unsigned char *)secret,
                    (int)strlen(secret));
}

static void make_plain(struct session *session, const char *name, const char *password)
{
    char text[SECRET_SIZE];
    int length = snprintf(text, sizeof text, "%c%s%c%s", 0, name, 0, password);
    EVP_EncodeBlock((unsigned char *)session->credentials, (const unsigned char *)text, length);
}

static void open(struct speaker *speaker, const char *name, const char *password)
{
    static const struct websocket_events websocket_events = {connected, take_frame, closed};
    static const struct link_events link_events = {connected, take_bytes, closed};
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        link_fail("out of memory");
    }
    session->speaker = speaker;
    speaker->session = session;
    if (speaker->agent) {
        make_plain(session, name, password);
        session->reader = reader_new(false, take);
        session->state = STATE_FIRST;
        session->link = link_open(server.c2s_port, &link_events, session);
    } else {
        make_secret(session);
        session->state = STATE_ANONYMOUS;
        session->websocket =
            websocket_open(server.http_port, "/xmpp-websocket", "xmpp", &websocket_events, session);
    }
}

static void say(struct speaker *speaker, const char *to, const char *text)
{
    struct session *session = speaker->session;
    char desk[160];
    char id[80];
    snprintf(desk, sizeof desk, "support@crm.%s", server.domain);
    snprintf(id, sizeof id, "%s-%s-%u-%lu", speaker->agent ? "a" : "v", server.salt, speaker->number,
             ++session->said);
    send_text(session,
              "<message xmlns='jabber:client' to='%s' type='chat' id='%s'><body>%s</body>"
              "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
              "<active xmlns='http://jabber.org/protocol/chatstates'/>"
              "<origin-id xmlns='urn:xmpp:sid:0' id='%s'/></message>",
              to != NULL ? to : desk, id, text, id);
}

/* Says goodbye: the server forgets the session at once, instead of keeping it to be resumed. */
static void leave(struct speaker *speaker)
{
    struct session *session = speaker->session;
    if (session->websocket != NULL) {
        send_text(session, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    } else {
        send_text(session, "</stream:stream>");
    }
}

const struct protocol *xmpp_protocol(const struct xmpp_server *which)
{
    static const struct protocol protocol = {"xmpp", open, say, leave};
    server = *which;
    frames = reader_new(true, take);
    return &protocol;
}
