/* The table of moves of a conversation, and the once-only keys of messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "desk/conversation.h"
#include "desk/inbound.h"

static void test_each_state_and_event(void **state)
{
    /* Rows are states (none, waiting, open), columns events; NONE as `to` with no action stands for an
     * illegal move. */
    enum { ILLEGAL = -1 };
    static const int expected[3][6] = {
        [CONVERSATION_NONE] = {CONVERSATION_OFFER, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL},
        [CONVERSATION_WAITING] = {CONVERSATION_OFFER, CONVERSATION_TAKE, ILLEGAL, ILLEGAL, CONVERSATION_SHOW,
                                  ILLEGAL},
        [CONVERSATION_OPEN] = {CONVERSATION_TELL_TAKER, ILLEGAL, CONVERSATION_RELAY, CONVERSATION_REFUSE,
                               ILLEGAL, CONVERSATION_OFFER},
    };
    (void)state;
    for (int from = CONVERSATION_NONE; from <= CONVERSATION_OPEN; from++) {
        for (int event = CONVERSATION_VISITOR_WRITES; event <= CONVERSATION_TAKER_GONE; event++) {
            const struct conversation_move *move = conversation_move_find(from, event);
            assert_int_equal(move == NULL ? ILLEGAL : (int)move->action, expected[from][event]);
        }
    }
}

static void test_names_of_states_are_those_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(conversation_state_parse("waiting"), CONVERSATION_WAITING);
    assert_int_equal(conversation_state_parse("open"), CONVERSATION_OPEN);
    assert_int_equal(conversation_state_parse(NULL), CONVERSATION_NONE);
    assert_string_equal(conversation_state_name(CONVERSATION_OPEN), "open");
}

static const char *key_of(struct arena *arena, const char *xml)
{
    struct stanza stanza;
    assert_int_equal(stanza_read(arena, element_parse(arena, xml), &stanza), 0);
    return inbound_key(arena, &stanza);
}

#define FROM_VISITOR "<message from='g@guest.d/tab' to='support@crm.d' "

static void test_a_resent_message_has_the_same_key(void **state)
{
    struct arena *arena = arena_new();
    const char *first = key_of(arena, FROM_VISITOR "id='1'><body>hello</body></message>");
    (void)state;
    assert_string_equal(
        first,
        key_of(arena,
               "<message from='g@guest.d/other' to='support@crm.d' id='1'><body>hello</body></message>"));
    assert_string_not_equal(first, key_of(arena, FROM_VISITOR "id='2'><body>hello</body></message>"));
    assert_string_not_equal(first, key_of(arena, FROM_VISITOR "id='1'><body>bye</body></message>"));
    assert_string_not_equal(
        first,
        key_of(arena,
               "<message from='h@guest.d/tab' to='support@crm.d' id='1'><body>hello</body></message>"));
    assert_null(key_of(arena, FROM_VISITOR "><body>hello</body></message>"));
    arena_free(arena);
}

static void test_the_archive_id_is_the_key_of_what_staff_say(void **state)
{
    struct arena *arena = arena_new();
    const char *live = key_of(arena, "<message from='asha@d/x' to='visitor-1@crm.d' id='1'><body>a</body>"
                                     "<stanza-id xmlns='urn:xmpp:sid:0' by='asha@d' id='77'/></message>");
    const char *forged = key_of(arena, "<message from='asha@d/x' to='visitor-1@crm.d' id='1'><body>a</body>"
                                       "<stanza-id xmlns='urn:xmpp:sid:0' by='ravi@d' id='77'/></message>");
    (void)state;
    assert_string_equal(live, inbound_key_archived(arena, "asha@d", "77"));
    assert_string_not_equal(live, forged);
    assert_string_not_equal(live, inbound_key_archived(arena, "ravi@d", "77"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_state_and_event),
        cmocka_unit_test(test_names_of_states_are_those_of_the_table),
        cmocka_unit_test(test_a_resent_message_has_the_same_key),
        cmocka_unit_test(test_the_archive_id_is_the_key_of_what_staff_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
