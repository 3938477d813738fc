/* dispatch: the only caller of a command's handler, and the only place with policy.
 *
 * In this order: find, who asks (fresh in this transaction), role, read the arguments, resolve the target (as
 * the caller's role), resolve the arguments, run, audit, notices and the surface's own rows, commit. A
 * refusal rolls all of it back, and is audited in a transaction of its own. 40001 and 40P01 run it again.
 * Nothing about the target is looked at before the role is. Threads: a command lane's; blocking. Sends
 * nothing: surfaces do, after it has returned.
 */
#ifndef COMMAND_DISPATCH_H
#define COMMAND_DISPATCH_H

#include "command/args.h"
#include "command/command.h"
#include "command/reply.h"

struct command_caller;
struct opening;

enum request_mode {
    REQUEST_RUN,
    REQUEST_CHECK, /* all but running: role, target and the given arguments; required ones may still be absent
                    */
};

/* What a surface asks for. */
struct request {
    enum request_mode mode;
    const char *command; /* name of a row; NULL only says something (see dispatch_settle) */
    const char *target;  /* "42", or NULL */
    struct arguments arguments;
    const char *kind; /* "staff" or "customer", by the caller's domain */
    const char *username;
    const char *who;     /* bare address, for the audit */
    const char *surface; /* "form", "chat" */
    const char *id;      /* request id, for the log and the audit */
    /* What makes this request the same as an earlier one, or NULL. It is taken (crm.inbound) in the same
     * transaction as the effects, so that a repeated request has none. With `refusal_takes_key` a refusal is
     * an outcome too (a chat line is answered once); without it (a form) the same request may come again,
     * corrected. */
    const char *inbound_key;
    bool refusal_takes_key;
    /* What a form showed before anything was typed, or NULL: current.h says what it is good for. */
    const struct arguments *shown;
    bool wants_current;      /* the settlement is to have what the record has now */
    bool archived;           /* the way in keeps what is said: secrets are refused */
    bool confirmed;          /* the person has said yes to what destroys */
    int file;                /* as in struct call; of crmctl */
    size_t rows;             /* of a page of a long list; 0: what a chat on a phone can show */
    struct opening *opening; /* the transaction that the surface has begun with dispatch_open(), or NULL */
};

/* The beginning of a request's transaction. */
struct opening {
    struct unit *unit; /* acts as crm_system; NULL once command_dispatch() has taken it over */
    const struct command_caller *caller;
};

enum outcome {
    OUTCOME_DONE,     /* committed; the reply is the answer */
    OUTCOME_REFUSED,  /* nothing was changed; the reply holds the refusal, which was audited and settled */
    OUTCOME_REPEATED, /* this very request was dealt with before: no effect, no answer here */
    OUTCOME_STRANGER, /* the caller has no enabled account: the reply says forbidden, nothing was written */
    OUTCOME_AWAY,   /* the database is away, or its answer was lost: the reply says try again, or look first;
                       nothing was settled */
    OUTCOME_FENCED, /* another crmd is in charge: this process must end */
};

/* What a surface sees inside the transaction, when the command has run or was refused. */
struct settlement {
    struct unit *unit; /* acts as crm_system; may be flushed */
    struct arena *arena;
    const struct person *person;
    const struct command *command; /* NULL when there is none of that name */
    const struct args *args;       /* NULL when refused before they were read */
    int64_t target;
    struct arguments current; /* what the record has now; none when it was not asked for, or is not known */
    const struct reply *reply;
};

struct dispatch {
    const struct command_table *table;
    struct db *db;
    struct arena *arena;
    int64_t epoch;
    const char *domain; /* as in struct call */
    const char *staff_domain, *customer_domain;
    const char *web_url; /* as in struct call */
    /* Writes the surface's own rows (its answer in crm.outbox, its session) in the same transaction, as
     * crm_system; may be NULL. It may be called more than once; anything but DB_OK rolls all back. With
     * OUTCOME_REFUSED the transaction is the refusal's own. */
    enum db_status (*settle)(void *context, const struct settlement *settlement);
    /* Called once after commit for each channel of crm.outbox that has new rows; may be NULL. */
    void (*touched)(void *context, const char *channel);
    void *context;
};

/* Begins the transaction of a request for a surface that has to read something itself first: so it costs one
 * round trip and not two, and who asks is read once. Queues who asks; the surface queues what it wants to
 * know, flushes, and goes on with command_dispatch(), or ends the unit. */
void dispatch_open(const struct dispatch *dispatch, const struct request *request, struct opening *opening);

/* Does what the request asks for. `reply` is filled in any outcome but OUTCOME_REPEATED. */
enum outcome command_dispatch(struct dispatch *dispatch, const struct request *request, struct reply *reply);

/* Who a caller is now, for lists of what they may use, from rows that the surface has read among others of
 * its own (query_command_caller()); id 0 for a stranger. */
void dispatch_read_person(const struct command_caller *rows, struct person *person);

/* The identity of crm_system in a unit of work that writes. */
struct identity dispatch_system(const struct dispatch *dispatch, const char *id, const char *surface);

/* Queues what the bot says to a person, inside a settlement; nothing when the account is disabled. The caller
 * touches the channel after commit. */
void dispatch_tell(const struct dispatch *dispatch, struct unit *unit, int64_t person, const char *body);

/* The same with lines that a client may offer as answers beside the text (XEP-0439): the text must be enough
 * without them. */
void dispatch_tell_offers(const struct dispatch *dispatch, struct unit *unit, int64_t person,
                          const char *body, struct text_array offers);

/* Queues all notices of a reply, as dispatch_tell_offers() does. */
void dispatch_tell_notices(const struct dispatch *dispatch, struct unit *unit, const struct reply *reply);

/* The channel of crm.outbox for what the bot says to a person: "bot-5". */
char *dispatch_channel(struct arena *arena, int64_t person);

/* The channel on which a notice goes: a person's, or a room's. */
char *dispatch_notice_channel(struct arena *arena, const struct reply_notice *notice);

#endif
