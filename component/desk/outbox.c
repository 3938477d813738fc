#define _GNU_SOURCE
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
        if (rows->ids == NULL)
            log_bug("out of memory");
    }
    memcpy(rows->ids + rows->count, ids, count * sizeof *ids);
    rows->count += count;
}

struct flight *flight_new(void)
{
    struct flight *flight = calloc(1, sizeof *flight);
    if (flight == NULL)
        log_bug("out of memory");
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

enum stream_result flight_send(struct flight *flight, struct stream *stream, uint64_t epoch, const char *bytes, size_t length, int64_t row)
{
    pthread_mutex_lock(&flight->lock);
    enum stream_result result = stream_send(stream, epoch, bytes, length);
    if (result == STREAM_OK)
        rows_add(&flight->under_way, &row, 1);
    pthread_mutex_unlock(&flight->lock);
    return result;
}

bool flight_barrier(struct flight *flight, struct stream *stream, uint64_t epoch, const char *bytes, size_t length, bool force)
{
    bool sent = false;
    pthread_mutex_lock(&flight->lock);
    if (!flight->barrier_out && (force || flight->under_way.count > 0) && stream_send(stream, epoch, bytes, length) == STREAM_OK) {
        struct rows empty = flight->covered;
        flight->covered = flight->under_way;
        flight->under_way = empty;
        flight->under_way.count = 0;
        flight->barrier_out = sent = true;
    }
    pthread_mutex_unlock(&flight->lock);
    return sent;
}

size_t flight_landed(struct flight *flight, struct arena *arena, int64_t **rows)
{
    pthread_mutex_lock(&flight->lock);
    size_t count = flight->covered.count;
    *rows = arena_array(arena, count + 1, sizeof **rows);
    if (count > 0)
        memcpy(*rows, flight->covered.ids, count * sizeof **rows);
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

/* Two search trees (tsearch(3)) of 64-bit keys. */
struct pump {
    uint64_t epoch;
    void *sent, *introduced;
};

static int pump_compare(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static bool pump_has(void *const *tree, uint64_t key)
{
    return tfind(&key, tree, pump_compare) != NULL;
}

/* True when the key is new. */
static bool pump_add(void **tree, uint64_t key)
{
    if (pump_has(tree, key))
        return false;
    uint64_t *own = malloc(sizeof *own);
    if (own == NULL)
        log_bug("out of memory");
    *own = key;
    if (tsearch(own, tree, pump_compare) == NULL)
        log_bug("out of memory");
    return true;
}

static void pump_clear(struct pump *pump)
{
    tdestroy(pump->sent, free);
    tdestroy(pump->introduced, free);
    pump->sent = pump->introduced = NULL;
}

struct pump *pump_new(void)
{
    struct pump *pump = calloc(1, sizeof *pump);
    if (pump == NULL)
        log_bug("out of memory");
    return pump;
}

void pump_free(struct pump *pump)
{
    pump_clear(pump);
    free(pump);
}

void pump_epoch(struct pump *pump, uint64_t epoch)
{
    if (pump->epoch == epoch)
        return;
    pump_clear(pump);
    pump->epoch = epoch;
}

bool pump_was_sent(const struct pump *pump, int64_t row)
{
    return pump_has(&pump->sent, (uint64_t)row);
}

void pump_note_sent(struct pump *pump, int64_t row)
{
    pump_add(&pump->sent, (uint64_t)row);
}

void pump_forget(struct pump *pump, int64_t row)
{
    uint64_t key = (uint64_t)row;
    uint64_t **node = tfind(&key, &pump->sent, pump_compare);
    if (node == NULL)
        return;
    uint64_t *own = *node;
    tdelete(&key, &pump->sent, pump_compare);
    free(own);
}

bool pump_introduce(struct pump *pump, int64_t visitor, const char *username)
{
    struct {
        int64_t visitor;
        uint64_t person;
    } key = {visitor, hash_keyed(username, strlen(username))};
    return pump_add(&pump->introduced, hash_keyed(&key, sizeof key));
}
