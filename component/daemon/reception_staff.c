#include "daemon/reception_book.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void reception_member_free(void *node)
{
    struct member *member = node;
    sessions_clear(&member->sessions);
    free(member->username);
    free(member);
}

static enum db_status reception_review_task(struct desk *desk, struct db *db, struct desk_job *job);

static void reception_put_off(void *context, void *argument)
{
    struct reception *reception = context;
    reception->later = reallocarray(reception->later, reception->later_count + 1, sizeof *reception->later);
    if (reception->later == NULL) {
        log_bug("out of memory");
    }
    reception->later[reception->later_count++] = argument;
}

/* There may be more conversations to look at again than a lane holds jobs: the rest is looked at a tick
 * later. */
static void reception_review_rest(struct reception *reception, const struct desk_job *why, int64_t after)
{
    struct arena *arena = arena_new();
    struct desk_job *job = desk_job_new(arena, DESK_TASK);
    int64_t *cursor = arena_alloc(arena, sizeof *cursor);
    *cursor = after;
    job->username = arena_strdup(arena, why->username);
    job->available = why->available;
    job->returned = why->returned;
    job->channel = RECEPTION_STAFF_LANE;
    job->task = reception_review_task;
    job->context = reception;
    job->argument = cursor;
    stream_post(reception->daemon->stream, reception_put_off, reception, job);
}

/* `why`: the job of whoever has arrived or gone. */
static bool reception_review(struct desk *desk, const struct desk_job *why, int64_t visitor)
{
    struct arena *arena = arena_new();
    struct desk_job *review = desk_job_new(arena, DESK_REVIEW);
    review->visitor = visitor;
    review->username = arena_strdup(arena, why->username);
    review->available = why->available;
    review->returned = why->returned;
    if (desk_push(desk, review)) {
        return true;
    }
    arena_free(arena);
    return false;
}

/* Everything that concerns a member of staff who can take conversations now, or cannot any more, is looked at
 * again. */
static enum db_status reception_review_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct unit *unit = unit_begin(db, job->arena, &identity);
    const struct desk_contacts *contacts = query_desk_contacts(unit, job->username, job->available);
    enum db_status status = unit_commit(unit);
    int64_t after = *(const int64_t *)job->argument;
    for (size_t i = 0; status == DB_OK && i < contacts->count; i++) {
        if (contacts->rows[i].visitor <= after) {
            continue;
        }
        if (!reception_review(desk, job, contacts->rows[i].visitor)) {
            reception_review_rest(job->context, job, after);
            break;
        }
        after = contacts->rows[i].visitor;
    }
    return status;
}

/* Tells the desk whether a member of staff can take conversations. */
static enum db_status reception_staff_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct unit *unit = unit_begin(db, job->arena, &identity);
    int64_t beginning = 0;
    query_desk_availability_change(unit);
    query_desk_availability_set(unit, job->username, job->available);
    enum db_status status = unit_commit(unit);
    if (status == DB_OK) {
        status = reception_attended_task(desk, db, job);
    }
    if (status != DB_OK) {
        return status;
    }
    /* In a later unit: it sees whatever did not see them (desk_availability_hold). */
    job->argument = &beginning;
    return reception_review_task(desk, db, job);
}

static struct member *member_get(struct reception *reception, const char *username)
{
    struct member **node = tfind(&username, &reception->members, reception_compare_keys);
    if (node != NULL) {
        return *node;
    }
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL) {
        log_bug("out of memory");
    }
    member->username = reception_copy(username);
    if (tsearch(member, &reception->members, reception_compare_keys) == NULL) {
        log_bug("out of memory");
    }
    return member;
}

static enum db_status reception_seen_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct unit *unit = unit_begin(db, job->arena, &identity);
    query_desk_staff_seen(unit, job->username);
    return unit_commit(unit);
}

/* Somebody was there without being able to take conversations: do not disturb, or another session of theirs.
 */
static void reception_note_seen(const struct reception *reception, const char *username)
{
    struct arena *arena = arena_new();
    struct desk_job *job = desk_job_new(arena, DESK_TASK);
    job->username = arena_strdup(arena, username);
    job->channel = RECEPTION_STAFF_LANE;
    job->task = reception_seen_task;
    desk_push_or_resync(reception->daemon->desk, job);
}

void reception_staff_presence(struct reception *reception, const struct jid *session, bool available,
                              bool listed)
{
    struct member *member = member_get(reception, session->local);
    bool was = member->sessions.count > 0;
    bool news = available ? sessions_add(&member->sessions, session->full)
                          : sessions_remove(&member->sessions, session->full);
    bool is = member->sessions.count > 0;
    if (news && listed) {
        reception_show_bot(reception, session);
    }
    if (was == is) {
        reception_note_seen(reception, session->local);
        return;
    }
    struct arena *arena = arena_new();
    struct desk_job *job = desk_job_new(arena, DESK_TASK);
    job->username = arena_strdup(arena, session->local);
    job->available = is;
    job->returned = listed;
    job->channel = RECEPTION_STAFF_LANE;
    job->task = reception_staff_task;
    job->context = reception;
    desk_push_or_resync(reception->daemon->desk, job);
}

/* ---- lists */

static void collect_member(const void *node, VISIT visit, void *context)
{
    const struct member *member = *(struct member *const *)node;
    struct strings *strings = context;
    if ((visit == postorder || visit == leaf) && member->sessions.count > 0) {
        text_list_add(strings->arena, &strings->list, arena_strdup(strings->arena, member->username));
    }
}

static enum db_status staff_settle_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    const struct text_list *usernames = job->argument;
    struct unit *unit = unit_begin(db, job->arena, &identity);
    query_desk_availability_change(unit);
    query_desk_availability_reset(unit, text_list_array(usernames));
    enum db_status status = unit_commit(unit);
    return status == DB_OK ? reception_attended_task(desk, db, job) : status;
}

void reception_settle_staff(struct reception *reception)
{
    struct strings *strings = reception_strings_new();
    twalk_r(reception->members, collect_member, strings);
    desk_push_task(reception->daemon->desk, strings->arena, RECEPTION_STAFF_LANE, staff_settle_task,
                   reception, &strings->list);
}
