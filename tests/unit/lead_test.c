/* Leads: the program's lists are the database's, and every column is shown to whoever may see it. */
#include "surface_fixture.h"

static int setup(void **state)
{
    *state = getenv("CRM_TEST_CONNINFO") == NULL ? NULL : world_new(world_table);
    return 0;
}

static int teardown(void **state)
{
    if (*state != NULL) {
        world_free(*state);
    }
    return 0;
}

static void sources_are_those_of_the_database(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    size_t count = 0;
    for (const struct choice *source = lead_sources; source->value != NULL; source++, count++) {
        assert_string_equal(admin("SELECT label FROM crm.lead_source WHERE name = '%s'", source->value),
                            source->label);
    }
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

static void the_same_contact_is_asked_about(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    world_say(world, "manoj", "lead add Asha Rao, asha@example.in, +91 98765 43210");
    const char *said = world_say(world, "leela", "lead add A. Rao, ASHA@example.in, 98765 43210");
    assert_says(said, "Lead 1, Asha Rao, has the same email and phone: lead-1@crm." DOMAIN);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "1");
    assert_says(world_say(world, "leela", "no"), "Nothing was changed");
    world_say(world, "leela", "lead add A. Rao, ASHA@example.in, 98765 43210");
    /* To ask took no number. */
    assert_says(world_say(world, "leela", "yes"), "Lead 2, A. Rao, is added.");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "2");
    world_say(world, "manoj", "lead add Meera Joshi");
    assert_says(world_say(world, "manoj", "lead edit 3 email asha@example.in"), "has the same email");
    assert_says(world_say(world, "manoj", "lead edit 1 phone 98765 43210"), "has the same phone");
    /* What is deleted is nobody's double, and no lead is its own. */
    admin("UPDATE crm.lead SET deleted_at = now() WHERE id > 1");
    assert_says(world_say(world, "manoj", "lead edit 1 phone 98765 43210"), "is like that already");
}

/* Not even that there is one: the same words as when there is none; and whoever manages its owner hears it.
 */
static void the_same_contact_of_anothers_lead_goes_to_the_manager(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    world_say(world, "manoj", "lead add Asha Rao, asha@example.in, to ravi");
    world_say(world, "manoj", "lead add Meera Joshi, to priya");
    const char *none = world_say(world, "priya", "lead edit 2 email free@example.in");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox"), "1");
    world_say(world, "priya", "lead edit 2 email -");
    const char *said = world_say(world, "priya", "lead edit 2 email asha@example.in");
    assert_string_equal(
        said, arena_printf(world->arena, "%.*sasha@example.in", (int)(strstr(none, "free@") - none), none));
    assert_string_equal(admin("SELECT string_agg(recipient, ' ' ORDER BY id) FROM crm.outbox"),
                        "manoj@" DOMAIN " priya@" DOMAIN);
    assert_says(admin("SELECT body FROM crm.outbox WHERE recipient LIKE 'manoj@%%'"),
                "Priya Nair gave lead 2, Meera Joshi, the same email as lead 1.");
    /* The leader of the owner's team, when there is one. */
    admin("WITH t AS (INSERT INTO crm.team (name, leader) VALUES ('East', 5) RETURNING id) INSERT INTO "
          "crm.team_member (team_id, person_id) SELECT id, 4 FROM t");
    world_say(world, "priya", "lead edit 2 email other@example.in");
    world_say(world, "priya", "lead edit 2 email asha@example.in");
    assert_string_equal(admin("SELECT string_agg(recipient, ' ' ORDER BY id) FROM crm.outbox"),
                        "leela@" DOMAIN " priya@" DOMAIN);
    admin("DELETE FROM crm.team");
}

static void fields_that_an_admin_adds_are_everywhere_at_once(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    assert_says(world_say(world, "manoj", "field add Company"), "Forbidden");
    assert_says(world_say(world, "anna", "field add Company"), "Leads have the field Company now");
    assert_says(world_say(world, "anna", "field add company"), "Name: leads have “Company” already");
    assert_says(world_say(world, "anna", "field add Budget"), "leads have “Budget” already");
    assert_says(world_say(world, "anna", "field add Mobile"), "has a meaning of its own");
    assert_says(world_say(world, "anna", "field add Course, choice, choices Excel, Tally"), "Course now");
    assert_says(world_say(world, "anna", "field add Seats, number"), "Seats now");
    assert_says(world_say(world, "anna", "field add Fee, money"), "Fee now");
    assert_says(world_say(world, "anna", "field add Starts, date"), "Starts now");
    assert_says(world_say(world, "anna", "field add Level, choice"), "a choice has 1 to 50");
    /* Chat: by its name, by its look; the answer says what was understood. */
    const char *said = world_say(world, "manoj",
                                 "lead add Asha Rao, company Tata Motors, course excel, seats 12, fee 1.5 "
                                 "lakh, starts 2030-12-01 10:30");
    assert_says(said, "Company: Tata Motors");
    assert_says(said, "Course: Excel");
    assert_says(said, "Seats: 12");
    assert_says(said, "Fee: ₹1,50,000");
    assert_says(said, "Starts: Sun 1 Dec 2030, 10:30");
    assert_says(world_say(world, "manoj", "lead 1"), "Company: Tata Motors");
    assert_says(world_say(world, "manoj", "lead edit 1 course word"), "Course:");
    said = world_say(world, "manoj", "lead edit 1 company Infosys, course tally, seats -");
    assert_says(said, "Company: Infosys (was Tata Motors)");
    assert_says(said, "Course: Tally (was Excel)");
    assert_says(said, "Seats: – (was 12)");
    assert_says(world_say(world, "manoj", "help lead add"), "course: Course, such as Excel");
    assert_says(world_say(world, "manoj", "history 1"), "company: Tata Motors → Infosys");
    /* Forms: with what it has. */
    said = world_ask(world, "manoj", "lead-1@crm." DOMAIN, "set",
                     "<command xmlns='http://jabber.org/protocol/commands' node='lead.edit'/>");
    for (int page = 0; page < 3 && strstr(said, "company") == NULL; page++) {
        said = world_ask(world, "manoj", "lead-1@crm." DOMAIN, "set",
                         arena_printf(world->arena,
                                      "<command xmlns='http://jabber.org/protocol/commands' node='lead.edit' "
                                      "sessionid='%s' action='next'><x xmlns='jabber:x:data' "
                                      "type='submit'/></command>",
                                      admin("SELECT id FROM crm.form_session")));
    }
    assert_says(said, "<value>Infosys</value>");
    assert_says(world_say(world, "anna", "field remove Compny"), "Did you mean Company?");
    assert_says(world_say(world, "anna", "field remove Company"), "What 1 lead has in Company is lost.");
    assert_says(world_say(world, "anna", "yes"), "The field Company is removed.");
    assert_silent_about(world_say(world, "manoj", "lead 1"), "Company");
    assert_says(world_say(world, "anna", "fields"), "Course · choice · Excel, Tally");
}

static void two_leads_become_one_and_two_again(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("UPDATE crm.defined SET version = version + 1");
    world_say(world, "manoj", "lead add Asha Rao, asha@example.in, budget 50000 INR, to ravi");
    world_say(world, "manoj", "lead add A. Rao, a.rao@example.in, 98765 43210, to priya");
    world_say(world, "priya", "note 2 called on Monday");
    world_say(world, "priya", "tag 2 vip");
    assert_says(world_say(world, "manoj", "merge 2 into 2"), "lead 2 cannot be merged with itself. Give the");
    assert_says(world_say(world, "manoj", "merge 2 into 99"), "Into: there is no lead 99. Give the number");
    assert_says(world_say(world, "priya", "merge 2 into 1"), "Forbidden");
    assert_says(world_say(world, "manoj", "merge 2 into 1"), "It goes into lead 1, Asha Rao, which stays.");
    assert_says(world_say(world, "manoj", "yes"), "Lead 2, A. Rao, is now one with lead 1, Asha Rao.");
    assert_string_equal(admin("SELECT string_agg(recipient, ' ' ORDER BY recipient) FROM crm.outbox"),
                        "manoj@" DOMAIN " priya@" DOMAIN " ravi@" DOMAIN);
    const char *said = world_say(world, "ravi", "lead 1");
    assert_says(said, "Email: asha@example.in");
    assert_says(said, "Phone: +91 98765 43210");
    assert_says(said, "Tags: vip");
    assert_says(said, "called on Monday");
    said = world_say(world, "ravi", "history 1");
    assert_says(said, "lead 2 was merged into this one: A. Rao, a.rao@example.in");
    assert_says(said, "noted: called on Monday [lead 2]");
    /* Its address says where it went, to whoever may see that one; for the others it never was. */
    said = world_say(world, "manoj", "lead 2");
    assert_says(said, "There is no lead 2 any more: it was merged into lead 1, Asha Rao (lead-1@crm.");
    assert_string_equal(world_say(world, "priya", "lead 2"), "There is no lead 2.");
    assert_says(world_ask(world, "manoj", "lead-2@crm." DOMAIN, "get",
                          "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
                "it was merged into lead 1");
    assert_silent_about(world_ask(world, "priya", "lead-2@crm." DOMAIN, "get",
                                  "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
                        "merged");
    assert_says(world_say(world, "manoj", "undo"), "Undone. Lead 1, Asha Rao: ");
    assert_silent_about(world_say(world, "ravi", "lead 1"), "called on Monday");
    said = world_say(world, "priya", "lead 2");
    assert_says(said, "called on Monday");
    assert_says(said, "Tags: vip");
    assert_silent_about(world_say(world, "ravi", "lead 1"), "vip");
}

/* Nothing of it is left in any table, whatever it was called and in whatever way its number was typed. */
static void an_erased_lead_is_nowhere(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    world_say(world, "manoj", "lead add Zubeida Quxley, zub@example.in, 98765-11223, to priya");
    world_say(world, "manoj", "find quxley");
    world_say(world, "manoj", "find 98765 11223");
    world_say(world, "priya", "note 1 Zubeida wants Excel");
    world_say(world, "manoj", "lead edit 1 name=\"Zubeida Quxley-Old\"");
    world_say(world, "manoj", "lead edit 1 name=\"Zubeida Q\" email=zz@example.in");
    assert_says(world_say(world, "manoj", "lead erase 1"), "Forbidden");
    assert_says(world_say(world, "anna", "lead erase 1"), "It cannot be undone");
    assert_says(world_say(world, "anna", "yes"), "Lead 1 is erased. Chats with the bot and in rooms follow");
    /* Its words wait there until Prosody has done its part. */
    assert_says(admin("DELETE FROM crm.erasure RETURNING words::text || leads::text"), "quxley");
    assert_says(world_say(world, "anna", "undo"), "cannot be undone");
    assert_says(world_say(world, "anna", "restore 1"), "There is no lead 1.");
    assert_string_equal(world_say(world, "manoj", "lead 1"), "There is no lead 1.");
    assert_string_equal(admin("SELECT target || ' ' || outcome FROM crm.audit WHERE command = 'lead.erase' "
                              "ORDER BY id DESC LIMIT 1"),
                        "lead-1 done");
    const char *tables = admin("SELECT string_agg(format('SELECT %%L AS t, x::text FROM crm.%%I x', relname, "
                               "relname), ' UNION ALL ') FROM pg_class WHERE relnamespace = "
                               "'crm'::regnamespace AND relkind = 'r'");
    tables = arena_strdup(world->arena, tables);
    assert_string_equal(admin("SELECT coalesce(string_agg(t || ': ' || x, ' | '), 'nowhere') FROM (%s) AS "
                              "all_rows WHERE x ~* 'quxley|zubeida|zub@|zz@|9876511223|98765.11223'",
                              tables),
                        "nowhere");
}

static void statuses_are_those_of_the_database(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *rule = admin("SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                             " WHERE conrelid = 'crm.lead'::regclass AND conname = 'lead_status_check'");
    size_t count = 0;
    for (const struct choice *status = lead_statuses; status->value != NULL; status++, count++) {
        assert_says(rule, arena_printf(world->arena, "'%s'", status->value));
    }
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
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_says(said, lines[i]);
    }
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
        TEST(sources_are_those_of_the_database),
        TEST(what_an_admin_adds_is_a_source_at_once),
        TEST(the_same_contact_is_asked_about),
        TEST(the_same_contact_of_anothers_lead_goes_to_the_manager),
        TEST(fields_that_an_admin_adds_are_everywhere_at_once),
        TEST(two_leads_become_one_and_two_again),
        TEST(an_erased_lead_is_nowhere),
        TEST(statuses_are_those_of_the_database),
        TEST(every_column_is_stored_and_shown),
        TEST(times_are_shown_in_the_readers_zone),
        TEST(history_is_kept),
    };
    return cmocka_run_group_tests_name("lead", tests, NULL, NULL);
}
