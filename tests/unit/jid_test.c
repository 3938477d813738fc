#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "xmpp/jid.h"

static void check(const char *string, const char *local, const char *domain, const char *resource,
                  const char *bare)
{
    struct arena *arena = arena_new();
    struct jid jid;
    assert_int_equal(jid_parse(arena, string, &jid), 0);
    assert_string_equal(jid.local, local);
    assert_string_equal(jid.domain, domain);
    assert_string_equal(jid.resource, resource);
    assert_string_equal(jid.bare, bare);
    assert_string_equal(jid.full, string);
    arena_free(arena);
}

static void test_good(void **state)
{
    (void)state;
    check("d.example", "", "d.example", "", "d.example");
    check("a@d.example", "a", "d.example", "", "a@d.example");
    check("a@d/r", "a", "d", "r", "a@d");
    check("d/r@x/y", "", "d", "r@x/y", "d");
    check("a@d/ b@c/d", "a", "d", " b@c/d", "a@d");
}

static char *repeat(struct arena *arena, char c, size_t count)
{
    char *string = arena_alloc(arena, count + 1);
    memset(string, c, count);
    return string;
}

static void test_bad(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct jid jid;
    const char *const cases[] = {"", "@d", "a@", "a@/r", "/r", "a@d/", "d/", "a@b@c", NULL};
    for (size_t i = 0; cases[i] != NULL; i++) {
        if (jid_parse(arena, cases[i], &jid) == 0) {
            fail_msg("'%s' was taken", cases[i]);
        }
    }
    assert_int_equal(jid_parse(arena, NULL, &jid), -1);
    char *part = repeat(arena, 'x', 1023);
    char *longer = repeat(arena, 'x', 1024);
    assert_int_equal(jid_parse(arena, arena_printf(arena, "%s@%s/%s", part, part, part), &jid), 0);
    assert_int_equal(jid_parse(arena, arena_printf(arena, "%s@d", longer), &jid), -1);
    assert_int_equal(jid_parse(arena, longer, &jid), -1);
    assert_int_equal(jid_parse(arena, arena_printf(arena, "d/%s", longer), &jid), -1);
    assert_int_equal(jid_parse(arena, repeat(arena, 'x', 1000000), &jid), -1);
    arena_free(arena);
}

static void test_record_numbers(void **state)
{
    (void)state;
    long long number = 0;
    assert_int_equal(jid_record_number("visitor-17", "visitor-", &number), 0);
    assert_true(number == 17);
    assert_int_equal(jid_record_number("lead-9223372036854775807", "lead-", &number), 0);
    const char *const cases[] = {"visitor-",   "visitor-0",  "visitor-017", "visitor--1",
                                 "visitor-1x", "visitor- 1", "lead-17",     "visitor-9223372036854775808",
                                 "visitor-1 ", "",           NULL};
    for (size_t i = 0; cases[i] != NULL; i++) {
        assert_int_equal(jid_record_number(cases[i], "visitor-", &number), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_record_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
