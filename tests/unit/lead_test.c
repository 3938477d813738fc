/* Leads: the program's lists are the database's, and every column is shown to whoever may see it. */
#include "surface_fixture.h"

static int setup(void **state)
{
    *state = getenv("CRM_TEST_CONNINFO") == NULL ? NULL : world_new(world_table);
    return 0;
}

static int teardown(void **state)
{
    if (*state != NULL)
        world_free(*state);
    return 0;
}

static void sources_are_those_of_the_database(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    size_t count = 0;
    for (const struct choice *source = lead_sources; source->value != NULL; source++, count++)
        assert_string_equal(admin("SELECT label FROM crm.lead_source WHERE name = '%s'", source->value),
                            source->label);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_source WHERE built_in"),
                        arena_printf(world->arena, "%zu", count));
}

static void what_an_admin_adds_is_a_source_at_once(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    assert_says(world_say(world, "manoj", "source add Trade fair"), "Forbidden");
    assert_says(world_say(world, "anna", "source add Trade fair"), "Leads can come from Trade fair now.");
    assert_says(world_say(world, "anna", "source add trade FAIR"),
                "there is a source called Trade fair already");
    assert_says(world_say(world, "anna", "source add ?!"), "is no name for a source");
    assert_says(world_say(world, "manoj", "lead add Asha Rao, from trade fair"), "Source: Trade fair");
    assert_says(world_say(world, "manoj", "leads from trade fair"), "Asha Rao");
    assert_says(world_ask(world, "manoj", "crm." DOMAIN, "set",
                          "<command xmlns='http://jabber.org/protocol/commands' node='lead.add'/>"),
                "<option label='Trade fair'><value>trade-fair</value></option>");
    assert_says(world_say(world, "anna", "source remove trade fir"), "Did you mean Trade fair?");
    assert_says(world_say(world, "anna", "source remove LinkedIn"), "always is there");
    assert_says(world_say(world, "anna", "source remove trade fair"), "The leads that came from it keep it.");
    assert_says(world_say(world, "manoj", "leads from trade fair"), "Asha Rao");
    assert_says(world_say(world, "manoj", "lead add source=trade-fair name=Ravi"), "Source: ");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE source = 'trade-fair'"), "1");
    assert_says(world_say(world, "anna", "sources"), "Trade fair · no longer offered");
    assert_says(world_say(world, "anna", "source add Trade fair"), "Leads can come from Trade fair now.");
    world_say(world, "anna", "source add Expo");
    assert_says(world_say(world, "anna", "source remove Expo"), "The source Expo is removed.");
}

static void statuses_are_those_of_the_database(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *rule = admin("SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                             " WHERE conrelid = 'crm.lead'::regclass AND conname = 'lead_status_check'");
    size_t count = 0;
    for (const struct choice *status = lead_statuses; status->value != NULL; status++, count++)
        assert_says(rule, arena_printf(world->arena, "'%s'", status->value));
    assert_string_equal(admin("SELECT count(DISTINCT s) FROM crm.lead_move, unnest(ARRAY[from_status, "
                              "to_status]) s"),
                        arena_printf(world->arena, "%zu", count));
}

static void every_column_is_stored_and_shown(void **state)
{
    NEEDS_POSTGRES();
    world_say(
        *state, "manoj",
        "lead add name=\"Asha Rao\" email=asha@example.in phone=9876543210 source=referral budget=$1,200.50 "
        "requirements=\"Excel for 12\" follow_up=\"2030-12-01 10:30\" assignee=priya");
    assert_string_equal(
        admin("SELECT concat_ws('|', name, email, phone, source, status, assignee, creator, budget_minor, "
              "budget_currency, requirements, follow_up_at AT TIME ZONE 'Asia/Kolkata') FROM crm.lead"),
        "Asha Rao|asha@example.in|+919876543210|referral|assigned|3|2|120050|USD|Excel for 12|2030-12-01 "
        "10:30:00");
    const char *said = world_say(*state, "priya", "lead 1");
    static const char *const lines[] = {"Name: Asha Rao",
                                        "Email: asha@example.in",
                                        "Phone: +91 98765 43210",
                                        "Source: Referral",
                                        "Status: assigned",
                                        "Assigned to: Priya Nair",
                                        "Budget: $1,200.50",
                                        "Requirements: Excel for 12",
                                        "Follow-up: Sun 1 Dec 2030, 10:30",
                                        "Added by: Manoj Verma",
                                        "Added: "};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_says(said, lines[i]);
}

static void times_are_shown_in_the_readers_zone(void **state)
{
    NEEDS_POSTGRES();
    admin("UPDATE crm.person SET time_zone = 'Europe/Berlin' WHERE username = 'priya'");
    world_say(*state, "manoj", "lead add Asha Rao, to priya, follow up 2030-07-01 10:30");
    assert_says(admin("SELECT body FROM crm.outbox WHERE recipient LIKE 'priya@%%'"),
                "Follow-up: Mon 1 Jul 2030, 07:00");
    assert_says(world_say(*state, "priya", "lead 1"), "Follow-up: Mon 1 Jul 2030, 07:00");
    assert_says(world_say(*state, "manoj", "lead 1"), "Follow-up: Mon 1 Jul 2030, 10:30");
}

static void history_is_kept(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    world_say(*state, "leela", "assign 1 to ravi");
    assert_string_equal(
        admin("SELECT string_agg(concat_ws(' ', person_id, surface, field, is_now), '|' ORDER BY id)"
              " FROM crm.lead_event WHERE field IN ('created', 'assignee', 'status')"),
        "2 chat created Asha Rao|5 chat status assigned|5 chat assignee 4");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sources_are_those_of_the_database),   TEST(what_an_admin_adds_is_a_source_at_once),
        TEST(statuses_are_those_of_the_database),  TEST(every_column_is_stored_and_shown),
        TEST(times_are_shown_in_the_readers_zone), TEST(history_is_kept),
    };
    return cmocka_run_group_tests_name("lead", tests, NULL, NULL);
}
