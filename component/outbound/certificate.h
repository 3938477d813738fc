/* certificate: what a server shows to whoever connects to it over TLS, whether or not anybody would trust it.
 *
 * Threads: one at a time; blocks for ten seconds at most.
 */
#ifndef OUTBOUND_CERTIFICATE_H
#define OUTBOUND_CERTIFICATE_H

#include <stdbool.h>
#include <time.h>

#include "base/arena.h"

struct certificate {
    time_t begins, ends;
    bool own;        /* signed with its own key: nobody vouches for it */
    bool alone;      /* no other came with it, that would say who vouches for whoever signed it */
    const char *pem; /* the text of it */
};

/* Connects to `url` ("https://chat.example.org:5281"), asks for its name there, and reads the certificate.
 * With `host`, the connection goes to that host instead, to the same port. NULL, or a clause that says what
 * is wrong. */
const char *certificate_read(struct arena *arena, const char *url, const char *host,
                             struct certificate *certificate);

/* Whether it is for this name, or for this address. */
bool certificate_fits(const struct certificate *certificate, const char *name);

#endif
