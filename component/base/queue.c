/* DESIGN: a ring under one mutex. Lanes take many items at a time, so the lock is not where time goes. The
 * condition variable counts on the monotonic clock, so that setting the wall clock moves no timeout. */
#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/metric.h"

struct slot {
    void *item;
    int64_t pushed; /* metric_now() */
};

#define GATHERED_MOST 32

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    size_t limit, head, length;
    bool closed;
    struct slot slots[];
};

struct queue *queue_new(size_t limit)
{
    if (limit == 0 || limit > SIZE_MAX / 2 / sizeof(struct slot)) {
        log_bug("queue of impossible limit=%zu", limit);
    }
    struct queue *queue = calloc(1, sizeof *queue + limit * sizeof(struct slot));
    if (queue == NULL) {
        log_bug("out of memory for a queue of limit=%zu", limit);
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->filled, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&queue->lock, NULL);
    queue->limit = limit;
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL) {
        return;
    }
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

/* The queues that this thread has pushed to since queue_gather_begin(). */
static _Thread_local struct {
    bool begun;
    size_t count;
    struct queue *queues[GATHERED_MOST];
} gathered;

void queue_gather_begin(void)
{
    gathered.begun = true;
}

void queue_gather_end(void)
{
    gathered.begun = false;
    while (gathered.count > 0) {
        struct queue *queue = gathered.queues[--gathered.count];
        pthread_mutex_lock(&queue->lock);
        pthread_cond_signal(&queue->filled);
        pthread_mutex_unlock(&queue->lock);
    }
}

/* True when the queue's waiters will be woken at the end. */
static bool gather(struct queue *queue)
{
    if (!gathered.begun) {
        return false;
    }
    for (size_t i = 0; i < gathered.count; i++) {
        if (gathered.queues[i] == queue) {
            return true;
        }
    }
    if (gathered.count == GATHERED_MOST) {
        return false;
    }
    gathered.queues[gathered.count++] = queue;
    return true;
}

bool queue_push(struct queue *queue, void *item)
{
    bool later = gather(queue);
    pthread_mutex_lock(&queue->lock);
    bool taken = !queue->closed && queue->length < queue->limit;
    if (taken) {
        queue->slots[(queue->head + queue->length) % queue->limit] = (struct slot){item, metric_now()};
        queue->length++;
        if (!later) {
            pthread_cond_signal(&queue->filled);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

/* Under the lock. When items are left over, another waiter is woken for them. */
static size_t take(struct queue *queue, void **items, int64_t *pushed, size_t limit)
{
    size_t count = 0;
    while (count < limit && queue->length > 0) {
        const struct slot *slot = &queue->slots[queue->head];
        if (pushed != NULL) {
            pushed[count] = slot->pushed;
        }
        items[count++] = slot->item;
        queue->head = (queue->head + 1) % queue->limit;
        queue->length--;
    }
    if (queue->length > 0) {
        pthread_cond_signal(&queue->filled);
    }
    return count;
}

size_t queue_pop_many(struct queue *queue, void **items, size_t limit)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->length == 0 && !queue->closed) {
        pthread_cond_wait(&queue->filled, &queue->lock);
    }
    size_t count = take(queue, items, NULL, limit);
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void *queue_pop(struct queue *queue)
{
    void *item = NULL;
    return queue_pop_many(queue, &item, 1) == 1 ? item : NULL;
}

static struct timespec deadline_in(unsigned milliseconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += milliseconds / 1000;
    at.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

size_t queue_pop_many_timed(struct queue *queue, void **items, int64_t *pushed, size_t limit,
                            unsigned milliseconds)
{
    struct timespec deadline = deadline_in(milliseconds);
    pthread_mutex_lock(&queue->lock);
    int waited = 0;
    while (queue->length == 0 && !queue->closed && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&queue->filled, &queue->lock, &deadline);
    }
    size_t count = take(queue, items, pushed, limit);
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

bool queue_is_closed(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool closed = queue->closed;
    pthread_mutex_unlock(&queue->lock);
    return closed;
}

size_t queue_length(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t length = queue->length;
    pthread_mutex_unlock(&queue->lock);
    return length;
}
