/* A thread that does not get on is named, and one that does, or has ended, is not. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/progress.h"

/* Negative patience: any time at all since the last step is too long. */
#define AT_ONCE (-1)

static void *announce(void *argument)
{
    pthread_barrier_t *barrier = argument;
    progress_begin("other");
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    progress_end();
    return NULL;
}

static void who_has_not_begun_is_not_expected_to_get_on(void **state)
{
    (void)state;
    progress_note();
    assert_null(progress_stuck(AT_ONCE));
}

static void whoever_stands_still_is_named_until_they_end(void **state)
{
    (void)state;
    progress_begin("lane");
    assert_string_equal(progress_stuck(AT_ONCE), "lane");
    assert_null(progress_stuck(60000));
    progress_end();
    assert_null(progress_stuck(AT_ONCE));
}

static void threads_are_told_apart(void **state)
{
    pthread_barrier_t barrier;
    pthread_t thread;
    (void)state;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, announce, &barrier);
    pthread_barrier_wait(&barrier);
    assert_string_equal(progress_stuck(AT_ONCE), "other");
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&barrier);
    assert_null(progress_stuck(AT_ONCE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_not_begun_is_not_expected_to_get_on),
        cmocka_unit_test(whoever_stands_still_is_named_until_they_end),
        cmocka_unit_test(threads_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
