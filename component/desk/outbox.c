#include "desk/outbox.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"

struct rows {
    int64_t *ids;
    size_t count, capacity;
};

struct flight {
    pthread_mutex_t lock;
    struct rows under_way; /* sent after the barrier that is out, or with none out */
    struct rows covered;   /* sent before it */
    bool barrier_out;
};

static void rows_add(struct rows *rows, const int64_t *ids, size_t count)
{
    if (rows->count + count > rows->capacity) {
        rows->capacity = 2 * (rows->count + count);
        rows->ids = reallocarray(rows->ids, rows->capacity, sizeof *rows->ids);
        if (rows->ids == NULL) {
            log_bug("out of memory");
        }
    }
    memcpy(rows->ids + rows->count, ids, count * sizeof *ids);
    rows->count += count;
}

struct flight *flight_new(void)
{
    struct flight *flight = calloc(1, sizeof *flight);
    if (flight == NULL) {
        log_bug("out of memory");
    }
    pthread_mutex_init(&flight->lock, NULL);
    return flight;
}

void flight_free(struct flight *flight)
{
    pthread_mutex_destroy(&flight->lock);
    free(flight->under_way.ids);
    free(flight->covered.ids);
    free(flight);
}

enum stream_result flight_send(struct flight *flight, struct stream *stream, uint64_t epoch,
                               const char *bytes, size_t length, int64_t row)
{
    pthread_mutex_lock(&flight->lock);
    enum stream_result result = stream_send(stream, epoch, bytes, length);
    if (result == STREAM_OK) {
        rows_add(&flight->under_way, &row, 1);
    }
    pthread_mutex_unlock(&flight->lock);
    return result;
}

bool flight_barrier(struct flight *flight, struct stream *stream, uint64_t epoch, const char *bytes,
                    size_t length, bool force)
{
    bool sent = false;
    pthread_mutex_lock(&flight->lock);
    if (!flight->barrier_out && (force || flight->under_way.count > 0) &&
        stream_send(stream, epoch, bytes, length) == STREAM_OK) {
        struct rows empty = flight->covered;
        flight->covered = flight->under_way;
        flight->under_way = empty;
        flight->under_way.count = 0;
        flight->barrier_out = sent = true;
    }
    pthread_mutex_unlock(&flight->lock);
    return sent;
}

bool flight_waits(struct flight *flight)
{
    pthread_mutex_lock(&flight->lock);
    bool waits = !flight->barrier_out && flight->under_way.count > 0;
    pthread_mutex_unlock(&flight->lock);
    return waits;
}

size_t flight_landed(struct flight *flight, struct arena *arena, int64_t **rows)
{
    pthread_mutex_lock(&flight->lock);
    size_t count = flight->covered.count;
    *rows = arena_array(arena, count + 1, sizeof **rows);
    if (count > 0) {
        memcpy(*rows, flight->covered.ids, count * sizeof **rows);
    }
    flight->covered.count = 0;
    flight->barrier_out = false;
    pthread_mutex_unlock(&flight->lock);
    return count;
}

void flight_return(struct flight *flight, const int64_t *rows, size_t count)
{
    pthread_mutex_lock(&flight->lock);
    rows_add(&flight->under_way, rows, count);
    pthread_mutex_unlock(&flight->lock);
}

void flight_reset(struct flight *flight)
{
    pthread_mutex_lock(&flight->lock);
    flight->under_way.count = flight->covered.count = 0;
    flight->barrier_out = false;
    pthread_mutex_unlock(&flight->lock);
}

#define PUMP_INTRODUCED_LIMIT 20000
#define PUMP_SESSION_LIMIT    16 /* of one visitor; prosody/mod_crm_guard.lua lets in ten at once */

struct pump_visitor {
    int64_t visitor;
    uint64_t connection; /* on which the sessions were heard of */
    struct sessions sessions;
};

struct pump {
    uint64_t epoch;
    void *channels;   /* tsearch(3) tree of struct pump_channel */
    void *introduced; /* tsearch(3) tree of uint64_t */
    void *visitors;   /* tsearch(3) tree of struct pump_visitor */
    size_t introduced_count;
};

static int pump_compare_channels(const void *left, const void *right)
{
    return strcmp(((const struct pump_channel *)left)->name, ((const struct pump_channel *)right)->name);
}

static int pump_compare_keys(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static int pump_compare_visitors(const void *left, const void *right)
{
    const struct pump_visitor *a = left, *b = right;
    return (a->visitor > b->visitor) - (a->visitor < b->visitor);
}

static void pump_visitor_free(void *node)
{
    struct pump_visitor *visitor = node;
    sessions_clear(&visitor->sessions);
    free(visitor);
}

static void pump_channel_free(void *node)
{
    struct pump_channel *channel = node;
    free((char *)channel->name);
    free(channel->rows);
    free(channel);
}

static void pump_forget_introduced(struct pump *pump)
{
    tdestroy(pump->introduced, free);
    pump->introduced = NULL;
    pump->introduced_count = 0;
}

static void pump_clear(struct pump *pump)
{
    tdestroy(pump->channels, pump_channel_free);
    pump->channels = NULL;
    pump_forget_introduced(pump);
}

struct pump *pump_new(void)
{
    struct pump *pump = calloc(1, sizeof *pump);
    if (pump == NULL) {
        log_bug("out of memory");
    }
    return pump;
}

void pump_free(struct pump *pump)
{
    pump_clear(pump);
    tdestroy(pump->visitors, pump_visitor_free);
    free(pump);
}

struct pump_stale {
    uint64_t connection;
    struct pump_visitor **visitors;
    size_t count;
};

static void pump_collect_stale(const void *node, VISIT visit, void *context)
{
    struct pump_visitor *visitor = *(struct pump_visitor *const *)node;
    struct pump_stale *stale = context;
    if ((visit != postorder && visit != leaf) || visitor->connection >= stale->connection) {
        return;
    }
    stale->visitors = reallocarray(stale->visitors, stale->count + 1, sizeof *stale->visitors);
    if (stale->visitors == NULL) {
        log_bug("out of memory");
    }
    stale->visitors[stale->count++] = visitor;
}

static void pump_forget_visitor(struct pump *pump, struct pump_visitor *visitor)
{
    tdelete(visitor, &pump->visitors, pump_compare_visitors);
    pump_visitor_free(visitor);
}

static void pump_forget_stale(struct pump *pump, uint64_t connection)
{
    struct pump_stale stale = {.connection = connection};
    twalk_r(pump->visitors, pump_collect_stale, &stale);
    for (size_t i = 0; i < stale.count; i++) {
        pump_forget_visitor(pump, stale.visitors[i]);
    }
    free(stale.visitors);
}

void pump_epoch(struct pump *pump, uint64_t epoch)
{
    if (pump->epoch == epoch) {
        return;
    }
    pump_clear(pump);
    pump_forget_stale(pump, epoch);
    pump->epoch = epoch;
}

const struct pump_channel *pump_channel_find(const struct pump *pump, const char *channel)
{
    struct pump_channel key = {.name = channel};
    struct pump_channel **node = tfind(&key, &pump->channels, pump_compare_channels);
    return node == NULL ? NULL : *node;
}

bool pump_channel_has(const struct pump_channel *channel, int64_t row)
{
    for (size_t i = 0; channel != NULL && i < channel->count; i++) {
        if (channel->rows[i] == row) {
            return true;
        }
    }
    return false;
}

bool pump_channel_is_overdue(const struct pump_channel *channel, int64_t now)
{
    return channel != NULL && now - channel->since >= OUTBOX_PATIENCE;
}

static void pump_channel_remove(struct pump *pump, const char *channel)
{
    struct pump_channel *node = (struct pump_channel *)pump_channel_find(pump, channel);
    if (node == NULL) {
        return;
    }
    tdelete(node, &pump->channels, pump_compare_channels);
    pump_channel_free(node);
}

void pump_channel_set(struct pump *pump, const char *channel, const int64_t *rows, size_t count, int64_t now)
{
    const struct pump_channel *before = pump_channel_find(pump, channel);
    int64_t since = before != NULL && count > 0 && before->rows[0] == rows[0] ? before->since : now;
    pump_channel_remove(pump, channel);
    if (count == 0) {
        return;
    }
    struct pump_channel *node = malloc(sizeof *node);
    if (node == NULL) {
        log_bug("out of memory");
    }
    *node = (struct pump_channel){strdup(channel), malloc(count * sizeof *rows), count, since};
    if (node->name == NULL || node->rows == NULL ||
        tsearch(node, &pump->channels, pump_compare_channels) == NULL) {
        log_bug("out of memory");
    }
    memcpy(node->rows, rows, count * sizeof *rows);
}

static struct pump_visitor *pump_visitor_find(const struct pump *pump, int64_t visitor)
{
    struct pump_visitor key = {.visitor = visitor};
    struct pump_visitor **node = tfind(&key, &pump->visitors, pump_compare_visitors);
    return node == NULL ? NULL : *node;
}

static struct pump_visitor *pump_visitor_get(struct pump *pump, int64_t visitor)
{
    struct pump_visitor *found = pump_visitor_find(pump, visitor);
    if (found != NULL) {
        return found;
    }
    found = calloc(1, sizeof *found);
    if (found == NULL) {
        log_bug("out of memory");
    }
    found->visitor = visitor;
    if (tsearch(found, &pump->visitors, pump_compare_visitors) == NULL) {
        log_bug("out of memory");
    }
    return found;
}

/* Who writes and never says that they are there never says that they go either: their sessions are known to
 * have ended by how many came after. */
static void pump_forget_oldest(struct pump *pump, struct sessions *sessions)
{
    if (sessions->count <= PUMP_SESSION_LIMIT) {
        return;
    }
    pump_channel_remove(pump, sessions->items[0].full);
    sessions_remove(sessions, sessions->items[0].full);
}

bool pump_session_came(struct pump *pump, uint64_t connection, int64_t visitor, const char *full, bool anew)
{
    struct pump_visitor *node = pump_visitor_get(pump, visitor);
    if (connection < node->connection) {
        return false;
    }
    if (connection > node->connection) {
        sessions_clear(&node->sessions);
    }
    node->connection = connection;
    bool news = sessions_add(&node->sessions, full);
    if (news || anew) {
        pump_channel_remove(pump, full);
    }
    pump_forget_oldest(pump, &node->sessions);
    return news || anew;
}

void pump_session_gone(struct pump *pump, int64_t visitor, const char *full)
{
    struct pump_visitor *node = pump_visitor_find(pump, visitor);
    pump_channel_remove(pump, full);
    if (node != NULL && sessions_remove(&node->sessions, full) && node->sessions.count == 0) {
        pump_forget_visitor(pump, node);
    }
}

void pump_sessions_gone(struct pump *pump, int64_t visitor)
{
    struct pump_visitor *node = pump_visitor_find(pump, visitor);
    if (node == NULL) {
        return;
    }
    for (size_t i = 0; i < node->sessions.count; i++) {
        pump_channel_remove(pump, node->sessions.items[i].full);
    }
    pump_forget_visitor(pump, node);
}

const struct sessions *pump_sessions(const struct pump *pump, int64_t visitor)
{
    const struct pump_visitor *node = pump_visitor_find(pump, visitor);
    return node == NULL || node->connection != pump->epoch ? NULL : &node->sessions;
}

static uint64_t pump_contact(int64_t visitor, const char *username)
{
    uint64_t parts[2] = {(uint64_t)visitor, hash_keyed(username, strlen(username))};
    return hash_keyed(parts, sizeof parts);
}

void pump_forget(struct pump *pump, int64_t visitor, const char *username)
{
    uint64_t key = pump_contact(visitor, username);
    uint64_t **node = tfind(&key, &pump->introduced, pump_compare_keys);
    if (node == NULL) {
        return;
    }
    uint64_t *own = *node;
    tdelete(&key, &pump->introduced, pump_compare_keys);
    pump->introduced_count--;
    free(own);
}

bool pump_introduce(struct pump *pump, int64_t visitor, const char *username)
{
    uint64_t key = pump_contact(visitor, username);
    if (tfind(&key, &pump->introduced, pump_compare_keys) != NULL) {
        return false;
    }
    if (pump->introduced_count++ == PUMP_INTRODUCED_LIMIT) {
        pump_forget_introduced(pump);
    }
    uint64_t *own = malloc(sizeof *own);
    if (own == NULL) {
        log_bug("out of memory");
    }
    *own = key;
    if (tsearch(own, &pump->introduced, pump_compare_keys) == NULL) {
        log_bug("out of memory");
    }
    return true;
}
