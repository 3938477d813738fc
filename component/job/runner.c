/* DESIGN
 *
 * One attempt is one transaction:
 *
 *   crm_system            the job that has been due for longest: its row is read, not locked
 *   crm_system or person  the handler: locks the records that it is about
 *   crm_system            its notices; and the row is taken away, or put off, IF its version is still the one
 *                         that was read
 *
 * The row is locked last because commands do the same: they lock a record, and its triggers put or drop its
 * job. Locked first, a job and a command about the same record would wait for each other. When the version
 * is another one, somebody has put the job again or dropped it meanwhile, and all is rolled back: a reminder
 * that was put off in this very moment does not fire. One lane of one crmd runs jobs, which the lease
 * guarantees, so that none runs twice at once.
 */
#include "job/runner.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "base/uuid.h"
#include "command/dispatch.h"
#include "command/role.h"
#include "queries.h"

#define ATTEMPTS 5 /* in a row, when others were quicker */

struct job_runner {
    struct job_settings settings;
    size_t timed_count;
    struct timed {
        const struct job_kind *kind;
        int64_t next_at; /* ms of the monotonic clock */
    } * timed;
    size_t timed_turn; /* where to look first */
    bool rows_first;   /* what has a row and what has none take turns */
    char taken_at[40]; /* the last job, by PostgreSQL's clock; "": none since we last looked back */
};

/* One attempt. */
struct attempt {
    struct job_runner *runner;
    struct dispatch dispatch;
    struct identity system, actor;
    const struct job_kind *kind;
    struct job job;
    int64_t version;
    struct person person;
    struct reply reply;
    struct job_call call;
    enum job_result result;
    bool none; /* nothing is due */
    bool lost; /* put again or dropped meanwhile */
};

static int64_t now_ms(void)
{
    return metric_now() / 1000;
}

/* ---- for handlers */

void job_later(struct job_call *call, const char *due_at, const char *data)
{
    call->later_at = due_at;
    call->later_data = data;
}

enum job_result job_fail(struct job_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    call->why = arena_vprintf(call->arena, format, arguments);
    va_end(arguments);
    return JOB_FAILED;
}

/* ---- the table */

static const struct job_kind *find_kind(const struct job_runner *runner, const char *name)
{
    for (const struct job_kind *const *room = runner->settings.rooms; *room != NULL; room++) {
        for (const struct job_kind *kind = *room; kind->name != NULL; kind++) {
            if (strcmp(kind->name, name) == 0) {
                return kind;
            }
        }
    }
    return NULL;
}

struct job_runner *job_runner_new(const struct job_settings *settings)
{
    struct job_runner *runner = calloc(1, sizeof *runner);
    if (runner == NULL) {
        log_bug("out of memory");
    }
    runner->settings = *settings;
    for (const struct job_kind *const *room = settings->rooms; *room != NULL; room++) {
        for (const struct job_kind *kind = *room; kind->name != NULL; kind++) {
            if (kind->run == NULL || find_kind(runner, kind->name) != kind) {
                log_bug("the table of jobs is wrong at “%s”", kind->name);
            }
            if (kind->every_seconds == 0) {
                continue;
            }
            runner->timed = realloc(runner->timed, (runner->timed_count + 1) * sizeof *runner->timed);
            if (runner->timed == NULL) {
                log_bug("out of memory");
            }
            runner->timed[runner->timed_count++] = (struct timed){kind, 0};
        }
    }
    return runner;
}

void job_runner_free(struct job_runner *runner)
{
    free(runner->timed);
    free(runner);
}

/* ---- one attempt */

static void begin(struct attempt *attempt, struct unit *unit)
{
    attempt->call = (struct job_call){.arena = attempt->dispatch.arena,
                                      .unit = unit,
                                      .job = &attempt->job,
                                      .reply = &attempt->reply,
                                      .web_url = attempt->dispatch.web_url};
    reply_begin(&attempt->reply, attempt->dispatch.arena, NULL);
    attempt->none = attempt->lost = false;
    attempt->result = JOB_FAILED;
}

/* Reads the job that is due. */
static enum db_status take(struct attempt *attempt)
{
    const struct job_next *rows = query_job_next(attempt->call.unit);
    enum db_status status = unit_flush(attempt->call.unit);
    if (status != DB_OK) {
        return status;
    }
    attempt->none = rows->count == 0;
    if (attempt->none) {
        return DB_OK;
    }
    const struct job_next_row *row = &rows->rows[0];
    snprintf(attempt->runner->taken_at, sizeof attempt->runner->taken_at, "%s", row->at);
    attempt->kind = find_kind(attempt->runner, row->kind);
    attempt->version = row->version;
    attempt->job = (struct job){.id = row->id,
                                .kind = row->kind,
                                .key = row->key,
                                .due_at = row->due_at,
                                .person = row->has_person ? row->person : 0,
                                .data = row->data,
                                .attempts = row->attempts,
                                .last_error = row->last_error};
    return DB_OK;
}

static void read_person(struct attempt *attempt, const struct job_person *rows)
{
    const struct job_person_row *row = &rows->rows[0];
    if (rows->count == 0 || role_parse(row->role, &attempt->person.role) != 0) {
        return;
    }
    attempt->person.id = row->id;
    attempt->person.username = row->username;
    attempt->person.name = row->name;
    attempt->person.time_zone = row->time_zone;
    attempt->person.locale = row->locale;
    attempt->person.now = row->now;
    attempt->person.currency = row->currency;
    attempt->person.country = row->country;
    attempt->call.person = &attempt->person;
}

/* From here on the unit acts as the job's person. */
static enum db_status become(struct attempt *attempt)
{
    if (attempt->kind->actor != JOB_PERSON || attempt->job.person == 0) {
        return DB_OK;
    }
    const struct job_person *rows = query_job_person(attempt->call.unit, attempt->job.person);
    enum db_status status = unit_flush(attempt->call.unit);
    if (status != DB_OK) {
        return status;
    }
    read_person(attempt, rows);
    if (attempt->call.person == NULL) {
        return DB_OK;
    }
    attempt->actor = attempt->system;
    attempt->actor.role = role_database(attempt->person.role);
    attempt->actor.person = attempt->person.id;
    unit_become(attempt->call.unit, &attempt->actor);
    return DB_OK;
}

static const struct affected *end_row(struct attempt *attempt)
{
    const struct job_call *call = &attempt->call;
    const char *data = call->later_data != NULL ? call->later_data : attempt->job.data;
    if (attempt->result == JOB_DONE) {
        return query_job_done(call->unit, attempt->job.id, attempt->version);
    }
    return query_job_again(call->unit, attempt->job.id, attempt->version,
                           call->later_at != NULL ? call->later_at : "now", data);
}

/* What was told and how it went on, in the transaction of what was done. */
static enum db_status finish(struct attempt *attempt)
{
    struct unit *unit = attempt->call.unit;
    unit_become(unit, &attempt->system);
    dispatch_tell_notices(&attempt->dispatch, unit, &attempt->reply);
    if (attempt->job.id == 0) {
        return unit_commit(unit);
    }
    const struct affected *ended = end_row(attempt);
    enum db_status status = unit_flush(unit);
    attempt->lost = status == DB_OK && ended->count == 0;
    if (status != DB_OK || attempt->lost) {
        unit_abandon(unit);
        return status;
    }
    return unit_commit(unit);
}

/* DB_OK with `result` JOB_FAILED: the handler itself said no. */
static enum db_status run_handler(struct attempt *attempt)
{
    struct job_call *call = &attempt->call;
    if (attempt->kind == NULL) {
        attempt->result = job_fail(call, "this crmd does not know such a job");
        return unit_abandon(call->unit);
    }
    enum db_status status = become(attempt);
    if (status != DB_OK) {
        unit_abandon(call->unit);
        return status;
    }
    bool gives_up = attempt->kind->give_up != NULL && attempt->job.attempts >= JOB_TRIES;
    attempt->result = gives_up ? attempt->kind->give_up(call) : attempt->kind->run(call);
    if (attempt->result != JOB_FAILED) {
        return finish(attempt);
    }
    const struct db_error *error = unit_error(call->unit);
    if (call->why == NULL && error->sqlstate[0] != '\0') {
        call->why =
            strncmp(error->sqlstate, "22", 2) == 0 /* its words quote data, which no log may hold */
                ? arena_printf(call->arena, "%s (data exception)", error->sqlstate)
                : arena_printf(call->arena, "%s %s %s", error->sqlstate, error->constraint, error->message);
    }
    return unit_abandon(call->unit);
}

static enum db_status attempt_once(struct attempt *attempt, struct db *db)
{
    begin(attempt, unit_begin(db, attempt->dispatch.arena, &attempt->system));
    enum db_status status = attempt->job.id == 0 && attempt->kind != NULL ? DB_OK : take(attempt);
    if (status != DB_OK || attempt->none) {
        unit_abandon(attempt->call.unit);
        return status;
    }
    return run_handler(attempt);
}

/* ---- around the attempts */

static bool is_worth_another(const struct attempt *attempt, enum db_status status, int tries)
{
    return (status == DB_CONFLICT || status == DB_UNKNOWN || attempt->lost) && tries < ATTEMPTS;
}

/* It failed: the row says so, and when it is tried again. What has no row is tried at its next time. */
static enum db_status put_off(struct attempt *attempt, struct db *db, enum db_status status)
{
    const char *why = attempt->call.why != NULL ? attempt->call.why
                      : attempt->lost
                          ? "it was put again each time that it ran"
                          : arena_printf(attempt->dispatch.arena, "database status %d", (int)status);
    metric_add(METRIC_JOBS_FAILED, 1);
    if (attempt->job.attempts + 1 >= JOB_PATIENCE) {
        log_error("job=%s key=\"%s\" failed for the %dth time: %s", attempt->job.kind, attempt->job.key,
                  attempt->job.attempts + 1, why);
    } else {
        log_warn("job=%s key=\"%s\" failed, and will be tried again: %s", attempt->job.kind, attempt->job.key,
                 why);
    }
    if (attempt->job.id == 0) {
        return DB_OK;
    }
    struct unit *unit = unit_begin(db, attempt->dispatch.arena, &attempt->system);
    query_job_failed(unit, attempt->job.id, attempt->version, why);
    return unit_commit(unit);
}

static void touch(const struct attempt *attempt)
{
    const struct job_settings *settings = &attempt->runner->settings;
    for (const struct reply_notice *notice = attempt->reply.notices;
         notice != NULL && settings->touched != NULL; notice = notice->next) {
        settings->touched(settings->context, dispatch_notice_channel(attempt->dispatch.arena, notice));
    }
}

/* What has no row is a look at whether there is something to do, a few times a minute. */
static void note(const struct attempt *attempt)
{
    metric_add(METRIC_JOBS_RUN, attempt->job.id != 0);
    if (attempt->job.id != 0 && attempt->result == JOB_DONE) {
        log_info("job=%s key=\"%s\" done", attempt->job.kind, attempt->job.key);
    } else {
        log_debug("job=%s key=\"%s\" ran", attempt->job.kind, attempt->job.key);
    }
}

/* The server is there, but what the job asks of it takes longer than a statement may, or more locks than
 * there are: as DB_AWAY that would be tried for ever. */
static bool asks_too_much(const struct attempt *attempt, enum db_status status)
{
    const char *sqlstate = unit_error(attempt->call.unit)->sqlstate;
    return status == DB_AWAY && (strcmp(sqlstate, "57014") == 0 || strcmp(sqlstate, "53200") == 0);
}

static bool counts_as_failure(const struct attempt *attempt, enum db_status status)
{
    return status == DB_OK || status == DB_CONSTRAINT || status == DB_FAILED || status == DB_CONFLICT ||
           asks_too_much(attempt, status);
}

static enum job_step run(struct attempt *attempt, struct db *db)
{
    enum db_status status;
    int tries = 0;
    do {
        status = attempt_once(attempt, db);
    } while (is_worth_another(attempt, status, ++tries));
    if (status == DB_OK && attempt->none) {
        return JOB_STEP_NONE;
    }
    if (status == DB_OK && attempt->result != JOB_FAILED && !attempt->lost) {
        touch(attempt);
        note(attempt);
        return JOB_STEP_RAN;
    }
    bool known = attempt->job.kind != NULL;
    if (known && counts_as_failure(attempt, status)) {
        status = put_off(attempt, db, status);
    }
    return status == DB_OK ? JOB_STEP_RAN : status == DB_FENCED ? JOB_STEP_FENCED : JOB_STEP_AWAY;
}

static struct attempt attempt_new(struct job_runner *runner, struct arena *arena, struct db *db,
                                  int64_t epoch, const char *web_url)
{
    struct attempt attempt = {.runner = runner};
    attempt.dispatch = (struct dispatch){.db = db,
                                         .arena = arena,
                                         .epoch = epoch,
                                         .staff_domain = runner->settings.staff_domain,
                                         .customer_domain = runner->settings.customer_domain,
                                         .web_url = web_url};
    attempt.system = dispatch_system(&attempt.dispatch, uuid_new(arena), "job");
    return attempt;
}

/* What has no row and whose time has come; NULL for none. */
static struct timed *find_timed(struct job_runner *runner)
{
    for (size_t i = 0; i < runner->timed_count; i++) {
        struct timed *timed = &runner->timed[(runner->timed_turn + i) % runner->timed_count];
        if (timed->next_at > now_ms()) {
            continue;
        }
        runner->timed_turn = (size_t)(timed - runner->timed) + 1;
        return timed;
    }
    return NULL;
}

static enum job_step run_timed(struct attempt *attempt, struct db *db)
{
    struct timed *timed = find_timed(attempt->runner);
    if (timed == NULL) {
        return JOB_STEP_NONE;
    }
    attempt->kind = timed->kind;
    attempt->job = (struct job){.kind = timed->kind->name, .key = "", .due_at = "now", .data = "{}"};
    enum job_step step = run(attempt, db);
    bool at_once = step == JOB_STEP_RAN && attempt->result == JOB_AGAIN;
    timed->next_at = now_ms() + (at_once ? 0 : (int64_t)timed->kind->every_seconds * 1000);
    return step;
}

enum job_step job_runner_step(struct job_runner *runner, struct db *db, int64_t epoch, const char *web_url)
{
    enum job_step step = JOB_STEP_NONE;
    runner->rows_first = !runner->rows_first;
    for (int i = 0; i < 2 && step == JOB_STEP_NONE; i++) {
        struct arena *arena = arena_new();
        struct attempt attempt = attempt_new(runner, arena, db, epoch, web_url);
        log_set_request(attempt.system.request);
        step = (i == 0) == runner->rows_first ? run(&attempt, db) : run_timed(&attempt, db);
        log_set_request(NULL);
        arena_free(arena);
    }
    return step;
}

/* Also 0 when the database is away: the next step says so. */
int64_t job_runner_wait(struct job_runner *runner, struct db *db)
{
    struct arena *arena = arena_new();
    int64_t wait = JOB_LOOK_MS, now = now_ms();
    struct unit *unit = unit_begin(db, arena, &(struct identity){.role = "crm_system", .surface = "job"});
    if (runner->taken_at[0] != '\0') {
        query_job_clock_back(unit, runner->taken_at);
        runner->taken_at[0] = '\0';
    }
    const struct job_wait *rows = query_job_wait(unit);
    if (unit_commit(unit) != DB_OK) {
        wait = 0;
    } else if (rows->count > 0 && rows->rows[0].milliseconds < wait) {
        wait = rows->rows[0].milliseconds;
    }
    for (size_t i = 0; i < runner->timed_count; i++) {
        if (runner->timed[i].next_at - now < wait) {
            wait = runner->timed[i].next_at - now;
        }
    }
    arena_free(arena);
    return wait > 0 ? wait : 0;
}
