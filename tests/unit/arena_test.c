#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <stdalign.h>

#include "base/arena.h"

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

#define PIECES 3000

/* Every allocation is zeroed, aligned, and keeps its bytes while others come and grow. */
static void test_torture(void **state)
{
    (void)state;
    for (random_state = 1; random_state < 5; random_state += 1) {
        struct arena *arena = arena_new();
        static unsigned char *pieces[PIECES];
        static size_t sizes[PIECES];
        size_t total = 0;
        for (size_t i = 0; i < PIECES; i++) {
            sizes[i] = next_random() % (next_random() % 50 == 0 ? 20000 : 200);
            pieces[i] = arena_alloc(arena, sizes[i]);
            assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++) {
                assert_int_equal(pieces[i][k], 0);
            }
            memset(pieces[i], (int)(i % 251 + 1), sizes[i]);
            total += sizes[i];
            if (next_random() % 5 == 0) {
                size_t larger = sizes[i] + next_random() % 3000;
                pieces[i] = arena_grow(arena, pieces[i], sizes[i], larger);
                for (size_t k = sizes[i]; k < larger; k++) {
                    assert_int_equal(pieces[i][k], 0);
                }
                memset(pieces[i], (int)(i % 251 + 1), larger);
                sizes[i] = larger;
            }
        }
        for (size_t i = 0; i < PIECES; i++) {
            for (size_t k = 0; k < sizes[i]; k++) {
                assert_int_equal(pieces[i][k], i % 251 + 1);
            }
        }
        assert_true(arena_used(arena) >= total);
        arena_free(arena);
    }
}

static void test_strings(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_null(arena_strdup(arena, NULL));
    assert_null(arena_strndup(arena, NULL, 5));
    assert_string_equal(arena_strdup(arena, ""), "");
    assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(arena, "ab", 30), "ab");
    assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
    char *large = arena_printf(arena, "%*d", 100000, 5);
    assert_int_equal(strlen(large), 100000);
    assert_non_null(arena_array(arena, 0, 8));
    arena_free(arena);
    arena_free(NULL);
}

static void fill(struct arena *arena, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *bytes = arena_alloc(arena, i % 97 + 1);
        for (size_t byte = 0; byte < i % 97 + 1; byte++) {
            assert_int_equal(bytes[byte], 0);
        }
        memset(bytes, 'x', i % 97 + 1);
        if (i % 50 == 0) {
            memset(arena_alloc(arena, 300000), 'y', 300000);
        }
    }
}

static void test_what_is_behind_a_mark_is_given_back(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct arena_mark empty = arena_mark(arena);
    fill(arena, 200);
    arena_rewind(arena, empty);
    assert_int_equal(arena_used(arena), 0);
    const char *kept = arena_strdup(arena, "kept");
    size_t used = arena_used(arena);
    for (int turn = 0; turn < 20; turn++) {
        struct arena_mark mark = arena_mark(arena);
        fill(arena, 1000);
        arena_rewind(arena, mark);
        assert_int_equal(arena_used(arena), used);
        assert_string_equal(kept, "kept");
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torture),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_what_is_behind_a_mark_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
