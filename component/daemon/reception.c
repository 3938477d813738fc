#include "daemon/reception.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "db/list.h"
#include "desk/sessions.h"
#include "xmpp/namespaces.h"

#define RECEPTION_WAITING_LIMIT 100    /* jobs of one address that wait for its number */
#define RECEPTION_GUEST_LIMIT   100000 /* addresses remembered */
#define RECEPTION_TELL_AT_ONCE  500    /* addresses told in a tick who is there */
#define RECEPTION_STAFF_LANE    "availability"

enum told {
    TOLD_NOTHING,
    TOLD_AWAY,
    TOLD_HERE,
};

struct guest {
    char *address;
    int64_t visitor; /* 0: not known */
    bool resolving;
    struct desk_job **waiting; /* NULL while nothing waits */
    size_t waiting_count;
    struct sessions sessions;
    enum told told; /* of the desk, last */
};

struct member {
    char *username;
    struct sessions sessions; /* those that can take conversations */
};

/* Search trees (tsearch(3)); both structs begin with their key. */
struct reception {
    struct daemon *daemon;
    void *guests, *members;
    struct desk_job **later; /* found their lane full */
    size_t later_count;
    size_t guest_count;
    bool attended;       /* somebody is there to take a conversation */
    bool attended_known; /* since the connection was made */
    bool telling;        /* there may be addresses that were told otherwise */
};

static int compare_keys(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *copy(const char *string)
{
    char *copied = strdup(string);
    if (copied == NULL) {
        log_bug("out of memory");
    }
    return copied;
}

static void guest_free(void *node)
{
    struct guest *guest = node;
    for (size_t i = 0; i < guest->waiting_count; i++) {
        arena_free(guest->waiting[i]->arena);
    }
    free(guest->waiting);
    sessions_clear(&guest->sessions);
    free(guest->address);
    free(guest);
}

static void member_free(void *node)
{
    struct member *member = node;
    sessions_clear(&member->sessions);
    free(member->username);
    free(member);
}

static struct guest *guest_find(struct reception *reception, const char *address)
{
    struct guest **node = tfind(&address, &reception->guests, compare_keys);
    return node == NULL ? NULL : *node;
}

static struct guest *guest_get(struct reception *reception, const char *address)
{
    struct guest *guest = guest_find(reception, address);
    if (guest != NULL) {
        return guest;
    }
    guest = calloc(1, sizeof *guest);
    if (guest == NULL) {
        log_bug("out of memory");
    }
    guest->address = copy(address);
    if (tsearch(guest, &reception->guests, compare_keys) == NULL) {
        log_bug("out of memory");
    }
    reception->guest_count++;
    return guest;
}

/* Forgets an address about which nothing need be known. */
static void guest_forget(struct reception *reception, struct guest *guest)
{
    if (guest->resolving || guest->sessions.count > 0 ||
        (guest->visitor != 0 && reception->guest_count < RECEPTION_GUEST_LIMIT)) {
        return;
    }
    tdelete(guest, &reception->guests, compare_keys);
    reception->guest_count--;
    guest_free(guest);
}

static bool job_speaks(const struct desk_job *job)
{
    return job->kind == DESK_VISITOR && element_child(job->stanza.root, "body", NULL) != NULL &&
           strcmp(job->stanza.type, "error") != 0;
}

struct resolution {
    char *address;
    char *customer; /* user name, NULL for a visitor of the website */
    bool make;      /* a number, if there is none */
    int64_t visitor;
    bool failed;
};

static void reception_tell_presence(struct reception *reception, const struct guest *guest,
                                    const char *address, enum desk_session session, const char *place);
static void reception_resolve(struct reception *reception, struct guest *guest, bool make);

static void reception_deliver(struct reception *reception, struct desk_job *job, int64_t visitor)
{
    job->visitor = visitor;
    if (visitor == 0 && job->kind != DESK_HISTORY) {
        arena_free(job->arena); /* typing, receipts, presence of an address that has never written */
    } else {
        desk_push_or_resync(reception->daemon->desk, job);
    }
}

/* One job goes on. An address without a number that speaks gets one: what follows waits for it again. */
static void reception_go_on(struct reception *reception, struct guest *guest, struct desk_job *job,
                            const struct resolution *resolution)
{
    if (resolution->failed) {
        desk_refuse(reception->daemon->desk, job);
    } else if (guest->resolving || (resolution->visitor == 0 && job_speaks(job))) {
        reception_visitor(reception, job);
    } else {
        reception_deliver(reception, job, resolution->visitor);
    }
}

/* An address that had no number: the desk has not heard of its sessions. */
static void reception_tell_sessions(struct reception *reception, const struct guest *guest)
{
    for (size_t i = 0; i < guest->sessions.count; i++) {
        reception_tell_presence(reception, guest, guest->sessions.items[i].full, DESK_SESSION_CAME, NULL);
    }
}

/* A number is known, or that there is none: what waited goes on, in order. */
static void reception_resolved(void *context, void *argument)
{
    struct reception *reception = context;
    struct resolution *resolution = argument;
    struct guest *guest = guest_find(reception, resolution->address);
    if (guest != NULL && guest->resolving) {
        struct desk_job **waiting = guest->waiting;
        size_t count = guest->waiting_count;
        guest->waiting = NULL;
        guest->waiting_count = 0;
        guest->resolving = false;
        guest->visitor = resolution->visitor;
        if (resolution->make && guest->visitor != 0) {
            reception_tell_sessions(reception, guest);
        }
        for (size_t i = 0; i < count; i++) {
            reception_go_on(reception, guest, waiting[i], resolution);
        }
        free(waiting);
        guest_forget(reception, guest);
    }
    free(resolution->address);
    free(resolution->customer);
    free(resolution);
}

static enum db_status reception_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct reception *reception = job->context;
    struct resolution *resolution = job->argument;
    struct identity identity = desk_identity(desk);
    struct unit *unit = unit_begin(db, job->arena, &identity);
    enum db_status status;
    if (resolution->make) {
        const struct desk_visitor_make *made =
            query_desk_visitor_make(unit, resolution->address, resolution->customer);
        status = unit_commit(unit);
        resolution->visitor = status == DB_OK && made->count == 1 ? made->rows[0].id : 0;
    } else {
        const struct desk_visitor_find *found = query_desk_visitor_find(unit, resolution->address);
        status = unit_commit(unit);
        resolution->visitor = status == DB_OK && found->count == 1 ? found->rows[0].id : 0;
    }
    resolution->failed = status != DB_OK;
    stream_post(reception->daemon->stream, reception_resolved, reception, resolution);
    return status;
}

static void reception_not_run(struct desk_job *job)
{
    struct resolution *resolution = job->argument;
    resolution->failed = true;
    reception_resolved(job->context, resolution);
}

static char *customer_name(const struct domains *domains, const char *address)
{
    const char *at = strchr(address, '@');
    if (at == NULL || strcmp(at + 1, domains->customer) != 0) {
        return NULL;
    }
    char *name = copy(address);
    name[at - address] = '\0';
    return name;
}

static void reception_resolve(struct reception *reception, struct guest *guest, bool make)
{
    struct arena *arena = arena_new();
    struct resolution *resolution = calloc(1, sizeof *resolution);
    if (resolution == NULL) {
        log_bug("out of memory");
    }
    resolution->address = copy(guest->address);
    resolution->customer = customer_name(&reception->daemon->domains, guest->address);
    resolution->make = make;
    guest->resolving = true;
    struct desk_job *job = desk_job_new(arena, DESK_TASK);
    job->channel = arena_strdup(arena, guest->address);
    job->task = reception_task;
    job->context = reception;
    job->argument = resolution;
    if (desk_push(reception->daemon->desk, job)) {
        return;
    }
    reception_not_run(job);
    arena_free(arena);
}

void reception_visitor(struct reception *reception, struct desk_job *job)
{
    struct guest *guest = guest_get(reception, job->stanza.from.bare);
    if (!guest->resolving && guest->visitor != 0) {
        reception_deliver(reception, job, guest->visitor);
        return;
    }
    if (guest->waiting_count == RECEPTION_WAITING_LIMIT) {
        desk_refuse(reception->daemon->desk, job);
        return;
    }
    guest->waiting = reallocarray(guest->waiting, guest->waiting_count + 1, sizeof *guest->waiting);
    if (guest->waiting == NULL) {
        log_bug("out of memory");
    }
    guest->waiting[guest->waiting_count++] = job;
    if (!guest->resolving) {
        reception_resolve(reception, guest, job_speaks(job));
    }
}

/* `address`: of a session, or any of an address that has none any more. */
static void reception_tell_presence(struct reception *reception, const struct guest *guest,
                                    const char *address, enum desk_session session, const char *place)
{
    bool available = guest != NULL && guest->sessions.count > 0;
    struct arena *arena = arena_new();
    struct desk_job *job = desk_job_new(arena, DESK_PRESENCE);
    if (jid_parse(arena, address, &job->stanza.from) != 0) {
        log_bug("an address that was read cannot be read again");
    }
    job->full = job->stanza.from.full;
    job->available = available;
    job->away = available && sessions_away(&guest->sessions);
    job->session = session;
    job->connection = stream_epoch(reception->daemon->stream);
    job->place = place == NULL ? NULL : arena_strdup(arena, place);
    reception_visitor(reception, job);
}

/* ---- whether somebody is there, for visitors and customers to see ---- */

static bool reception_tell_attended(const struct reception *reception, const char *to)
{
    struct daemon *daemon = reception->daemon;
    struct arena *arena = arena_new();
    size_t length;
    const char *bytes = wire_desk_presence(arena, &daemon->domains, to, reception->attended, &length);
    enum stream_result result = stream_send(daemon->stream, stream_epoch(daemon->stream), bytes, length);
    arena_free(arena);
    return result == STREAM_OK;
}

static enum told reception_word(const struct reception *reception)
{
    return reception->attended ? TOLD_HERE : TOLD_AWAY;
}

struct telling {
    struct reception *reception;
    size_t told;
    bool left;
};

static void tell_guest(const void *node, VISIT visit, void *context)
{
    struct guest *guest = *(struct guest *const *)node;
    struct telling *telling = context;
    const struct reception *reception = telling->reception;
    if ((visit != postorder && visit != leaf) || guest->sessions.count == 0 ||
        guest->told == reception_word(reception)) {
        return;
    }
    if (telling->told == RECEPTION_TELL_AT_ONCE || !reception_tell_attended(reception, guest->address)) {
        telling->left = true;
        return;
    }
    telling->told++;
    guest->told = reception_word(reception);
}

/* Some at a time, so that many visitors do not fill the stream. */
static void reception_tell_all(struct reception *reception)
{
    struct telling telling = {.reception = reception};
    twalk_r(reception->guests, tell_guest, &telling);
    reception->telling = telling.left;
}

static void reception_attended_read(void *context, void *argument)
{
    struct reception *reception = context;
    bool attended = argument != NULL;
    if (reception->attended_known && reception->attended == attended) {
        return;
    }
    reception->attended = attended;
    reception->attended_known = reception->telling = true;
}

static enum db_status reception_attended_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct reception *reception = job->context;
    struct unit *unit = unit_begin(db, job->arena, &identity);
    const struct desk_attended *found = query_desk_attended(unit);
    enum db_status status = unit_commit(unit);
    if (status == DB_OK) {
        stream_post(reception->daemon->stream, reception_attended_read, reception,
                    found->rows[0].attended ? reception : NULL);
    }
    return status;
}

bool reception_can_take(const char *show)
{
    return show == NULL || (strcmp(show, "dnd") != 0 && strcmp(show, "xa") != 0);
}

bool reception_is_away(const char *show)
{
    return show != NULL && strcmp(show, "chat") != 0 && *show != '\0';
}

void reception_visitor_presence(struct reception *reception, const struct jid *session,
                                enum reception_presence presence, const char *place)
{
    struct guest *guest = guest_get(reception, session->bare);
    bool available = presence != RECEPTION_GONE, was_away = sessions_away(&guest->sessions);
    bool news = available ? sessions_add(&guest->sessions, session->full)
                          : sessions_remove(&guest->sessions, session->full);
    if (available) {
        sessions_find(&guest->sessions, session->full)->away = presence == RECEPTION_AWAY;
    }
    if (available && news && reception->attended_known) {
        reception_tell_attended(reception, session->full);
        guest->told = reception_word(reception);
    }
    enum desk_session change = !news ? DESK_SESSION_STAYS : available ? DESK_SESSION_CAME : DESK_SESSION_GONE;
    if (news || was_away != sessions_away(&guest->sessions) || (available && place != NULL)) {
        reception_tell_presence(reception, guest, session->full, change, place);
    } else {
        guest_forget(reception, guest);
    }
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

void reception_tick(struct reception *reception)
{
    size_t left = 0;
    for (size_t i = 0; i < reception->later_count; i++) {
        if (!desk_push(reception->daemon->desk, reception->later[i])) {
            reception->later[left++] = reception->later[i];
        }
    }
    reception->later_count = left;
    if (reception->telling) {
        reception_tell_all(reception);
    }
}

void reception_look(struct reception *reception)
{
    desk_push_task(reception->daemon->desk, arena_new(), RECEPTION_STAFF_LANE, reception_attended_task,
                   reception, NULL);
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
    struct member **node = tfind(&username, &reception->members, compare_keys);
    if (node != NULL) {
        return *node;
    }
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL) {
        log_bug("out of memory");
    }
    member->username = copy(username);
    if (tsearch(member, &reception->members, compare_keys) == NULL) {
        log_bug("out of memory");
    }
    return member;
}

void reception_show_bot(const struct reception *reception, const struct jid *to)
{
    struct arena *arena = arena_new();
    size_t length;
    const char *bytes = wire_presence(arena, &reception->daemon->domains, "bot", to->full,
                                      &(struct wire_shown){.present = true}, &length);
    desk_send(reception->daemon->desk, bytes, length);
    arena_free(arena);
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

struct reception *reception_new(struct daemon *daemon)
{
    struct reception *reception = calloc(1, sizeof *reception);
    if (reception == NULL) {
        log_bug("out of memory");
    }
    reception->daemon = daemon;
    return reception;
}

/* ---- lists ---- */

struct strings {
    struct arena *arena;
    struct text_list list;
};

/* What a list changed, on its way back to the stream thread. */
struct changes {
    struct arena *arena;
    const struct desk_present_reset *presence;
};

static struct strings *strings_new(void)
{
    struct arena *arena = arena_new();
    struct strings *strings = arena_alloc(arena, sizeof *strings);
    *strings = (struct strings){.arena = arena};
    return strings;
}

static void collect_member(const void *node, VISIT visit, void *context)
{
    const struct member *member = *(struct member *const *)node;
    struct strings *strings = context;
    if ((visit == postorder || visit == leaf) && member->sessions.count > 0) {
        text_list_add(strings->arena, &strings->list, arena_strdup(strings->arena, member->username));
    }
}

static void collect_guest(const void *node, VISIT visit, void *context)
{
    const struct guest *guest = *(struct guest *const *)node;
    struct strings *strings = context;
    if ((visit == postorder || visit == leaf) && guest->sessions.count > 0) {
        text_list_add(strings->arena, &strings->list, arena_strdup(strings->arena, guest->address));
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
    struct strings *strings = strings_new();
    twalk_r(reception->members, collect_member, strings);
    desk_push_task(reception->daemon->desk, strings->arena, RECEPTION_STAFF_LANE, staff_settle_task,
                   reception, &strings->list);
}

/* The list was taken before it was written: who came or went in between is told to the desk once more, behind
 * what it was told already. */
static void visitors_settled(void *context, void *argument)
{
    struct reception *reception = context;
    struct changes *changes = argument;
    for (size_t i = 0; i < changes->presence->count; i++) {
        const struct desk_present_reset_row *row = &changes->presence->rows[i];
        const struct guest *guest = guest_find(reception, row->address);
        size_t sessions = guest == NULL ? 0 : guest->sessions.count;
        if (row->present && sessions == 0) {
            reception_tell_presence(reception, guest, row->address, DESK_SESSION_GONE, NULL);
        }
        for (size_t k = 0; !row->present && k < sessions; k++) {
            reception_tell_presence(reception, guest, guest->sessions.items[k].full, DESK_SESSION_CAME, NULL);
        }
    }
    arena_free(changes->arena);
}

static enum db_status visitors_settle_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct reception *reception = job->context;
    const struct text_list *addresses = job->argument;
    struct arena *arena = arena_new();
    struct changes *changes = arena_alloc(arena, sizeof *changes);
    struct unit *unit = unit_begin(db, arena, &identity);
    *changes = (struct changes){arena, query_desk_present_reset(unit, text_list_array(addresses))};
    enum db_status status = unit_commit(unit);
    if (status == DB_OK) {
        stream_post(reception->daemon->stream, visitors_settled, reception, changes);
    } else {
        arena_free(arena);
    }
    return status;
}

void reception_settle_visitors(struct reception *reception)
{
    struct strings *strings = strings_new();
    twalk_r(reception->guests, collect_guest, strings);
    desk_push_task(reception->daemon->desk, strings->arena, "visitors", visitors_settle_task, reception,
                   &strings->list);
}

/* ---- beginning and end ---- */

struct kept {
    struct guest **guests;
    size_t count;
};

static void keep_waiting(const void *node, VISIT visit, void *context)
{
    struct guest *guest = *(struct guest *const *)node;
    struct kept *kept = context;
    if ((visit == postorder || visit == leaf) && guest->resolving) {
        kept->guests[kept->count++] = guest;
    }
}

static void guest_free_unless_waiting(void *node)
{
    struct guest *guest = node;
    if (!guest->resolving) {
        guest_free(guest);
    }
}

/* Who comes and goes will be listed anew; what was said or asked stays. */
static void guest_forget_presence(struct guest *guest)
{
    size_t count = 0;
    for (size_t i = 0; i < guest->waiting_count; i++) {
        if (guest->waiting[i]->kind != DESK_PRESENCE) {
            guest->waiting[count++] = guest->waiting[i];
        } else {
            arena_free(guest->waiting[i]->arena);
        }
    }
    guest->waiting_count = count;
    guest->told = TOLD_NOTHING;
    sessions_clear(&guest->sessions);
}

void reception_reset(struct reception *reception)
{
    reception->attended_known = reception->telling = false;
    struct kept kept = {calloc(reception->guest_count + 1, sizeof *kept.guests), 0};
    if (kept.guests == NULL) {
        log_bug("out of memory");
    }
    twalk_r(reception->guests, keep_waiting, &kept);
    tdestroy(reception->guests, guest_free_unless_waiting);
    tdestroy(reception->members, member_free);
    reception->guests = reception->members = NULL;
    for (size_t i = 0; i < kept.count; i++) {
        guest_forget_presence(kept.guests[i]);
        if (tsearch(kept.guests[i], &reception->guests, compare_keys) == NULL) {
            log_bug("out of memory");
        }
    }
    reception->guest_count = kept.count;
    free(kept.guests);
}

void reception_free(struct reception *reception)
{
    tdestroy(reception->guests, guest_free);
    tdestroy(reception->members, member_free);
    for (size_t i = 0; i < reception->later_count; i++) {
        arena_free(reception->later[i]->arena);
    }
    free(reception->later);
    free(reception);
}
