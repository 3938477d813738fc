/* desk: conversations between visitors and staff.
 *
 * DESIGN
 *
 * The stream thread classifies a stanza (daemon/route.c) and gives it to a chat lane, chosen by the visitor
 * that it concerns, so that order holds in a conversation. A lane takes all jobs that wait and makes one
 * *turn* of them (turn.h): load under the visitors' locks, decide in plain C job by job (hear.c, signal.c),
 * write everything, commit, and only then send (emit.c): receipts to senders, then rows of the outbox. When
 * PostgreSQL is away, nothing is decided: visitors are told to wait and resend, and for staff the desk asks
 * for a resync, which reads from their archives what was missed (daemon/reconcile.c).
 *
 * Threads: desk_push() and the other functions from any thread; all else in lanes.
 */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "db/lane.h"
#include "desk/outbox.h"
#include "desk/wire.h"

#define DESK_BODY_LIMIT       4000  /* characters that a visitor may write at once */
#define DESK_STAFF_BODY_LIMIT 16000 /* characters that a member of staff may: a stanza that surely fits */

enum desk_job_kind {
    DESK_VISITOR,  /* a message from a visitor */
    DESK_STAFF,    /* a message or presence from staff to a visitor contact */
    DESK_PRESENCE, /* a visitor's session has come, changed or gone (`full`); `available`: there is one */
    DESK_HISTORY,  /* a visitor asks for what was said (XEP-0313) */
    DESK_REVIEW,   /* look at a conversation again: `username` has arrived or gone, or whoever has it is gone
                      for long */
    DESK_PUMP,     /* send what waits in `channel` */
    DESK_ROUTED,   /* a barrier has come back: `rows` are settled */
    DESK_TASK,     /* `task` with the lane's database, on its own */
    DESK_RESUME,   /* after a failure: from here on messages of staff are taken in again */
    DESK_FENCE,    /* tells `fence` that all before it is committed */
};

/* What a stanza says of the session that it comes from. */
enum desk_session {
    DESK_SESSION_STAYS,
    DESK_SESSION_CAME,
    DESK_SESSION_GONE,
};

/* Counts lanes down; the last one calls `passed`. */
struct fence {
    atomic_int left;
    atomic_bool broken; /* a lane could not commit what came before */
    void (*passed)(struct fence *fence, struct db *db);
    void *context;
    double heard_until;
};

struct desk;

struct desk_job {
    enum desk_job_kind kind;
    struct arena *arena; /* the job itself lives here */
    const char *request; /* its id, for the log and the database */
    struct stanza stanza;
    int64_t visitor; /* 0: an address that has never written */
    const char *key; /* inbound.h */
    const char *username, *channel, *full;
    const char *place; /* DESK_PRESENCE: where on the website; NULL when nothing is known of it */
    bool available, away;
    bool returned;             /* DESK_REVIEW: the session had been there before */
    enum desk_session session; /* DESK_PRESENCE: `full` */
    bool first_heard;    /* the desk's: of a session that it had not known, also when the turn runs again */
    uint64_t connection; /* DESK_PRESENCE, DESK_VISITOR: on which that came (stream_epoch()) */
    const int64_t *rows;
    size_t row_count;
    struct fence *fence;
    /* DESK_TASK: what it returns but DB_OK asks for a resync. */
    enum db_status (*task)(struct desk *desk, struct db *db, struct desk_job *job);
    void *context, *argument;
};

struct desk_settings {
    struct domains domains;
    struct stream *stream;
    const struct db_settings *database;
    size_t lanes, queue_limit;
    /* Something was not taken in: the daemon reconciles as after a reconnect. Any thread. */
    void (*resync)(void *context);
    /* The lease is lost: the process must end. Any thread. */
    void (*fenced)(void *context);
    void *context;
};

struct desk *desk_new(const struct desk_settings *settings);
void desk_stop(struct desk *desk); /* ends the lanes: from here on each push is refused */
void desk_free(struct desk *desk); /* only after desk_stop() */

/* A job in its arena, for the caller to fill in and push. */
struct desk_job *desk_job_new(struct arena *arena, enum desk_job_kind kind);

/* For the log. */
const char *desk_job_word(enum desk_job_kind kind);

/* Gives the job to the lane of its visitor or channel; takes over its arena. Returns false when the lane is
 * full: the job is the caller's still. */
bool desk_push(struct desk *desk, struct desk_job *job);

/* Pushes a job without stanza that must not be lost silently: asks for a resync when the lane is full, frees
 * the job and returns false. */
bool desk_push_or_resync(struct desk *desk, struct desk_job *job);

/* Answers a visitor's job that cannot be taken in now ("try again"), and ends it. */
void desk_refuse(struct desk *desk, struct desk_job *job);

/* Sends what waits in a channel. */
void desk_pump_channel(struct desk *desk, const char *channel);

/* The same for one of very many: returns false when the lane is full, and asks for nothing. */
bool desk_try_pump_channel(struct desk *desk, const char *channel);

/* Puts a fence into every chat lane; `fence->left` counts them already. */
void desk_fence(struct desk *desk, struct fence *fence);
size_t desk_lane_count(const struct desk *desk);

/* True when each lane takes that many more jobs now. */
bool desk_has_room(const struct desk *desk, size_t jobs);

/* Lanes that failed have dropped what staff said, so that nothing overtakes it; the archives hold it. From
 * here on they take in again. */
void desk_resume(struct desk *desk);

/* The lease under which lanes write; 0 until there is one. */
void desk_set_lease(struct desk *desk, int64_t lease);

/* From this connection on rows of the outbox may go out; 0 holds them back. */
void desk_open(struct desk *desk, uint64_t epoch);

struct flight *desk_flight(struct desk *desk);

/* As whom the desk writes. */
struct identity desk_identity(const struct desk *desk);

/* Sends an answer or signal now; what cannot be sent is dropped. */
void desk_send(struct desk *desk, const char *bytes, size_t length);

/* A task for the lane that `channel` names. False when it was not taken: a resync is asked for, `arena` is
 * gone, and what else the argument holds is the caller's still. */
bool desk_push_task(struct desk *desk, struct arena *arena, const char *channel,
                    enum db_status (*task)(struct desk *desk, struct db *db, struct desk_job *job),
                    void *context, void *argument);

#endif
