/* What claims to answer a request of crmd's: its number can be guessed, the sender's address cannot be
 * forged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/ask.h"

static void count(void *context, const struct stanza *answer)
{
    assert_non_null(answer);
    (*(int *)context)++;
}

static bool take(struct asks *asks, struct arena *arena, const char *from, const char *id)
{
    struct stanza stanza;
    const char *text =
        arena_printf(arena, "<iq type='result' from='%s' to='crm.d' id='%s'><barrier/></iq>", from, id);
    assert_int_equal(stanza_read(arena, element_parse(arena, text), &stanza), 0);
    return asks_take(asks, &stanza);
}

static void test_only_whom_was_asked_answers(void **state)
{
    (void)state;
    int answers = 0;
    size_t length;
    struct arena *arena = arena_new();
    struct asks *asks = asks_new(NULL, "crm.d");
    struct xml *xml = ask_open(asks, arena, "get", "d");
    xml_close(xml);
    assert_non_null(ask_expect(asks, xml, count, &answers, &length));
    assert_false(take(asks, arena, "mallory@d/x", "ask-1"));
    assert_false(take(asks, arena, "0123@guest.d/x", "ask-1"));
    assert_false(take(asks, arena, "guest.d", "ask-1"));
    assert_false(take(asks, arena, "d/x", "ask-1"));
    assert_false(take(asks, arena, "d", "ask-2"));
    assert_int_equal(answers, 0);
    assert_true(take(asks, arena, "d", "ask-1"));
    assert_int_equal(answers, 1);
    assert_false(take(asks, arena, "d", "ask-1"));
    asks_free(asks);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_whom_was_asked_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
