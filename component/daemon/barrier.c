#include "daemon/barrier.h"

#include <stdlib.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "desk/outbox.h"
#include "xmpp/namespaces.h"

struct barrier {
    struct daemon *daemon;
    atomic_ullong generation; /* a fence of an earlier one is void */
    bool heard;               /* something of staff that no barrier covers yet */
};

struct mark_fence {
    struct fence fence;
    struct daemon *daemon;
    unsigned long long generation;
};

/* In the lane that was last: all that staff sent before the barrier is committed. */
static void mark_passed(struct fence *fence, struct db *db)
{
    struct mark_fence *mark = fence->context;
    if (!atomic_load(&fence->broken) && db != NULL &&
        mark->generation == atomic_load(&mark->daemon->barrier->generation)) {
        struct arena *arena = arena_new();
        struct identity identity = desk_identity(mark->daemon->desk);
        struct unit *unit = unit_begin(db, arena, &identity);
        query_stream_mark_move(unit, fence->heard_until);
        enum db_status status = unit_commit(unit);
        /* That the database is away has been said. */
        if (status != DB_OK && status != DB_AWAY && status != DB_UNKNOWN) {
            log_warn("the mark of what staff sent could not be moved; the next one will do");
        }
        arena_free(arena);
    }
    free(mark);
}

static void barrier_fence(struct daemon *daemon, double heard_until)
{
    struct mark_fence *mark = calloc(1, sizeof *mark);
    if (mark == NULL) {
        log_bug("out of memory");
    }
    mark->daemon = daemon;
    mark->generation = atomic_load(&daemon->barrier->generation);
    mark->fence.passed = mark_passed;
    mark->fence.context = mark;
    mark->fence.heard_until = heard_until;
    atomic_init(&mark->fence.broken, false);
    atomic_init(&mark->fence.left,
                (int)(desk_lane_count(daemon->desk) + commands_lane_count(daemon->commands)));
    desk_fence(daemon->desk, &mark->fence);
    commands_fence(daemon->commands, &mark->fence);
}

static void barrier_answered(void *context, const struct stanza *answer)
{
    struct daemon *daemon = context;
    struct arena *arena = arena_new();
    int64_t *rows;
    const struct element *barrier = answer == NULL ? NULL : element_child(answer->root, "barrier", NS_CRM);
    size_t count = flight_landed(desk_flight(daemon->desk), arena, &rows);
    if (barrier == NULL) {
        /* Without an answer nothing is known of these rows; the connection's end will settle it, or the next
         * barrier. */
        flight_return(desk_flight(daemon->desk), rows, count);
        arena_free(arena);
        return;
    }
    if (count > 0) {
        struct desk_job *job = desk_job_new(arena, DESK_ROUTED);
        job->rows = rows;
        job->row_count = count;
        job->channel = "routed";
        desk_push_or_resync(daemon->desk, job);
    } else {
        arena_free(arena);
    }
    const char *now = element_attribute(barrier, "now");
    if (now != NULL && reconcile_takes_staff(daemon->reconcile)) {
        barrier_fence(daemon, strtod(now, NULL));
    }
}

void barrier_tick(struct barrier *barrier)
{
    struct daemon *daemon = barrier->daemon;
    uint64_t epoch = stream_epoch(daemon->stream);
    if (epoch == 0 || (!barrier->heard && !flight_waits(desk_flight(daemon->desk)))) {
        return;
    }
    struct arena *arena = arena_new();
    struct xml *xml = ask_open(daemon->asks, arena, "get", daemon->domains.staff);
    size_t length;
    xml_leaf(xml, "barrier", NS_CRM, NULL);
    xml_close(xml);
    const char *bytes = ask_expect(daemon->asks, xml, barrier_answered, daemon, &length);
    if (bytes != NULL &&
        flight_barrier(desk_flight(daemon->desk), daemon->stream, epoch, bytes, length, barrier->heard)) {
        barrier->heard = false;
    } else if (bytes != NULL) {
        ask_withdraw(daemon->asks);
    }
    arena_free(arena);
}

void barrier_heard(struct barrier *barrier)
{
    barrier->heard = true;
}

void barrier_void(struct barrier *barrier)
{
    atomic_fetch_add(&barrier->generation, 1);
}

struct barrier *barrier_new(struct daemon *daemon)
{
    struct barrier *barrier = calloc(1, sizeof *barrier);
    if (barrier == NULL) {
        log_bug("out of memory");
    }
    barrier->daemon = daemon;
    return barrier;
}

void barrier_free(struct barrier *barrier)
{
    free(barrier);
}
