#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/phone.h"

struct good {
    const char *text, *country, *e164, *shown;
};

static const struct good good[] = {
    {"+91 98765 43210", "IN", "+919876543210", "+91 98765 43210"},
    {"098765 43210", "IN", "+919876543210", "+91 98765 43210"},
    {"9876543210", "IN", "+919876543210", "+91 98765 43210"},
    {"919876543210", "IN", "+919876543210", "+91 98765 43210"},
    {"00919876543210", "IN", "+919876543210", "+91 98765 43210"},
    {"0091-98765-43210", "DE", "+919876543210", "+91 98765 43210"},
    {"(022) 2345 6789", "IN", "+912223456789", "+91 22234 56789"},
    {"9198765432", "in", "+919198765432", "+91 91987 65432"},
    {"+44 (0)20 7946 0000", "IN", "+442079460000", "+44 2079 460 000"},
    {"(202) 555-0123", "US", "+12025550123", "+1 202 555 0123"},
    {"1 202 555 0123", "US", "+12025550123", "+1 202 555 0123"},
    {"011 91 98765 43210", "US", "+919876543210", "+91 98765 43210"},
    {"+352 26 12 34 56", "IN", "+35226123456", "+35226123456"},
    {"8123 4567", "SG", "+6581234567", "+65 8123 4567"},
    {"06 1234 5678", "IT", "+390612345678", "+39 061 234 5678"},
};

struct bad {
    const char *text, *country;
    enum phone_result result;
};

static const struct bad bad[] = {
    {"", "IN", PHONE_EMPTY},
    {"  ", "IN", PHONE_EMPTY},
    {"+", "IN", PHONE_NOT_A_NUMBER},
    {"()", "IN", PHONE_NOT_A_NUMBER},
    {"call me", "IN", PHONE_NOT_A_NUMBER},
    {"98765 43210 ext 5", "IN", PHONE_NOT_A_NUMBER},
    {"98765+43210", "IN", PHONE_NOT_A_NUMBER},
    {"++919876543210", "IN", PHONE_NOT_A_NUMBER},
    {"12345", "IN", PHONE_TOO_SHORT},
    {"98765432101", "IN", PHONE_TOO_LONG},
    {"+91987654321", "IN", PHONE_TOO_SHORT},
    {"+9198765432101", "IN", PHONE_TOO_LONG},
    {"+3521234567890123", "IN", PHONE_TOO_LONG},
    {"+35212", "IN", PHONE_TOO_SHORT},
    {"+0123456789", "IN", PHONE_NOT_A_NUMBER},
    {"9999999999", "IN", PHONE_NOT_A_NUMBER},
    {"00123456789", "IN", PHONE_TOO_SHORT},
    {"98765432109876543210987654321098765432109876543210", "IN", PHONE_TOO_LONG},
    {"9876543210", "XX", PHONE_UNKNOWN_COUNTRY},
    {"९८७६५४३२१०", "IN", PHONE_NOT_A_NUMBER},
};

static void test_numbers_are_read_and_shown(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char out[PHONE_SIZE] = "";
        enum phone_result result = phone_parse(good[i].text, good[i].country, out);
        if (result != PHONE_OK || strcmp(out, good[i].e164) != 0) {
            fail_msg("'%s': result %d, '%s'", good[i].text, (int)result, out);
        }
        assert_string_equal(phone_format(arena, out), good[i].shown);
        assert_int_equal(phone_parse(phone_format(arena, out), "IN", out), PHONE_OK);
        assert_string_equal(out, good[i].e164);
    }
    assert_string_equal(phone_format(arena, "nothing"), "nothing");
    arena_free(arena);
}

static void test_nonsense_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char out[PHONE_SIZE] = "untouched";
        enum phone_result result = phone_parse(bad[i].text, bad[i].country, out);
        if (result != bad[i].result) {
            fail_msg("'%s': result %d, '%s'", bad[i].text, (int)result, out);
        }
        assert_string_equal(out, "untouched");
        assert_true(phone_explain(result)[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_read_and_shown),
        cmocka_unit_test(test_nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
