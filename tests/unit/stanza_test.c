#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "xmpp/stanza.h"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static int read_text(struct arena *arena, const char *text, struct stanza *out)
{
    return stanza_read(arena, element_parse(arena, text), out);
}

static void test_reading(void **state)
{
    struct stanza stanza;
    assert_int_equal(read_text(*state, "<message from='a@d/r' to='support@crm.d'/>", &stanza), 0);
    assert_int_equal(stanza.kind, STANZA_MESSAGE);
    assert_string_equal(stanza.type, "normal");
    assert_null(stanza.id);
    assert_string_equal(stanza.from.resource, "r");
    assert_string_equal(stanza.to.local, "support");
    assert_int_equal(read_text(*state, "<message from='a@d' to='b@d' type='odd'/>", &stanza), 0);
    assert_string_equal(stanza.type, "normal");
    assert_int_equal(read_text(*state, "<presence from='a@d' to='b@d' id='7'/>", &stanza), 0);
    assert_string_equal(stanza.type, "available");
    assert_string_equal(stanza.id, "7");
    assert_int_equal(read_text(*state, "<iq from='a@d' to='b@d' id='7' type='set'/>", &stanza), 0);
    assert_string_equal(stanza.type, "set");
}

static void test_what_is_no_stanza(void **state)
{
    static const char *const cases[] = {
        "<message to='b@d'/>",
        "<message from='a@d'/>",
        "<message from='a@' to='b@d'/>",
        "<iq from='a@d' to='b@d'/>",
        "<iq from='a@d' to='b@d' type='odd'/>",
        "<presence from='a@d' to='b@d' type='odd'/>",
        "<other from='a@d' to='b@d'/>",
        "<message xmlns='urn:x' from='a@d' to='b@d'/>",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stanza stanza;
        if (read_text(*state, cases[i], &stanza) == 0) {
            fail_msg("'%s' was taken", cases[i]);
        }
    }
}

static void test_answers(void **state)
{
    struct stanza request;
    size_t length;
    assert_int_equal(read_text(*state, "<iq from='a@d/r' to='crm.d' id='&apos;1' type='get'/>", &request), 0);
    struct xml *xml = xml_new(*state);
    stanza_open_result(xml, &request);
    xml_close(xml);
    assert_string_equal(xml_finish(xml, &length), "<iq type='result' id='&apos;1' from='crm.d' to='a@d/r'/>");
    xml = xml_new(*state);
    stanza_write_error(xml, &request, STANZA_SESSION_EXPIRED, "begin again");
    const char *bytes = xml_finish(xml, &length);
    assert_string_equal(bytes, "<iq type='error' id='&apos;1' from='crm.d' to='a@d/r'><error type='modify'>"
                               "<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                               "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>begin again</text>"
                               "<bad-sessionid xmlns='http://jabber.org/protocol/commands'/></error></iq>");
    struct stanza answer;
    assert_int_equal(read_text(*state, bytes, &answer), 0);
    assert_string_equal(stanza_error_condition(&answer), "bad-request");
    assert_string_equal(stanza_error_condition(&request), "");
}

static void test_every_error_has_its_type(void **state)
{
    static const char *const types[] = {"modify", "modify", "modify", "auth",  "cancel",
                                        "cancel", "cancel", "wait",   "modify"};
    struct stanza request;
    assert_int_equal(read_text(*state, "<message from='a@d/r' to='crm.d' id='1'/>", &request), 0);
    for (int error = STANZA_BAD_REQUEST; error <= STANZA_SESSION_EXPIRED; error++) {
        size_t length;
        struct xml *xml = xml_new(*state);
        stanza_write_error(xml, &request, (enum stanza_error)error, NULL);
        const struct element *root = element_parse(*state, xml_finish(xml, &length));
        assert_string_equal(element_attribute(element_child(root, "error", ""), "type"), types[error]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reading, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_stanza, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_error_has_its_type, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
