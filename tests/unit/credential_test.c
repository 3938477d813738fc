/* SCRAM keys against values computed by an independent implementation (Python's hashlib) for the example of
 * RFC 5802 section 5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "people/credential.h"

static void keys_are_those_of_the_rfc(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct credential keys = credential_derive(arena, "pencil", "A%\xc2G\xe4:\xb1\xe9<m\xffv", 4096);
    assert_string_equal(keys.stored_sha1, "e9d94660c39d65c38fbad91c358f14da0eef2bd6");
    assert_string_equal(keys.server_sha1, "0fe09258b3ac852ba502cc62ba903eaacdbf7d31");
    assert_string_equal(keys.stored_sha256,
                        "14efbd8c16f7314ba4b7a8c99f38cf64e59ce68c3f3eee89b4fca3bb46aa684f");
    assert_string_equal(keys.server_sha256,
                        "ab127549b992022e44712d09e4293f70a026ffe2316be2b0a7addfe0e1c3833a");
    arena_free(arena);
}

static void passwords_and_salts_are_new_each_time(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_not_equal(credential_password(arena), credential_password(arena));
    assert_int_equal(strlen(credential_password(arena)), 20);
    assert_string_not_equal(credential_new(arena, "x").salt, credential_new(arena, "x").salt);
    assert_int_equal(credential_new(arena, "x").iterations, 10000);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_rfc),
        cmocka_unit_test(passwords_and_salts_are_new_each_time),
    };
    return cmocka_run_group_tests_name("credential", tests, NULL, NULL);
}
