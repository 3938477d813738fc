#include "daemon/reception_book.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "xmpp/namespaces.h"

#define RECEPTION_WAITING_LIMIT 100    /* jobs of one address that wait for its number */
#define RECEPTION_GUEST_LIMIT   100000 /* addresses remembered */

struct resolution {
    char *address;
    char *customer; /* user name, NULL for a visitor of the website */
    bool make;      /* a number, if there is none */
    int64_t visitor;
    bool failed;
};

/* What a list changed, on its way back to the stream thread. */
struct changes {
    struct arena *arena;
    const struct desk_present_reset *presence;
};

void reception_guest_free(void *node)
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

static struct guest *guest_find(struct reception *reception, const char *address)
{
    struct guest **node = tfind(&address, &reception->guests, reception_compare_keys);
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
    guest->address = reception_copy(address);
    if (tsearch(guest, &reception->guests, reception_compare_keys) == NULL) {
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
    tdelete(guest, &reception->guests, reception_compare_keys);
    reception->guest_count--;
    reception_guest_free(guest);
}

/* ---- the number of an address */

static bool job_speaks(const struct desk_job *job)
{
    return job->kind == DESK_VISITOR && element_child(job->stanza.root, "body", NULL) != NULL &&
           strcmp(job->stanza.type, "error") != 0;
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
    char *name = reception_copy(address);
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
    resolution->address = reception_copy(guest->address);
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

/* ---- sessions */

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

/* Who comes and goes will be listed anew; what was said or asked stays. */
void reception_guest_forget_presence(struct guest *guest)
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

/* ---- lists */

static void collect_guest(const void *node, VISIT visit, void *context)
{
    const struct guest *guest = *(struct guest *const *)node;
    struct strings *strings = context;
    if ((visit == postorder || visit == leaf) && guest->sessions.count > 0) {
        text_list_add(strings->arena, &strings->list, arena_strdup(strings->arena, guest->address));
    }
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
    struct strings *strings = reception_strings_new();
    twalk_r(reception->guests, collect_guest, strings);
    desk_push_task(reception->daemon->desk, strings->arena, "visitors", visitors_settle_task, reception,
                   &strings->list);
}
