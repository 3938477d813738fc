/* turn: all that a lane's waiting jobs do, in one transaction.
 *
 * Private to desk/. A turn is loaded (turn.c), decided job by job (hear.c, signal.c), written (turn.c), and
 * sent after the commit (emit.c). Everything lives in the turn's arena. Threads: one lane.
 */
#ifndef DESK_TURN_H
#define DESK_TURN_H

#include "db/list.h"
#include "desk/conversation.h"
#include "desk/desk.h"

struct typing {
    int64_t visitor;
    bool by_visitor;
    const char *to; /* owned by the list: malloc */
    long long deadline;
};

#define TYPING_LIMIT   256
#define TYPING_SECONDS 30 /* XEP-0085 section 5.3: composing that nobody ended */

struct desk_lane {
    struct desk *desk;
    struct lane *lane; /* for those who push */
    struct db *db;     /* the lane's own */
    struct pump *pump;
    char name[16];
    atomic_bool broken; /* something was not taken in: messages of staff wait for the resync */
    struct typing typing[TYPING_LIMIT];
    size_t typing_count;
    struct text_list stalled; /* channels that the stream had no room for; in `stalled_arena` */
    struct arena *stalled_arena;
};

struct desk {
    struct desk_settings settings;
    struct db_settings database; /* the chat lanes' */
    struct flight *flight;
    struct desk_lane *lanes;
    atomic_llong lease;
    atomic_ullong open_epoch;
};

/* Bytes to send after the commit. */
struct emission {
    const char *bytes;
    size_t length;
};

struct emission_list {
    struct emission *items;
    size_t count, capacity;
};

struct turn {
    struct desk *desk;
    struct desk_lane *lane;
    struct arena *arena;
    struct unit *unit;
    uint64_t epoch; /* of the connection on which rows might go out when the turn began, or 0 */
    struct conversation *conversations;
    size_t conversation_count;
    /* loaded */
    const struct desk_seen *seen;
    const struct desk_staff *staff;
    const struct desk_available *available;
    const struct desk_references *references;
    struct text_list heard; /* keys taken in by this very turn */
    /* to be written */
    struct text_list message_ids, message_authors, message_persons, message_client_ids, message_bodies,
        message_replaces, message_notices;
    struct bigint_list message_visitors, message_conversations, message_sequences;
    struct text_list row_channels, row_recipients, row_messages, row_senders, row_bodies, row_replaces,
        row_notices, row_nicks, row_sequences, row_to_visitor;
    struct bigint_list offer_conversations, offer_persons;
    struct bigint_list history_visitors, history_conversations;
    struct text_list history_recipients;
    struct bigint_list withdraw_visitors, removed_visitors; /* contacts to be removed from rosters */
    struct text_list withdraw_takers, removed_usernames;
    struct bigint_list delivered_visitors, displayed_visitors;
    struct bigint_list read_persons, read_visitors; /* who has read up to which message */
    struct text_list read_ids;
    struct text_list delivered_ids, displayed_ids;
    struct text_list received_messages, received_recipients;
    struct text_list touched; /* channels to pump */
    /* results of the last round */
    const struct desk_delivered *delivered;
    const struct desk_displayed *displayed;
    const struct desk_watchers *watchers;
    const struct outbox_pending *pending;
    const struct outbox_routed *routed;
    /* after the commit: first, the outbox, last; receipts to visitors before or behind the outbox (emit.c) */
    struct emission_list first, receipts, last;
};

/* Runs jobs as one transaction. Returns its status; on any but DB_OK nothing was sent. */
enum db_status turn_run(struct desk_lane *lane, struct desk_job **jobs, size_t count);

/* turn.c, for the deciders */
struct conversation *turn_conversation(struct turn *turn, int64_t visitor);
const struct desk_staff_row *turn_staff(const struct turn *turn, const char *username);
const struct desk_references_row *turn_reference(const struct turn *turn, int64_t visitor, const char *asked);
bool turn_heard(struct turn *turn, const char *key); /* was it taken in before? remembers it */
void turn_emit(struct turn *turn, struct emission_list *list, const char *bytes, size_t length);
const char *turn_contact(const struct turn *turn, const struct conversation *conversation); /* "visitor-17" */
const char *turn_staff_address(const struct turn *turn, const char *username);
const char *turn_first_name(struct arena *arena, const char *name); /* what visitors see of a person */
/* The visitor's presence, as staff see it. */
const char *turn_presence(const struct turn *turn, const struct conversation *conversation, const char *to,
                          size_t *length);
/* The presence of whoever has the conversation, for a session of the visitor or all of them. */
const char *turn_agent_presence(const struct turn *turn, const struct conversation *conversation,
                                const char *to, size_t *length);

/* hear.c: messages with a body, and what follows from who is there */
bool hear_is_too_long(const struct stanza *stanza); /* of a visitor: over DESK_BODY_LIMIT */
void hear_visitor(struct turn *turn, struct desk_job *job, struct conversation *conversation);
void hear_staff(struct turn *turn, struct desk_job *job, struct conversation *conversation);
void hear_review(struct turn *turn, const struct desk_job *job, struct conversation *conversation);

/* signal.c: receipts, markers, chat states, presence */
void signal_visitor(struct turn *turn, const struct desk_job *job, struct conversation *conversation);
void signal_staff(struct turn *turn, const struct desk_job *job, struct conversation *conversation);
void signal_presence(struct turn *turn, struct desk_job *job, struct conversation *conversation);
void signal_session(struct turn *turn, struct desk_job *job, const struct conversation *conversation);
void signal_staff_presence(struct turn *turn, const struct desk_job *job, struct conversation *conversation);
void signal_typing_expire(struct desk_lane *lane);
void signal_typing_end(struct desk_lane *lane, int64_t visitor, bool by_visitor);

/* emit.c */
void emit_turn(struct turn *turn);
void emit_stalled(struct desk_lane *lane);

/* history.c: answers a visitor's archive query in a unit of work of its own */
enum db_status history_answer(struct desk_lane *lane, const struct desk_job *job);

#endif
