/* surface: what every way in shares: where it is, what it may use, and how it speaks to Prosody.
 *
 * A surface turns stanzas into requests of the one command table, and replies into stanzas. It decides
 * nothing about who may do what. Threads: one struct for each command lane, because of `db`; its functions
 * are called in that lane, and block.
 */
#ifndef SURFACE_SURFACE_H
#define SURFACE_SURFACE_H

#include "command/defined.h"
#include "command/dispatch.h"
#include "xmpp/stanza.h"
#include "xmpp/xml.h"

struct surface {
    const struct command_table *table; /* as Admins have made it, once surface_take_table() was called */
    struct defined *defined;           /* what makes it so; NULL: nobody does */
    struct db *db;
    const char *domain;              /* crm.D */
    const char *staff_domain;        /* D */
    const char *customer_domain;     /* my.D */
    const char *rooms_domain;        /* rooms.D */
    const char *web_url;             /* as in struct call */
    const char *request;             /* the id of what is being dealt with; NULL: one for each command */
    int64_t (*epoch)(void *context); /* the lease that this crmd holds */
    void (*send)(void *context, const char *bytes, size_t length);
    /* crm.outbox has new rows for this channel; called after commit. */
    void (*channel_touched)(void *context, const char *channel);
    /* Another crmd is in charge; this process must end. May be NULL. */
    void (*fenced)(void *context);
    /* What the program at a full address is known to be able to (enum forms_ability); NULL: nothing. */
    unsigned (*abilities)(void *context, const char *address);
    void *context;
};

/* Who sent a stanza: "staff" or "customer" by the domain, NULL for anyone else (visitors, other servers,
 * Prosody itself). */
const char *surface_kind(const struct surface *surface, const struct jid *from);

/* Asks for the table of now, in the first unit of a job that reads it; and takes it when that was flushed. */
const struct command_defined *surface_ask_table(const struct surface *surface, struct unit *unit);
void surface_take_table(struct surface *surface, const struct command_defined *rows);

/* A dispatch for one job of this surface. */
struct dispatch surface_dispatch(const struct surface *surface, struct arena *arena);

/* Fills who asks. The request's other members are the caller's. */
struct request surface_request(const struct surface *surface, struct arena *arena, const struct jid *from,
                               const char *way_in);

/* Sends what was written. Returns false when it is over a cap of the serializer: nothing went out, and it was
 * logged. */
bool surface_send(const struct surface *surface, struct xml *xml);

/* Answers a stanza with an error. */
void surface_refuse(const struct surface *surface, struct arena *arena, const struct stanza *stanza,
                    enum stanza_error error, const char *sentence);

#endif
