#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"

static void test_fnv_vectors(void **state)
{
    (void)state;
    assert_true(hash_stable("") == 0xcbf29ce484222325u);
    assert_true(hash_stable("a") == 0xaf63dc4c8601ec8cu);
    assert_true(hash_stable("foobar") == 0x85944171f73967e8u);
}

/* The vectors of the SipHash paper's reference: key 00..0f, message 00..n-1. */
static void test_siphash_vectors(void **state)
{
    (void)state;
    unsigned char key[16];
    unsigned char message[16];
    for (unsigned char i = 0; i < 16; i++) {
        key[i] = message[i] = i;
    }
    assert_true(hash_siphash(key, message, 0) == 0x726fdb47dd0e0e31u);
    assert_true(hash_siphash(key, message, 1) == 0x74f839c593dc67fdu);
    assert_true(hash_siphash(key, message, 8) == 0x93f5f5799a932462u);
    assert_true(hash_siphash(key, message, 15) == 0xa129ca6149be45e5u);
}

static void test_key_of_the_process(void **state)
{
    (void)state;
    unsigned char zero[16] = {0};
    assert_true(hash_keyed("abc", 3) == hash_keyed("abc", 3));
    assert_true(hash_keyed("abc", 3) != hash_siphash(zero, "abc", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fnv_vectors),
        cmocka_unit_test(test_siphash_vectors),
        cmocka_unit_test(test_key_of_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
