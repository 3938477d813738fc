#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/money.h"

struct good {
    const char *text;
    int64_t minor;
    const char *currency, *shown;
};

static const struct good good[] = {
    {"50000 INR", 5000000, "INR", "₹50,000"},
    {"₹50,000", 5000000, "INR", "₹50,000"},
    {"₹ 1,50,000", 15000000, "INR", "₹1,50,000"},
    {"150,000", 15000000, "INR", "₹1,50,000"},
    {"1.5 lakh", 15000000, "INR", "₹1,50,000"},
    {"1.5L", 15000000, "INR", "₹1,50,000"},
    {"2 crore", 2000000000, "INR", "₹2,00,00,000"},
    {"2cr", 2000000000, "INR", "₹2,00,00,000"},
    {"$1,200.50", 120050, "USD", "$1,200.50"},
    {"INR 50k", 5000000, "INR", "₹50,000"},
    {"50k inr", 5000000, "INR", "₹50,000"},
    {"50000", 5000000, "INR", "₹50,000"},
    {" Rs. 500/- ", 50000, "INR", "₹500"},
    {"Rs 500", 50000, "INR", "₹500"},
    {"0", 0, "INR", "₹0"},
    {"0.05", 5, "INR", "₹0.05"},
    {"1.50 INR", 150, "INR", "₹1.50"},
    {"1.200,50 €", 120050, "EUR", "€1,200.50"},
    {"€1.200.000", 120000000, "EUR", "€1,200,000"},
    {"1.200,5 EUR", 120050, "EUR", "€1,200.50"},
    {"0.500 USD", 50, "USD", "$0.50"},
    {"1.500 KWD", 1500, "KWD", "KWD 1.500"},
    {"1.500 lakh", 15000000, "INR", "₹1,50,000"},
    {"500 JPY", 500, "JPY", "¥500"},
    {"500.00 JPY", 500, "JPY", "¥500"},
    {"1.25 KWD", 1250, "KWD", "KWD 1.250"},
    {"1.234 KWD", 1234, "KWD", "KWD 1.234"},
    {"2.5 million usd", 250000000, "USD", "$2,500,000"},
    {"€10", 1000, "EUR", "€10"},
    {"10 euros", 1000, "EUR", "€10"},
    {"1.2345 k", 123450, "INR", "₹1,234.50"},
    {"92233720368547758.07", INT64_MAX, "INR", "₹92,23,37,20,36,85,47,758.07"},
    {"INR 5 INR", 500, "INR", "₹5"},
};

struct bad {
    const char *text;
    enum money_result result;
};

static const struct bad bad[] = {
    {"", MONEY_EMPTY},
    {"   ", MONEY_EMPTY},
    {"INR", MONEY_NOT_A_NUMBER},
    {"a lot", MONEY_UNKNOWN_CURRENCY},
    {"50 XXQ", MONEY_UNKNOWN_CURRENCY},
    {"50 INR USD", MONEY_UNKNOWN_CURRENCY},
    {"-5", MONEY_NEGATIVE},
    {"− 5", MONEY_NEGATIVE},
    {"5-6", MONEY_NOT_A_NUMBER},
    {"5 6", MONEY_NOT_A_NUMBER},
    {"1,2", MONEY_NOT_A_NUMBER},
    {"1,00", MONEY_NOT_A_NUMBER},
    {",100", MONEY_NOT_A_NUMBER},
    {"1000,", MONEY_NOT_A_NUMBER},
    {"1234,567", MONEY_NOT_A_NUMBER},
    {"1.2.3", MONEY_NOT_A_NUMBER},
    {"1e9", MONEY_UNKNOWN_CURRENCY},
    {"0x10", MONEY_UNKNOWN_CURRENCY},
    {"0.005 INR", MONEY_TOO_PRECISE},
    {"1.200 €", MONEY_AMBIGUOUS},
    {"1.500 INR", MONEY_AMBIGUOUS},
    {"1.200,505 EUR", MONEY_NOT_A_NUMBER},
    {"1.20,50 EUR", MONEY_NOT_A_NUMBER},
    {"1.5 JPY", MONEY_TOO_PRECISE},
    {"92233720368547758.08", MONEY_TOO_LARGE},
    {"99999999999999999999999", MONEY_TOO_LARGE},
    {"9223372036854775807 crore", MONEY_TOO_LARGE},
    {"5 lakh lakh", MONEY_UNKNOWN_CURRENCY},
    {"lakh", MONEY_UNKNOWN_CURRENCY},
};

static void test_amounts_are_read_and_shown(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct money money;
        enum money_result result = money_parse(good[i].text, "INR", &money);
        if (result != MONEY_OK || money.minor != good[i].minor ||
            strcmp(money.currency, good[i].currency) != 0) {
            fail_msg("'%s': result %d, %lld", good[i].text, (int)result, (long long)money.minor);
        }
        assert_string_equal(money_format(arena, money), good[i].shown);
        struct money again;
        assert_int_equal(money_parse(good[i].shown, "INR", &again), MONEY_OK);
        assert_true(again.minor == money.minor);
        assert_string_equal(again.currency, money.currency);
    }
    arena_free(arena);
}

static void test_nonsense_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct money money = {.minor = 7, .currency = "ABC"};
        enum money_result result = money_parse(bad[i].text, "INR", &money);
        if (result != bad[i].result) {
            fail_msg("'%s': result %d", bad[i].text, (int)result);
        }
        assert_true(money.minor == 7);
        assert_true(money_explain(result)[0] != '\0');
    }
}

static void test_default_currency(void **state)
{
    (void)state;
    struct money money;
    assert_int_equal(money_parse("5", "USD", &money), MONEY_OK);
    assert_string_equal(money.currency, "USD");
    assert_int_equal(money_parse("5", "???", &money), MONEY_UNKNOWN_CURRENCY);
    assert_int_equal(money_exponent("JPY"), 0);
    assert_int_equal(money_exponent("KWD"), 3);
    assert_int_equal(money_exponent("XXX"), -1);
}

static void test_extremes_are_shown(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(money_format(arena, (struct money){INT64_MIN, "USD"}), "-$92,233,720,368,547,758.08");
    assert_string_equal(money_format(arena, (struct money){-50, "INR"}), "-₹0.50");
    assert_string_equal(money_format(arena, (struct money){123456, "XTS"}), "XTS 1,234.56");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts_are_read_and_shown),
        cmocka_unit_test(test_nonsense_is_refused),
        cmocka_unit_test(test_default_currency),
        cmocka_unit_test(test_extremes_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
