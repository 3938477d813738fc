/* wire: how the desk's messages look on the wire. Every stanza to a visitor or about one is written here,
 * from values, never copied: what is relayed is rebuilt from an allow-list, so that no address of staff can
 * slip through.
 *
 * Each returns the bytes in the arena and their length, or NULL when the stanza would be over the
 * serializer's cap. Threads: any.
 */
#ifndef DESK_WIRE_H
#define DESK_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "queries.h"
#include "xmpp/stanza.h"

/* The domains of one installation. */
struct domains {
    const char *staff;    /* D */
    const char *customer; /* my.D */
    const char *guest;    /* guest.D */
    const char *crm;      /* crm.D */
    const char *rooms;    /* rooms.D */
};

/* A row of the outbox as a message; `to` is the recipient's bare or full address. To a room (XEP-0045) it is
 * of type groupchat, and asks nobody for receipts. `delivered`: what the recipient said and has reached the
 * other side meanwhile (XEP-0333), or NULL. */
const char *wire_message(struct arena *arena, const struct domains *domains,
                         const struct outbox_pending_row *row, const char *to, const char *delivered,
                         size_t *length);

/* XEP-0184: message `id` has arrived. `place`: where the archive has it, for our widget, whose tabs hear each
 * over a stream of its own, or NULL. */
const char *wire_receipt(struct arena *arena, const struct domains *domains, const char *from, const char *to,
                         const char *id, const char *place, size_t *length);

/* XEP-0333: "received" or "displayed". */
const char *wire_marker(struct arena *arena, const struct domains *domains, const char *from, const char *to,
                        const char *kind, const char *id, size_t *length);

/* XEP-0085: "composing", "paused", "active", "inactive" or "gone". */
const char *wire_chat_state(struct arena *arena, const struct domains *domains, const char *from,
                            const char *to, const char *state, size_t *length);

/* How a contact of ours shows itself (RFC 6121 section 4.7). `nick`, `status`: NULL for none. */
struct wire_shown {
    bool present, away;
    const char *nick, *status;
};

/* Presence of a contact of ours ("visitor-17", "bot"). */
const char *wire_presence(struct arena *arena, const struct domains *domains, const char *from,
                          const char *to, const struct wire_shown *shown, size_t *length);

/* Presence of the support desk, as visitors and customers see it: away while nobody is there to answer. */
const char *wire_desk_presence(struct arena *arena, const struct domains *domains, const char *to,
                               bool attended, size_t *length);

/* Presence of the one who has a visitor's conversation, at support@crm.D/agent: the visitor's to know, by
 * public name and never by address. Not present: nobody has it. */
const char *wire_agent_presence(struct arena *arena, const struct domains *domains, const char *to,
                                const struct wire_shown *shown, size_t *length);

/* Answers a subscription (RFC 6121 section 3): `type` is "subscribed" or "unsubscribed". */
const char *wire_subscription(struct arena *arena, const char *from, const char *to, const char *type,
                              size_t *length);

/* XEP-0356: puts a visitor into a member of staff's roster, in the group of visitors or of customers, or
 * takes it out again (`name` NULL). */
const char *wire_roster_set(struct arena *arena, const struct domains *domains, const char *to,
                            int64_t visitor, const char *name, bool customer, size_t *length);

/* An error answer (stanza_write_error()). */
const char *wire_error(struct arena *arena, const struct stanza *request, enum stanza_error error,
                       const char *sentence, size_t *length);

/* "Visitor 17", or the name that the visitor gave. */
const char *wire_visitor_name(struct arena *arena, int64_t visitor, const char *name);

#endif
