#include "daemon/upkeep.h"

#include "daemon/daemon.h"
#include "desk/desk.h"
#include "queries.h"

#define REVIEW_TICKS 40  /* ten seconds */
#define PRUNE_TICKS  240 /* a minute */
#define PRUNE_FIRST  20  /* five seconds after the start */
#define PRUNE_ROWS   5000

static enum db_status abandoned_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct unit *unit = unit_begin(db, job->arena, &identity);
    const struct desk_abandoned *abandoned = query_desk_abandoned(unit);
    enum db_status status = unit_commit(unit);
    for (size_t i = 0; status == DB_OK && i < abandoned->count; i++) {
        struct desk_job *review = desk_job_new(arena_new(), DESK_REVIEW);
        review->visitor = abandoned->rows[i].visitor;
        desk_push_or_resync(desk, review);
    }
    return status;
}

static enum db_status prune_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct unit *unit = unit_begin(db, job->arena, &identity);
    query_outbox_prune(unit, PRUNE_ROWS);
    query_inbound_prune(unit, PRUNE_ROWS);
    query_surface_session_sweep(unit);
    query_surface_dialogue_sweep(unit);
    return unit_commit(unit);
}

void upkeep_tick(struct daemon *daemon, unsigned ticks)
{
    struct desk *desk = daemon->desk;
    if (ticks % REVIEW_TICKS == 0) {
        desk_push_task(desk, arena_new(), "clock", abandoned_task, daemon, NULL);
    }
    if (ticks % REVIEW_TICKS == REVIEW_TICKS / 2) {
        reception_look(daemon->reception);
    }
    if (ticks % PRUNE_TICKS == PRUNE_FIRST) {
        desk_push_task(desk, arena_new(), "clock", prune_task, daemon, NULL);
    }
}
