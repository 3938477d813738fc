/* rows: what each file of this room gives to the rows in poll.c. */
#ifndef POLL_ROWS_H
#define POLL_ROWS_H

#include "poll/poll.h"

enum verdict poll_start(struct call *call, const struct args *args, struct reply *reply);
enum verdict poll_ask(struct call *call, const struct args *args, struct reply *reply);
extern const struct param poll_start_params[], poll_ask_params[];
enum job_result poll_tell(struct job_call *call);

enum verdict poll_vote(struct call *call, const struct args *args, struct reply *reply);
extern const struct param poll_vote_params[];

enum verdict poll_close(struct call *call, const struct args *args, struct reply *reply);
enum job_result poll_close_at_deadline(struct job_call *call);
enum job_result poll_decide(struct job_call *call);

enum verdict poll_list(struct call *call, const struct args *args, struct reply *reply);
enum verdict poll_show(struct call *call, const struct args *args, struct reply *reply);
extern const struct param poll_list_params[];
extern const struct column poll_list_columns[];

/* ---- shared: words.c */

/* What a poll asks, before it is anybody's. */
struct poll_question {
    int64_t poll, lead; /* lead 0: a general one */
    const char *question;
    const char *const *choices;
    size_t count;
    const struct poll_summary *summary; /* of the lead */
};

/* Asks somebody, from the poll's own address; `until` is on their clock. */
void poll_put_question(struct reply *reply, int64_t person, const struct poll_question *question,
                       const char *until);

/* "2 interested, 1 pass"; or why there are no counts. */
const char *poll_counts(struct arena *arena, const char *const *choices, size_t count, const char *counts);

#endif
