/* The bot with the real table and a real database: what people say, and what is then stored and said. */
#include "surface_fixture.h"

#include <pthread.h>

#include "base/text.h"
#include "base/uuid.h"

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

static void a_lead_is_added_from_one_line(void **state)
{
    NEEDS_POSTGRES();
    const char *said =
        world_say(*state, "manoj",
                  "lead add Asha Rao, asha@example.in, +91 98765 43210, budget 50000 INR, from linkedin");
    assert_says(said, "Lead 1, Asha Rao, is added.");
    assert_string_equal(admin("SELECT concat_ws('|', name, email, phone, budget_minor, budget_currency, "
                              "source, status, creator) FROM crm.lead"),
                        "Asha Rao|asha@example.in|+919876543210|5000000|INR|linkedin|new|2");
    assert_string_equal(admin("SELECT concat_ws('|', who, surface, command, outcome, arguments ->> 'name') "
                              "FROM crm.audit ORDER BY id DESC LIMIT 1"),
                        "manoj@" DOMAIN "|chat|lead.add|done|Asha Rao");
    assert_string_equal(((struct world *)*state)->touched, "bot-2 ");
}

static void a_name_that_shows_nothing_or_turns_the_line_is_none(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "manoj", "lead add \u202EAsha\u200B Rao"), "Lead 1, Asha Rao, is added.");
    assert_says(world_say(*state, "manoj", "lead add name=\"\u202E\""), "Give one such as Asha Rao");
    assert_string_equal(admin("SELECT string_agg(name, '|') FROM crm.lead"), "Asha Rao");
}

static void keys_with_quotes_are_understood(void **state)
{
    NEEDS_POSTGRES();
    world_say(
        *state, "manoj",
        "lead add name=\"Asha Rao\" email=asha@example.in budget=1.5 lakh requirements=“Excel, for 12”");
    assert_string_equal(admin("SELECT concat_ws('|', name, email, budget_minor, requirements) FROM crm.lead"),
                        "Asha Rao|asha@example.in|15000000|Excel, for 12");
}

static void what_is_missing_is_asked_for(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "leela", "lead add"), "Name?");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
    assert_says(world_say(*state, "leela", "Vikram Iyer"), "Lead 1, Vikram Iyer, is added.");
    assert_string_equal(admin("SELECT count(*) FROM crm.dialogue"), "0");
}

static void a_wrong_argument_is_named_and_can_be_put_right(void **state)
{
    NEEDS_POSTGRES();
    const char *said = world_say(*state, "manoj", "lead add Asha Rao, email=nonsense");
    assert_says(said, "Email: “nonsense” is not an email address");
    assert_says(said, "asha@example.in");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
    assert_says(world_say(*state, "manoj", "asha@example.in"), "Lead 1, Asha Rao, is added.");
    assert_string_equal(admin("SELECT email FROM crm.lead"), "asha@example.in");
}

static void cancel_ends_a_question(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "add lead");
    assert_says(world_say(*state, "manoj", "cancel"), "Cancelled");
    assert_says(world_say(*state, "manoj", "cancel"), "nothing to cancel");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
}

static void a_command_is_a_command_while_a_question_is_open(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "add lead");
    const char *said = world_say(*state, "manoj", "me");
    assert_says(said, "You are Manoj Verma");
    assert_says(said, "(Still open: “Name?” of “lead add”. Answer it, or: cancel)");
    assert_says(world_say(*state, "manoj", "help"), "Still open");
    assert_says(world_say(*state, "manoj", "leads"), "There are no leads like this.");
    assert_says(world_say(*state, "manoj", "lead 42"), "There is no lead 42.\n(Still open");
    assert_says(world_say(*state, "manoj", "thanks"), "You are welcome.\n(Still open");
    assert_says(world_say(*state, "manoj", "?"), "Who it is, such as Asha Rao");
    assert_says(world_say(*state, "manoj", "Asha Rao"), "Lead 1, Asha Rao, is added.");
    assert_string_equal(admin("SELECT count(*) FROM crm.dialogue"), "0");
}

static void what_was_begun_is_kept_beside_another_command(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    world_say(*state, "manoj", "lead add");
    assert_says(world_say(*state, "manoj", "note 1 called"), "(Still open: “Name?” of “lead add”.");
    assert_says(world_say(*state, "manoj", "go on"), "Name?");
    assert_says(world_say(*state, "manoj", "assign 1"), "Which is it?");
    assert_says(world_say(*state, "manoj", "2"), "(Set aside: “Name?” of “lead add”. Say “go on”");
    assert_says(world_say(*state, "manoj", "priya"), "is assigned to Priya Nair");
    assert_says(world_say(*state, "manoj", "go on"), "Name?");
    assert_string_equal(admin("SELECT count(*) FROM crm.dialogue"), "1");
    assert_says(world_say(*state, "manoj", "Vikram Iyer"), "Lead 2, Vikram Iyer, is added");
    assert_says(world_say(*state, "manoj", "go on"), "nothing to go on with");
    assert_string_equal(admin("SELECT count(*) FROM crm.dialogue"), "0");
}

static void a_command_or_nearly_one_is_not_swallowed_as_an_answer(void **state)
{
    NEEDS_POSTGRES();
    static const struct {
        const char *asking, *line, *offered;
    } lines[] = {
        {"team add", "usr enable nisha", "2. a command of its own: user enable nisha"},
        {"team add", "set desk.away_seconds 120", "2. a command of its own: set desk.away_seconds 120"},
        {"lead add", "hlep", "2. a command of its own: help"},
        {"lead add", "status 1", "2. a command of its own: status 1"},
        {"lead add", "find asha", "2. a command of its own: find asha"},
        {"lead add", "team north", "2. a command of its own: team north"},
        {"lead add", "note 1 2 hello", "2. a command of its own: note 1 2: hello"},
        {"note 1", "undoo", "2. a command of its own: undo"},
        {"team add", "asign 1", "2. a command of its own: assign 1"},
        {"tag 1", "usr ad Nisha Rao", "2. a command of its own: user add Nisha Rao"},
        {"tag 1", "undo at once", "2. a command of its own: undo at once"},
        {"tag 1", "undoo now", "2. a command of its own: undo now"},
    };
    admin("INSERT INTO crm.team (name) VALUES ('North'); INSERT INTO crm.lead (name) VALUES ('Asha Rao')");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        world_say(*state, "anna", lines[i].asking);
        assert_says(world_say(*state, "anna", lines[i].line), lines[i].offered);
        assert_says(world_say(*state, "anna", "go on"), "(Or: cancel)");
        assert_says(world_say(*state, "anna", "cancel"), "Nothing was changed");
    }
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_note"), "0");
    /* A name that is taken is asked for again; what comes then is somebody who joins. */
    assert_says(world_say(*state, "anna", "team add North"), "there is a team called North already");
    assert_says(world_say(*state, "anna", "add priya to team North"),
                "priya is now in the team North.\n(Still open");
    assert_says(world_say(*state, "anna", "usr enable ravi"), "Which is it?");
    assert_says(world_say(*state, "anna", "2"), "Ravi Kumar");
    assert_says(world_say(*state, "anna", "South"), "The team South is added");
    /* It may be a name all the same. */
    world_say(*state, "anna", "team add");
    world_say(*state, "anna", "hlep");
    assert_says(world_say(*state, "anna", "1"), "The team hlep is added");
    /* And the next line may be the answer. */
    world_say(*state, "anna", "team add");
    world_say(*state, "anna", "find asha");
    assert_says(world_say(*state, "anna", "East"), "The team East is added");
    assert_string_equal(admin("SELECT string_agg(name, ',' ORDER BY name) FROM crm.team"),
                        "East,North,South,hlep");
}

static void a_command_said_politely_is_no_tag(void **state)
{
    NEEDS_POSTGRES();
    static const char *const lines[] = {"undo now please",  "undo that pls",  "Undo my last change",
                                        "user list please", "stats please",   "show me my leads",
                                        "who is online",    "leads due today"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        admin("TRUNCATE crm.lead CASCADE; INSERT INTO crm.lead (name) VALUES ('Asha Rao')");
        const char *number = admin("SELECT max(id)::text FROM crm.lead");
        world_say(*state, "anna", arena_printf(((struct world *)*state)->arena, "tag %s", number));
        assert_says(world_say(*state, "anna", lines[i]), "(Still open: “Tags?” of “lead tag”.");
        world_say(*state, "anna", "cancel");
        assert_string_equal(admin("SELECT count(*) FROM crm.lead_tag"), "0");
    }
}

static void a_command_of_others_is_not_swallowed_as_an_answer(void **state)
{
    NEEDS_POSTGRES();
    static const char *const lines[] = {"usr list", "user lst", "usr show ravi", "stast"};
    admin("INSERT INTO crm.lead (name, status, assignee) SELECT 'Asha Rao', 'assigned', id FROM crm.person "
          "WHERE username = 'priya'");
    assert_says(world_say(*state, "priya", "tag 1"), "Tags?");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_says(world_say(*state, "priya", lines[i]), " (not for your role)");
        assert_says(world_say(*state, "priya", "2"), "Forbidden");
    }
    assert_says(world_say(*state, "priya", "user list"), "Forbidden");
    assert_says(world_say(*state, "priya", "assign 1 to ravi"), "(Still open: “Tags?” of “lead tag”.");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_tag"), "0");
    assert_says(world_say(*state, "priya", "vip"), "is tagged: vip");
    assert_string_equal(admin("SELECT string_agg(tag, ',') FROM crm.lead_tag"), "vip");
}

static void a_command_with_a_fault_is_no_choice(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, status, assignee) SELECT 'Asha Rao', 'assigned', id FROM crm.person "
          "WHERE username = 'priya'");
    assert_says(world_say(*state, "priya", "1 won"), "cannot become won");
    const char *said = world_say(*state, "priya", "profile sideways up");
    assert_silent_about(said, "is none of these");
    assert_says(said, "(S");
    assert_says(world_say(*state, "priya", "go on"), "Status?");
    assert_says(world_say(*state, "priya", "contacted"), "is contacted now");
    world_say(*state, "priya", "1 won");
    assert_says(world_say(*state, "priya", "leads budget over 99999999999999999999"), "it is too large");
}

static void a_mistyped_command_is_no_choice(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    world_say(world, "manoj", "lead add Asha Rao");
    world_say(world, "manoj", "assign 1 to priya");
    assert_says(world_say(world, "manoj", "1 won"), "\n1. contacted");
    const char *said = world_say(world, "manoj", "usr show priya");
    assert_string_equal(
        said, "“usr show priya” is no answer to “Status?” of “lead status”, and no command that I know. "
              "Did you mean “user show priya”?\n"
              "(Reply yes, or answer the question; “go on” shows it again; or: cancel)");
    assert_says(world_say(world, "manoj", "yes"), "Priya Nair\nUser name: priya");
    /* What is nothing near a command does not have all the choices again, and their numbers stay. */
    said = world_say(world, "manoj", "hmm wait");
    assert_says(
        said, "“hmm wait” is no answer to “Status?” of “lead status”, and no command that I know.\n(Answer");
    assert_silent_about(said, "contacted");
    assert_says(world_say(world, "manoj", "go on"), "\n1. contacted");
    said = world_say(world, "manoj", "usr enable priya");
    assert_says(said, "“user enable priya” (not for your role)");
    assert_says(world_say(world, "manoj", "yes"), "Forbidden");
    assert_says(world_say(world, "manoj", "set desk.away_seconds 120"),
                ", and no command for your role.\n(Answer");
    assert_says(world_say(world, "manoj", "1"), "is contacted now");
    /* A word that is nearly one of them still is. */
    world_say(world, "manoj", "1 won");
    assert_says(world_say(world, "manoj", "qualifed"), "Did you mean qualified?\n1. qualified");
    assert_says(world_say(world, "manoj", "tag 1 2 vip"), "That can mean two things.");
    world_say(world, "manoj", "cancel");
    /* What did it all the same leaves no question behind. */
    world_say(world, "manoj", "1 won");
    assert_string_equal(
        world_say(world, "manoj", "1 qualified"),
        "Lead 1, Asha Rao, is qualified now.\nTry: status 1 follow-up\nTry: status 1 converted\n"
        "Try: status 1 lost because <reason>");
    /* What was only offered in its place does not stay open for ever. */
    assert_says(world_say(world, "manoj", "1 won"), "cannot become won");
    assert_says(world_say(world, "manoj", "lead 1"), "(Still open: “Status?” of “lead status”.");
    assert_says(world_say(world, "manoj", "thanks"), "(Still open: “Status?” of “lead status”.");
    assert_says(world_say(world, "manoj", "me"),
                "(Set aside: “Status?” of “lead status”. Say “go on” for it later)");
    assert_silent_about(world_say(world, "manoj", "me"), "Status");
    assert_says(world_say(world, "manoj", "go on"), "Status?");
    world_say(world, "manoj", "cancel");
    assert_says(world_say(world, "manoj", "leads of nobodyatall"), "there is nobody called");
    assert_says(world_say(world, "manoj", "due today"), "No follow-ups are due today");
}

static void a_mistyped_command_is_no_date_person_or_yes(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    world_say(world, "manoj", "lead add Asha Rao");
    assert_says(world_say(world, "manoj", "followup 1"), "When?");
    assert_says(world_say(world, "manoj", "usr list"), "Did you mean “user list”?");
    assert_says(world_say(world, "manoj", "yes"), "Manoj Verma");
    assert_says(world_say(world, "manoj", "31 feb"), "there is no such day");
    world_say(world, "manoj", "cancel");
    world_say(world, "manoj", "assign 1");
    assert_says(world_say(world, "manoj", "undoo"), "Did you mean “undo”?");
    assert_says(world_say(world, "manoj", "prya"), "Did you mean");
    world_say(world, "manoj", "cancel");
    /* A yes is what was asked for here: it does not come to mean a command. */
    world_say(world, "manoj", "delete 1");
    const char *said = world_say(world, "manoj", "usr list");
    assert_says(said, "“usr list” is no answer to yes or no to “lead delete”");
    assert_says(said, "(Say that, or answer the question;");
    assert_says(world_say(world, "manoj", "hm"),
                "I need yes or no to “lead delete”. Reply yes to go on, or no.");
    assert_says(world_say(world, "manoj", "yes"), "is deleted");
}

static void a_team_is_renamed_and_deleted_after_a_yes(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "anna", "team add North");
    world_say(*state, "anna", "team add South");
    world_say(*state, "anna", "team join North, priya");
    assert_says(world_say(*state, "anna", "rename team North to South"),
                "there is a team called South already");
    assert_says(world_say(*state, "anna", "East"), "The team North is called East now, and so is its room.");
    assert_says(world_say(*state, "anna", "remove team Easst"),
                "there is none called “Easst”. Did you mean East?");
    world_say(*state, "anna", "cancel");
    const char *said = world_say(*state, "anna", "team delete east");
    assert_says(said, "The team East, in which are Priya Nair (priya), goes with its room");
    assert_string_equal(admin("SELECT count(*) FROM crm.team"), "2");
    assert_says(world_say(*state, "anna", "yes"), "The team East is gone, and so is its room.");
    assert_string_equal(admin("SELECT string_agg(name, ',') FROM crm.team"), "South");
    assert_says(world_say(*state, "manoj", "team delete South"), "Forbidden");
}

static void several_leads_are_deleted_after_one_yes(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name) VALUES ('One'), ('Two'), ('Three')");
    const char *said = world_say(*state, "manoj", "delete 1, 3 and 99");
    assert_says(said, "It is about 2: lead 1, One; lead 3, Three. There is no lead 99. Go on?");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE deleted_at IS NULL"), "3");
    assert_says(world_say(*state, "manoj", "yes"), "Lead 1, One, is deleted.\nLead 3, Three, is deleted.");
    assert_string_equal(admin("SELECT string_agg(name, ',') FROM crm.lead WHERE deleted_at IS NULL"), "Two");
    assert_says(world_say(*state, "manoj", "undo"), "Undone. Lead 1, One: back.");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE deleted_at IS NULL"), "3");
    assert_says(world_say(*state, "manoj", "delete 98 99"), "There is no lead 98.");
}

static void who_is_nobody_here_is_looked_for_among_the_leads(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Meera Joshi");
    assert_says(world_say(*state, "manoj", "show meera"), "Did you mean “find meera”?");
    assert_says(world_say(*state, "manoj", "yes"), "1 · Meera Joshi");
    assert_says(world_say(*state, "manoj", "show priya"), "Priya Nair");
    assert_says(world_say(*state, "priya", "show meera"), "There is no lead with “meera”");
}

static void what_is_to_be_destroyed_is_asked_about_again_after_a_change(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    world_say(*state, "manoj", "delete 1");
    assert_says(world_say(*state, "manoj", "leads"), "(Still open: yes or no to “lead delete”");
    assert_says(world_say(*state, "manoj", "tag 1 vip"), "(Dropped: yes or no to “lead delete”)");
    assert_says(world_say(*state, "manoj", "yes"), "I have not asked anything");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE deleted_at IS NULL"), "1");
}

static void names_that_begin_as_commands_do_are_names(void **state)
{
    NEEDS_POSTGRES();
    static const char *const names[] = {"Help Desk",  "New Age Ltd",    "Open Source Ltd",
                                        "Mark Twain", "Note Books Ltd", "Team North"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        world_say(*state, "manoj", "lead add");
        assert_says(world_say(*state, "manoj", names[i]),
                    arena_printf(((struct world *)*state)->arena, "%s, is added", names[i]));
    }
    world_say(*state, "manoj", "lead add");
    assert_says(world_say(*state, "manoj", "\"leads\""), ", leads, is added");
    world_say(*state, "manoj", "lead add");
    assert_says(world_say(*state, "manoj", "“Rao, Asha”"), ", Rao, Asha, is added");
}

static void an_answer_may_hold_more_than_was_asked(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add");
    const char *said = world_say(*state, "manoj", "Asha Rao, asha@example.in, from linkedin");
    assert_says(said, "Lead 1, Asha Rao, is added.\nEmail: asha@example.in\nSource: LinkedIn");
    world_say(*state, "manoj", "lead add");
    assert_says(world_say(*state, "manoj", "Vikram Iyer, +91 123"), "Phone: “+91 123” is not a phone number");
    assert_says(world_say(*state, "manoj", "98765 43210, budget 50k"), "Lead 2, Vikram Iyer, is added.");
    assert_string_equal(admin("SELECT phone || budget_minor FROM crm.lead WHERE id = 2"),
                        "+9198765432105000000");
    world_say(*state, "manoj", "status 1");
    assert_says(world_say(*state, "manoj", "lost because too expensive"), "Reason: too expensive");
}

static void what_cannot_be_read_is_asked_about_and_stored_nowhere(void **state)
{
    NEEDS_POSTGRES();
    static const struct {
        const char *line, *said;
    } lines[] = {
        {"lead add Foo, +91 123",
         "Phone: “+91 123” is not a phone number: it has too few digits. Give one such as +91"},
        {"lead add Foo, foo@@bar",
         "Email: “foo@@bar” is not an email address. Give one such as asha@example.in"},
        {"lead add Foo foo@@bar", "Email: “foo@@bar”"},
        {"lead add Foo +91 123", "Phone: “+91 123”"},
        {"lead add Foo, 98765 4321", "Phone: “98765 4321”"},
        {"lead add Foo, ₹50,00", "Budget: “₹50,00” is not an amount of money"},
        {"lead add Foo, 1.200 €",
         "Budget: “1.200 €” is not an amount of money: it is not clear whether the dot"},
        {"lead add Foo, 31 feb", "Follow-up: “31 feb” is not a date: there is no such day"},
        {"lead add Foo, 32/13", "Follow-up: “32/13”"},
        {"lead add Foo, 25:99", "Follow-up: “25:99”"},
        {"lead add Foo, linkedn", "Source: “linkedn” is none. Did you mean linkedin?\n1. linkedin"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_says(world_say(*state, "manoj", lines[i].line), lines[i].said);
        assert_says(world_say(*state, "manoj", "cancel"), "Cancelled");
    }
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
}

static void what_was_understood_is_said_back(void **state)
{
    NEEDS_POSTGRES();
    assert_says(
        world_say(*state, "manoj", "lead add Asha Rao, 98765 43210, 1.200,50 €, 2026-12-01 10:30, 20 seats"),
        "Lead 1, Asha Rao, is added.\nPhone: +91 98765 43210\nBudget: €1,200.50\nRequirements: 20 seats\n"
        "Follow-up: Tue 1 Dec 2026, 10:30\n");
    admin("UPDATE crm.person SET locale = 'en-US' WHERE username = 'manoj'");
    assert_says(world_say(*state, "manoj", "lead add May, 12/01/2026"), "Follow-up: Tue 1 Dec 2026, 09:00");
}

static void whose_lead_is_given_away_is_told(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *told =
        "SELECT coalesce(string_agg(body, '|'), '') FROM crm.outbox WHERE recipient = 'priya@" DOMAIN "'";
    world_say(world, "manoj", "lead add Asha Rao, 98765 43210, to priya");
    world_say(world, "manoj", "assign 1 to ravi");
    assert_string_equal(admin("%s", told),
                        "Manoj Verma has taken lead 1, Asha Rao, off your list: you need not follow "
                        "it up any more. Thank you for your work on it.");
    world_say(world, "manoj", "assign 1 to priya");
    assert_says(world_say(world, "manoj", "assign 1 to nobody"), "Lead 1, Asha Rao, is nobody's now.");
    assert_says(admin("%s", told), "off your list");
    assert_string_equal(admin("SELECT status || coalesce(assignee, 0) FROM crm.lead"), "new0");
    assert_says(world_say(world, "manoj", "assign 1 to nobody"), "was nobody's already");
    world_say(world, "manoj", "assign 1 to priya");
    world_say(world, "manoj", "delete 1");
    world_say(world, "manoj", "yes");
    assert_says(admin("%s", told), "deleted your lead 1");
    world_say(world, "manoj", "undo");
    assert_says(admin("%s", told), "Manoj Verma took it back: your lead 1, Asha Rao, is not deleted.");
    world_say(world, "manoj", "redo");
    assert_says(admin("%s", told), "Manoj Verma has deleted your lead 1, Asha Rao, again.");
    world_say(world, "manoj", "restore 1");
    assert_says(admin("%s", told), "restored your lead 1");
    /* Who does it themself is not told. */
    admin("UPDATE crm.person SET role = 'manager' WHERE username = 'priya'");
    assert_says(world_say(world, "priya", "assign 1 to ravi"), "is assigned to Ravi Kumar");
    assert_silent_about(admin("%s", told), "off your list");
}

static void deleted_leads_are_listed_for_who_may_restore_them(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, deleted_at) SELECT 'Gone ' || n, now() - n * interval '1 day' FROM "
          "generate_series(1, 12) n;"
          "INSERT INTO crm.lead (name) VALUES ('Here')");
    const char *said = world_say(*state, "manoj", "leads deleted");
    assert_says(said, "Deleted leads\n1 · Gone 1 · ");
    assert_silent_about(said, "Here");
    assert_silent_about(said, "Gone 11");
    assert_says(world_say(*state, "manoj", "more"), "12 · Gone 12");
    assert_says(world_say(*state, "manoj", "restore 1"), "is back");
    assert_silent_about(world_say(*state, "manoj", "deleted leads"), "Gone 1 ");
    assert_string_equal(world_say(*state, "leela", "leads deleted"),
                        "Forbidden: “lead deleted” is for Admins and Managers.");
    assert_says(world_say(*state, "priya", "deleted leads"), "Forbidden");
}

static void leads_are_found_by_a_part_of_what_is_known(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao, asha@example.in, 98765 43210, to priya");
    world_say(*state, "manoj", "lead add Natasha Iyer, to ravi");
    assert_says(
        world_say(*state, "manoj", "find asha"),
        "Leads with “asha”\n1 · Asha Rao · assigned · Priya Nair · +91 98765 43210\n2 · Natasha Iyer");
    assert_says(world_say(*state, "manoj", "lead natasha"),
                "2 · Natasha Iyer · assigned · Ravi Kumar\nTry: lead 2");
    assert_says(world_say(*state, "manoj", "it contacted"), "Lead 2, Natasha Iyer, is contacted now.");
    assert_says(world_say(*state, "manoj", "find 098765 43"), "1 · Asha Rao");
    assert_says(world_say(*state, "manoj", "search ASHA@"), "1 · Asha Rao");
    assert_says(world_say(*state, "priya", "find a"), "1 · Asha Rao");
    assert_string_equal(world_say(*state, "priya", "lead natasha"),
                        "There is no lead with “natasha” in its name, email or phone.");
    assert_says(world_say(*state, "priya", "leads in delhi"), "Did you mean “find delhi”?");
    assert_says(world_say(*state, "priya", "cancel"), "");
    assert_says(world_say(*state, "priya", "leads asha"), "Did you mean “lead asha”?");
    assert_says(world_say(*state, "priya", "yes"), "1 · Asha Rao");
    admin("UPDATE crm.lead SET deleted_at = now()");
    assert_says(world_say(*state, "manoj", "find asha"), "There is no lead with “asha”");
    /* What is offered would be understood. */
    static const char *const hopeless[] = {"remind me to call 1 tomorrow", "how do I add a lead?"};
    for (size_t i = 0; i < sizeof hopeless / sizeof hopeless[0]; i++) {
        assert_silent_about(world_say(*state, "priya", hopeless[i]), "Did you mean");
    }
    assert_says(world_say(*state, "priya", "lead 1 rang him"), "Did you mean “lead note 1 rang him”?");
}

static void a_look_that_lacks_something_is_given_up_for_the_next(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "manoj", "leads of nobodyatall"), "there is nobody called");
    assert_string_equal(world_say(*state, "manoj", "leads"), "There are no leads like this.");
    assert_string_equal(admin("SELECT count(*) FROM crm.dialogue"), "0");
}

static void what_cannot_be_read_at_all_leaves_the_question_open(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    world_say(world, "manoj", "lead add");
    struct stanza message =
        world_stanza(world, "<message type='chat' id='x' from='manoj@" DOMAIN "/a' to='bot@crm." DOMAIN
                            "'><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>");
    assert_true(bot_handle(&world->surface, world->arena, &message, "omemo"));
    struct text text = text_new(world->arena);
    while (text.length < 4001) {
        text_add_char(&text, 'x');
    }
    assert_says(world_say(world, "manoj", text.data), "That is too long for me");
    assert_says(world_say(world, "manoj", "Asha Rao"), "Asha Rao, is added");
}

static void more_than_one_of_a_name_is_a_numbered_choice(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.person (kind, username, name, role) VALUES ('staff', 'ravi2', 'Ravi Menon', "
          "'sales'), "
          "('staff', 'sunil', 'Sunil Ravi', 'sales')");
    world_say(*state, "manoj", "lead add Asha Rao");
    const char *said = world_say(*state, "manoj", "assign 1 to sunil r");
    assert_says(said, "is assigned to Sunil Ravi");
    admin("UPDATE crm.person SET username = 'rk' WHERE username = 'ravi'");
    admin("UPDATE crm.person SET username = 'rm' WHERE username = 'ravi2'");
    said = world_say(*state, "manoj", "assign 1 to ravi");
    assert_says(said, "“ravi” is more than one");
    assert_says(said,
                "\n1. rk (Ravi Kumar)\n2. rm (Ravi Menon)\n3. sunil (Sunil Ravi)\n(Reply with a number");
    assert_says(world_say(*state, "manoj", "2"), "is assigned to Ravi Menon");
    said = world_say(*state, "anna", "user show ravi");
    assert_says(said, "\n1. rk (Ravi Kumar)");
    assert_says(world_say(*state, "anna", "1"), "Ravi Kumar");
    assert_says(world_say(*state, "manoj", "assign 1 to prya"), "Did you mean priya?\n1. priya (Priya Nair)");
    assert_says(world_say(*state, "manoj", "yes"), "is assigned to Priya Nair");
}

static void people_are_answered_as_people(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "priya", "Hello!"), "Hello, Priya Nair. Say “help”");
    assert_string_equal(world_say(*state, "priya", "Thank you."), "You are welcome.");
    assert_string_equal(world_say(*state, "priya", "🙏🙏"), "👍");
    assert_string_equal(world_say(*state, "priya", "ok"), "👍");
    assert_says(world_say(*state, "priya", "?"), "What you can ask for");
    assert_says(world_say(*state, "priya", "help me"), "What you can ask for");
    assert_string_equal(world_say(*state, "priya", "मुझे थोड़ी मदद"),
                        "I did not understand that. Say “help” for what I can do.");
    assert_string_equal(
        world_say(*state, "priya", "deepa"),
        "I did not understand that. Say “help” for what I can do, or “find deepa” to look for "
        "a lead.");
}

static void a_pasted_lead_is_offered_and_added_after_a_yes(void **state)
{
    NEEDS_POSTGRES();
    const char *said =
        world_say(*state, "manoj", "*Name:* Asha Rao\n- Ph: 98765 43210\nwants Excel course\nfor 12 people");
    assert_says(
        said, "Is this for “lead add”?\nName: Asha Rao\nPhone: +91 98765 43210\nRequirements: Excel course");
    assert_says(said, "(Reply yes or no)");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
    assert_says(world_say(*state, "manoj", "yes"), "Lead 1, Asha Rao, is added.");
    assert_string_equal(admin("SELECT name || phone FROM crm.lead"), "Asha Rao+919876543210");
    assert_says(admin("SELECT requirements FROM crm.lead"), "12 people");
    world_say(*state, "manoj", "Vikram Iyer\nvikram@example.in");
    assert_says(world_say(*state, "manoj", "no"), "Nothing was changed");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "1");
    assert_says(world_say(*state, "manoj", "Asha\ncalled me twice"), "I did not understand");
    assert_says(world_say(*state, "priya", "Name: Asha\nPh: 98765 43210"), "Forbidden: “lead add” is for");
}

static void an_answer_that_could_be_a_command_is_the_answer(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    assert_says(world_say(*state, "manoj", "assign"), "Lead?");
    assert_says(world_say(*state, "manoj", "1"), "Assign to?");
    assert_says(world_say(*state, "manoj", "priya"), "is assigned to Priya Nair");
}

static void an_old_question_is_forgotten(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "add lead");
    admin("UPDATE crm.dialogue SET expires_at = now() - interval '1 second'");
    assert_says(world_say(*state, "manoj", "Vikram Iyer"), "I did not understand");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
}

static void assigning_tells_the_assigned_person(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao, +91 98765 43210, ₹50,000");
    assert_says(world_say(*state, "manoj", "assign 1 to priya"), "is assigned to Priya Nair");
    assert_string_equal(((struct world *)*state)->touched, "bot-3 bot-2 ");
    const char *told = admin("SELECT body FROM crm.outbox WHERE recipient = 'priya@" DOMAIN
                             "' AND channel = 'bot-3' AND sender = 'bot'");
    assert_says(told, "Manoj Verma assigned lead 1 to you: Asha Rao");
    assert_says(told, "Phone: +91 98765 43210");
    assert_says(told, "₹50,000");
    assert_string_equal(admin("SELECT status || assignee FROM crm.lead"), "assigned3");
    assert_says(world_say(*state, "manoj", "1 assign to priya"), "already");
    assert_string_equal(admin("SELECT count(*) FROM crm.outbox WHERE recipient = 'priya@" DOMAIN "'"), "0");
    assert_says(world_say(*state, "manoj", "lead assign 1 ravi"), "Ravi Kumar");
    assert_string_equal(admin("SELECT assignee FROM crm.lead"), "4");
}

static void only_enabled_sales_persons_are_assigned(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    assert_says(world_say(*state, "manoj", "assign 1 to leela"), "Leela Das is a Lead Person");
    assert_says(world_say(*state, "manoj", "assign 1 to gone"), "there is nobody called “gone”");
    assert_says(world_say(*state, "manoj", "assign 1 to prya"), "Did you mean priya?");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE assignee IS NOT NULL"), "0");
}

static void a_sales_person_cannot_tell_anothers_lead_from_none(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao, to ravi");
    assert_says(world_say(*state, "ravi", "lead 1"), "Asha Rao");
    assert_string_equal(world_say(*state, "priya", "lead 1"), "There is no lead 1.");
    assert_string_equal(world_say(*state, "priya", "lead 2"), "There is no lead 2.");
    assert_silent_about(world_say(*state, "priya", "leads"), "Asha");
    assert_says(world_say(*state, "ravi", "leads"), "1 · Asha Rao · assigned · Ravi Kumar");
}

static void another_roles_command_is_forbidden_before_anything_else(void **state)
{
    NEEDS_POSTGRES();
    const char *sentence = "Forbidden: “lead assign” is for Admins, Managers and Lead Persons.";
    assert_string_equal(world_say(*state, "priya", "assign 1 to ravi"), sentence);
    assert_string_equal(admin("SELECT outcome || ' ' || command FROM crm.audit ORDER BY id DESC LIMIT 1"),
                        "forbidden lead.assign");
    assert_string_equal(world_say(*state, "priya", "assign 999 to nobody at all"), sentence);
    assert_string_equal(world_say(*state, "priya", "help lead.assign"), sentence);
    assert_silent_about(world_say(*state, "priya", "help"), "lead assign");
    assert_says(
        world_say(*state, "priya", "help"),
        "lead: done, edit, export, find, followup, history, list, note, score, show, snooze, status, tag");
}

static void a_repeated_message_has_its_effect_once(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say_keyed(*state, "manoj", "lead add Asha Rao", "same"), "is added");
    assert_string_equal(world_say_keyed(*state, "manoj", "lead add Asha Rao", "same"), "");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "1");
    assert_says(world_say_keyed(*state, "priya", "lead add x", "refused"), "Forbidden");
    assert_string_equal(world_say_keyed(*state, "priya", "lead add x", "refused"), "");
}

static void a_typo_is_answered_with_what_was_meant(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "manoj", "laed add Asha Rao"), "Did you mean “lead add Asha Rao”?");
    assert_says(world_say(*state, "manoj", "yes"), "Lead 1, Asha Rao, is added.");
    assert_says(world_say(*state, "manoj", "what is the weather"), "help");
}

static void strangers_get_nothing(void **state)
{
    NEEDS_POSTGRES();
    assert_string_equal(world_say(*state, "gone", "help"), "");
    assert_string_equal(world_say(*state, "nobody", "help"), "");
    struct world *world = *state;
    struct stanza message =
        world_stanza(world, "<message type='chat' id='x' from='eve@elsewhere.test/a' to='bot@crm." DOMAIN
                            "'><body>help</body></message>");
    assert_true(bot_handle(&world->surface, world->arena, &message, "k"));
    assert_says(world->sent, "service-unavailable");
}

static void what_cannot_be_read_is_answered(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    struct stanza message =
        world_stanza(world, "<message type='chat' id='x' from='manoj@" DOMAIN "/a' to='bot@crm." DOMAIN
                            "'><encrypted xmlns='eu.siacs.conversations.axolotl'/><request "
                            "xmlns='urn:xmpp:receipts'/></message>");
    assert_true(bot_handle(&world->surface, world->arena, &message, "secret"));
    assert_says(admin("SELECT body FROM crm.outbox"), "OMEMO");
    assert_says(world->sent, "<received xmlns='urn:xmpp:receipts' id='x'/>");
}

static void a_list_has_pages(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, source) SELECT 'Lead ' || n, CASE WHEN n %% 2 = 0 THEN 'linkedin' "
          "ELSE 'direct' END FROM generate_series(1, 25) n");
    const char *said = world_say(*state, "manoj", "leads new from linkedin");
    assert_says(said, "24 · Lead 24 · new");
    assert_silent_about(said, "25 ·");
    assert_says(said, "There is more: say “more”.");
    said = world_say(*state, "manoj", "more");
    assert_says(said, "4 · Lead 4");
    assert_silent_about(said, "more");
    assert_says(world_say(*state, "manoj", "more"), "There is no more");
}

/* Every example in the table, as an Admin, who may do all; each in a world of its own. */
static void every_example_works(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    for (size_t i = 0; i < world->surface.table->count; i++) {
        /* A copy: the table is made anew for each request, once there are sources and fields of Admins. */
        const struct command row = *world->surface.table->rows[i];
        for (const char *const *example = row.examples; *example != NULL; example++) {
            bool deleted = row.target == TARGET_ANY_LEAD;
            world_people();
            admin(
                "INSERT INTO crm.lead (id, name, status, assignee, follow_up_at, deleted_at) OVERRIDING "
                "SYSTEM VALUE "
                "VALUES (42, 'Meera Joshi', 'assigned', 4, now() + interval '1 day', %s); INSERT INTO "
                "crm.team (name) VALUES ('%s');"
                "INSERT INTO crm.lead_source (name, label) VALUES ('expo', 'Expo');"
                "INSERT INTO crm.lead_field (name, label, type) VALUES ('batch', 'Batch', 'text');"
                "INSERT INTO crm.visitor (id, address) OVERRIDING SYSTEM VALUE VALUES (17, 'seventeen') ON "
                "CONFLICT DO NOTHING; "
                "INSERT INTO crm.import (id, person_id, file, state, headers, fields, rows, good) OVERRIDING "
                "SYSTEM VALUE VALUES (7, 1, 'leads.csv', 'waiting', E'Name\\x1fMobile', E'name\\x1f', 1, 1); "
                "INSERT INTO crm.import_row VALUES (7, 2, E'Asha\\x1f9876500000')",
                deleted ? "now()" : "NULL", strcmp(row.name, "team.add") == 0 ? "South" : "North");
            admin("INSERT INTO crm.lead (id, name) OVERRIDING SYSTEM VALUE VALUES (7, 'Meera J.')");
            if (strcmp(row.name, "poll.start") == 0 || strcmp(row.name, "lead.autoassign") == 0 ||
                strcmp(row.name, "lead.distribute") == 0 || strcmp(row.name, "queue.clear") == 0) {
                admin(
                    "UPDATE crm.lead SET assignee = NULL, status = 'new', source = 'linkedin' WHERE id = 42");
            }
            if (strcmp(row.name, "queue.clear") == 0) {
                admin("INSERT INTO crm.assign_waiting (lead_id) VALUES (42)");
            }
            admin("INSERT INTO crm.team_member (team_id, person_id) SELECT id, 4 FROM crm.team; INSERT INTO "
                  "crm.poll (id, question, choices, audience, started_by, deadline) OVERRIDING SYSTEM VALUE "
                  "VALUES (9, 'Tea?', '{yes,no}', 'all', 1, now() + interval '1 hour'); INSERT INTO "
                  "crm.poll_person (poll_id, person_id) VALUES (9, 1); INSERT INTO crm.assign_rule (id, "
                  "source, to_person) OVERRIDING SYSTEM VALUE VALUES (3, 'chat', 4)");
            world_say(world, "anna", "lead add Meera Joshi"); /* something to undo */
            if (strcmp(row.name, "redo") == 0) {
                world_say(world, "anna", "undo");
            }
            if (strncmp(row.name, "saved.", 6) == 0) {
                world_say(world, "anna", "leads");
            }
            if (strcmp(row.name, "saved.run") == 0 || strcmp(row.name, "saved.remove") == 0) {
                world_say(world, "anna", "save this as hot delhi");
            }
            if (strstr(world_say(world, "anna", *example), "(Reply yes or no)") != NULL) {
                world_say(world, "anna", "yes");
            }
            assert_string_equal(
                admin("SELECT command || ' ' || outcome FROM crm.audit ORDER BY id DESC LIMIT 1"),
                arena_printf(world->arena, "%s done", row.unrecorded ? "lead.add" : row.name));
        }
    }
}

static void it_is_the_last_record_that_one_spoke_of(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    world_say(*state, "leela", "lead add Vikram Iyer");
    assert_says(world_say(*state, "manoj", "assign it to priya"), "Lead 1, Asha Rao, is assigned to Priya");
    assert_says(world_say(*state, "leela", "show it"), "Vikram Iyer");
    world_say(*state, "manoj", "lead 2");
    assert_says(world_say(*state, "manoj", "it to ravi"), "Lead 2, Vikram Iyer, is assigned to Ravi");
    /* Nothing is guessed for somebody who spoke of none, nor after half an hour. */
    assert_says(world_say(*state, "anna", "assign it to ravi"), "Lead? The number of the lead");
    admin("UPDATE crm.bot_memory SET expires_at = now() - interval '1 second'");
    assert_says(world_say(*state, "manoj", "show it"), "Lead? The number of the lead");
}

static void a_question_offers_it(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    assert_says(world_say(*state, "manoj", "assign to ravi"), "or “it” for 1");
    assert_says(world_say(*state, "manoj", "it"), "is assigned to Ravi Kumar");
}

static void choices_are_numbered_and_offered_as_buttons(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    assert_says(world_say(*state, "manoj", "assign 1"),
                "1. priya (Priya Nair)\n2. ravi (Ravi Kumar)\n(Reply with a number");
    assert_string_equal(admin("SELECT array_to_string(options, '|') FROM crm.outbox"), "priya|ravi|cancel");
    assert_says(world_say(*state, "manoj", "2"), "is assigned to Ravi Kumar");
    assert_says(world_say(*state, "manoj", "lead add Meera Joshi, from linkedn"),
                "Source: “linkedn” is none. Did you mean linkedin?\n1. linkedin");
    assert_says(world_say(*state, "manoj", "1"), "Lead 2, Meera Joshi, is added.");
}

static void several_meanings_are_numbered(void **state)
{
    NEEDS_POSTGRES();
    const char *said = world_say(*state, "anna", "add Asha Rao");
    assert_says(said, "Did you mean:\n1. lead add Asha Rao");
    assert_says(world_say(*state, "anna", "1"), "Lead 1, Asha Rao, is added.");
}

static void the_last_change_is_undone(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    world_say(*state, "manoj", "assign it to priya");
    world_say(*state, "manoj", "leads");
    assert_says(world_say(*state, "manoj", "undo"), "Undone. Lead 1, Asha Rao: ");
    assert_string_equal(admin("SELECT status || coalesce(assignee, 0) FROM crm.lead"), "new0");
    assert_says(admin("SELECT body FROM crm.outbox WHERE recipient = 'priya@" DOMAIN "'"), "back from you");
    assert_says(world_say(*state, "manoj", "undo"),
                "There is nothing more to undo: your last change has been");
    assert_string_equal(admin("SELECT status || coalesce(assignee, 0) FROM crm.lead"), "new0");
    assert_says(world_say(*state, "manoj", "redo"), "Put back. Lead 1, Asha Rao: ");
    assert_string_equal(admin("SELECT status || assignee FROM crm.lead"), "assigned3");
    assert_says(world_say(*state, "manoj", "redo"), "There is nothing to redo");
    assert_says(world_say(*state, "manoj", "undo"), "Undone. Lead 1, Asha Rao: ");
    assert_string_equal(admin("SELECT status || coalesce(assignee, 0) FROM crm.lead"), "new0");
}

static void a_note_and_tags_are_taken_back_and_the_history_says_so(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *told = "SELECT coalesce(string_agg(body, '|' ORDER BY id), '') FROM crm.outbox WHERE "
                       "recipient = 'priya@" DOMAIN "'";
    world_say(world, "manoj", "lead add Asha Rao, to priya");
    world_say(world, "manoj", "note 1 wants Monday");
    assert_says(world_say(world, "manoj", "lead 1"), "wants Monday");
    assert_says(world_say(world, "manoj", "undo"), "Undone. Lead 1, Asha Rao: note taken back.");
    assert_says(admin("%s", told), "Manoj Verma took back what they had noted on your lead 1, Asha Rao.");
    assert_silent_about(world_say(world, "priya", "lead 1"), "wants Monday");
    const char *said = world_say(world, "priya", "history 1");
    assert_says(said, "note taken back: wants Monday");
    assert_says(said, "noted: wants Monday");
    assert_says(world_say(world, "manoj", "redo"), "Put back. Lead 1, Asha Rao: note put back.");
    assert_says(world_say(world, "manoj", "lead 1"), "wants Monday");
    assert_says(world_say(world, "manoj", "history 1"), "note put back: wants Monday");
    world_say(world, "manoj", "tag 1 vip, hot");
    assert_says(world_say(world, "manoj", "undo"), "tag vip taken off again, tag hot taken off again");
    assert_string_equal(world_say(world, "manoj", "untag 1 vip"), "Lead 1, Asha Rao, was not tagged vip.");
    world_say(world, "manoj", "tag 1 vip, hot");
    assert_string_equal(world_say(world, "manoj", "untag 1 cold"),
                        "Lead 1, Asha Rao, was not tagged cold.\nLead 1, Asha Rao, is tagged: hot, vip");
    world_say(world, "manoj", "untag 1 vip");
    assert_says(world_say(world, "manoj", "undo"), "tag vip put back");
    /* A follow-up that was ticked off with a note comes back with it. */
    world_say(world, "manoj", "followup 1 tomorrow 10:30");
    world_say(world, "manoj", "done 1 called her");
    assert_says(world_say(world, "manoj", "undo"), "note taken back");
    assert_string_equal(
        admin("SELECT (follow_up_at IS NOT NULL)::text || (followed_up_at IS NULL) FROM crm.lead"),
        "truetrue");
}

static void a_change_of_an_added_field_is_taken_back(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    world_say(world, "anna", "field add Batch");
    world_say(world, "manoj", "lead add Asha Rao");
    world_say(world, "manoj", "lead edit 1 batch May");
    assert_says(world_say(world, "manoj", "lead edit 1 batch June, phone 98765 43210"), "June");
    assert_says(world_say(world, "manoj", "undo"), "batch as before");
    const char *said = world_say(world, "manoj", "lead 1");
    assert_says(said, "Batch: May");
    assert_silent_about(said, "Phone");
    assert_says(world_say(world, "manoj", "redo"), "batch as changed");
    said = world_say(world, "manoj", "lead 1");
    assert_says(said, "Batch: June");
    assert_says(said, "Phone: +91 98765 43210");
}

/* ---- two clients of one person at once */

#define UNDO_ROUNDS 40

struct client {
    struct world *world;
    pthread_t thread;
    pthread_barrier_t *start;
    enum outcome outcome;
    struct reply reply;
};

static void *say_undo(void *context)
{
    struct client *client = context;
    struct arena *arena = arena_new();
    struct dispatch dispatch = surface_dispatch(&client->world->surface, arena);
    const struct request request = {.command = "undo",
                                    .kind = "staff",
                                    .username = "manoj",
                                    .who = "manoj@" DOMAIN,
                                    .surface = "form",
                                    .id = uuid_new(arena)};
    dispatch.touched = NULL;
    pthread_barrier_wait(client->start);
    client->outcome = command_dispatch(&dispatch, &request, &client->reply);
    if (client->outcome == OUTCOME_REFUSED) {
        client->reply.sentence = strdup(client->reply.sentence);
    }
    arena_free(arena);
    return NULL;
}

static void two_undos_at_once_are_one(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    struct world other = *world;
    const struct db_settings settings = fixture_settings();
    other.surface.db = db_new(&settings);
    world_say(world, "manoj", "lead add Asha Rao");
    for (int round = 0; round < UNDO_ROUNDS; round++) {
        pthread_barrier_t start;
        struct client clients[] = {{.world = world, .start = &start}, {.world = &other, .start = &start}};
        assert_says(world_say(world, "manoj", "assign 1 to priya"), "is assigned to Priya Nair");
        pthread_barrier_init(&start, NULL, 2);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(pthread_create(&clients[i].thread, NULL, say_undo, &clients[i]), 0);
        }
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(pthread_join(clients[i].thread, NULL), 0);
        }
        pthread_barrier_destroy(&start);
        size_t refused = clients[0].outcome == OUTCOME_REFUSED ? 0 : 1;
        assert_int_equal(clients[1 - refused].outcome, OUTCOME_DONE);
        assert_int_equal(clients[refused].outcome, OUTCOME_REFUSED);
        assert_says(clients[refused].reply.sentence, "There is nothing more to undo");
        free((void *)clients[refused].reply.sentence);
        assert_string_equal(admin("SELECT status || coalesce(assignee, 0) FROM crm.lead"), "new0");
    }
    db_free(other.surface.db);
}

static void what_somebody_changed_since_is_not_undone(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao");
    world_say(*state, "manoj", "assign 1 to priya");
    world_say(*state, "leela", "assign 1 to ravi");
    assert_says(world_say(*state, "manoj", "undo"),
                "Not possible: Leela Das has changed lead 1 since “lead assign”");
    assert_string_equal(admin("SELECT assignee FROM crm.lead"), "4");
}

static void an_illegal_move_back_is_possible_by_undo_only(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "manoj", "lead add Asha Rao, to priya");
    admin("SELECT set_config('crm.person', '3', false), set_config('crm.request', 'r-1', false); "
          "UPDATE crm.lead SET status = 'contacted'; "
          "INSERT INTO crm.audit (person_id, who, surface, request, command, outcome) VALUES "
          "(3, 'priya', 'chat', 'r-1', 'lead.assign', 'done')");
    assert_says(world_say(*state, "priya", "undo"), "cannot be undone");
    admin("UPDATE crm.person SET role = 'manager' WHERE id = 3");
    assert_says(world_say(*state, "priya", "undo"), "status assigned");
    assert_string_equal(admin("SELECT status FROM crm.lead"), "assigned");
}

static void a_long_answer_has_pages(void **state)
{
    NEEDS_POSTGRES();
    struct text text = text_new(((struct world *)*state)->arena);
    text_add(&text, "lead add Asha Rao, needs ");
    for (int i = 0; text.length < 3700; i++) {
        text_addf(&text, "word%d ", i);
    }
    world_say(*state, "manoj", text.data);
    const char *said = world_say(*state, "manoj", "lead 1");
    assert_true(strlen(said) < 3100);
    assert_says(said, "(There is more: say “more”)");
    said = world_say(*state, "manoj", "more");
    assert_says(said, "Added by: Manoj Verma");
    assert_says(world_say(*state, "manoj", "more"), "There is no more");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_lead_is_added_from_one_line),
        TEST(a_name_that_shows_nothing_or_turns_the_line_is_none),
        TEST(keys_with_quotes_are_understood),
        TEST(what_is_missing_is_asked_for),
        TEST(a_wrong_argument_is_named_and_can_be_put_right),
        TEST(cancel_ends_a_question),
        TEST(a_command_is_a_command_while_a_question_is_open),
        TEST(what_was_begun_is_kept_beside_another_command),
        TEST(a_command_or_nearly_one_is_not_swallowed_as_an_answer),
        TEST(a_command_said_politely_is_no_tag),
        TEST(a_command_of_others_is_not_swallowed_as_an_answer),
        TEST(a_command_with_a_fault_is_no_choice),
        TEST(a_mistyped_command_is_no_choice),
        TEST(a_mistyped_command_is_no_date_person_or_yes),
        TEST(a_team_is_renamed_and_deleted_after_a_yes),
        TEST(several_leads_are_deleted_after_one_yes),
        TEST(who_is_nobody_here_is_looked_for_among_the_leads),
        TEST(what_is_to_be_destroyed_is_asked_about_again_after_a_change),
        TEST(names_that_begin_as_commands_do_are_names),
        TEST(an_answer_may_hold_more_than_was_asked),
        TEST(what_cannot_be_read_is_asked_about_and_stored_nowhere),
        TEST(what_was_understood_is_said_back),
        TEST(whose_lead_is_given_away_is_told),
        TEST(deleted_leads_are_listed_for_who_may_restore_them),
        TEST(more_than_one_of_a_name_is_a_numbered_choice),
        TEST(leads_are_found_by_a_part_of_what_is_known),
        TEST(a_look_that_lacks_something_is_given_up_for_the_next),
        TEST(what_cannot_be_read_at_all_leaves_the_question_open),
        TEST(people_are_answered_as_people),
        TEST(a_pasted_lead_is_offered_and_added_after_a_yes),
        TEST(an_answer_that_could_be_a_command_is_the_answer),
        TEST(an_old_question_is_forgotten),
        TEST(assigning_tells_the_assigned_person),
        TEST(only_enabled_sales_persons_are_assigned),
        TEST(a_sales_person_cannot_tell_anothers_lead_from_none),
        TEST(another_roles_command_is_forbidden_before_anything_else),
        TEST(a_repeated_message_has_its_effect_once),
        TEST(a_typo_is_answered_with_what_was_meant),
        TEST(strangers_get_nothing),
        TEST(what_cannot_be_read_is_answered),
        TEST(a_list_has_pages),
        TEST(every_example_works),
        TEST(it_is_the_last_record_that_one_spoke_of),
        TEST(a_question_offers_it),
        TEST(choices_are_numbered_and_offered_as_buttons),
        TEST(several_meanings_are_numbered),
        TEST(the_last_change_is_undone),
        TEST(a_note_and_tags_are_taken_back_and_the_history_says_so),
        TEST(a_change_of_an_added_field_is_taken_back),
        TEST(two_undos_at_once_are_one),
        TEST(what_somebody_changed_since_is_not_undone),
        TEST(an_illegal_move_back_is_possible_by_undo_only),
        TEST(a_long_answer_has_pages),
    };
    return cmocka_run_group_tests_name("bot", tests, NULL, NULL);
}
