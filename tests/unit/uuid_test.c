#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/uuid.h"

static void test_form_and_difference(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char last[UUID_LENGTH + 1] = "";
    for (int i = 0; i < 1000; i++) {
        const char *uuid = uuid_new(arena);
        assert_true(uuid_valid(uuid));
        assert_int_equal(uuid[14], '4');
        assert_non_null(strchr("89ab", uuid[19]));
        assert_string_not_equal(uuid, last);
        strcpy(last, uuid);
    }
    arena_free(arena);
}

static void test_valid(void **state)
{
    (void)state;
    assert_true(uuid_valid("0B8F3a52-7c1e-4d0a-9c55-2f6f3f0e5a11"));
    assert_false(uuid_valid(""));
    assert_false(uuid_valid("0b8f3a52-7c1e-4d0a-9c55-2f6f3f0e5a1"));
    assert_false(uuid_valid("0b8f3a52-7c1e-4d0a-9c55-2f6f3f0e5a111"));
    assert_false(uuid_valid("0b8f3a5207c1e04d0a09c5502f6f3f0e5a11"));
    assert_false(uuid_valid("0b8f3a52-7c1e-4d0a-9c55-2f6f3f0e5a1g"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_and_difference),
        cmocka_unit_test(test_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
