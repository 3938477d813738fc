/* Working with a lead: changing it, moving it on, notes, tags, history, deletion, lists, and messages to its
 * address. What is stored and what is said. */
#include "surface_fixture.h"

#include "surface/record.h"

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

/* Lead 1, Asha Rao, is Priya's. */
static void add_asha(void)
{
    admin("INSERT INTO crm.lead (name, email, phone, status, assignee, budget_minor, budget_currency) VALUES "
          "('Asha Rao', 'asha@example.in', '+919876543210', 'assigned', 3, 5000000, 'INR')");
}

/* ---- edit */

static void only_what_is_given_changes(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    const char *said = world_say(*state, "priya", "edit 1 phone +91 91234 56789, budget 2 lakh");
    assert_says(said, "Lead 1, Asha Rao, is changed.");
    assert_says(said, "Phone: +91 91234 56789 (was +91 98765 43210)");
    assert_says(said, "Budget: ₹2,00,000 (was ₹50,000)");
    assert_silent_about(said, "Email");
    assert_string_equal(admin("SELECT concat_ws('|', name, email, phone, budget_minor) FROM crm.lead"),
                        "Asha Rao|asha@example.in|+919123456789|20000000");
    assert_says(world_say(*state, "leela",
                          "lead edit 1 name=\"Asha R\" source=referral follow_up=\"2030-07-01 10:30\""),
                "Name: Asha R (was Asha Rao)");
    assert_string_equal(
        admin("SELECT name || source || (follow_up_at AT TIME ZONE 'Asia/Kolkata') FROM crm.lead"),
        "Asha Rreferral2030-07-01 10:30:00");
    assert_says(world_say(*state, "manoj", "edit 1 source=referral"), "is like that already");
    assert_says(world_say(*state, "manoj", "edit 1"), "What should change?");
}

static void a_minus_takes_a_field_away(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    const char *said = world_say(*state, "manoj", "edit 1 email=-, budget -");
    assert_says(said, "Email: – (was asha@example.in)");
    assert_says(said, "Budget: –");
    assert_string_equal(admin("SELECT num_nulls(email, budget_minor, budget_currency, phone) FROM crm.lead"),
                        "3");
    assert_says(world_say(*state, "manoj", "edit 1 name=-"), "Lead 1, -, is changed.");
}

static void a_wrong_field_is_named_with_an_example(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    const char *said = world_say(*state, "priya", "edit 1 email=nonsense");
    assert_says(said, "Email: “nonsense” is not an email address");
    assert_says(said, "asha@example.in");
    world_say(*state, "priya", "cancel");
    assert_says(world_say(*state, "priya", "edit 1 budget=-5"), "Budget: “-5”");
    world_say(*state, "priya", "cancel");
    assert_says(world_say(*state, "priya", "edit 1 source=moon"), "Source: “moon” is none of these");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_event WHERE field <> 'created'"), "0");
}

/* ---- several at once */

/* Leads 1 to 5: of Priya, Priya, nobody, Ravi, and one that is deleted. */
static void add_five(void)
{
    admin("INSERT INTO crm.lead (name, status, assignee, deleted_at) VALUES ('One', 'assigned', 3, NULL), "
          "('Two', 'contacted', 3, NULL), ('Three', 'new', NULL, NULL), ('Four', 'assigned', 4, NULL), "
          "('Five', 'new', NULL, now())");
}

#define STATE "SELECT string_agg(status || coalesce(assignee, 0), ' ' ORDER BY id) FROM crm.lead"

static void several_leads_are_assigned_and_taken_back_as_one(void **state)
{
    NEEDS_POSTGRES();
    add_five();
    assert_string_equal(world_say(*state, "manoj", "assign 4, 1, 3, 3, 5 and 99 to ravi"),
                        "Lead 1, One, is assigned to Ravi Kumar, who has been told.\n"
                        "Lead 3, Three, is assigned to Ravi Kumar, who has been told.\n"
                        "Lead 4, Four, was assigned to ravi already.\n"
                        "Not done: There is no lead 5.\nNot done: There is no lead 99.");
    assert_string_equal(admin(STATE), "assigned4 contacted3 assigned4 assigned4 new0");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox WHERE recipient = 'ravi@" DOMAIN "'"), "1");
    assert_string_equal(
        admin("SELECT string_agg(target || ' ' || outcome, ', ' ORDER BY id) || count(DISTINCT request) FROM "
              "(SELECT * FROM crm.audit ORDER BY id DESC LIMIT 5) a"),
        "lead-1 done, lead-3 done, lead-4 done, lead-5 not-found, lead-99 not-found1");
    const char *said = world_say(*state, "manoj", "undo");
    assert_says(said, "Undone. Lead 1, One: assigned to Priya Nair.");
    assert_says(said, "Undone. Lead 3, Three: ");
    assert_string_equal(admin(STATE), "assigned3 contacted3 new0 assigned4 new0");
    assert_says(world_say(*state, "manoj", "assign 1 and 2"), "Assign to?");
    assert_says(world_say(*state, "manoj", "ravi"), "Lead 2, Two, is assigned to Ravi Kumar");
    assert_string_equal(admin(STATE), "assigned4 contacted4 new0 assigned4 new0");
}

/* ---- undo */

static void a_lead_is_not_given_back_to_who_takes_none(void **state)
{
    NEEDS_POSTGRES();
    static const char *const changes[] = {"enabled = false", "role = 'lead'"};
    add_five();
    for (int i = 0; i < 2; i++) {
        world_say(*state, "manoj", "assign 1 to ravi");
        admin(arena_printf(((struct world *)*state)->arena, "UPDATE crm.person SET %s WHERE id = 3",
                           changes[i]));
        assert_string_equal(
            world_say(*state, "manoj", "undo"),
            arena_printf(((struct world *)*state)->arena,
                         "Not possible: Priya Nair, who had lead 1, takes no leads any more. Nothing was "
                         "changed. Give it to somebody else: assign 1 to <name>.%s",
                         i > 0 ? ""
                               : " Or undo again when an Admin has enabled the account: user enable priya."));
        assert_string_equal(admin("SELECT assignee FROM crm.lead WHERE id = 1"), "4");
        admin("UPDATE crm.person SET enabled = true, role = 'sales' WHERE id = 3");
        assert_says(world_say(*state, "manoj", "undo"), "Undone. Lead 1, One: assigned to Priya Nair.");
    }
}

static void a_deleted_lead_is_not_given_back(void **state)
{
    NEEDS_POSTGRES();
    add_five();
    world_say(*state, "manoj", "assign 1 to ravi");
    admin("UPDATE crm.lead SET deleted_at = now() WHERE id = 1; DELETE FROM crm.outbox");
    assert_string_equal(
        world_say(*state, "manoj", "undo"),
        "Not possible: lead 1, One, has been deleted since “lead assign”. Nothing was changed. "
        "Bring it back first: restore 1.");
    assert_string_equal(admin("SELECT assignee FROM crm.lead WHERE id = 1"), "4");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox WHERE recipient = 'priya@" DOMAIN "'"), "0");
}

/* Lead 1 is Priya's, who was a Manager for a while. */
static void redo_is_not_a_way_around_ones_role(void **state)
{
    NEEDS_POSTGRES();
    add_five();
    admin("UPDATE crm.person SET role = 'manager' WHERE id = 3");
    world_say(*state, "priya", "delete 1");
    assert_says(world_say(*state, "priya", "yes"), "Lead 1, One, is deleted.");
    world_say(*state, "priya", "undo");
    assert_says(world_say(*state, "priya", "redo"), "Put back. Lead 1, One: taken away again.");
    assert_says(world_say(*state, "priya", "undo"), "Undone. Lead 1, One: back.");
    admin("UPDATE crm.person SET role = 'sales' WHERE id = 3");
    assert_string_equal(
        world_say(*state, "priya", "redo"),
        "What you have undone was “lead delete”, and you cannot do that any more. Nothing was changed.");
    assert_string_equal(admin("SELECT count(deleted_at) FROM crm.lead WHERE id = 1"), "0");
}

/* ---- several, of which some refuse */

static void what_one_lead_refuses_is_done_for_the_others(void **state)
{
    NEEDS_POSTGRES();
    add_five();
    const char *said = world_say(*state, "priya", "1 2 3 qualified");
    assert_string_equal(
        said, "Lead 2, Two, is qualified now.\n"
              "Not done: Lead 1, One, is assigned, and cannot become qualified. From assigned it goes to "
              "contacted or lost.\nNot done: There is no lead 3.");
    assert_string_equal(admin(STATE), "assigned3 qualified3 new0 assigned4 new0");
    assert_says(world_say(*state, "priya", "undo"), "Undone. Lead 2, Two: status contacted.");
    /* Nothing done is a refusal. */
    assert_string_equal(world_say(*state, "priya", "3, 4 qualified"),
                        "Not done: There is no lead 3.\nNot done: There is no lead 4.");
    assert_string_equal(
        admin("SELECT string_agg(outcome, ' ') FROM (SELECT outcome FROM crm.audit ORDER BY id DESC "
              "LIMIT 2) a"),
        "not-found not-found");
    /* What lacks for all is asked for once. */
    assert_says(world_say(*state, "priya", "1 and 2 lost"), "Reason is missing");
    assert_string_equal(admin(STATE), "assigned3 contacted3 new0 assigned4 new0");
    said = world_say(*state, "priya", "too expensive");
    assert_says(said, "Lead 1, One, is lost now. Reason: too expensive");
    assert_says(said, "Lead 2, Two, is lost now. Reason: too expensive");
}

static void a_refused_lead_keeps_nothing_of_it(void **state)
{
    NEEDS_POSTGRES();
    add_five();
    admin("INSERT INTO crm.lead_tag (lead_id, tag) SELECT 2, 't' || n FROM generate_series(1, 20) n");
    assert_says(world_say(*state, "priya", "tag 1,2 hot"), "at most 20 fit");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_tag WHERE tag = 'hot'"), "0");
    world_say(*state, "priya", "cancel");
    assert_string_equal(world_say(*state, "manoj", "tag 1, 3 hot"),
                        "Lead 1, One, is tagged: hot\nLead 3, Three, is tagged: hot");
    /* A rule of the database says no to one of them. */
    admin("CREATE OR REPLACE FUNCTION crm.test_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id "
          "= 3 "
          "THEN RAISE EXCEPTION 'three stays' USING ERRCODE = 'CR004'; END IF; RETURN NEW; END $$; CREATE "
          "TRIGGER "
          "test_rule BEFORE UPDATE ON crm.lead FOR EACH ROW EXECUTE FUNCTION crm.test_rule()");
    const char *said = world_say(*state, "manoj", "assign 1, 3, 4 to ravi");
    admin("DROP TRIGGER test_rule ON crm.lead; DROP FUNCTION crm.test_rule()");
    assert_says(said, "Lead 1, One, is assigned to Ravi Kumar, who has been told.\nLead 4");
    assert_says(said, "Not done: Not possible: three stays.");
    assert_string_equal(admin(STATE), "assigned4 contacted3 new0 assigned4 new0");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox WHERE recipient = 'ravi@" DOMAIN "'"), "1");
}

static void several_leads_are_noted_on(void **state)
{
    NEEDS_POSTGRES();
    add_five();
    assert_string_equal(world_say(*state, "priya", "note 1, 2 called, wants Monday"),
                        "Noted on lead 1, One.\nNoted on lead 2, Two.");
    assert_string_equal(admin("SELECT string_agg(lead_id || body, '|' ORDER BY lead_id) FROM crm.lead_note"),
                        "1called, wants Monday|2called, wants Monday");
    struct text many = text_new(((struct world *)*state)->arena);
    for (int n = 1; n <= 21; n++) {
        text_addf(&many, "%d, ", n);
    }
    assert_says(world_say(*state, "manoj", arena_printf(many.arena, "assign %sto ravi", many.data)),
                "Lead: at most 20 at once.");
    world_say(*state, "manoj", "cancel");
    assert_says(world_say(*state, "leela", "delete 1, 2"), "orbidden");
    assert_string_equal(admin(STATE), "assigned3 contacted3 new0 assigned4 new0");
}

/* ---- follow-ups */

/* Leads of Priya's, to be followed up as their names say on her clock; the last is Ravi's. */
static void add_follow_ups(void)
{
    admin(
        "UPDATE crm.person SET time_zone = 'Asia/Kolkata';"
        "INSERT INTO crm.lead (name, status, assignee, follow_up_at) SELECT name, status, assignee, "
        "(date_trunc('day', now() AT TIME ZONE 'Asia/Kolkata') + due::interval) AT TIME ZONE 'Asia/Kolkata' "
        "FROM (VALUES ('Tomorrow', 'contacted', 3, '1 day 23:59'), ('Late today', 'contacted', 3, "
        "'23:59:59'),"
        " ('Some day', 'assigned', 3, '60 days'), ('Long ago', 'follow-up', 3, '-40 days'),"
        " ('Never', 'assigned', 3, NULL), ('Yesterday', 'qualified', 3, '-1 second'),"
        " ('Won', 'won', 3, '-2 days'), ('Another''s', 'contacted', 4, '-1 day')) AS l (name, status, "
        "assignee, "
        "due)");
}

static void what_is_due_is_listed_in_its_order(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    add_follow_ups();
    const char *said = world_say(world, "priya", "due");
    assert_says(said, "Follow-ups: 3\n");
    const char *first = strstr(said, "Long ago");
    const char *second = strstr(said, "Yesterday");
    const char *third = strstr(said, "Late today");
    assert_true(first != NULL && second > first && third > second);
    assert_silent_about(said, "Tomorrow");
    /* On her clock, not on the server's. */
    const char *day = arena_strdup(
        world->arena, admin("SELECT to_char(now() AT TIME ZONE 'Asia/Kolkata', 'FMDD Mon YYYY')"));
    assert_says(said, arena_printf(world->arena, "%s, 23:59", day));
    static const char *const cases[][2] = {
        {"overdue leads", "Follow-ups: 2"},
        {"follow-ups today", "Follow-ups: 1"},
        {"due tomorrow", "Follow-ups: 1"},
        {"leads due=any", "Follow-ups: 5"},
        {"my follow-ups", "Follow-ups: 3"},
        {"leads won due", "Follow-ups: 1"},
        {"leads", "Leads: 7"},
        {"due tagged vip", "No follow-ups are due by the end of today.\nTry: follow-ups week"},
        {"follow-ups tomorrow tagged vip", "No follow-ups are due tomorrow."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_says(world_say(world, "priya", cases[i][0]), cases[i][1]);
    }
    assert_silent_about(world_say(world, "priya", "leads"), "23:59");
    assert_says(world_say(world, "manoj", "due"), "Follow-ups: 4");
    assert_says(world_say(world, "ravi", "due"), "Another's");
    /* The week is the reader's, from Monday on. */
    admin(
        "UPDATE crm.lead SET follow_up_at = (date_trunc('week', now() AT TIME ZONE 'Asia/Kolkata') + CASE id "
        "%% 2 WHEN 0 THEN interval '7 days' ELSE interval '6 days 23:59' END) AT TIME ZONE 'Asia/Kolkata'");
    assert_says(world_say(world, "priya", "leads due this week"), "Follow-ups: 3");
}

static void what_is_due_has_pages(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, status, assignee, follow_up_at) SELECT 'Due ' || n, 'assigned', 3, "
          "now() "
          "- n * interval '1 hour' FROM generate_series(1, 12) n");
    const char *said = world_say(*state, "priya", "overdue");
    assert_says(said, "Due 12");
    assert_silent_about(said, "Due 2 ");
    said = world_say(*state, "priya", "more");
    assert_says(said, "Due 2 ");
    assert_says(said, "Due 1 ");
    assert_silent_about(said, "Due 3 ");
}

/* Those without a day come after all that have one, page by page. */
static void who_has_no_day_is_followed_up_last(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("INSERT INTO crm.lead (name, status, assignee, follow_up_at) SELECT 'Lead ' || n, 'assigned', 3, "
          "CASE "
          "WHEN n > 6 THEN now() - n * interval '1 hour' END FROM generate_series(1, 13) n");
    const char *said = world_say(world, "priya", "leads sorted by follow-up");
    const char *places[] = {strstr(said, "13 ·"), strstr(said, "7 ·"), strstr(said, "1 · Lead 1")};
    assert_true(places[0] != NULL && places[1] > places[0] && strstr(places[1], "1 · Lead 1") != NULL);
    assert_silent_about(said, "4 · Lead 4");
    said = world_say(world, "priya", "more");
    for (int n = 4; n <= 6; n++) {
        assert_says(said, arena_printf(world->arena, "%d · Lead %d", n, n));
    }
    assert_silent_about(said, "7 ·");
}

/* ---- status */

static void a_lead_moves_as_the_table_says(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    static const char *const moves[] = {"contacted", "follow-up", "qualified", "converted", "won"};
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        const char *line = arena_printf(((struct world *)*state)->arena, "status 1 %s", moves[i]);
        assert_says(world_say(*state, "priya", line),
                    arena_printf(((struct world *)*state)->arena, "is %s now.", moves[i]));
    }
    assert_string_equal(admin("SELECT status FROM crm.lead"), "won");
    assert_says(world_say(*state, "priya", "1 status assigned"), "is assigned now");
}

static void an_illegal_move_says_which_are_legal(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    assert_string_equal(
        world_say(*state, "priya", "status 1 won"),
        "Lead 1, Asha Rao, is assigned, and cannot become won. From assigned it goes to contacted "
        "or lost.\n1. contacted\n2. lost (Lost, with a reason)\n(Reply with a number or a word, or: cancel)");
    world_say(*state, "priya", "cancel");
    admin("INSERT INTO crm.lead (name) VALUES ('Nobody yet')");
    const char *said = world_say(*state, "manoj", "status 2 assigned");
    assert_says(said, "From new it goes to lost.");
    assert_says(said, "assign 2 to <name>");
    world_say(*state, "manoj", "cancel");
    assert_string_equal(admin("SELECT string_agg(status, ',' ORDER BY id) FROM crm.lead"), "assigned,new");
    assert_string_equal(admin("SELECT outcome FROM crm.audit ORDER BY id DESC LIMIT 1"), "state");
    assert_says(world_say(*state, "priya", "status 1 status=sleeping"),
                "none of these:\n1. contacted\n2. lost");
    assert_says(world_say(*state, "priya", "status 1 assigned"), "is assigned already");
}

static void only_legal_moves_are_offered_for_an_answer(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    assert_string_equal(world_say(*state, "priya", "status lead-1"),
                        "Status? Where the lead is now.\n1. contacted\n2. lost (Lost, with a reason)\n"
                        "(Reply with a number or a word, or: cancel)");
    assert_string_equal(admin("SELECT array_to_string(options, '|') FROM crm.outbox"),
                        "contacted|lost|cancel");
    assert_says(world_say(*state, "priya", "won"), "cannot become won");
    assert_says(world_say(*state, "priya", "2"), "Reason is missing");
    assert_says(world_say(*state, "priya", "too expensive"), "is lost now. Reason: too expensive");
    assert_says(world_say(*state, "priya", "status 1"), "Where the lead is now.\n1. assigned\n(Reply");
    world_say(*state, "priya", "cancel");
    /* Nobody learns from what is offered where a lead is that they may not see. */
    assert_string_equal(world_say(*state, "ravi", "status 1"), "There is no lead 1.");
    const char *hidden = world_say(*state, "ravi", "status 1 status=sleeping");
    world_say(*state, "ravi", "cancel");
    assert_string_equal(hidden, world_say(*state, "ravi", "status 99 status=sleeping"));
}

static void losing_a_lead_takes_a_reason(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    assert_says(world_say(*state, "priya", "status 1 lost"), "Reason is missing");
    assert_string_equal(admin("SELECT status FROM crm.lead"), "assigned");
    assert_says(world_say(*state, "priya", "too expensive"), "is lost now. Reason: too expensive");
    assert_string_equal(admin("SELECT status || reason FROM crm.lead"), "losttoo expensive");
    assert_says(world_say(*state, "priya", "lead 1"), "Reason: too expensive");
    assert_says(world_say(*state, "priya", "status 1 assigned"), "is assigned now");
    assert_string_equal(admin("SELECT coalesce(reason, 'none') FROM crm.lead"), "none");
    assert_says(world_say(*state, "priya", "status 1 contacted because of rain"),
                "Reason: only a lead that is won or lost");
    world_say(*state, "priya", "cancel");
    assert_says(world_say(*state, "manoj", "status 1 lost because of the price, no budget"),
                "Reason: the price, no budget");
    assert_says(admin("SELECT body FROM crm.outbox WHERE recipient LIKE 'priya@%%'"),
                "Manoj Verma moved your lead 1, Asha Rao, from assigned to lost.");
}

static void a_lost_lead_of_nobody_is_opened_again(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, status, reason) VALUES ('Nobody yet', 'lost', 'price')");
    assert_says(world_say(*state, "leela", "status 1 contacted"), "From lost it goes to new.");
    assert_says(world_say(*state, "leela", "status 1 new"), "is new now");
}

/* ---- notes */

static void a_lost_lead_of_somebody_is_theirs_again(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, status, reason, assignee) SELECT 'Asha Rao', 'lost', 'price', id FROM "
          "crm.person WHERE username = 'priya'");
    assert_says(world_say(*state, "priya", "reopen 1"), "Lead 1, Asha Rao, is assigned now.");
    assert_string_equal(admin("SELECT status FROM crm.lead"), "assigned");
    assert_says(world_say(*state, "priya", "reopen 1"), "cannot become new");
}

static void notes_are_kept_and_shown(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    assert_string_equal(world_say(*state, "priya", "note 1 called, wants Monday"),
                        "Noted on lead 1, Asha Rao.");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox WHERE recipient LIKE 'priya@%%'"), "1");
    world_say(*state, "manoj", "note 1 give 10% off");
    assert_says(admin("SELECT body FROM crm.outbox WHERE recipient LIKE 'priya@%%'"),
                "Manoj Verma noted on your lead 1, Asha Rao:\ngive 10% off");
    assert_string_equal(admin("SELECT string_agg(person_id || body, '|' ORDER BY id) FROM crm.lead_note"),
                        "3called, wants Monday|2give 10% off");
    const char *said = world_say(*state, "priya", "lead 1");
    assert_says(said, "Manoj Verma, ");
    assert_says(said, ": give 10% off");
    assert_says(said, "called, wants Monday");
    assert_says(world_say(*state, "priya", "note 1"), "Note?");
    assert_says(world_say(*state, "priya", "cancel"), "Cancelled");
}

/* ---- tags */

static void tags_come_and_go_in_lower_case(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    assert_string_equal(world_say(*state, "priya", "tag 1 VIP, #Excel vip"),
                        "Lead 1, Asha Rao, is tagged: excel, vip");
    assert_string_equal(world_say(*state, "manoj", "tag 1 hot -excel"),
                        "Lead 1, Asha Rao, is tagged: hot, vip");
    world_say(*state, "manoj", "tag 1 cold");
    assert_string_equal(world_say(*state, "manoj", "tag 1 remove cold, vip"),
                        "Lead 1, Asha Rao, is tagged: hot");
    assert_string_equal(world_say(*state, "manoj", "tag 1 -hot, -vip, -none"),
                        "Lead 1, Asha Rao, has no tags now.");
    assert_says(world_say(*state, "manoj", "tag 1 hot -hot"), "Tags: “hot” is both put on and taken off");
    world_say(*state, "manoj", "cancel");
    assert_says(world_say(*state, "manoj", "tag 1 abcdefghijklmnopqrstuvwxyzabcdefg"), "too long");
    world_say(*state, "manoj", "cancel");
    assert_says(world_say(*state, "manoj", "tag 1 -"), "is no tag");
    world_say(*state, "manoj", "cancel");
    assert_says(world_say(*state, "manoj", "tag 1 a b c d e f g h i j k l m n o p q r s t u"),
                "at most 20 fit");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_tag"), "0");
    world_say(*state, "manoj", "tag 1 a b c d e f g h i j k l m n o p q r s t");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_tag"), "20");
    assert_says(world_say(*state, "manoj", "lead 1"), "Tags: a, b, c");
}

/* ---- history */

static void history_says_who_did_what(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    admin("UPDATE crm.lead_event SET at = '2030-07-01 05:00Z'");
    world_say(*state, "manoj", "assign 1 to ravi");
    world_say(*state, "leela", "assign 1 to priya");
    world_say(*state, "priya", "edit 1 budget 50000, follow_up=\"2030-07-01 10:30\"");
    world_say(*state, "priya", "edit 1 budget 1 lakh, source=chat");
    world_say(*state, "priya", "note 1 called");
    world_say(*state, "priya", "tag 1 vip");
    world_say(*state, "priya", "tag 1 -vip");
    const char *first = world_say(*state, "priya", "history 1");
    static const char *const lines[] = {"Priya Nair (chat): tag vip taken off",
                                        "Priya Nair (chat): tagged vip",
                                        "Priya Nair (chat): noted: called",
                                        "Priya Nair (chat): budget: ₹50,000 → ₹1,00,000",
                                        "Priya Nair (chat): source: Direct → Chat",
                                        "Priya Nair (chat): budget: – → ₹50,000",
                                        "Priya Nair (chat): follow-up: – → Mon 1 Jul 2030, 10:30",
                                        "Leela Das (chat): assigned to Priya Nair (was Ravi Kumar)",
                                        "Manoj Verma (chat): assigned to Ravi Kumar",
                                        "Manoj Verma (chat): status: new → assigned"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_says(first, lines[i]);
    }
    assert_says(first, "say “more”");
    admin("UPDATE crm.person SET time_zone = 'Europe/Berlin' WHERE username = 'priya'");
    assert_says(world_say(*state, "priya", "more"),
                "Mon 1 Jul 2030, 07:00: Manoj Verma (chat): added as Asha Rao");
}

/* ---- deletion */

static void a_deleted_lead_is_absent_until_it_is_restored(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    const char *asked = world_say(*state, "manoj", "delete 1");
    assert_says(asked, "(Reply yes or no)");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE deleted_at IS NULL"), "1");
    assert_says(world_say(*state, "manoj", "yes"), "Lead 1, Asha Rao, is deleted.");
    assert_says(admin("SELECT body FROM crm.outbox WHERE recipient LIKE 'priya@%%'"),
                "Manoj Verma deleted your lead 1");
    static const char *const lines[] = {
        "lead 1",      "edit 1 name=x", "assign 1 to ravi", "status 1 contacted",
        "note 1 late", "tag 1 late",    "history 1",        "delete 1"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_string_equal(world_say(*state, "manoj", lines[i]), "There is no lead 1.");
    }
    assert_says(world_say(*state, "manoj", "leads"), "There are no leads");
    assert_says(world_say(*state, "manoj", "restore 1"), "Lead 1, Asha Rao, is back.");
    assert_says(world_say(*state, "manoj", "restore 1"), "is not deleted");
    assert_string_equal(world_say(*state, "manoj", "restore 2"), "There is no lead 2.");
    assert_says(world_say(*state, "priya", "history 1"), "Manoj Verma (chat): restored");
}

static void deleting_is_for_admins_and_managers(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    static const char *const who[] = {"leela", "priya"};
    for (int i = 0; i < 2; i++) {
        assert_string_equal(world_say(*state, who[i], "delete 1"),
                            "Forbidden: “lead delete” is for Admins and Managers.");
        assert_string_equal(world_say(*state, who[i], "restore 1"),
                            "Forbidden: “lead restore” is for Admins and Managers.");
    }
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE deleted_at IS NULL"), "1");
}

static void anothers_lead_cannot_be_worked_on(void **state)
{
    NEEDS_POSTGRES();
    add_asha();
    static const char *const lines[] = {"edit 1 name=x", "status 1 contacted", "note 1 hello", "tag 1 mine",
                                        "history 1"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_string_equal(world_say(*state, "ravi", lines[i]), "There is no lead 1.");
    }
    assert_string_equal(
        admin("SELECT (SELECT count(*) FROM crm.lead_note) + (SELECT count(*) FROM crm.lead_tag)"), "0");
}

/* ---- lists */

static void add_many(void)
{
    admin("INSERT INTO crm.lead (name, status, source, assignee, reason, budget_minor, budget_currency, "
          "created_at, "
          "follow_up_at) VALUES"
          " ('Chitra', 'new', 'linkedin', NULL, NULL, 5000000, 'INR', now() - interval '10 days', NULL),"
          " ('Arun', 'assigned', 'website', 3, NULL, 100, 'USD', now() - interval '5 days', now() + interval "
          "'2 days'),"
          " ('Deepa', 'won', 'linkedin', 3, NULL, 9000000, 'INR', now() - interval '1 day', now() + interval "
          "'1 day'),"
          " ('bela', 'lost', 'chat', 4, 'price', NULL, NULL, now(), NULL)");
    admin("INSERT INTO crm.lead_tag VALUES (2, 'vip'), (3, 'vip')");
}

/* The names in a list, in its order: "Arun Deepa". */
static const char *names(struct world *world, const char *who, const char *line)
{
    static const char *const all[] = {"Chitra", "Arun", "Deepa", "bela"};
    const char *said = world_say(world, who, line);
    struct text text = text_new(world->arena);
    for (const char *at = said; *at != '\0'; at++) {
        for (size_t i = 0; i < 4; i++) {
            if (strncmp(at, all[i], strlen(all[i])) == 0) {
                text_addf(&text, "%s%s", text.length == 0 ? "" : " ", all[i]);
            }
        }
    }
    return text.length == 0 ? said : text.data;
}

static void lists_have_filters(void **state)
{
    NEEDS_POSTGRES();
    add_many();
    static const struct {
        const char *line, *names;
    } cases[] = {
        {"leads", "bela Deepa Arun Chitra"},
        {"leads new", "Chitra"},
        {"leads new, assigned", "Arun Chitra"},
        {"leads status=new,won", "Deepa Chitra"},
        {"leads status new or lost", "bela Chitra"},
        {"leads open", "Arun Chitra"},
        {"leads closed", "bela Deepa"},
        {"leads from linkedin", "Deepa Chitra"},
        {"leads of priya", "Deepa Arun"},
        {"leads owner priya, open", "Arun"},
        {"leads of nobody", "Chitra"},
        {"leads assigned to priya", "Deepa Arun"},
        {"leads assigned, of priya", "Arun"},
        {"leads budget over 60000", "Deepa"},
        {"leads over 60000", "Deepa"},
        {"leads since 2020-01-01, before yesterday", "Arun Chitra"},
        {"leads added since yesterday", "bela Deepa"},
        {"leads tagged VIP", "Deepa Arun"},
        {"leads tag=vip, open", "Arun"},
        {"leads older than 3 days", "Arun Chitra"},
        {"leads older than 1 week", "Chitra"},
        {"leads since yesterday", "bela Deepa"},
        {"leads budget from 60000 INR", "Deepa"},
        {"leads budget from 1 INR, budget up to 60000 INR", "Chitra"},
        {"leads at least $1", "Arun"},
        /* The bounds are in it; what has no budget, or one in another currency, is not. */
        {"leads budget from 50000 INR", "Deepa Chitra"},
        {"leads budget from 50000.01 INR", "Deepa"},
        {"leads budget up to 50000 INR", "Chitra"},
        {"leads budget up to 49999.99 INR", "There are no leads like this."},
        {"leads budget from 50000 INR, budget up to 50000 INR", "Chitra"},
        {"leads budget from 50k, up to 90k", "Deepa Chitra"},
        {"leads budget from 0.5 lakh", "Deepa Chitra"},
        {"leads budget from 1 USD, budget up to 1 USD", "Arun"},
        {"leads older than 10 days", "Chitra"},
        {"leads older than 11 days", "There are no leads like this."},
        {"leads older than 36 hours", "Arun Chitra"},
        {"leads sorted by oldest", "Chitra Arun Deepa bela"},
        {"leads sorted by name", "Arun bela Chitra Deepa"},
        {"leads sort=budget", "Deepa Chitra Arun bela"},
        {"leads sort=follow-up", "Deepa Arun Chitra bela"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(names(*state, "manoj", cases[i].line), cases[i].names) != 0) {
            fail_msg("%s: %s", cases[i].line, names(*state, "manoj", cases[i].line));
        }
    }
    assert_string_equal(names(*state, "priya", "leads"), "Deepa Arun");
    assert_string_equal(names(*state, "priya", "leads of me, open"), "Arun");
    assert_says(names(*state, "priya", "leads of ravi"), "There are no leads like this.");
    assert_says(names(*state, "priya", "leads of nobody"), "There are no leads like this.");
    assert_says(world_say(*state, "manoj", "leads open"), "Leads: 2");
}

static void a_wrong_filter_is_named_with_an_example(void **state)
{
    NEEDS_POSTGRES();
    static const struct {
        const char *line, *says, *example;
    } cases[] = {
        {"leads status=sleeping", "Status: “sleeping”", "new, assigned"},
        {"leads of prya", "Assigned to: there is nobody called “prya”", "priya"},
        {"leads older=soon", "Older than: “soon” is not a length of time", "3 days"},
        {"leads older than -3 days", "Older than: ", "3 days"},
        {"leads older=3", "Older than: “3” is not a length of time", "3 days"},
        {"leads budget_from=lots", "Budget from: “lots”", "50000 INR"},
        {"leads budget_from=-5", "Budget from: “-5”", "50000 INR"},
        {"leads budget_to=\"5 XYZ\"", "Budget up to: “5 XYZ”", "50000 INR"},
        {"leads since=never", "Added since: “never”", "tomorrow"},
        {"leads budget_from=\"1 INR\" budget_to=\"5 USD\"", "cannot be compared", "50000 INR"},
        {"leads budget_from=\"5 INR\" budget_to=\"1 INR\"", "Budget up to: ", "100000 INR"},
        {"leads tagged vip open", "Tag: “vip open” is not one tag", "such as vip"},
        {"leads sort=magic", "Order: “magic”", "newest"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *said = world_say(*state, "manoj", cases[i].line);
        assert_says(said, cases[i].says);
        assert_says(said, cases[i].example);
        world_say(*state, "manoj", "cancel");
    }
}

/* Each order gives every lead once over its pages, also where keys are equal or lacking. */
static void pages_of_every_order_hold_every_lead_once(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    static const char *const sorts[] = {"newest", "oldest", "budget", "follow-up", "name"};
    admin("INSERT INTO crm.lead (name, status, assignee, budget_minor, budget_currency, follow_up_at, "
          "created_at) "
          "SELECT 'Lead ' || n %% 3, 'assigned', 3, CASE WHEN n %% 2 = 0 THEN n %% 4 END, CASE WHEN n %% 2 = "
          "0 THEN "
          "'INR' END, CASE WHEN n %% 3 = 0 THEN now() END, now() - (n %% 5) * interval '1 day' FROM "
          "generate_series(1, 35) n");
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        const char *line = arena_printf(world->arena, "lead list status=\"assigned, new\" sort=%s", sorts[i]);
        bool seen[36] = {false};
        int count = 0, pages = 0;
        while (line != NULL) {
            const char *said = world_say(world, "priya", line);
            for (const char *at = strchr(said, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
                long number = strtol(at + 1, NULL, 10);
                if (number > 0) {
                    assert_in_range(number, 1, 35);
                    assert_false(seen[number]);
                    seen[number] = true;
                    count++;
                }
            }
            line = strstr(said, "say “more”") == NULL ? NULL : "more";
            pages++;
        }
        assert_int_equal(count, 35);
        assert_int_equal(pages, 4);
    }
}

/* ---- messages to a lead's address */

static bool tell_lead(struct world *world, const char *who, const char *lead, const char *inner,
                      const char *key)
{
    struct stanza message = world_stanza(world, arena_printf(world->arena,
                                                             "<message type='chat' id='m1' from='%s@" DOMAIN
                                                             "/phone' to='%s@crm." DOMAIN "'>%s"
                                                             "<request xmlns='urn:xmpp:receipts'/></message>",
                                                             who, lead, inner));
    return record_handle(&world->surface, world->arena, &message, key);
}

static void add_twelve(struct world *world, const char *deleted)
{
    admin(
        arena_printf(world->arena,
                     "INSERT INTO crm.lead (name, status, assignee, created_at, deleted_at) SELECT 'L' || n, "
                     "'assigned', 3, now() - n * interval '1 hour', %s FROM generate_series(1, 12) n",
                     deleted));
}

/* The lead behind which the next page begins may be gone by then. */
static void a_list_that_cannot_go_on_is_not_at_its_end(void **state)
{
    NEEDS_POSTGRES();
    add_twelve(*state, "NULL");
    assert_says(world_say(*state, "priya", "leads"), "There is more");
    admin("UPDATE crm.lead SET assignee = 4 WHERE id = 10");
    const char *said = world_say(*state, "priya", "more");
    assert_says(said, "The list has changed");
    /* What is not to be seen is as what is not there. */
    assert_string_equal(world_say(*state, "priya", "leads after=10"), said);
    assert_string_equal(world_say(*state, "priya", "leads after=9999"), said);
    assert_string_equal(world_say(*state, "priya", "leads after=-1"), said);
    assert_string_equal(world_say(*state, "priya", "leads after=12"), "There are no more leads like this.");
}

static void a_list_of_deleted_leads_that_cannot_go_on_is_not_at_its_end(void **state)
{
    NEEDS_POSTGRES();
    add_twelve(*state, "now() - n * interval '1 minute'");
    assert_says(world_say(*state, "manoj", "leads deleted"), "There is more");
    world_say(*state, "manoj", "restore 10");
    assert_says(world_say(*state, "manoj", "leads deleted after=10"), "The list has changed");
    assert_string_equal(world_say(*state, "manoj", "leads deleted after=12"),
                        "There are no more deleted leads.");
}

static void a_message_to_a_lead_is_a_note(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    add_asha();
    assert_true(tell_lead(world, "priya", "lead-1", "<body>called,\nwants Monday</body>", "k1"));
    assert_string_equal(admin("SELECT body FROM crm.lead_note"), "called,\nwants Monday");
    assert_string_equal(admin("SELECT concat_ws('|', channel, recipient, sender, body) FROM crm.outbox"),
                        "bot-3|priya@" DOMAIN "|lead-1|Noted on lead 1, Asha Rao.");
    assert_string_equal(world->touched, "bot-3 ");
    assert_says(world->sent, "<received xmlns='urn:xmpp:receipts' id='m1'/>");
    assert_true(tell_lead(world, "priya", "lead-1", "<body>called,\nwants Monday</body>", "k1"));
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_note"), "1");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox"), "1");
    assert_string_equal(world->touched, "");
}

static void a_lead_that_is_invisible_is_absent_for_messages_too(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    add_asha();
    static const char *const inner[] = {
        "<body>mine?</body>",
        "<body>mine?</body><replace xmlns='urn:xmpp:message-correct:0' id='x'/>",
        "<body>mine?</body><encrypted xmlns='eu.siacs.conversations.axolotl'/>",
    };
    for (int i = 0; i < 3; i++) {
        assert_true(tell_lead(world, "ravi", "lead-1", inner[i], arena_printf(world->arena, "a%d", i)));
        const char *invisible = arena_strdup(world->arena, world->sent);
        assert_says(invisible, "item-not-found");
        assert_says(invisible, "There is nothing at this address.");
        assert_true(tell_lead(world, "ravi", "lead-9", inner[i], arena_printf(world->arena, "b%d", i)));
        char *other = strstr(world->sent, "lead-9");
        assert_non_null(other);
        other[strlen("lead-")] = '1';
        assert_string_equal(world->sent, invisible);
    }
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_note"), "0");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox"), "0");
}

static void what_is_no_note_is_answered_by_the_lead(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    add_asha();
    struct text long_text = text_new(world->arena);
    for (int i = 0; i < 4001; i++) {
        text_add_char(&long_text, 'x');
    }
    const char *const inner[] = {
        "<body>x</body><replace xmlns='urn:xmpp:message-correct:0' id='x'/>",
        "<body>x</body><encrypted xmlns='eu.siacs.conversations.axolotl'/>",
        arena_printf(world->arena, "<body>%s</body>", long_text.data),
    };
    static const char *const says[] = {"A note stays as it was written.", "OMEMO",
                                       "Note: this has 4001 characters"};
    for (int i = 0; i < 3; i++) {
        admin("DELETE FROM crm.outbox");
        assert_true(tell_lead(world, "priya", "lead-1", inner[i], arena_printf(world->arena, "c%d", i)));
        assert_says(admin("SELECT body FROM crm.outbox WHERE sender = 'lead-1'"), says[i]);
    }
    assert_true(tell_lead(world, "gone", "lead-1", "<body>x</body>", "g"));
    assert_string_equal(world->sent, "");
    assert_true(tell_lead(world, "priya", "lead-1", "<body> </body>", "s"));
    assert_true(tell_lead(world, "priya", "sheep-1", "<body>x</body>", "t"));
    assert_says(world->sent, "item-not-found");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_note"), "0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(only_what_is_given_changes),
        TEST(a_minus_takes_a_field_away),
        TEST(a_wrong_field_is_named_with_an_example),
        TEST(several_leads_are_assigned_and_taken_back_as_one),
        TEST(a_lead_is_not_given_back_to_who_takes_none),
        TEST(a_deleted_lead_is_not_given_back),
        TEST(redo_is_not_a_way_around_ones_role),
        TEST(what_one_lead_refuses_is_done_for_the_others),
        TEST(a_refused_lead_keeps_nothing_of_it),
        TEST(several_leads_are_noted_on),
        TEST(what_is_due_is_listed_in_its_order),
        TEST(what_is_due_has_pages),
        TEST(who_has_no_day_is_followed_up_last),
        TEST(a_lead_moves_as_the_table_says),
        TEST(an_illegal_move_says_which_are_legal),
        TEST(only_legal_moves_are_offered_for_an_answer),
        TEST(losing_a_lead_takes_a_reason),
        TEST(a_lost_lead_of_nobody_is_opened_again),
        TEST(a_lost_lead_of_somebody_is_theirs_again),
        TEST(notes_are_kept_and_shown),
        TEST(tags_come_and_go_in_lower_case),
        TEST(history_says_who_did_what),
        TEST(a_deleted_lead_is_absent_until_it_is_restored),
        TEST(deleting_is_for_admins_and_managers),
        TEST(anothers_lead_cannot_be_worked_on),
        TEST(lists_have_filters),
        TEST(a_wrong_filter_is_named_with_an_example),
        TEST(pages_of_every_order_hold_every_lead_once),
        TEST(a_list_that_cannot_go_on_is_not_at_its_end),
        TEST(a_list_of_deleted_leads_that_cannot_go_on_is_not_at_its_end),
        TEST(a_message_to_a_lead_is_a_note),
        TEST(a_lead_that_is_invisible_is_absent_for_messages_too),
        TEST(what_is_no_note_is_answered_by_the_lead),
    };
    return cmocka_run_group_tests_name("lead work", tests, NULL, NULL);
}
