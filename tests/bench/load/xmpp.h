/* xmpp: speakers of XMPP: visitors as the widget is one (RFC 7395, ANONYMOUS), agents as desktop clients are
 * (RFC 6120, STARTTLS, PLAIN; roster, carbons). Both with XEP-0198 and receipts (XEP-0184). Threads: one.
 */
#ifndef LOAD_XMPP_H
#define LOAD_XMPP_H

#include "speaker.h"

struct xmpp_server {
    const char *domain;
    int http_port, c2s_port;
    const char *salt; /* what makes this run's secrets and ids its own */
};

const struct protocol *xmpp_protocol(const struct xmpp_server *server);

/* Sends a stanza as it stands. */
void xmpp_send(struct speaker *speaker, const char *stanza, size_t length);

#endif
