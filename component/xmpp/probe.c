/* DESIGN (XEP-0114 section 3): what the server sends is one document that never ends, so expat is fed as
 * bytes come, and the three elements that matter are noted: <stream> with its id, <handshake>, and what is in
 * <error>. A client's stream (RFC 6120) begins in the same way, and <proceed/> answers <starttls/>.
 *
 *     we: <stream to='crm.D'>    server: <stream id='…'>      or <stream><error><host-unknown/></error>
 *     we: <handshake>sha1</>     server: <handshake/>         or <error><not-authorized/></error>
 */
#include "xmpp/probe.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <expat.h>
#include <openssl/evp.h>

#include "base/log.h"
#include "base/text.h"

#define PATIENCE 5 /* seconds, for each step */

struct probe {
    struct arena *arena;
    const struct stream_settings *settings;
    int socket;
    XML_Parser parser;
    const char *id;    /* of the stream */
    const char *error; /* the condition of a stream error */
    bool in_error, taken;
};

static void on_start(void *context, const char *name, const char **attributes)
{
    struct probe *probe = context;
    if (probe->in_error && probe->error == NULL) {
        probe->error = arena_strdup(probe->arena, name);
    }
    if (strcmp(name, "stream:error") == 0) {
        probe->in_error = true;
    }
    if (strcmp(name, "handshake") == 0 || strcmp(name, "proceed") == 0) {
        probe->taken = true;
    }
    for (size_t i = 0; strcmp(name, "stream:stream") == 0 && attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], "id") == 0) {
            probe->id = arena_strdup(probe->arena, attributes[i + 1]);
        }
    }
}

static int open_socket(const struct stream_settings *settings)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval patience = {.tv_sec = PATIENCE};
    struct addrinfo *list = NULL;
    char port[8];
    int fd = -1;
    snprintf(port, sizeof port, "%hu", settings->port);
    if (getaddrinfo(settings->host, port, &hints, &list) != 0) {
        errno = EHOSTUNREACH;
        return -1;
    }
    for (const struct addrinfo *at = list; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

static void say(const struct probe *probe, const char *words)
{
    (void)!send(probe->socket, words, strlen(words), MSG_NOSIGNAL);
}

/* Reads until `done` is set, the server complains, or nothing more comes. */
static void hear(struct probe *probe, const bool *taken, const char *const *id)
{
    char bytes[4096];
    while (probe->error == NULL && !(taken != NULL && *taken) && !(id != NULL && *id != NULL)) {
        ssize_t length = recv(probe->socket, bytes, sizeof bytes, 0);
        if (length <= 0 || XML_Parse(probe->parser, bytes, (int)length, XML_FALSE) == XML_STATUS_ERROR) {
            return;
        }
    }
}

/* XEP-0114 section 3: the SHA-1 of the stream's id and the secret, in lower-case hexadecimal. */
static const char *digest_of(struct arena *arena, const char *id, const char *secret)
{
    const char *text = arena_printf(arena, "%s%s", id, secret);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct text hex = text_new(arena);
    if (EVP_Digest(text, strlen(text), digest, &length, EVP_sha1(), NULL) != 1) {
        log_bug("libcrypto gives no SHA-1 (it has none, or is out of memory)");
    }
    for (unsigned i = 0; i < length; i++) {
        text_addf(&hex, "%02x", digest[i]);
    }
    return hex.data;
}

static const char *complaint(const struct probe *probe, const char *otherwise)
{
    const struct stream_settings *settings = probe->settings;
    if (probe->error == NULL) {
        return otherwise;
    }
    if (strcmp(probe->error, "not-authorized") == 0) {
        return arena_printf(
            probe->arena, "Prosody knows %s by another secret; component_secret has to be the same for both",
            settings->domain);
    }
    if (strcmp(probe->error, "host-unknown") == 0) {
        return arena_printf(
            probe->arena, "Prosody has no component %s; look at the domain in its settings and in crmd.conf",
            settings->domain);
    }
    return arena_printf(probe->arena, "Prosody refuses %s: %s", settings->domain, probe->error);
}

static const char *converse(struct probe *probe, bool login)
{
    struct arena *arena = probe->arena;
    say(probe, arena_printf(arena,
                            "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                            "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>",
                            probe->settings->domain));
    hear(probe, NULL, &probe->id);
    if (probe->id == NULL || probe->error != NULL) {
        return complaint(probe, "what listens there is not Prosody's component port; look at component_port");
    }
    if (!login) {
        return NULL;
    }
    say(probe, arena_printf(arena, "<handshake>%s</handshake>",
                            digest_of(arena, probe->id, probe->settings->secret)));
    hear(probe, &probe->taken, NULL);
    return probe->taken ? NULL : complaint(probe, "Prosody did not answer the handshake; look at its log");
}

const char *stream_probe(struct arena *arena, const struct stream_settings *settings, bool login)
{
    struct probe probe = {.arena = arena, .settings = settings, .socket = open_socket(settings)};
    if (probe.socket < 0) {
        return arena_printf(arena, "%s; start Prosody, or look at component_host and component_port",
                            strerror(errno));
    }
    probe.parser = XML_ParserCreate("UTF-8");
    XML_SetUserData(probe.parser, &probe);
    XML_SetStartElementHandler(probe.parser, on_start);
    const char *problem = converse(&probe, login);
    say(&probe, "</stream:stream>");
    XML_ParserFree(probe.parser);
    close(probe.socket);
    return problem;
}

const char *stream_probe_tls(struct arena *arena, const char *host, unsigned short port, const char *domain)
{
    const struct stream_settings settings = {.host = host, .port = port};
    struct probe probe = {.arena = arena, .settings = &settings, .socket = open_socket(&settings)};
    if (probe.socket < 0) {
        return arena_strdup(arena, strerror(errno));
    }
    probe.parser = XML_ParserCreate("UTF-8");
    XML_SetUserData(probe.parser, &probe);
    XML_SetStartElementHandler(probe.parser, on_start);
    say(&probe, arena_printf(arena,
                             "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
                             "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>",
                             domain));
    hear(&probe, NULL, &probe.id);
    if (probe.id != NULL && probe.error == NULL) {
        say(&probe, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        hear(&probe, &probe.taken, NULL);
    }
    XML_ParserFree(probe.parser);
    close(probe.socket);
    return probe.taken        ? NULL
           : probe.id == NULL ? "what listens there is not Prosody"
                              : "Prosody offers no TLS there";
}
