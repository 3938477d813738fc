/* visit: one IQ to one of our addresses: who asks, at which address, and whether that exists for them.
 *
 * Threads: a command lane's.
 */
#ifndef SURFACE_VISIT_H
#define SURFACE_VISIT_H

#include "command/dispatch.h"
#include "command/target.h"
#include "surface/surface.h"

enum place {
    PLACE_SERVICE, /* crm.D */
    PLACE_BOT,     /* bot@crm.D */
    PLACE_RECORD,  /* lead-42@crm.D, visitor-17@crm.D */
};

struct surface_session;

struct visit {
    struct surface *surface;
    struct arena *arena;
    const struct stanza *iq;
    const struct element *query; /* the IQ's child */
    enum place place;
    const struct target_kind *record; /* PLACE_RECORD */
    int64_t number;
    const char *name; /* what the address is called */
    const char *went; /* where the record went that was merged into another, in a sentence; or NULL */
    struct person person;
    struct request request;                /* who asks, for the dispatcher */
    struct opening opening;                /* of visit_open() */
    const struct surface_session *session; /* the form's session that was read with it, or NULL */
};

/* Fills place and record from the IQ's address. Returns false when it is none of ours. */
bool visit_find_place(struct visit *visit);

/* Reads who asks, and whether the record exists for them. Returns true to go on; false when the refusal has
 * been sent: forbidden, item-not-found (the same for absent and invisible), or wait when the database is
 * away. */
bool visit_enter(struct visit *visit);

/* The same for a command: the transaction stays open for the dispatcher, and what a form's session keeps is
 * read in it, unless `session` is NULL. visit_close() ends it when nobody has. */
bool visit_open(struct visit *visit, const char *session);
void visit_close(struct visit *visit);

/* The same as visit_enter() for a stanza that is not answered with errors (presence): false also when there
 * is nothing at that address for whoever asks; nothing is sent. */
bool visit_look(struct visit *visit);

/* Answers with an error. */
void visit_refuse(const struct visit *visit, enum stanza_error error, const char *sentence);

/* The one item-not-found of record addresses. */
void visit_refuse_absent(const struct visit *visit);

/* True when a command can be used at this address: any on crm.D and the bot, those that act on it on a
 * record. */
bool visit_offers(const struct visit *visit, const struct command *command);

#endif
