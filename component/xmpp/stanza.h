/* stanza: what every stanza has, and the answers that every surface gives (RFC 6120 section 8).
 *
 * Owns: nothing. Threads: any. Writes through xmpp/xml.h.
 */
#ifndef XMPP_STANZA_H
#define XMPP_STANZA_H

#include "xmpp/element.h"
#include "xmpp/jid.h"
#include "xmpp/xml.h"

enum stanza_kind {
    STANZA_MESSAGE,
    STANZA_PRESENCE,
    STANZA_IQ,
};

/* A received stanza. `type` is never NULL ("normal" for a message without type, "available" for a presence
 * without). `id` may be NULL. Lives in the job's arena. */
struct stanza {
    enum stanza_kind kind;
    struct jid from, to;
    const char *type, *id;
    const struct element *root;
};

/* RFC 6120 section 8.3.2 error types and the conditions that we use. */
enum stanza_error {
    STANZA_BAD_REQUEST,             /* modify */
    STANZA_NOT_ACCEPTABLE,          /* modify */
    STANZA_POLICY_VIOLATION,        /* modify: too long */
    STANZA_FORBIDDEN,               /* auth */
    STANZA_ITEM_NOT_FOUND,          /* cancel */
    STANZA_FEATURE_NOT_IMPLEMENTED, /* cancel */
    STANZA_SERVICE_UNAVAILABLE,     /* cancel */
    STANZA_RESOURCE_CONSTRAINT,     /* wait: a full lane, the database away */
    STANZA_SESSION_EXPIRED,         /* XEP-0050 section 3.3: modify/bad-request + <bad-sessionid/> */
};

/* Reads the outside of a stanza. Returns 0, or -1 when from or to is missing or no JID, or it is no stanza.
 */
int stanza_read(struct arena *arena, const struct element *root, struct stanza *out);

/* Opens <iq type='result'> in answer, with from and to swapped; the caller adds the payload and xml_close()s.
 */
void stanza_open_result(struct xml *xml, const struct stanza *request);

/* Writes a whole error answer with a sentence for people. Never call it for type error or result. */
void stanza_write_error(struct xml *xml, const struct stanza *request, enum stanza_error error,
                        const char *sentence);

/* The condition's name of a received error stanza ("service-unavailable"), or "" . */
const char *stanza_error_condition(const struct stanza *stanza);

#endif
