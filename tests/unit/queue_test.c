#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>
#include <time.h>

#include "base/metric.h"
#include "base/queue.h"

static void *as_item(uintptr_t number)
{
    return (void *)number;
}

static void test_order_and_limit(void **state)
{
    (void)state;
    struct queue *queue = queue_new(3);
    void *items[5];
    assert_true(queue_push(queue, as_item(1)));
    assert_true(queue_push(queue, as_item(2)));
    assert_true(queue_push(queue, as_item(3)));
    assert_false(queue_push(queue, as_item(4)));
    assert_int_equal(queue_length(queue), 3);
    assert_ptr_equal(queue_pop(queue), as_item(1));
    assert_true(queue_push(queue, as_item(5)));
    assert_int_equal(queue_pop_many(queue, items, 2), 2);
    assert_ptr_equal(items[0], as_item(2));
    assert_ptr_equal(items[1], as_item(3));
    queue_close(queue);
    assert_false(queue_push(queue, as_item(6)));
    assert_int_equal(queue_pop_many(queue, items, 5), 1);
    assert_ptr_equal(items[0], as_item(5));
    assert_null(queue_pop(queue));
    assert_int_equal(queue_pop_many(queue, items, 5), 0);
    assert_true(queue_is_closed(queue));
    queue_free(queue);
    queue_free(NULL);
}

/* A burst is taken in one piece by whoever waits for it; a queue beyond those that are remembered wakes at
 * once. */
struct waiter {
    struct queue *queue;
    void *items[8];
    size_t count;
};

static void *wait_for_burst(void *context)
{
    struct waiter *waiter = context;
    waiter->count = queue_pop_many(waiter->queue, waiter->items, 8);
    return NULL;
}

static void test_a_burst_wakes_once(void **state)
{
    (void)state;
    struct waiter waiter = {.queue = queue_new(8)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_burst, &waiter), 0);
    nanosleep(&(struct timespec){.tv_nsec = 20000000},
              NULL); /* it waits by now; were it late, all would be there too */
    queue_gather_begin();
    for (uintptr_t i = 1; i <= 5; i++) {
        assert_true(queue_push(waiter.queue, as_item(i)));
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    queue_gather_end();
    pthread_join(thread, NULL);
    assert_int_equal(waiter.count, 5);
    assert_ptr_equal(waiter.items[4], as_item(5));
    queue_free(waiter.queue);
}

static void test_a_burst_over_many_queues_forgets_none(void **state)
{
    (void)state;
    enum { QUEUES = 40 };
    struct waiter waiters[QUEUES];
    pthread_t threads[QUEUES];
    for (size_t i = 0; i < QUEUES; i++) {
        waiters[i] = (struct waiter){.queue = queue_new(2)};
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_burst, &waiters[i]), 0);
    }
    queue_gather_begin();
    for (size_t i = 0; i < QUEUES; i++) {
        assert_true(queue_push(waiters[i].queue, as_item(i + 1)));
    }
    queue_gather_end();
    for (size_t i = 0; i < QUEUES; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(waiters[i].count, 1);
        queue_free(waiters[i].queue);
    }
}

static void test_timed_pop_gives_up(void **state)
{
    (void)state;
    struct queue *queue = queue_new(1);
    void *item;
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(queue_pop_many_timed(queue, &item, NULL, 1, 30), 0);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true((end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec >= 29000000);
    assert_false(queue_is_closed(queue));
    int64_t pushed = 0, before = metric_now();
    queue_push(queue, as_item(1));
    int64_t after = metric_now();
    assert_int_equal(queue_pop_many_timed(queue, &item, &pushed, 1, 30), 1);
    assert_true(before <= pushed && pushed <= after);
    queue_free(queue);
}

#define PUSHERS 4
#define POPPERS 3
#define EACH    20000

struct pusher {
    struct queue *queue;
    uintptr_t number;
};

static void *push_many(void *context)
{
    struct pusher *pusher = context;
    for (uintptr_t i = 0; i < EACH; i++) {
        while (!queue_push(pusher->queue, as_item(pusher->number * EACH + i + 1))) {
            struct timespec pause = {.tv_nsec = 10000};
            nanosleep(&pause, NULL);
        }
    }
    return NULL;
}

static unsigned char taken[PUSHERS * EACH];

/* Marks what it took (each slot is one popper's); returns NULL when each pusher's items came in order. */
static void *pop_many(void *context)
{
    uintptr_t last[PUSHERS] = {0};
    void *items[16];
    size_t count;
    while ((count = queue_pop_many(context, items, 16)) > 0) {
        for (size_t i = 0; i < count; i++) {
            uintptr_t number = (uintptr_t)items[i] - 1;
            taken[number]++;
            if (number % EACH + 1 <= last[number / EACH]) {
                return "out of order";
            }
            last[number / EACH] = number % EACH + 1;
        }
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    struct queue *queue = queue_new(64);
    pthread_t pushers[PUSHERS];
    pthread_t poppers[POPPERS];
    struct pusher contexts[PUSHERS];
    for (int i = 0; i < POPPERS; i++) {
        pthread_create(&poppers[i], NULL, pop_many, queue);
    }
    for (int i = 0; i < PUSHERS; i++) {
        contexts[i] = (struct pusher){.queue = queue, .number = (uintptr_t)i};
        pthread_create(&pushers[i], NULL, push_many, &contexts[i]);
    }
    for (int i = 0; i < PUSHERS; i++) {
        pthread_join(pushers[i], NULL);
    }
    queue_close(queue);
    for (int i = 0; i < POPPERS; i++) {
        void *trouble;
        pthread_join(poppers[i], &trouble);
        assert_null(trouble);
    }
    for (size_t i = 0; i < PUSHERS * EACH; i++) {
        assert_int_equal(taken[i], 1);
    }
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_limit),
        cmocka_unit_test(test_a_burst_wakes_once),
        cmocka_unit_test(test_a_burst_over_many_queues_forgets_none),
        cmocka_unit_test(test_timed_pop_gives_up),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
