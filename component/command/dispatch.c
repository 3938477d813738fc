/* DESIGN (policy of commands)
 *
 * One attempt is one transaction of three acts by three identities:
 *
 *   crm_system       who asks, and is it a repetition?       (one flush, which a surface may have begun:
 *                                                            dispatch_open())
 *   the caller       role, arguments, target, handler        (row security decides what exists)
 *   crm_system       audit, notices, the surface's rows      (one commit)
 *
 * A refusal in the second act abandons the transaction, and begins another in which the refusal is audited
 * and settled: so a refusal leaves no half of an effect, and what it refused is on record. Each status of the
 * database has one meaning here:
 *
 *   DB_CONFLICT    run again, at most ATTEMPTS times
 *   DB_UNKNOWN     with a key: run again, the key tells whether it had committed; what only looks: run again;
 *                  else: say so
 *   DB_AWAY        nothing was written: once more (a connection may have died idle), then "try again"
 *   DB_CONSTRAINT  a rule in the database said no: the refusal that fits the rule
 *   DB_FENCED      another crmd is in charge
 *   DB_FAILED      logged where detected; the person is told that nothing was changed
 *
 * Several records at once (struct command .several) are one such transaction, in which the handler runs for
 * each. There are no savepoints: when one record refuses, all is rolled back and done again without it, so
 * that a refused one leaves nothing behind. What is wrong with the arguments refuses the whole.
 */
#include "command/dispatch.h"

#include <string.h>

#include "base/log.h"
#include "command/role.h"
#include "command/work.h"
#include "queries.h"

#define ATTEMPTS      5
#define AWAY_ATTEMPTS 2

struct identity dispatch_system(const struct dispatch *dispatch, const char *id, const char *surface)
{
    return (struct identity){
        .role = "crm_system", .epoch = dispatch->epoch, .request = id, .surface = surface};
}

/* ---- first act: who asks */

void dispatch_read_person(const struct command_caller *rows, struct person *person)
{
    *person = (struct person){.id = 0};
    if (rows->count != 1 || role_parse(rows->rows[0].role, &person->role) != 0) {
        return;
    }
    const struct command_caller_row *row = &rows->rows[0];
    person->id = row->id;
    person->username = row->username;
    person->name = row->name;
    person->time_zone = row->time_zone;
    person->locale = row->locale;
    person->now = row->now;
    person->currency = row->currency;
    person->country = row->country;
}

void dispatch_open(const struct dispatch *dispatch, const struct request *request, struct opening *opening)
{
    struct identity system = dispatch_system(dispatch, request->id, request->surface);
    opening->unit = unit_begin(dispatch->db, dispatch->arena, &system);
    opening->caller = query_command_caller(opening->unit, request->kind, request->username);
}

/* A unit of our own, or the surface's, in which who asks has been read. */
static void begin_unit(struct work *work, const struct command_caller **caller)
{
    struct opening *opening = work->request->opening;
    work->system = dispatch_system(work->dispatch, work->request->id, work->request->surface);
    if (opening == NULL || opening->unit == NULL) {
        work->unit = unit_begin(work->dispatch->db, work->dispatch->arena, &work->system);
        return;
    }
    work->unit = opening->unit;
    *caller = opening->caller;
    opening->unit = NULL;
}

static enum db_status begin(struct work *work)
{
    const struct request *request = work->request;
    const struct command_caller *caller = NULL;
    const struct affected *taken = NULL;
    enum db_status status = DB_OK;
    begin_unit(work, &caller);
    bool read = caller != NULL;
    if (read && request->inbound_key != NULL) {
        unit_become(work->unit, &work->system); /* the surface may have looked at a record as the caller */
    }
    if (request->inbound_key != NULL) {
        taken = query_command_take(work->unit, request->inbound_key);
    }
    if (!read) {
        caller = query_command_caller(work->unit, request->kind, request->username);
    }
    if (!read || taken != NULL) {
        status = unit_flush(work->unit);
    }
    if (status == DB_OK) {
        dispatch_read_person(caller, &work->person);
        work->repeated = taken != NULL && taken->count == 0;
    }
    return status;
}

/* ---- what the world or the database refuses */

/* The refusal that fits the rule of the database that was broken. */
static void refuse_by_rule(struct work *work)
{
    const struct db_error *error = unit_error(work->unit);
    static const char *const states[] = {"CR002", "CR004", "CR005"}; /* rules with a sentence for people */
    bool state = false;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        state = state || strcmp(error->sqlstate, states[i]) == 0;
    }
    if (state) {
        reply_refuse(work->reply, REFUSAL_STATE, NULL, "Not possible: %s.", error->message);
    } else if (strcmp(error->sqlstate, "23505") == 0) {
        reply_refuse(work->reply, REFUSAL_CONFLICT, NULL, "There is one like this already.");
    } else if (strcmp(error->sqlstate, "42501") == 0) {
        reply_refuse_role(work->reply, work->command);
    } else {
        log_error("command=%s a rule of the database was broken: sqlstate=%s constraint=%s message=%s",
                  work->command->name, error->sqlstate, error->constraint, error->message);
        reply_refuse(work->reply, REFUSAL_FAILED, NULL,
                     "Something went wrong here. Nothing was changed. (%s)", work->request->id);
    }
}

/* The handler's statements have failed: whether it is the world's fault, or a rule of the database has
 * refused. */
static enum db_status judge_failure(struct work *work)
{
    enum db_status status = unit_abandon(work->unit);
    if (status == DB_OK) {
        log_bug("command %s failed, and its unit of work did not", work->command->name);
    }
    if (status != DB_CONSTRAINT) {
        return status;
    }
    refuse_by_rule(work);
    if (work->part != NULL) {
        work_keep_refusal(work);
        work->again = true;
        return DB_OK;
    }
    return work_finish_refusal(work);
}

static enum db_status act_and_finish(struct work *work)
{
    work->again = false;
    reply_begin(work->reply, work->dispatch->arena, NULL);
    enum verdict verdict = work->request->command == NULL ? VERDICT_DONE : work_act(work);
    if (verdict == VERDICT_DONE) {
        return work_finish(work);
    }
    if (verdict == VERDICT_FAILED) {
        return judge_failure(work);
    }
    if (work->again) {
        unit_abandon(work->unit);
        return DB_OK;
    }
    return work_finish_refusal(work);
}

/* At most once more for each of several records: none refuses twice. */
static enum db_status attempt(struct work *work)
{
    do {
        enum db_status status = begin(work);
        if (status != DB_OK || work->repeated || work->person.id == 0) {
            unit_abandon(work->unit);
            return status;
        }
        status = act_and_finish(work);
        if (status != DB_OK) {
            return status;
        }
    } while (work->again);
    return DB_OK;
}

/* ---- around the attempts */

static void touch(const struct work *work)
{
    const struct dispatch *dispatch = work->dispatch;
    for (const struct reply_notice *notice = work->reply->notices;
         notice != NULL && dispatch->touched != NULL; notice = notice->next) {
        dispatch->touched(dispatch->context, dispatch_notice_channel(dispatch->arena, notice));
    }
}

/* One line for each row of the audit: the names in it are the table's own. */
static void note(const struct work *work)
{
    if (work_is_recorded(work)) {
        log_info("command=%s surface=\"%s\" person=%lld outcome=%s",
                 work->command == NULL ? "-" : work->command->name, work->request->surface,
                 (long long)work->person.id, refusal_word(work->reply->refusal));
    }
}

static enum outcome succeeded(const struct work *work)
{
    if (work->repeated) {
        return OUTCOME_REPEATED;
    }
    if (work->person.id == 0) {
        reply_refuse(work->reply, REFUSAL_FORBIDDEN, NULL, "Forbidden: this account is not in use here.");
        return OUTCOME_STRANGER;
    }
    touch(work);
    note(work);
    return work->reply->refusal == REFUSAL_NONE ? OUTCOME_DONE : OUTCOME_REFUSED;
}

static enum outcome gave_up(const struct work *work, enum db_status status)
{
    struct reply *reply = work->reply;
    log_warn("command=%s gave up, database status %d",
             work->request->command == NULL ? "-" : work->request->command, (int)status);
    if (status == DB_FENCED) {
        reply_refuse(reply, REFUSAL_BUSY, NULL,
                     "The CRM is being moved. Nothing was changed; try again in a moment.");
        return OUTCOME_FENCED;
    }
    if (status == DB_UNKNOWN) {
        reply_refuse(
            reply, REFUSAL_UNKNOWN, NULL,
            "The connection to the database broke while this was being written. It may be done or not: look "
            "before you do it again.");
    } else if (status == DB_FAILED || status == DB_CONSTRAINT) {
        reply_refuse(reply, REFUSAL_FAILED, NULL, "Something went wrong here. Nothing was changed. (%s)",
                     work->request->id);
    } else if (strcmp(unit_error(work->unit)->sqlstate, "53100") == 0) {
        reply_refuse(reply, REFUSAL_BUSY, NULL,
                     "The disk of the database is full. Nothing was changed; whoever runs the server has to "
                     "make room.");
    } else {
        reply_refuse(reply, REFUSAL_BUSY, NULL,
                     "The database is away. Nothing was changed; try again in a moment.");
    }
    return OUTCOME_AWAY;
}

static bool is_worth_another(const struct work *work, enum db_status status, int attempts)
{
    bool repeatable =
        work->request->inbound_key != NULL || (work->command != NULL && work->command->effect == EFFECT_READ);
    return (status == DB_CONFLICT && attempts < ATTEMPTS) ||
           (status == DB_AWAY && attempts < AWAY_ATTEMPTS) ||
           (status == DB_UNKNOWN && repeatable && attempts < ATTEMPTS);
}

enum outcome command_dispatch(struct dispatch *dispatch, const struct request *request, struct reply *reply)
{
    enum db_status status = DB_OK;
    struct work work;
    int attempts = 0;
    const char *around = log_request();
    log_set_request(request->id);
    do {
        work = (struct work){.dispatch = dispatch, .request = request, .reply = reply};
        reply_begin(reply, dispatch->arena, NULL);
        status = attempt(&work);
        attempts++;
    } while (is_worth_another(&work, status, attempts));
    enum outcome outcome = status == DB_OK ? succeeded(&work) : gave_up(&work, status);
    log_set_request(around);
    return outcome;
}
