#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/email.h"

static void test_good_addresses(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"asha@example.in", "asha@example.in"},
        {" Asha.Rao+crm@Example.IN\n", "Asha.Rao+crm@example.in"},
        {"o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"},
        {"a@b.xn--p1ai", "a@b.xn--p1ai"},
        {"x_y-z@a-b.io", "x_y-z@a-b.io"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = NULL;
        if (email_parse(arena, cases[i][0], &out) != 0) {
            fail_msg("'%s' was refused", cases[i][0]);
        }
        assert_string_equal(out, cases[i][1]);
    }
    arena_free(arena);
}

static void test_bad_addresses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "asha",
        "@example.in",
        "asha@",
        "asha@localhost",
        "a@b@c.de",
        "a b@c.de",
        ".a@b.de",
        "a.@b.de",
        "a..b@c.de",
        "a@.de",
        "a@b..de",
        "a@b.de.",
        "a@-b.de",
        "a@b-.de",
        "a@1.2.3.4",
        "a@[1.2.3.4]",
        "\"a\"@b.de",
        "a@b_c.de",
        "a,b@c.de",
        "a@b.d",
        "<a@b.de>",
        "a\tb@c.de",
        "a@b.de\r\nBcc: x@y.de",
        "ä@b.de",
        "a@bä.de",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.de",
        "a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.de",
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = NULL;
        if (email_parse(arena, cases[i], &out) == 0) {
            fail_msg("'%s' was taken", cases[i]);
        }
        assert_null(out);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_addresses),
        cmocka_unit_test(test_bad_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
