/* The third act of an attempt: what is written around it, as crm_system. */
#include "command/work.h"

#include "base/text.h"
#include "command/target.h"
#include "queries.h"

bool work_is_recorded(const struct work *work)
{
    enum refusal refusal = work->reply->refusal;
    if (work->request->command == NULL) {
        return false;
    }
    if (work->command != NULL && work->command->unrecorded && refusal != REFUSAL_FORBIDDEN) {
        return false;
    }
    /* A form that comes back to ask for a yes goes on. */
    if (refusal == REFUSAL_UNCONFIRMED && work->request->shown != NULL) {
        return false;
    }
    /* Half a form is no request yet, unless it was somewhere where the caller may not be. */
    return work->request->mode == REQUEST_RUN || refusal == REFUSAL_FORBIDDEN || refusal == REFUSAL_NOT_FOUND;
}

static void write_audit(struct work *work, const char *target, enum refusal outcome)
{
    const struct request *request = work->request;
    struct arena *arena = work->dispatch->arena;
    query_command_audit(
        work->unit, &work->person.id, request->who, request->surface, request->id,
        text_shorten(arena, request->command, 60), target, refusal_word(outcome),
        args_json(arena, work->command, work->args.kept ? &work->given : &request->arguments));
}

/* A row for each of several records: what was asked of one is found by its name. */
static void audit(struct work *work)
{
    const struct request *request = work->request;
    struct arena *arena = work->dispatch->arena;
    const struct target_kind *kind = work->command == NULL ? NULL : target_kind(work->command->target);
    const char *target = NULL;
    for (size_t i = 0; i < work->part_count; i++) {
        const struct part *part = &work->parts[i];
        write_audit(work, target_name(arena, work->command, part->number),
                    part->refusal == REFUSAL_NONE ? work->reply->refusal : part->refusal);
    }
    if (work->part_count > 0) {
        return;
    }
    if (kind != NULL && request->target != NULL) {
        target = arena_printf(arena, "%s-%s", kind->word, text_shorten(arena, request->target, 40));
    }
    if (kind != NULL && work->args.target != 0) {
        target = target_name(arena, work->command, work->args.target);
    }
    write_audit(work, target, work->reply->refusal);
}

/* Whoever has only looked, and was answered, was promised nothing: what is written around it is who looked at
 * what, and where a form is. A key is a promise, and so is a word to somebody. */
static bool promises_nothing(const struct work *work)
{
    return work->command != NULL && work->command->effect == EFFECT_READ &&
           work->request->inbound_key == NULL && work->reply->refusal == REFUSAL_NONE &&
           work->reply->notices == NULL;
}

enum db_status work_finish(struct work *work)
{
    unit_become(work->unit, &work->system);
    if (promises_nothing(work)) {
        unit_commit_early(work->unit);
    }
    if (work_is_recorded(work)) {
        audit(work);
    }
    dispatch_tell_notices(work->dispatch, work->unit, work->reply);
    if (work->dispatch->settle != NULL) {
        struct settlement settlement = {.unit = work->unit,
                                        .arena = work->dispatch->arena,
                                        .person = &work->person,
                                        .command = work->command,
                                        .args = work->args_known ? &work->args : NULL,
                                        .target = work->args.target,
                                        .current = work->current,
                                        .reply = work->reply};
        enum db_status status = work->dispatch->settle(work->dispatch->context, &settlement);
        if (status != DB_OK) {
            unit_abandon(work->unit);
            return status;
        }
    }
    return unit_commit(work->unit);
}

/* Rolls back what was refused, and puts the refusal on record. */
enum db_status work_finish_refusal(struct work *work)
{
    unit_abandon(work->unit);
    work->reply->notices = work->reply->last_notice = NULL;
    work->unit = unit_begin(work->dispatch->db, work->dispatch->arena, &work->system);
    if (work->request->inbound_key != NULL && work->request->refusal_takes_key) {
        const struct affected *taken = query_command_take(work->unit, work->request->inbound_key);
        enum db_status status = unit_flush(work->unit);
        if (status != DB_OK) {
            unit_abandon(work->unit);
            return status;
        }
        work->repeated = taken->count == 0;
        if (work->repeated) {
            return unit_abandon(work->unit);
        }
    }
    return work_finish(work);
}
