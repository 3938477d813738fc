#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/similar.h"

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(similar_distance("", "", 5), 0);
    assert_int_equal(similar_distance("", "abc", 5), 3);
    assert_int_equal(similar_distance("lead.ad", "lead.add", 5), 1);
    assert_int_equal(similar_distance("laed", "lead", 5), 1);
    assert_int_equal(similar_distance("LEAD", "lead", 5), 0);
    assert_int_equal(similar_distance("kitten", "sitting", 5), 3);
    assert_int_equal(similar_distance("ca", "abc", 5), 3);
    assert_int_equal(similar_distance("kitten", "sitting", 2), 3);
    char word[80];
    memset(word, 'a', sizeof word);
    word[79] = '\0';
    assert_int_equal(similar_distance(word, word, 3), 4);
    word[64] = '\0';
    assert_int_equal(similar_distance(word, word, 3), 0);
}

static void test_suggestion(void **state)
{
    (void)state;
    const char *const names[] = {"lead.add", NULL, "lead.list", "me"};
    assert_string_equal(similar_find("lead.lits", names, 4), "lead.list");
    assert_string_equal(similar_find("mee", names, 4), "me");
    assert_null(similar_find("zzzz", names, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_suggestion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
