/* queue: a bounded first-in first-out line of pointers between threads.
 *
 * Owns: the slots, not what the pointers point to. Any thread may push, any number may pop; a full queue
 * refuses instead of growing, so that the sender can be told to wait. Closing it lets the poppers take what
 * is left, then end.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

/* Makes a queue of `limit` slots, at least one. */
struct queue *queue_new(size_t limit);

/* Frees it; nobody may be inside any more. What is still queued is the caller's to drain first. NULL is
 * allowed. */
void queue_free(struct queue *queue);

/* Appends an item. Returns false, and takes nothing, when the queue is full or closed. */
bool queue_push(struct queue *queue, void *item);

/* Between these two, what the calling thread pushes wakes nobody: it is woken for at the end, and so taken in
 * one piece, unless another thread's push or a timeout came first. For a burst of items that one turn can
 * handle together. Not to be nested; no queue that was pushed to may be freed meanwhile. */
void queue_gather_begin(void);
void queue_gather_end(void);

/* Waits for an item and takes the oldest. Returns NULL only when the queue is closed and empty. */
void *queue_pop(struct queue *queue);

/* Waits for an item, then takes all there are, at most `limit`, oldest first. Returns how many; 0 only when
 * the queue is closed and empty. */
size_t queue_pop_many(struct queue *queue, void **items, size_t limit);

/* Like queue_pop_many(), but gives up after `milliseconds`. Returns 0 then too: ask queue_is_closed().
 * `pushed`, unless it is NULL, gets when each was pushed (metric_now()). */
size_t queue_pop_many_timed(struct queue *queue, void **items, int64_t *pushed, size_t limit,
                            unsigned milliseconds);

/* Refuses further pushes and wakes all who wait. */
void queue_close(struct queue *queue);
bool queue_is_closed(struct queue *queue);

/* How many items wait now: for metrics. */
size_t queue_length(struct queue *queue);

#endif
