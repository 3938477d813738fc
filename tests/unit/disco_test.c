#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "xmpp/disco.h"

static const struct disco_identity identities[] = {{"client", "pc", "Exodus 0.9.1"}};

/* The example of XEP-0115 section 5.2. */
static const char *const features[] = {
    "http://jabber.org/protocol/muc", "http://jabber.org/protocol/disco#items",
    "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/caps"};
static const struct disco_info exodus = {identities, 1, features, 4};

static void test_the_example_of_the_xep(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(disco_caps_ver(arena, &exodus), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    /* disco#info counts also when the table does not name it. */
    static const char *const without[] = {"http://jabber.org/protocol/caps",
                                          "http://jabber.org/protocol/disco#items",
                                          "http://jabber.org/protocol/muc"};
    const struct disco_info shorter = {identities, 1, without, 3};
    assert_string_equal(disco_caps_ver(arena, &shorter), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    arena_free(arena);
}

static void test_what_is_written(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const struct disco_item items[] = {{"crm.d", "lead.add", "Add a lead"}, {"bot@crm.d", NULL, NULL}};
    static const char *const one[] = {"urn:xmpp:ping"};
    const struct disco_info info = {identities, 1, one, 1};
    size_t length;
    struct xml *xml = xml_new(arena);
    disco_write_info(xml, &info, "n");
    disco_write_items(xml, items, 2, NULL);
    disco_write_caps(xml, arena, &exodus, "urn:us");
    assert_string_equal(
        xml_finish(xml, &length),
        "<query xmlns='http://jabber.org/protocol/disco#info' node='n'>"
        "<identity category='client' type='pc' name='Exodus 0.9.1'/>"
        "<feature var='http://jabber.org/protocol/disco#info'/><feature var='urn:xmpp:ping'/></query>"
        "<query xmlns='http://jabber.org/protocol/disco#items'>"
        "<item jid='crm.d' node='lead.add' name='Add a lead'/><item jid='bot@crm.d'/></query>"
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:us' "
        "ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example_of_the_xep),
        cmocka_unit_test(test_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
