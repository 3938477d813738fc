/* assign: who gets a lead when nobody chooses: rules first, then performance × availability; and why.
 *
 * DESIGN (DESIGN.md sections 7 and 8: what decides lives here, what must hold lives in PostgreSQL)
 *
 *   lead.autoassign ─▶ the first rule that fits, or all Sales Persons ─▶ who is free ─▶ the best, near ties
 *                                                                            │         drawn ─▶ given
 *                                                                            └ nobody ─▶ crm.assign_waiting
 *   somebody comes online, or has a lead less (triggers) ─▶ job assign.drain ─▶ the oldest that waits
 *   lead.distribute ─▶ crm.assign_waiting, many at once, and the same job
 *   a lead was given, and nothing done with it for a time ─▶ job assign.untouched ─▶ somebody else
 *
 * A lead is given by crm.lead_give(), which does it only while the lead is still whose it was: of two who are
 * about to, one does. Polls (poll/) weigh with the same measure, and multiply it by interest. Threads: as the
 * call.
 */
#ifndef ASSIGN_ASSIGN_H
#define ASSIGN_ASSIGN_H

#include "command/command.h"
#include "command/reply.h"
#include "job/job.h"

extern const struct command assign_commands[];
extern const struct job_kind assign_jobs[];

/* Rules about how a lead goes to somebody. */
enum assign_way {
    ASSIGN_BEST, /* performance × availability */
    ASSIGN_TURN, /* who has not got one for longest */
};

enum assign_outcome {
    ASSIGN_GIVEN,
    ASSIGN_WAITS,  /* nobody is free: it is in the queue */
    ASSIGN_GONE,   /* somebody else was first */
    ASSIGN_FAILED, /* the unit says why */
};

/* A lead that is to be given to somebody. */
struct assign_lead {
    int64_t number;
    const char *name;
    int64_t from;                      /* whose it is until now; 0: nobody's */
    int64_t asked_by;                  /* who is told when it goes later; 0: nobody */
    int64_t poll;                      /* of which it comes; 0: none */
    enum assign_way way;               /* among those who can have it */
    bool rules;                        /* look for a rule first */
    bool waits;                        /* when nobody is free: put it into the queue */
    bool untold;                       /* the caller tells who gets it */
    const struct bigint_array *people; /* NULL: whom the rule means, or all Sales Persons */
};

/* Who has got it. */
struct assign_winner {
    int64_t person;
    const char *name;
};

/* Finds somebody, gives them the lead, tells them. ASSIGN_GIVEN sets `winner`. */
enum assign_outcome assign_lead_to_somebody(struct unit *unit, struct reply *reply,
                                            const struct assign_lead *lead, struct assign_winner *winner);

/* Tells somebody what lead is theirs now, with all that they need to begin; `begin` is the first sentence.
 * False: the unit failed. */
bool assign_tell(struct unit *unit, struct reply *reply, int64_t person, int64_t lead, const char *begin);

#endif
