/* work: one attempt at a command, as the files of the dispatcher hand it to one another. Private to them:
 * dispatch.c (who asks, and how often it is tried), act.c (what the caller does), several.c (the same for
 * several records), settle.c (what is written around it). dispatch.c's DESIGN says in which order. Threads:
 * the attempt belongs to the command lane that runs it.
 *
 * Verdicts are as in command.h: VERDICT_REFUSED leaves the refusal in the reply, VERDICT_FAILED leaves the
 * error in the unit.
 */
#ifndef COMMAND_WORK_H
#define COMMAND_WORK_H

#include "command/dispatch.h"

/* One of several records. */
struct part {
    int64_t number;
    enum refusal refusal;
    const char *sentence; /* of the refusal */
};

/* One attempt. */
struct work {
    const struct dispatch *dispatch;
    const struct request *request;
    struct reply *reply;
    struct unit *unit;
    const struct command *command;
    struct person person;
    struct identity identity; /* of the caller; the unit points to it */
    struct identity system;
    struct value *values;
    struct arguments given; /* what is read of what the request gives */
    struct arguments current;
    struct args args;
    bool args_known;
    bool repeated;
    struct part *parts; /* several records; NULL: one, or none */
    size_t part_count;
    struct part *part; /* the one that is being worked on */
    bool again;        /* it has refused: the others are done without it */
};

/* The second act, as the caller: role, arguments, target, handler. */
enum verdict work_act(struct work *work);

/* Splits a target of several records into parts; nothing when it is one, or when the command takes one only.
 * Refuses too many. */
enum verdict work_split(struct work *work);

/* Does, checks or asks about each part that has not refused, and says which refused. A part whose refusal has
 * changed something already leaves `again`: all is to be rolled back and done once more without it. */
enum verdict work_act_on_parts(struct work *work, struct call *call);

/* Takes the refusal from the reply to the part that is being worked on. */
void work_keep_refusal(struct work *work);

/* The third act, as crm_system: audit, notices, the surface's rows, commit. Any status of unit_commit(). */
enum db_status work_finish(struct work *work);

/* Rolls back what was refused, and puts the refusal on record in a transaction of its own. */
enum db_status work_finish_refusal(struct work *work);

/* Whether the audit has a row of it. */
bool work_is_recorded(const struct work *work);

#endif
