/* job: what is to be done at a time, or takes long, and is nobody's waiting command: reminders, deadlines,
 * imports. A job is a row of crm.job; what is done for it is a row of a table in C, as with commands.
 *
 * Put one with query_job_put() (crm.job_put() in triggers), take it back with query_job_drop(). A handler
 * runs in ONE transaction, in which what it has done, what it tells people and the end of the job are
 * committed together, or not at all: so a job has its effects once, whatever dies. It may run again (40001,
 * 40P01, a crash before the commit, the job put again or dropped meanwhile), so it must have no effect but
 * statements in `call->unit` and notices in the reply (reply_notify(), reply_notify_offers()). What takes
 * longer than half a second is done in slices: JOB_AGAIN, with what to go on with in `data`. A handler never
 * puts its own kind and key. Times are PostgreSQL's: a clock that jumps makes a job early or late, never
 * twice, and what was due before it was set back is due still. What fails while PostgreSQL is away waits for
 * it; a statement that takes too long (57014) or too many locks (53200) is a failure of the job. Threads: the
 * table is immutable; handlers run in the bulk lane, one at a time.
 */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include "command/command.h"
#include "command/reply.h"

struct job {
    int64_t id; /* 0: of a kind that needs no row */
    const char *kind, *key;
    const char *due_at;     /* timestamptz as PostgreSQL's text */
    int64_t person;         /* 0: none */
    const char *data;       /* jsonb as text: give it to a statement, which takes out what it needs */
    int attempts;           /* that failed before this one, */
    const char *last_error; /* and why the last of them did, for the log; NULL: none has */
};

struct job_call {
    struct arena *arena;
    struct unit *unit;
    const struct job *job;
    /* JOB_PERSON: as whom the unit acts, with that person's row security. NULL: nobody, or somebody whose
     * account is no longer in use; then the unit acts as crm_system, only to put things away. */
    const struct person *person;
    struct reply *reply; /* only for its notices */
    const char *web_url;
    const char *later_at, *later_data; /* job_later() */
    const char *why;                   /* job_fail() */
};

enum job_result {
    JOB_DONE,   /* the row goes, in the same transaction */
    JOB_AGAIN,  /* it goes on; job_later() said when, or else at once with the same data */
    JOB_FAILED, /* a unit_flush() said no, or job_fail() says why: rolled back, tried again later and later */
};

enum job_actor {
    JOB_SYSTEM,
    JOB_PERSON,
};

struct job_kind {
    const char *name; /* "lead.remind"; a room's array ends with NULL here */
    enum job_actor actor;
    /* Not 0: needs no row, but runs each so many seconds by itself, and at once again after JOB_AGAIN: for
     * what waits in a table of its own. It looks first, and writes only where there is something to do. */
    int every_seconds;
    enum job_result (*run)(struct job_call *call);
    /* Not NULL: behind JOB_TRIES failures in a row, which takes four minutes, this is run instead: it says so
     * to somebody, and ends what the job is about. NULL: the job is tried for ever, every five minutes. */
    enum job_result (*give_up)(struct job_call *call);
};

#define JOB_TRIES 8

/* For JOB_AGAIN: when (timestamptz as text, "now" for at once), and the new data; NULL keeps the old. */
void job_later(struct job_call *call, const char *due_at, const char *data);

/* Returns JOB_FAILED with a reason for the log and the row. */
enum job_result job_fail(struct job_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
