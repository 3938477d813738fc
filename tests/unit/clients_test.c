/* Which program somebody sits at: asked once, believed only of itself, forgotten when it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/clients.h"
#include "surface/forms.h"
#include "surface/forms.h"

#define GAJIM "<query xmlns='jabber:iq:version'><name>Gajim</name><version>1.8.4</version></query>"

struct world {
    struct arena *arena;
    struct clients *clients;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_new();
    world->clients = clients_new("crm.d");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    clients_free(world->clients);
    arena_free(world->arena);
    free(world);
    return 0;
}

static struct stanza iq(struct world *world, const char *from, const char *type, const char *id,
                        const char *payload)
{
    struct stanza stanza;
    const struct element *root = element_parse(
        world->arena, arena_printf(world->arena, "<iq from='%s' to='crm.d' type='%s' id='%s'>%s</iq>", from,
                                   type, id, payload));
    assert_non_null(root);
    assert_int_equal(stanza_read(world->arena, root, &stanza), 0);
    return stanza;
}

static const char *menu(struct world *world, const char *from)
{
    size_t length;
    struct stanza stanza = iq(world, from, "get", "1",
                              "<query xmlns='http://jabber.org/protocol/disco#items' "
                              "node='http://jabber.org/protocol/commands'/>");
    return clients_ask(world->clients, world->arena, &stanza, &length);
}

static bool answer(struct world *world, const char *from, const char *id, const char *payload)
{
    struct stanza stanza = iq(world, from, "result", id, payload);
    return clients_take(world->clients, &stanza);
}

static void each_is_asked_once(void **state)
{
    struct world *world = *state;
    const char *question = menu(world, "a@d/x");
    assert_string_equal(
        question,
        "<iq from='bot@crm.d' to='a@d/x' type='get' id='client-1'><query xmlns='jabber:iq:version'/></iq>");
    assert_null(menu(world, "a@d/x"));
    assert_non_null(menu(world, "a@d/y"));
    assert_null(menu(world, "a@d"));
    size_t length;
    struct stanza ping = iq(world, "b@d/x", "get", "1", "<ping xmlns='urn:xmpp:ping'/>");
    assert_null(clients_ask(world->clients, world->arena, &ping, &length));
}

static void only_what_one_says_of_oneself_counts(void **state)
{
    struct world *world = *state;
    menu(world, "a@d/x");
    assert_false(clients_abilities(world->clients, "a@d/x") & FORMS_TABLES);
    assert_false(answer(world, "b@d/x", "client-1", GAJIM));
    assert_false(answer(world, "a@d/x", "client-2", GAJIM));
    assert_false(clients_abilities(world->clients, "a@d/x") & FORMS_TABLES);
    assert_true(answer(world, "a@d/x", "client-1", GAJIM));
    assert_true(clients_abilities(world->clients, "a@d/x") & FORMS_TABLES);
    clients_forget(world->clients, "a@d/x");
    assert_false(clients_abilities(world->clients, "a@d/x") & FORMS_TABLES);
    assert_non_null(menu(world, "a@d/x"));
}

static void many_push_out_the_oldest(void **state)
{
    struct world *world = *state;
    menu(world, "a@d/x");
    assert_true(answer(world, "a@d/x", "client-1", GAJIM));
    for (int i = 0; i < CLIENTS_LIMIT; i++) {
        assert_non_null(menu(world, arena_printf(world->arena, "b@d/%d", i)));
    }
    assert_false(clients_abilities(world->clients, "a@d/x") & FORMS_TABLES);
}

static void programs_are_known_by_name_and_version(void **state)
{
    (void)state;
    assert_true(forms_abilities("Gajim", "1.8.2") & FORMS_TABLES);
    assert_true(forms_abilities("gajim", "2.0") & FORMS_TABLES);
    assert_true(forms_abilities("Gajim", "1.10.0+git") & FORMS_TABLES);
    assert_true(forms_abilities("Cheogram", NULL) & FORMS_TABLES);
    assert_false(forms_abilities("Gajim", "1.8.1") & FORMS_TABLES);
    assert_false(forms_abilities("Gajim", "1.7.3") & FORMS_TABLES);
    assert_false(forms_abilities("Gajim", NULL) & FORMS_TABLES);
    assert_true(forms_abilities("Gajim", "1.7.3") & FORMS_BUTTONS);
    assert_int_equal(forms_abilities("profanity", "9"), 0);
    assert_int_equal(forms_abilities(NULL, "9"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_is_asked_once),
        TEST(only_what_one_says_of_oneself_counts),
        TEST(many_push_out_the_oldest),
        TEST(programs_are_known_by_name_and_version),
    };
    return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
