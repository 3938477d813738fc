#include "daemon/reconcile.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/route.h"
#include "daemon/upkeep.h"
#include "db/list.h"
#include "desk/inbound.h"
#include "xmpp/namespaces.h"

#define RECONCILE_MISSED_PAGE   50
#define RECONCILE_HELD_PAGE     200
#define RECONCILE_CHANNELS_PAGE 500
#define RECONCILE_HOLD_LIMIT    2000
#define RECONCILE_SLACK         5.0 /* seconds: archives keep whole ones */
#define RECONCILE_RETRY_TICKS   2   /* half a second */

enum step {
    STEP_NONE,
    STEP_STAFF,
    STEP_VISITORS,
    STEP_CUSTOMERS,
    STEP_MISSED,
    STEP_HELD,
};

struct held_message {
    struct arena *arena;
    struct stanza stanza;
};

struct reconcile {
    struct daemon *daemon;
    atomic_bool wanted;
    enum step step;
    unsigned run; /* answers to an earlier run are ignored */
    bool staff_open, was_ready;
    bool holding; /* between the first page of what was missed and the last */
    struct held_message *held;
    size_t held_count;
    const char *held_of; /* the domain whose archives are asked what they hold */
    bool missed_waits;   /* a page of what was missed, for room in the lanes */
    unsigned ticks, retry_at;
    struct arena *arena; /* of this run */
    const char *cursor;
    double heard_until;
    int64_t held_after;
    const char *channels_after; /* where the walk over channels goes on; NULL when there is none, or it is
                                   under way */
};

/* One request or task of a run: what comes back for another run is ignored. */
struct part {
    struct reconcile *reconcile;
    unsigned run;
    enum db_status status;
    double heard_until;
    const char *held_of;
    const struct outbox_doubtful *doubtful;
    const char *channels_after;
    struct arena *arena;
};

static void reconcile_sessions(struct reconcile *reconcile, enum step step, const char *after);
static void reconcile_missed(struct reconcile *reconcile);
static void reconcile_missed_on(struct reconcile *reconcile);
static void reconcile_doubtful(struct reconcile *reconcile);
static void reconcile_held_of(struct reconcile *reconcile, const char *domain);

static struct part *part_new(struct reconcile *reconcile)
{
    struct arena *arena = arena_new();
    struct part *part = arena_alloc(arena, sizeof *part);
    *part = (struct part){.reconcile = reconcile, .run = reconcile->run, .arena = arena};
    return part;
}

/* A task of this run in the reconciliation's lane, which ends the part; one that is not taken has asked for
 * another run. `argument` NULL: the part itself. */
static void push_part(struct reconcile *reconcile, struct arena *arena,
                      enum db_status (*task)(struct desk *desk, struct db *db, struct desk_job *job),
                      void *context, struct part *part, void *argument)
{
    if (!desk_push_task(reconcile->daemon->desk, arena, "reconcile", task, context,
                        argument == NULL ? part : argument)) {
        arena_free(part->arena);
    }
}

/* Ends a part: returns whether its run still goes on. */
static bool part_is_current(const struct part *part)
{
    return part->run == part->reconcile->run && part->reconcile->step != STEP_NONE;
}

static void reconcile_again(struct reconcile *reconcile)
{
    reconcile->step = STEP_NONE;
    reconcile->run++;
    reconcile->retry_at = reconcile->ticks + RECONCILE_RETRY_TICKS;
    atomic_store(&reconcile->wanted, true);
}

static void reconcile_fail(struct reconcile *reconcile, const char *what)
{
    log_warn("reconciliation stopped at %s, trying again", what);
    reconcile_again(reconcile);
}

/* True for a result; otherwise the run has failed. */
static bool reconcile_accept(struct reconcile *reconcile, const struct stanza *answer, const char *what)
{
    if (answer != NULL && strcmp(answer->type, "result") == 0) {
        return true;
    }
    if (answer != NULL) {
        log_warn("Prosody refused a request what=%s condition=%s", what, stanza_error_condition(answer));
    }
    reconcile_fail(reconcile, what);
    return false;
}

/* ---- steps 1 and 2: sessions ---- */

static bool session_is(const struct element *session, const char *attribute)
{
    const char *value = element_attribute(session, attribute);
    return value != NULL && strcmp(value, "true") == 0;
}

static void reconcile_session(struct reconcile *reconcile, const struct element *session)
{
    struct jid jid;
    const char *address = element_attribute(session, "jid"), *show = element_attribute(session, "show");
    bool hibernates = session_is(session, "hibernating");
    if (address == NULL || !session_is(session, "available") ||
        jid_parse(reconcile->arena, address, &jid) != 0) {
        return;
    }
    if (reconcile->step != STEP_STAFF) {
        reception_visitor_presence(reconcile->daemon->reception, &jid,
                                   hibernates || reception_is_away(show) ? RECEPTION_AWAY : RECEPTION_HERE,
                                   NULL);
    } else if (!hibernates && reception_can_take(show)) {
        reception_staff_presence(reconcile->daemon->reception, &jid, true, true);
    }
}

static void reconcile_read_mark(struct reconcile *reconcile);

static void sessions_answered(void *context, const struct stanza *answer)
{
    struct part *part = context;
    struct reconcile *reconcile = part->reconcile;
    bool current = part_is_current(part);
    arena_free(part->arena);
    if (!current || !reconcile_accept(reconcile, answer, "sessions")) {
        return;
    }
    const struct element *list = element_child(answer->root, "sessions", NS_CRM), *session = NULL;
    if (list == NULL) {
        reconcile_fail(reconcile, "sessions");
        return;
    }
    while ((session = element_next(list, session, "session", NULL)) != NULL) {
        reconcile_session(reconcile, session);
    }
    const char *complete = element_attribute(list, "complete"), *next = element_attribute(list, "next");
    if (complete != NULL && strcmp(complete, "false") == 0 && next != NULL) {
        reconcile_sessions(reconcile, reconcile->step, next);
    } else if (reconcile->step == STEP_STAFF) {
        reception_settle_staff(reconcile->daemon->reception);
        reconcile_sessions(reconcile, STEP_VISITORS, NULL);
    } else if (reconcile->step == STEP_VISITORS) {
        reconcile_sessions(reconcile, STEP_CUSTOMERS, NULL);
    } else {
        reception_settle_visitors(reconcile->daemon->reception);
        reconcile_read_mark(reconcile);
    }
}

static void reconcile_sessions(struct reconcile *reconcile, enum step step, const char *after)
{
    const struct domains *domains = &reconcile->daemon->domains;
    const char *to = step == STEP_STAFF      ? domains->staff
                     : step == STEP_VISITORS ? domains->guest
                                             : domains->customer;
    struct part *part = part_new(reconcile);
    reconcile->step = step;
    struct xml *xml = ask_open(reconcile->daemon->asks, part->arena, "get", to);
    xml_open(xml, "sessions", NS_CRM);
    xml_attribute(xml, "after", after);
    xml_close(xml);
    xml_close(xml);
    ask_send(reconcile->daemon->asks, xml, sessions_answered, part);
}

/* ---- step 3: what was missed ---- */

static void mark_read(void *context, void *argument)
{
    struct reconcile *reconcile = context;
    struct part *part = argument;
    bool current = part_is_current(part), good = part->status == DB_OK;
    double heard_until = part->heard_until;
    arena_free(part->arena);
    if (!current) {
        return;
    }
    if (!good) {
        reconcile_again(reconcile); /* that the database is away has been said */
        return;
    }
    reconcile->heard_until = heard_until;
    reconcile->cursor = NULL;
    /* What lanes dropped before this point is in the archives; from here on they take in again, first what
     * was missed. */
    desk_resume(reconcile->daemon->desk);
    commands_resume(reconcile->daemon->commands);
    reconcile_missed_on(reconcile);
}

static enum db_status mark_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct part *part = job->argument;
    struct reconcile *reconcile = job->context;
    struct unit *unit = unit_begin(db, job->arena, &identity);
    const struct stream_mark_read *mark = query_stream_mark_read(unit);
    part->status = unit_commit(unit);
    if (part->status == DB_OK && mark->count == 1) {
        part->heard_until = mark->rows[0].heard_until;
    }
    enum db_status status = part->status; /* the part is the stream thread's from here on */
    stream_post(reconcile->daemon->stream, mark_read, reconcile, part);
    return status;
}

static void reconcile_read_mark(struct reconcile *reconcile)
{
    reconcile->step = STEP_MISSED;
    push_part(reconcile, arena_new(), mark_task, reconcile, part_new(reconcile), NULL);
}

/* One message out of an archive, as if it had just come in. */
static void missed_take(struct reconcile *reconcile, const struct element *sent)
{
    const char *by = element_attribute(sent, "by"), *archive_id = element_attribute(sent, "archive-id");
    const struct element *message = element_child(sent, "message", NULL);
    if (by == NULL || archive_id == NULL || message == NULL) {
        return;
    }
    struct arena *arena = arena_new();
    struct xml *xml = xml_new(arena);
    size_t length;
    struct stanza stanza;
    xml_element(xml, message);
    const char *bytes = xml_finish(xml, &length);
    const struct element *root = bytes == NULL ? NULL : element_parse(arena, bytes);
    if (root == NULL || stanza_read(arena, root, &stanza) != 0 || strcmp(stanza.from.bare, by) != 0) {
        arena_free(arena);
    } else {
        route_staff_message(reconcile->daemon, arena, &stanza, inbound_key_archived(arena, by, archive_id));
    }
}

/* What waited behind the missed: in its turn, or dropped, when the run is given up: the archives have it. */
static void reconcile_let_go(struct reconcile *reconcile, bool take)
{
    for (size_t i = 0; i < reconcile->held_count; i++) {
        struct held_message *held = &reconcile->held[i];
        if (take) {
            route_staff_message(reconcile->daemon, held->arena, &held->stanza,
                                inbound_key(held->arena, &held->stanza));
        } else {
            arena_free(held->arena);
        }
    }
    free(reconcile->held);
    reconcile->held = NULL;
    reconcile->held_count = 0;
    reconcile->holding = false;
}

void reconcile_hold(struct reconcile *reconcile, struct arena *arena, const struct stanza *stanza)
{
    long long visitor;
    if (!reconcile->holding) {
        if (jid_record_number(stanza->to.local, "visitor-", &visitor) != 0) {
            kept_message(reconcile->daemon->kept, stanza);
        }
        arena_free(arena);
        return;
    }
    if (reconcile->held_count == RECONCILE_HOLD_LIMIT) {
        arena_free(arena);
        reconcile_want(reconcile);
        return;
    }
    reconcile->held = reallocarray(reconcile->held, reconcile->held_count + 1, sizeof *reconcile->held);
    if (reconcile->held == NULL) {
        log_bug("out of memory");
    }
    reconcile->held[reconcile->held_count++] = (struct held_message){arena, *stanza};
}

/* The next page, once the lanes have room for it: what overflows would have to be read again, and so for
 * ever. */
static void reconcile_missed_on(struct reconcile *reconcile)
{
    const struct daemon *daemon = reconcile->daemon;
    reconcile->missed_waits = !desk_has_room(daemon->desk, RECONCILE_MISSED_PAGE) ||
                              !commands_has_room(daemon->commands, RECONCILE_MISSED_PAGE);
    if (!reconcile->missed_waits) {
        reconcile_missed(reconcile);
    }
}

static void missed_answered(void *context, const struct stanza *answer)
{
    struct part *part = context;
    struct reconcile *reconcile = part->reconcile;
    bool current = part_is_current(part);
    arena_free(part->arena);
    if (!current || !reconcile_accept(reconcile, answer, "what was missed")) {
        return;
    }
    const struct element *list = element_child(answer->root, "missed", NS_CRM), *sent = NULL;
    if (list == NULL) {
        reconcile_fail(reconcile, "what was missed");
        return;
    }
    /* Prosody answers in order: what staff say after the first answer is not in any page. */
    reconcile->holding = true;
    while ((sent = element_next(list, sent, "sent", NULL)) != NULL) {
        missed_take(reconcile, sent);
    }
    const char *complete = element_attribute(list, "complete"), *last = element_attribute(list, "last");
    if (complete != NULL && strcmp(complete, "false") == 0 && last != NULL) {
        reconcile->cursor = arena_strdup(reconcile->arena, last);
        reconcile_missed_on(reconcile);
        return;
    }
    reconcile_let_go(reconcile, true);
    reconcile->staff_open = true;
    reconcile_held_of(reconcile, reconcile->daemon->domains.staff);
}

static void reconcile_missed(struct reconcile *reconcile)
{
    struct part *part = part_new(reconcile);
    double since = reconcile->heard_until > RECONCILE_SLACK ? reconcile->heard_until - RECONCILE_SLACK : 0;
    struct xml *xml = ask_open(reconcile->daemon->asks, part->arena, "get", reconcile->daemon->domains.staff);
    reconcile->step = STEP_MISSED;
    xml_open(xml, "missed", NS_CRM);
    xml_attribute(xml, "since", arena_printf(part->arena, "%.3f", since));
    xml_attribute(xml, "after", reconcile->cursor);
    xml_attribute_number(xml, "max", RECONCILE_MISSED_PAGE);
    xml_close(xml);
    xml_close(xml);
    ask_send(reconcile->daemon->asks, xml, missed_answered, part);
}

/* ---- step 4: which rows the archives hold already ---- */

static enum db_status held_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    const struct stanza *answer = job->argument;
    const struct element *list = element_child(answer->root, "held", NS_CRM), *message = NULL;
    struct text_list messages = {0}, recipients = {0};
    while (list != NULL && (message = element_next(list, message, "message", NULL)) != NULL) {
        text_list_add(job->arena, &messages, element_attribute(message, "id"));
        text_list_add(job->arena, &recipients, element_attribute(message, "to"));
    }
    struct unit *unit = unit_begin(db, job->arena, &identity);
    query_outbox_held(unit, text_list_array(&messages), text_list_array(&recipients));
    return unit_commit(unit);
}

/* ---- step 5: channels with something to send ---- */

/* There may be more of them than a lane holds jobs: visitors who wait for an answer and have closed the page
 * are some. Then the walk goes on a tick later where it had to stop. */
static void channels_stopped(void *context, void *argument)
{
    struct reconcile *reconcile = context;
    struct part *part = argument;
    if (part->run == reconcile->run) {
        reconcile->channels_after = arena_strdup(reconcile->arena, part->channels_after);
    }
    arena_free(part->arena);
}

static enum db_status channels_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct part *part = job->context;
    struct reconcile *reconcile = part->reconcile;
    const char *after = part->channels_after;
    for (;;) {
        struct identity identity = desk_identity(desk);
        struct unit *unit = unit_begin(db, job->arena, &identity);
        const struct outbox_channels *channels = query_outbox_channels(unit, after, RECONCILE_CHANNELS_PAGE);
        enum db_status status = unit_commit(unit);
        for (size_t i = 0; status == DB_OK && i < channels->count; i++) {
            if (!desk_try_pump_channel(desk, channels->rows[i].channel)) {
                part->channels_after = arena_strdup(part->arena, after);
                stream_post(reconcile->daemon->stream, channels_stopped, reconcile, part);
                return DB_OK;
            }
            after = channels->rows[i].channel;
        }
        if (status != DB_OK || channels->count < RECONCILE_CHANNELS_PAGE) {
            arena_free(part->arena);
            return status;
        }
    }
}

static void reconcile_channels(struct reconcile *reconcile)
{
    struct part *part = part_new(reconcile);
    struct desk_job *job = desk_job_new(arena_new(), DESK_TASK);
    part->channels_after = arena_strdup(part->arena, reconcile->channels_after);
    job->channel = "reconcile";
    job->task = channels_task;
    job->context = part;
    if (desk_push(reconcile->daemon->desk, job)) {
        reconcile->channels_after = NULL;
        return;
    }
    arena_free(job->arena);
    arena_free(part->arena);
}

static void reconcile_done(struct reconcile *reconcile)
{
    struct daemon *daemon = reconcile->daemon;
    kept_clear(daemon->kept);
    reconcile->step = STEP_NONE;
    barrier_heard(daemon->barrier);
    desk_open(daemon->desk, stream_epoch(daemon->stream));
    reconcile->channels_after = "";
    reconcile_channels(reconcile);
    if (!reconcile->was_ready) {
        sd_notify(0, "READY=1");
    }
    if (!reconcile->was_ready) {
        log_info("ready domain=%s", daemon->domains.crm);
    } else {
        log_info("reconciled with Prosody");
    }
    reconcile->was_ready = true;
}

static void held_settled(void *context, void *argument)
{
    struct reconcile *reconcile = context;
    struct part *part = argument;
    bool current = part_is_current(part);
    arena_free(part->arena);
    if (current) {
        reconcile_doubtful(reconcile);
    }
}

static enum db_status held_and_on_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct part *part = job->context;
    struct reconcile *reconcile = part->reconcile;
    enum db_status status = held_task(desk, db, job);
    if (status == DB_OK) {
        stream_post(reconcile->daemon->stream, held_settled, reconcile, part);
    } else {
        arena_free(part->arena);
    }
    return status;
}

static void held_answered(void *context, const struct stanza *answer)
{
    struct part *part = context;
    struct reconcile *reconcile = part->reconcile;
    if (!part_is_current(part) || !reconcile_accept(reconcile, answer, "what archives hold")) {
        arena_free(part->arena);
        return;
    }
    struct arena *arena = arena_new();
    struct xml *xml = xml_new(arena);
    size_t length;
    struct stanza *copied = arena_alloc(arena, sizeof *copied);
    xml_element(xml, answer->root);
    const char *bytes = xml_finish(xml, &length);
    const struct element *root = bytes == NULL ? NULL : element_parse(arena, bytes);
    if (root == NULL || stanza_read(arena, root, copied) != 0) {
        arena_free(arena);
        arena_free(part->arena);
        reconcile_fail(reconcile, "what archives hold");
        return;
    }
    push_part(reconcile, arena, held_and_on_task, part, part, copied);
}

static void doubtful_read(void *context, void *argument)
{
    struct reconcile *reconcile = context;
    struct part *part = argument;
    if (!part_is_current(part) || part->status != DB_OK) {
        bool failed = part_is_current(part);
        arena_free(part->arena);
        if (failed) {
            reconcile_again(reconcile);
        }
        return;
    }
    const struct outbox_doubtful *doubtful = part->doubtful;
    if (doubtful->count == 0) {
        const struct domains *domains = &reconcile->daemon->domains;
        arena_free(part->arena);
        if (reconcile->held_of == domains->staff) {
            reconcile_held_of(reconcile, domains->customer);
        } else {
            reconcile_done(reconcile);
        }
        return;
    }
    double since = doubtful->rows[0].sent_after;
    for (size_t i = 0; i < doubtful->count; i++) {
        since = doubtful->rows[i].sent_after < since ? doubtful->rows[i].sent_after : since;
    }
    reconcile->held_after = doubtful->rows[doubtful->count - 1].id;
    struct xml *xml = ask_open(reconcile->daemon->asks, part->arena, "get", reconcile->held_of);
    xml_open(xml, "held", NS_CRM);
    xml_attribute(xml, "since", arena_printf(part->arena, "%.3f", since - RECONCILE_SLACK));
    for (size_t i = 0; i < doubtful->count; i++) {
        xml_open(xml, "message", NULL);
        xml_attribute(xml, "to", doubtful->rows[i].recipient);
        xml_attribute(xml, "id", doubtful->rows[i].message);
        xml_close(xml);
    }
    xml_close(xml);
    xml_close(xml);
    ask_send(reconcile->daemon->asks, xml, held_answered, part);
}

static enum db_status doubtful_task(struct desk *desk, struct db *db, struct desk_job *job)
{
    struct identity identity = desk_identity(desk);
    struct part *part = job->argument;
    struct reconcile *reconcile = job->context;
    struct unit *unit = unit_begin(db, part->arena, &identity);
    part->doubtful =
        query_outbox_doubtful(unit, (int64_t)part->heard_until, RECONCILE_HELD_PAGE, part->held_of);
    part->status = unit_commit(unit);
    enum db_status status = part->status; /* the part is the stream thread's from here on */
    stream_post(reconcile->daemon->stream, doubtful_read, reconcile, part);
    return status;
}

static void reconcile_held_of(struct reconcile *reconcile, const char *domain)
{
    reconcile->held_of = domain;
    reconcile->held_after = 0;
    reconcile_doubtful(reconcile);
}

static void reconcile_doubtful(struct reconcile *reconcile)
{
    struct part *part = part_new(reconcile);
    reconcile->step = STEP_HELD;
    part->heard_until = (double)reconcile->held_after;
    part->held_of = reconcile->held_of;
    push_part(reconcile, arena_new(), doubtful_task, reconcile, part, NULL);
}

/* ---- runs ---- */

static void reconcile_begin(struct reconcile *reconcile)
{
    arena_free(reconcile->arena);
    reconcile->arena = arena_new();
    reconcile->run++;
    reconcile->retry_at = reconcile->ticks + RECONCILE_RETRY_TICKS;
    reconcile->staff_open = false;
    reconcile->channels_after = NULL;
    reconcile->missed_waits = false;
    reconcile_let_go(reconcile, false);
    atomic_store(&reconcile->wanted, false);
    reception_reset(reconcile->daemon->reception);
    reconcile_sessions(reconcile, STEP_STAFF, NULL);
}

void reconcile_tick(struct reconcile *reconcile)
{
    struct daemon *daemon = reconcile->daemon;
    bool can = stream_epoch(daemon->stream) != 0 && atomic_load(&daemon->lease) != 0;
    reconcile->ticks++;
    if (!can) {
        return;
    }
    if (atomic_load(&reconcile->wanted)) {
        if (reconcile->ticks >= reconcile->retry_at) {
            reconcile_begin(reconcile);
        }
    } else if (reconcile->missed_waits) {
        reconcile_missed_on(reconcile);
    } else if (reconcile->step == STEP_NONE) {
        barrier_tick(daemon->barrier);
        upkeep_tick(daemon, reconcile->ticks);
        if (reconcile->channels_after != NULL) {
            reconcile_channels(reconcile);
        }
    }
}

struct reconcile *reconcile_new(struct daemon *daemon)
{
    struct reconcile *reconcile = calloc(1, sizeof *reconcile);
    if (reconcile == NULL) {
        log_bug("out of memory");
    }
    reconcile->daemon = daemon;
    atomic_init(&reconcile->wanted, true);
    return reconcile;
}

void reconcile_free(struct reconcile *reconcile)
{
    reconcile_let_go(reconcile, false);
    arena_free(reconcile->arena);
    free(reconcile);
}

void reconcile_want(struct reconcile *reconcile)
{
    barrier_void(reconcile->daemon->barrier);
    atomic_store(&reconcile->wanted, true);
}

bool reconcile_takes_staff(const struct reconcile *reconcile)
{
    return reconcile->staff_open && !atomic_load(&reconcile->wanted);
}

void reconcile_connected(struct reconcile *reconcile)
{
    reconcile->staff_open = false;
    reconcile->retry_at = 0;
    reconcile_want(reconcile);
}

void reconcile_disconnected(struct reconcile *reconcile)
{
    struct daemon *daemon = reconcile->daemon;
    desk_open(daemon->desk, 0);
    asks_reset(daemon->asks);
    flight_reset(desk_flight(daemon->desk));
    reception_reset(daemon->reception);
    reconcile->staff_open = false;
    reconcile_let_go(reconcile, false);
    reconcile->step = STEP_NONE;
    reconcile->run++;
    reconcile_want(reconcile);
}
