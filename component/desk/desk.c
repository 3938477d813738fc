#include "desk/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/uuid.h"
#include "desk/turn.h"

#define DESK_BATCH 64 /* jobs in one transaction */

#define TRY_AGAIN "The CRM cannot store messages right now. Yours was not taken; it will be sent again."

const char *desk_job_word(enum desk_job_kind kind)
{
    static const char *const words[] = {
        [DESK_VISITOR] = "visitor", [DESK_STAFF] = "staff",   [DESK_PRESENCE] = "presence",
        [DESK_HISTORY] = "history", [DESK_REVIEW] = "review", [DESK_PUMP] = "pump",
        [DESK_ROUTED] = "routed",   [DESK_TASK] = "task",     [DESK_RESUME] = "resume",
        [DESK_FENCE] = "fence",
    };
    return words[kind];
}

struct identity desk_identity(const struct desk *desk)
{
    return (struct identity){.role = "crm_system", .epoch = atomic_load(&desk->lease), .surface = "system"};
}

void desk_send(struct desk *desk, const char *bytes, size_t length)
{
    uint64_t epoch = stream_epoch(desk->settings.stream);
    if (bytes == NULL || epoch == 0) {
        return;
    }
    if (stream_send(desk->settings.stream, epoch, bytes, length) == STREAM_FULL) {
        log_warn("the stream is full: an answer or signal was dropped");
    }
}

static void desk_settle_fence(struct desk_lane *lane, struct fence *fence, bool broken)
{
    if (broken) {
        atomic_store(&fence->broken, true);
    }
    if (atomic_fetch_sub(&fence->left, 1) == 1) {
        fence->passed(fence, lane->db);
    }
}

/* What a job that was not taken in means for the one who sent it. Staff's clients do not resend: their
 * archive will tell. */
static void desk_reject(struct desk *desk, const struct desk_job *job, enum stanza_error error,
                        const char *sentence)
{
    bool asks = job->kind == DESK_HISTORY ||
                (job->kind == DESK_VISITOR && element_child(job->stanza.root, "body", NULL) != NULL);
    size_t length;
    if (job->kind == DESK_ROUTED) {
        flight_return(desk->flight, job->rows, job->row_count);
    }
    if (asks && strcmp(job->stanza.type, "error") != 0) {
        const char *bytes = wire_error(job->arena, &job->stanza, error, sentence, &length);
        desk_send(desk, bytes, length);
    }
}

/* The world said no to all of these: nothing was written. */
static void desk_away(struct desk_lane *lane, struct desk_job **jobs, size_t count)
{
    atomic_store(&lane->broken, true);
    for (size_t i = 0; i < count; i++) {
        desk_reject(lane->desk, jobs[i], STANZA_RESOURCE_CONSTRAINT, TRY_AGAIN);
    }
    lane->desk->settings.resync(lane->desk->settings.context);
}

static enum db_status desk_run(struct desk_lane *lane, struct desk_job **jobs, size_t count)
{
    enum db_status status;
    int tries = 0;
    do {
        status = turn_run(lane, jobs, count);
    } while (status == DB_CONFLICT && ++tries < 5);
    return status;
}

/* One bad job must not take the others with it: each alone, and the bad one is said and dropped. Returns
 * false when the world went away meanwhile. */
static bool desk_run_singly(struct desk_lane *lane, struct desk_job **jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum db_status status = desk_run(lane, &jobs[i], 1);
        if (status == DB_OK) {
            continue;
        }
        if (status == DB_AWAY || status == DB_UNKNOWN || status == DB_FENCED) {
            desk_away(lane, jobs + i, count - i);
            return false;
        }
        log_set_request(jobs[i]->request);
        log_error("a job of the desk failed job=%s visitor=%lld", desk_job_word(jobs[i]->kind),
                  (long long)jobs[i]->visitor);
        desk_reject(lane->desk, jobs[i], STANZA_SERVICE_UNAVAILABLE,
                    "This message could not be stored. Please write it differently.");
    }
    return true;
}

/* While the lane is broken, what staff say is left to their archives: the resync takes it in, in order.
 * Returns how many jobs are left. */
static size_t desk_drop_staff(const struct desk_lane *lane, struct desk_job **jobs, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!atomic_load(&lane->broken) || jobs[i]->kind != DESK_STAFF) {
            jobs[kept++] = jobs[i];
        } else {
            arena_free(jobs[i]->arena);
        }
    }
    return kept;
}

/* Returns false when something was not taken in. */
static bool desk_run_turn(struct desk_lane *lane, struct desk_job **jobs, size_t count)
{
    if (count == 0) {
        return true;
    }
    enum db_status status = atomic_load(&lane->desk->lease) == 0 ? DB_AWAY : desk_run(lane, jobs, count);
    switch (status) {
    case DB_OK:
        return true;
    case DB_FENCED:
        lane->desk->settings.fenced(lane->desk->settings.context);
        return false;
    case DB_AWAY:
    case DB_UNKNOWN:
        desk_away(lane, jobs, count);
        return false;
    default:
        return desk_run_singly(lane, jobs, count);
    }
}

static void desk_answer_history(struct desk_lane *lane, struct desk_job *job)
{
    if (atomic_load(&lane->desk->lease) == 0 || history_answer(lane, job) != DB_OK) {
        desk_reject(lane->desk, job, STANZA_RESOURCE_CONSTRAINT,
                    "The archive cannot be read right now. Try again in a moment.");
    }
}

static bool desk_run_task(struct desk_lane *lane, struct desk_job *job)
{
    struct desk *desk = lane->desk;
    enum db_status status = atomic_load(&desk->lease) == 0 ? DB_AWAY : job->task(desk, lane->db, job);
    if (status == DB_FENCED) {
        desk->settings.fenced(desk->settings.context);
    } else if (status != DB_OK) {
        desk->settings.resync(desk->settings.context);
    }
    return status == DB_OK;
}

/* Jobs that stand alone, between turns. */
static bool desk_run_alone(struct desk_lane *lane, struct desk_job *job, bool taken)
{
    switch (job->kind) {
    case DESK_HISTORY:
        desk_answer_history(lane, job);
        return taken;
    case DESK_TASK:
        return taken & desk_run_task(lane, job);
    case DESK_RESUME:
        atomic_store(&lane->broken, false);
        return taken;
    case DESK_FENCE:
        desk_settle_fence(lane, job->fence, !taken || atomic_load(&lane->broken));
        return taken;
    default:
        return taken;
    }
}

static bool desk_stands_alone(const struct desk_job *job)
{
    return job->kind == DESK_HISTORY || job->kind == DESK_TASK || job->kind == DESK_RESUME ||
           job->kind == DESK_FENCE;
}

static void desk_free_jobs(struct desk_job **jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        arena_free(jobs[i]->arena);
    }
}

static void desk_lane_run(void *context, struct lane *handle, void **items, size_t count)
{
    struct desk_lane *lane = context;
    struct desk_job **jobs = (struct desk_job **)items;
    bool taken = true;
    lane->db = lane_db(handle);
    /* A job that stands alone ends a turn: what came before it is committed when it runs. */
    for (size_t first = 0, i = 0; i <= count; i++) {
        if (i < count && !desk_stands_alone(jobs[i])) {
            continue;
        }
        size_t kept = desk_drop_staff(lane, jobs + first, i - first);
        taken &= desk_run_turn(lane, jobs + first, kept);
        desk_free_jobs(jobs + first, kept);
        if (i < count) {
            log_set_request(jobs[i]->request);
            log_debug("desk job=%s visitor=%lld", desk_job_word(jobs[i]->kind), (long long)jobs[i]->visitor);
            taken = desk_run_alone(lane, jobs[i], taken);
            arena_free(jobs[i]->arena);
        }
        first = i + 1;
        log_set_request(NULL);
    }
    signal_typing_expire(lane);
    if (count == 0) {
        emit_stalled(lane);
    }
}

/* A chat's statements read and write a few rows by their keys, whatever the size of the tables. So they are
 * planned once (planning took as long as running), and not by what a table held when that was: of one that
 * was nearly empty PostgreSQL would read all rows, a millisecond each time, until it has looked at it again.
 */
static const char point_lookups[] = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
                                    " -c enable_hashjoin=off -c enable_mergejoin=off";

struct desk *desk_new(const struct desk_settings *settings)
{
    struct desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL || (desk->lanes = calloc(settings->lanes, sizeof *desk->lanes)) == NULL) {
        log_bug("out of memory");
    }
    desk->settings = *settings;
    desk->database = *settings->database;
    desk->database.planner = point_lookups;
    desk->flight = flight_new();
    for (size_t i = 0; i < settings->lanes; i++) {
        struct desk_lane *lane = &desk->lanes[i];
        lane->desk = desk;
        lane->pump = pump_new();
        lane->stalled_arena = arena_new();
        snprintf(lane->name, sizeof lane->name, "chat %zu", i + 1);
    }
    for (size_t i = 0; i < settings->lanes; i++) {
        const struct lane_settings lane_settings = {
            .name = desk->lanes[i].name,
            .database = &desk->database,
            .queue_limit = settings->queue_limit,
            .batch_limit = DESK_BATCH,
            .metrics = {METRIC_QUEUED_CHAT, METRIC_BUSY_CHAT, METRIC_JOBS_CHAT, METRIC_TURN_CHAT,
                        METRIC_WAIT_CHAT},
            .run = desk_lane_run,
            .context = &desk->lanes[i],
        };
        desk->lanes[i].lane = lane_start(&lane_settings);
    }
    return desk;
}

void desk_stop(struct desk *desk)
{
    for (size_t i = 0; i < desk->settings.lanes; i++) {
        lane_stop(desk->lanes[i].lane);
    }
}

void desk_free(struct desk *desk)
{
    for (size_t i = 0; i < desk->settings.lanes; i++) {
        lane_free(desk->lanes[i].lane);
        for (size_t k = 0; k < desk->lanes[i].typing_count; k++) {
            free((char *)desk->lanes[i].typing[k].to);
        }
        pump_free(desk->lanes[i].pump);
        arena_free(desk->lanes[i].stalled_arena);
    }
    flight_free(desk->flight);
    free(desk->lanes);
    free(desk);
}

struct desk_job *desk_job_new(struct arena *arena, enum desk_job_kind kind)
{
    struct desk_job *job = arena_alloc(arena, sizeof *job);
    job->kind = kind;
    job->arena = arena;
    job->request = uuid_new(arena);
    return job;
}

static struct desk_lane *desk_lane_of(struct desk *desk, const struct desk_job *job)
{
    const char *key = job->channel != NULL
                          ? job->channel
                          : arena_printf(job->arena, "visitor-%lld", (long long)job->visitor);
    return &desk->lanes[hash_stable(key) % desk->settings.lanes];
}

bool desk_push(struct desk *desk, struct desk_job *job)
{
    return lane_push(desk_lane_of(desk, job)->lane, job);
}

bool desk_push_or_resync(struct desk *desk, struct desk_job *job)
{
    if (desk_push(desk, job)) {
        return true;
    }
    bool resends = job->kind == DESK_VISITOR || job->kind == DESK_HISTORY;
    if (job->kind == DESK_STAFF) {
        atomic_store(&desk_lane_of(desk, job)->broken, true);
    }
    desk_reject(desk, job, STANZA_RESOURCE_CONSTRAINT, TRY_AGAIN);
    arena_free(job->arena);
    if (!resends) {
        desk->settings.resync(desk->settings.context);
    }
    return false;
}

void desk_refuse(struct desk *desk, struct desk_job *job)
{
    desk_reject(desk, job, STANZA_RESOURCE_CONSTRAINT, TRY_AGAIN);
    arena_free(job->arena);
}

void desk_resume(struct desk *desk)
{
    for (size_t i = 0; i < desk->settings.lanes; i++) {
        struct desk_job *job = desk_job_new(arena_new(), DESK_RESUME);
        if (lane_push(desk->lanes[i].lane, job)) {
            continue;
        }
        arena_free(job->arena);
        desk->settings.resync(desk->settings.context);
    }
}

static struct desk_job *desk_pump_job(const char *channel)
{
    struct arena *arena = arena_new();
    struct desk_job *job = desk_job_new(arena, DESK_PUMP);
    long long visitor;
    job->channel = arena_strdup(arena, channel);
    if (jid_record_number(channel, "visitor-", &visitor) == 0) {
        job->visitor = visitor;
    }
    return job;
}

void desk_pump_channel(struct desk *desk, const char *channel)
{
    desk_push_or_resync(desk, desk_pump_job(channel));
}

bool desk_try_pump_channel(struct desk *desk, const char *channel)
{
    struct desk_job *job = desk_pump_job(channel);
    if (desk_push(desk, job)) {
        return true;
    }
    arena_free(job->arena);
    return false;
}

bool desk_push_task(struct desk *desk, struct arena *arena, const char *channel,
                    enum db_status (*task)(struct desk *desk, struct db *db, struct desk_job *job),
                    void *context, void *argument)
{
    struct desk_job *job = desk_job_new(arena, DESK_TASK);
    job->channel = channel;
    job->task = task;
    job->context = context;
    job->argument = argument;
    return desk_push_or_resync(desk, job);
}

void desk_fence(struct desk *desk, struct fence *fence)
{
    for (size_t i = 0; i < desk->settings.lanes; i++) {
        struct desk_job *job = desk_job_new(arena_new(), DESK_FENCE);
        job->fence = fence;
        if (lane_push(desk->lanes[i].lane, job)) {
            continue;
        }
        arena_free(job->arena);
        atomic_store(&fence->broken, true);
        if (atomic_fetch_sub(&fence->left, 1) == 1) {
            fence->passed(fence, NULL);
        }
    }
}

size_t desk_lane_count(const struct desk *desk)
{
    return desk->settings.lanes;
}

bool desk_has_room(const struct desk *desk, size_t jobs)
{
    for (size_t i = 0; i < desk->settings.lanes; i++) {
        if (lane_length(desk->lanes[i].lane) + jobs > desk->settings.queue_limit) {
            return false;
        }
    }
    return true;
}

void desk_set_lease(struct desk *desk, int64_t lease)
{
    atomic_store(&desk->lease, lease);
}

void desk_open(struct desk *desk, uint64_t epoch)
{
    atomic_store(&desk->open_epoch, epoch);
}

struct flight *desk_flight(struct desk *desk)
{
    return desk->flight;
}
