/* Ad-hoc commands and discovery with the real table and a real database, as clients send them. */
#include "surface_fixture.h"

#include <pthread.h>

#define CRM     "crm." DOMAIN
#define COMMAND "http://jabber.org/protocol/commands"
#define ITEMS   "<query xmlns='http://jabber.org/protocol/disco#items' node='" COMMAND "'/>"

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

static const char *execute(struct world *world, const char *who, const char *to, const char *node)
{
    return world_ask(
        world, who, to, "set",
        arena_printf(world->arena, "<command xmlns='" COMMAND "' node='%s' action='execute'/>", node));
}

/* Goes on with a session; `fields` are <field/> elements, NULL for no form, `action` NULL for none. */
static const char *submit(struct world *world, const char *who, const char *to, const char *node,
                          const char *session, const char *action, const char *fields)
{
    const char *form =
        fields == NULL ? ""
                       : arena_printf(world->arena, "<x xmlns='jabber:x:data' type='submit'>%s</x>", fields);
    const char *given = action == NULL ? "" : arena_printf(world->arena, " action='%s'", action);
    return world_ask(world, who, to, "set",
                     arena_printf(world->arena,
                                  "<command xmlns='" COMMAND "' node='%s' sessionid='%s'%s>%s</command>",
                                  node, session, given, form));
}

static const char *session_of(struct world *world, const char *answer)
{
    const char *begin = strstr(answer, "sessionid=");
    assert_non_null(begin);
    return arena_strndup(world->arena, begin + 11, 36);
}

#define NAME  "<field var='name'><value>Asha Rao</value></field>"
#define EMAIL "<field var='email'><value>asha@example.in</value></field>"

static void a_menu_lists_what_the_role_may_use(void **state)
{
    NEEDS_POSTGRES();
    const char *manager = world_ask(*state, "manoj", CRM, "get", ITEMS);
    assert_says(manager, "node='lead.add'");
    assert_says(manager, "name='Add a lead'");
    const char *sales = world_ask(*state, "priya", CRM, "get", ITEMS);
    assert_says(sales, "node='lead.show'");
    assert_silent_about(sales, "lead.add");
}

static void a_lead_is_added_by_form(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *form = execute(world, "manoj", CRM, "lead.add");
    assert_says(form, "status='executing'");
    assert_says(form, "<actions execute='complete'><complete/></actions>");
    assert_says(form, "var='budget' type='text-single'");
    assert_says(form, "<option label='Priya Nair'><value>priya</value></option>");
    assert_silent_about(form, "Gone Away");
    assert_silent_about(form, "Leela");
    const char *done = submit(world, "manoj", CRM, "lead.add", session_of(world, form), NULL,
                              NAME EMAIL "<field var='assignee'><value>priya</value></field>");
    assert_says(done, "status='completed'");
    assert_says(done, "Lead 1, Asha Rao, is added.");
    assert_silent_about(done, "<note");
    assert_string_equal(admin("SELECT concat_ws('|', name, email, status, assignee) FROM crm.lead"),
                        "Asha Rao|asha@example.in|assigned|3");
    assert_string_equal(world->touched, "bot-3 ");
    assert_string_equal(admin("SELECT surface || outcome FROM crm.audit ORDER BY id DESC LIMIT 1"),
                        "formdone");
}

/* "assigned contacted": the values of a field's options. */
static const char *options_of(struct world *world, const char *form, const char *field)
{
    struct text values = text_new(world->arena);
    const char *at = strstr(form, arena_printf(world->arena, "var='%s'", field));
    assert_non_null(at);
    const char *end = strstr(at, "</field>");
    while ((at = strstr(at, "<option")) != NULL && at < end) {
        at = strstr(at, "<value>") + strlen("<value>");
        text_addf(&values, "%s%.*s", values.length == 0 ? "" : " ", (int)strcspn(at, "<"), at);
    }
    return values.data;
}

#define STATUS(value) "<field var='status'><value>" value "</value></field>"

static void the_status_form_offers_the_legal_moves(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *const lead = "lead-1@" CRM;
    admin("INSERT INTO crm.lead (name, status, assignee) VALUES ('Asha Rao', 'assigned', 3)");
    const char *form = execute(world, "priya", lead, "lead.status");
    assert_says(form, "<required/><value>assigned</value>");
    assert_says(form, "<option label='Assigned (as it is now)'>");
    assert_says(form, "<option label='Lost, with a reason'>");
    assert_string_equal(options_of(world, form, "status"), "assigned contacted lost");
    /* What no client offers can be sent all the same. */
    const char *session = session_of(world, form);
    form = submit(world, "priya", lead, "lead.status", session, "complete", STATUS("won"));
    assert_says(form, "cannot become won. From assigned it goes to contacted or lost.");
    assert_says(options_of(world, form, "status"), "assigned contacted lost");
    form = submit(world, "priya", lead, "lead.status", session, "complete", STATUS("lost"));
    assert_says(form, "Reason is missing");
    assert_says(form, "<value>lost</value><option");
    assert_says(submit(world, "priya", lead, "lead.status", session, "complete",
                       STATUS("lost") "<field var='reason'><value>too expensive</value></field>"),
                "is lost now. Reason: too expensive");
    form = execute(world, "priya", lead, "lead.status");
    assert_string_equal(options_of(world, form, "status"), "lost assigned");
    /* From the service's own address, when it is known which lead is meant. */
    session = session_of(world, execute(world, "manoj", CRM, "lead.status"));
    form = submit(world, "manoj", CRM, "lead.status", session, "next",
                  "<field var='lead'><value>1</value></field>");
    assert_string_equal(options_of(world, form, "status"), "lost assigned");
}

static void a_user_name_that_is_taken_is_asked_for_again(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *session = session_of(world, execute(world, "anna", CRM, "user.add"));
    const char *form = submit(world, "anna", CRM, "user.add", session, "complete",
                              NAME "<field var='account'><value>priya</value></field>"
                                   "<field var='role'><value>sales</value></field>" EMAIL);
    assert_says(form, "status='executing'");
    assert_says(form, "User name: priya is taken.");
    assert_says(form, "label='User name (please correct)'");
    assert_says(form, "<value>Asha Rao</value>");
    assert_says(form, "<value>asha@example.in</value>");
    assert_says(form, "<value>sales</value>");
    assert_says(submit(world, "anna", CRM, "user.add", session, "complete",
                       "<field var='account'><value>asha</value></field>" NAME EMAIL
                       "<field var='role'><value>sales</value></field>"),
                "Asha Rao (asha) is added");
}

#define WHO(value) "<field var='person'><value>" value "</value></field>"

static void who_is_here_is_named_before_their_sessions_end(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    static const char yes[] = "<field var='confirm'><value>1</value></field>";
    static const char role[] = "<field var='role'><value>lead</value></field>";
    static const char *const actions[] = {"complete", "next"};
    admin("INSERT INTO crm.availability (person_id, available) VALUES (3, true), (4, false)");
    for (size_t i = 0; i < 2; i++) {
        const char *session = session_of(world, execute(world, "anna", CRM, "user.role"));
        submit(world, "anna", CRM, "user.role", session, "next", WHO("priya"));
        const char *form = submit(world, "anna", CRM, "user.role", session, actions[i], role);
        assert_says(form,
                    "It is about Priya Nair (priya). Priya Nair is here now: all open sessions end. Go on?");
        assert_says(form, "var='confirm'");
        assert_silent_about(form, "needs the tick");
        form = submit(world, "anna", CRM, "user.role", session, "complete", "");
        assert_says(form, "var='confirm'");
        assert_says(form, "Nothing was done: it needs the tick at “Yes, do it”. ");
        assert_string_equal(admin("SELECT role FROM crm.person WHERE id = 3"), "sales");
        assert_says(submit(world, "anna", CRM, "user.role", session, actions[i], yes), "is Lead Person now");
        assert_string_equal(admin("SELECT role FROM crm.person WHERE id = 3"), "lead");
        admin("UPDATE crm.person SET role = 'sales' WHERE id = 3");
        /* Of somebody who is not here no session ends. */
        session = session_of(world, execute(world, "anna", CRM, "user.role"));
        form = submit(world, "anna", CRM, "user.role", session, "next", WHO("ravi"));
        assert_says(form, "Page 2 of 2.");
        assert_says(submit(world, "anna", CRM, "user.role", session, actions[i], role), "is Lead Person now");
        admin("UPDATE crm.person SET role = 'sales' WHERE id = 4");
        session = session_of(world, execute(world, "anna", CRM, "user.disable"));
        form = submit(world, "anna", CRM, "user.disable", session, actions[i], WHO("priya"));
        assert_says(form, "Priya Nair is here now: all open sessions end. Go on?");
        assert_says(submit(world, "anna", CRM, "user.disable", session, actions[i], yes), "is disabled");
        admin("UPDATE crm.person SET enabled = true WHERE id = 3");
    }
}

static void the_last_stage_takes_any_way_of_going_on(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *const actions[] = {"next", "execute", "complete", NULL};
    for (int i = 0; i < 4; i++) {
        const char *form = execute(world, "manoj", CRM, "lead.add");
        assert_says(submit(world, "manoj", CRM, "lead.add", session_of(world, form), actions[i], NAME),
                    "completed");
    }
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "4");
}

static void a_double_submit_is_answered_twice_and_done_once(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *session = session_of(world, execute(world, "manoj", CRM, "lead.add"));
    const char *first = submit(world, "manoj", CRM, "lead.add", session, "complete", NAME);
    const char *second = submit(world, "manoj", CRM, "lead.add", session, "complete", NAME);
    assert_string_equal(first, second);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "1");
}

/* Another lane with a connection of its own. */
struct lane {
    struct world world;
    const char *session, *answer;
};

static void *submit_in_lane(void *context)
{
    struct lane *lane = context;
    lane->answer = submit(&lane->world, "manoj", CRM, "lead.add", lane->session, "complete", NAME);
    return NULL;
}

static void two_submits_at_once_are_one(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    struct db_settings settings = fixture_settings();
    for (int round = 1; round <= 10; round++) {
        static struct lane lanes[2];
        pthread_t threads[2];
        const char *session = session_of(world, execute(world, "manoj", CRM, "lead.add"));
        for (int i = 0; i < 2; i++) {
            lanes[i].world.arena = arena_new();
            lanes[i].world.surface = world->surface;
            lanes[i].world.surface.context = &lanes[i].world;
            lanes[i].world.surface.db = db_new(&settings);
            lanes[i].session = session;
            pthread_create(&threads[i], NULL, submit_in_lane, &lanes[i]);
        }
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], NULL);
        }
        assert_string_equal(lanes[0].answer, lanes[1].answer);
        assert_says(lanes[0].answer, "is added");
        assert_string_equal(admin("SELECT count(*) FROM crm.lead"), arena_printf(world->arena, "%d", round));
        for (int i = 0; i < 2; i++) {
            db_free(lanes[i].world.surface.db);
            arena_free(lanes[i].world.arena);
        }
    }
}

static void a_wrong_field_shows_the_form_again(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *session = session_of(world, execute(world, "manoj", CRM, "lead.add"));
    const char *again = submit(world, "manoj", CRM, "lead.add", session, "complete",
                               NAME "<field var='email'><value>nonsense</value></field>");
    assert_says(again, "status='executing'");
    assert_says(again, "type='fixed'");
    assert_says(again, "“nonsense” is not an email address");
    assert_says(again, "Email (please correct)");
    assert_says(again, "<value>Asha Rao</value>");
    assert_silent_about(again, "<note");
    assert_says(submit(world, "manoj", CRM, "lead.add", session, "complete", NAME EMAIL), "completed");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "1");
    again = submit(world, "manoj", CRM, "lead.add",
                   session_of(world, execute(world, "manoj", CRM, "lead.add")), "complete", "");
    assert_says(again, "Name is missing");
}

static void another_roles_command_is_forbidden_at_every_step(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *sentence = "Forbidden: “lead add” is for Admins, Managers and Lead Persons.";
    const char *refused = execute(world, "priya", CRM, "lead.add");
    assert_says(refused, "<forbidden ");
    assert_says(refused, sentence);
    const char *session = session_of(world, execute(world, "leela", CRM, "lead.add"));
    admin("UPDATE crm.person SET role = 'sales' WHERE username = 'leela'");
    refused = submit(world, "leela", CRM, "lead.add", session, "complete", NAME);
    assert_says(refused, "<forbidden ");
    assert_says(refused, sentence);
    admin("UPDATE crm.person SET enabled = false WHERE username = 'leela'");
    assert_says(submit(world, "leela", CRM, "lead.add", session, "complete", NAME), "<forbidden ");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
}

static void a_session_belongs_to_its_full_address(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *session = session_of(world, execute(world, "manoj", CRM, "lead.add"));
    assert_says(submit(world, "leela", CRM, "lead.add", session, "complete", NAME), "<bad-sessionid ");
    assert_says(submit(world, "manoj", CRM, "lead.list", session, "complete", NAME), "<bad-sessionid ");
    assert_says(submit(world, "manoj", CRM, "lead.add", "no-such", "complete", NAME), "<bad-sessionid ");
    admin("UPDATE crm.form_session SET expires_at = now() - interval '1 second'");
    assert_says(submit(world, "manoj", CRM, "lead.add", session, "complete", NAME), "<bad-sessionid ");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "0");
}

static void cancelling_ends_the_session(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *session = session_of(world, execute(world, "manoj", CRM, "lead.add"));
    assert_says(submit(world, "manoj", CRM, "lead.add", session, "cancel", NULL), "status='canceled'");
    assert_says(submit(world, "manoj", CRM, "lead.add", session, "complete", NAME), "<bad-sessionid ");
}

static void a_record_offers_its_commands_with_the_target_filled_in(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("INSERT INTO crm.lead (name, status, assignee) VALUES ('Asha Rao', 'assigned', 3)");
    const char *items = world_ask(world, "manoj", "lead-1@" CRM, "get", ITEMS);
    assert_says(items, "jid='lead-1@" CRM "'");
    assert_says(items, "lead.assign");
    assert_silent_about(items, "lead.add");
    const char *shown = execute(world, "priya", "lead-1@" CRM "/any", "lead.show");
    assert_says(shown, "status='completed'");
    assert_says(shown, "Asha Rao");
    const char *form = execute(world, "manoj", "lead-1@" CRM, "lead.assign");
    assert_silent_about(form, "var='lead'");
    assert_says(submit(world, "manoj", "lead-1@" CRM, "lead.assign", session_of(world, form), NULL,
                       "<field var='assignee'><value>ravi</value></field>"),
                "assigned to Ravi Kumar");
    assert_says(world_ask(world, "ravi", "lead-1@" CRM, "get", "<vCard xmlns='vcard-temp'/>"),
                "<FN>Asha Rao (lead 1)</FN>");
    assert_says(execute(world, "manoj", "lead-1@" CRM, "lead.add"), "<item-not-found ");
}

/* Every question to an address that is not there, and to one that is and may not be seen: the same bytes. */
static void invisible_and_absent_are_the_same(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("INSERT INTO crm.lead (id, name, status, assignee) OVERRIDING SYSTEM VALUE VALUES (5, 'Asha Rao', "
          "'assigned', 4)");
    const char *const payloads[][2] = {
        {"get", ITEMS},
        {"get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"},
        {"get", "<vCard xmlns='vcard-temp'/>"},
        {"get", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"},
        {"get", "<ping xmlns='urn:xmpp:ping'/>"},
        {"get", "<query xmlns='jabber:iq:version'/>"},
        {"get", "<unknown xmlns='a:b'/>"},
        {"set", "<command xmlns='" COMMAND "' node='lead.show' action='execute'/>"},
        {"set", "<command xmlns='" COMMAND "' node='lead.assign' action='execute'/>"},
        {"set", "<command xmlns='" COMMAND "' node='nonsense'/>"},
    };
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        const char *invisible = world_ask(world, "priya", "lead-5@" CRM, payloads[i][0], payloads[i][1]);
        const char *absent = world_ask(world, "priya", "lead-6@" CRM, payloads[i][0], payloads[i][1]);
        char *renamed = arena_strdup(world->arena, invisible);
        strstr(renamed, "lead-5")[5] = '6';
        assert_string_equal(renamed, absent);
        assert_says(absent, "<item-not-found ");
    }
}

static void a_target_that_is_not_there_can_be_corrected(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("INSERT INTO crm.lead (name) VALUES ('Asha Rao')");
    const char *form = execute(world, "manoj", CRM, "lead.show");
    const char *again = submit(world, "manoj", CRM, "lead.show", session_of(world, form), NULL,
                               "<field var='lead'><value>7</value></field>");
    assert_says(again, "There is no lead 7.");
    assert_says(again, "status='executing'");
    assert_says(submit(world, "manoj", CRM, "lead.show", session_of(world, form), NULL,
                       "<field var='lead'><value>1</value></field>"),
                "Asha Rao");
}

static void everything_that_is_not_a_command_is_answered(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    assert_says(world_ask(world, "priya", CRM, "get", "<ping xmlns='urn:xmpp:ping'/>"), "type='result'");
    assert_says(world_ask(world, "priya", CRM, "get", "<query xmlns='jabber:iq:version'/>"), "TrainCape CRM");
    assert_says(world_ask(world, "priya", "bot@" CRM "/x", "get",
                          "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
                "type='bot'");
    assert_says(world_ask(world, "priya", "bot@" CRM, "get", ITEMS), "jid='bot@" CRM "'");
    assert_says(world_ask(world, "priya", CRM, "get", "<unknown xmlns='a:b'/>"), "<service-unavailable ");
    assert_says(world_ask(world, "priya", "elephant@" CRM, "get", "<ping xmlns='urn:xmpp:ping'/>"),
                "<item-not-found ");
    assert_says(world_ask(world, "priya", CRM, "get",
                          "<query xmlns='http://jabber.org/protocol/disco#info' node='lead.add'/>"),
                "<item-not-found ");
    assert_says(world_ask(world, "nobody", CRM, "get", ITEMS), "<forbidden ");
    assert_string_equal(world_ask(world, "priya", CRM, "result", ""), "");
}

/* Gajim makes a heading of a fixed text under 40 characters, and wraps nothing in a text-single. */
static void a_result_is_laid_out_as_gajim_needs_it(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *form = execute(world, "manoj", CRM, "lead.add");
    const char *added = submit(world, "manoj", CRM, "lead.add", session_of(world, form), NULL, NAME);
    assert_says(added, "<value>Lead 1, Asha Rao, is added.             </value>");
    const char *filter = execute(world, "manoj", CRM, "lead.list");
    const char *session = session_of(world, filter);
    submit(world, "manoj", CRM, "lead.list", session, NULL, "");
    const char *list = submit(world, "manoj", CRM, "lead.list", session, NULL, "");
    assert_says(list, "label='lead-1'");
    assert_says(list, "<value>Asha Rao · new</value>");
    char name[161] = "";
    memset(name, 'a', sizeof name - 1);
    admin(arena_printf(world->arena, "UPDATE crm.lead SET name = '%s' RETURNING id", name));
    filter = execute(world, "manoj", CRM, "lead.list");
    session = session_of(world, filter);
    submit(world, "manoj", CRM, "lead.list", session, NULL, "");
    list = submit(world, "manoj", CRM, "lead.list", session, NULL, "");
    assert_says(list, arena_printf(world->arena, "type='fixed'><value>lead-1: %s · new</value>", name));
    form = execute(world, "manoj", "lead-1@" CRM, "lead.show");
    assert_says(form, "var='name' type='text-multi'");
}

static const char *at_lead(struct world *world, const char *who, const char *node)
{
    return execute(world, who, "lead-1@" CRM, node);
}

static const char *send_lead(struct world *world, const char *who, const char *session, const char *fields)
{
    return submit(world, who, "lead-1@" CRM, "lead.edit", session, "complete", fields);
}

static void one_lead(void)
{
    admin(
        "INSERT INTO crm.lead (name, email, phone, source, status, assignee, budget_minor, budget_currency, "
        "requirements, follow_up_at) VALUES ('Asha Rao', 'asha@example.in', '+919876543210', 'linkedin', "
        "'assigned', 3, 5000000, 'INR', E'Excel\nfor twelve', '2030-12-01 10:30:17+05:30')");
}

#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define AS_SHOWN                                                                                             \
    FIELD("source", "linkedin")                                                                              \
    FIELD("budget", "50000 INR")                                                                             \
    "<field var='requirements'><value>Excel</value><value>for twelve</value></field>" FIELD(                 \
        "follow_up", "2030-12-01 10:30")

static void a_form_shows_what_the_record_has_and_changes_only_what_was_changed(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    one_lead();
    const char *form = at_lead(world, "manoj", "lead.edit");
    assert_says(form, "<instructions>Lead 1, Asha Rao.</instructions>");
    assert_says(form, "<value>asha@example.in</value>");
    assert_says(form, "<value>+91 98765 43210</value>");
    assert_says(form, "<value>50000 INR</value>");
    assert_says(form, "<value>Excel</value><value>for twelve</value>");
    assert_says(form, "<value>2030-12-01 10:30</value>");
    assert_says(form, "<required/><value>linkedin</value><option label='LinkedIn'>");
    const char *session = session_of(world, form);
    const char *done = send_lead(world, "manoj", session,
                                 NAME FIELD("email", "") FIELD("phone", "+91 98765 43210") AS_SHOWN);
    assert_says(done, "Email: – (was asha@example.in)");
    assert_string_equal(admin("SELECT string_agg(field, ',') FROM crm.lead_event WHERE field <> 'created'"),
                        "email");
    assert_string_equal(
        admin("SELECT to_char(follow_up_at AT TIME ZONE 'Asia/Kolkata', 'HH24:MI:SS') FROM crm.lead"),
        "10:30:17");
    assert_string_equal(admin("SELECT arguments FROM crm.audit ORDER BY id DESC LIMIT 1"),
                        "{\"email\": \"-\"}");
}

static void a_form_sent_back_as_it_was_changes_nothing(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    one_lead();
    const char *session = session_of(world, at_lead(world, "manoj", "lead.edit"));
    const char *done =
        send_lead(world, "manoj", session, NAME EMAIL FIELD("phone", " +91 98765 43210 ") AS_SHOWN);
    assert_says(done, "stays as it was");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_event WHERE field <> 'created'"), "0");
    done = send_lead(world, "manoj", session_of(world, at_lead(world, "manoj", "lead.edit")),
                     FIELD("name", " ") EMAIL);
    assert_says(done, "Name cannot be left empty. It was “Asha Rao”.");
}

static void what_somebody_else_changed_is_kept_or_asked_about(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    one_lead();
    const char *session = session_of(world, at_lead(world, "manoj", "lead.edit"));
    admin("UPDATE crm.lead SET phone = '+919812345678', name = 'Asha R. Rao'");
    const char *again =
        send_lead(world, "manoj", session, NAME EMAIL FIELD("phone", "+91 99999 00000") AS_SHOWN);
    assert_says(again,
                "Phone was changed while this form was open: it is “+91 98123 45678” now, and was “+91 "
                "98765 43210”.");
    assert_says(again, "<value>+91 99999 00000</value>");
    assert_says(again, "<value>Asha R. Rao</value>");
    assert_silent_about(again, "please correct");
    assert_string_equal(admin("SELECT phone FROM crm.lead"), "+919812345678");
    assert_says(send_lead(world, "manoj", session,
                          FIELD("name", "Asha R. Rao") EMAIL FIELD("phone", "+91 99999 00000") AS_SHOWN),
                "completed");
    assert_string_equal(admin("SELECT concat_ws('|', name, phone) FROM crm.lead"),
                        "Asha R. Rao|+919999900000");
}

static void the_record_is_asked_for_before_what_it_has_is_shown(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    one_lead();
    admin("INSERT INTO crm.lead (name, email) VALUES ('Second', 'second@example.in')");
    const char *form = execute(world, "manoj", CRM, "lead.edit");
    assert_says(form, "<actions execute='next'><next/></actions>");
    assert_silent_about(form, "var='email'");
    const char *session = session_of(world, form);
    form = submit(world, "manoj", CRM, "lead.edit", session, "complete", FIELD("lead", "1"));
    assert_says(form, "<instructions>Lead 1, Asha Rao. Page 2 of 2.</instructions>");
    assert_says(form, "<value>asha@example.in</value>");
    submit(world, "manoj", CRM, "lead.edit", session, "prev", FIELD("email", "typed@example.in"));
    form = submit(world, "manoj", CRM, "lead.edit", session, "next", FIELD("lead", "2"));
    assert_says(form, "<value>second@example.in</value>");
    assert_silent_about(form, "typed@example.in");
    form =
        submit(world, "anna", CRM, "user.role", session_of(world, execute(world, "anna", CRM, "user.role")),
               "next", FIELD("person", "priya"));
    assert_says(form, "<value>sales</value>");
    form = submit(world, "anna", CRM, "settings.set",
                  session_of(world, execute(world, "anna", CRM, "settings.set")), "next",
                  FIELD("setting", "money.currency"));
    assert_says(form, "<value>INR</value>");
}

struct editor {
    struct lane lane;
    const char *who;
};

static void *edit_in_lane(void *context)
{
    struct editor *editor = context;
    editor->lane.answer =
        send_lead(&editor->lane.world, editor->who, editor->lane.session,
                  arena_printf(editor->lane.world.arena,
                               "<field var='email'><value>%s@example.in</value></field>", editor->who));
    return NULL;
}

/* Between the look at what is there and the change, nobody else gets in. */
static void two_who_change_the_same_at_once_do_not_overwrite_each_other(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    struct db_settings settings = fixture_settings();
    one_lead();
    for (int round = 0; round < 10; round++) {
        static struct editor editors[2] = {{.who = "manoj"}, {.who = "leela"}};
        pthread_t threads[2];
        admin("UPDATE crm.lead SET email = 'before@example.in'");
        for (int i = 0; i < 2; i++) {
            struct lane *lane = &editors[i].lane;
            lane->session = session_of(world, at_lead(world, editors[i].who, "lead.edit"));
            lane->world.arena = arena_new();
            lane->world.surface = world->surface;
            lane->world.surface.context = &lane->world;
            lane->world.surface.db = db_new(&settings);
        }
        for (int i = 0; i < 2; i++) {
            pthread_create(&threads[i], NULL, edit_in_lane, &editors[i]);
        }
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], NULL);
        }
        bool first = strstr(editors[0].lane.answer, "status='completed'") != NULL;
        assert_says(editors[!first].lane.answer, "status='completed'");
        assert_says(editors[first].lane.answer, "Email was changed while this form was open");
        for (int i = 0; i < 2; i++) {
            db_free(editors[i].lane.world.surface.db);
            arena_free(editors[i].lane.world.arena);
        }
    }
}

static void a_profile_is_shown_changed_and_emptied(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("UPDATE crm.person SET phone = '+919876543210', languages = 'en, hi' WHERE username = 'priya'");
    const char *form = execute(world, "priya", CRM, "profile");
    assert_says(form, "<value>Priya Nair</value>");
    assert_says(form, "<value>en, hi</value>");
    assert_says(submit(world, "priya", CRM, "profile", session_of(world, form), "complete",
                       FIELD("name", "Priya Nair") FIELD("phone", "") FIELD("languages", "en, hi")),
                "Your profile is changed.");
    assert_string_equal(admin("SELECT phone IS NULL AND languages = 'en, hi' FROM crm.person WHERE id = 3"),
                        "t");
}

static void a_list_offers_those_who_are_meant(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    one_lead();
    admin("INSERT INTO crm.lead (name, deleted_at) VALUES ('Was Deleted', now());"
          "TRUNCATE crm.team CASCADE; INSERT INTO crm.team (name) VALUES ('North'), ('South');"
          "INSERT INTO crm.lead_tag (lead_id, tag) VALUES (1, 'vip'), (1, 'excel'), (2, 'vip')");
    const char *form = execute(world, "anna", CRM, "user.enable");
    assert_says(form, "<option label='Gone Away'><value>gone</value></option>");
    assert_silent_about(form, "priya</value>");
    form = execute(world, "anna", CRM, "user.disable");
    assert_says(form, "<value>priya</value>");
    assert_silent_about(form, "Gone Away");
    form = execute(world, "manoj", CRM, "lead.restore");
    assert_says(form, "Was Deleted (lead 2, new)");
    assert_silent_about(form, "Asha Rao");
    form = execute(world, "anna", CRM, "team.join");
    assert_says(form, "<option label='North'><value>North</value></option><option label='South'>");
    form = execute(world, "manoj", CRM, "lead.list");
    assert_says(form, "<option label='excel'><value>excel</value></option><option label='vip'>");
    form = at_lead(world, "manoj", "lead.tag");
    assert_says(form, "var='tags' type='text-single'");
    assert_says(form, "-vip takes one off. In use: excel, vip</desc>");
}

static void of_many_teams_one_is_searched_for(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("TRUNCATE crm.team CASCADE; INSERT INTO crm.team (name) SELECT 'Team ' || n FROM "
          "generate_series(1, 25) n");
    const char *form = execute(world, "anna", CRM, "team.join");
    assert_says(form, "var='team' type='text-single'");
    form = submit(world, "anna", CRM, "team.join", session_of(world, form), "complete",
                  FIELD("team", "m 25") FIELD("member", "priya"));
    assert_says(form, "This is what matches “m 25”.");
    assert_says(form,
                "<option label='Team 25'><value>Team 25</value></option><option label='Search again…'>");
    admin("TRUNCATE crm.team CASCADE");
}

static void a_list_needs_its_first_page_only(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    one_lead();
    const char *const actions[] = {"complete", "execute", NULL};
    for (int i = 0; i < 3; i++) {
        const char *form = execute(world, "manoj", CRM, "lead.list");
        assert_says(form, "<actions execute='complete'><next/><complete/></actions>");
        assert_says(submit(world, "manoj", CRM, "lead.list", session_of(world, form), actions[i], ""),
                    "Leads: 1");
    }
    const char *session = session_of(world, execute(world, "manoj", CRM, "lead.list"));
    assert_says(submit(world, "manoj", CRM, "lead.list", session, "next", ""), "Page 2 of 2");
    assert_says(submit(world, "manoj", CRM, "lead.list", session, "next", ""), "Leads: 1");
}

/* Executes leads' list and sends its first page back; returns the session and the answer. */
static const char *list_leads(struct world *world, const char *who, const char *status, const char **answer)
{
    const char *session = session_of(world, execute(world, who, CRM, "lead.list"));
    *answer = submit(world, who, CRM, "lead.list", session, "complete",
                     arena_printf(world->arena, "<field var='status'><value>%s</value></field>", status));
    return session;
}

#define GO_TO(page) "<field var='go_to'><value>" page "</value></field>"

static void many_leads(void)
{
    admin("INSERT INTO crm.lead (name, status, assignee) SELECT 'Lead of ' || n, CASE n %% 2 WHEN 0 THEN "
          "'new' ELSE 'assigned' END,"
          " CASE n %% 2 WHEN 0 THEN NULL ELSE 3 END FROM generate_series(1, 92) n");
}

static void a_list_that_goes_on_has_pages_in_the_form(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *page;
    many_leads();
    const char *session = list_leads(world, "manoj", "new", &page);
    assert_says(
        page,
        "status='executing'><actions execute='next'><next/></actions><x xmlns='jabber:x:data' type='form'>"
        "<title>Leads: 46</title><instructions>Page 1; there is more. Submit for the next "
        "page.</instructions>");
    assert_says(page, "<field type='fixed'><value>lead-92: Lead of 92 · new ");
    assert_says(page, "lead-54:");
    assert_silent_about(page, "lead-52:");
    assert_silent_about(page, "bot");
    assert_says(page, "var='go_to' type='list-single' label='Go to'><value>next</value>");
    assert_silent_about(page, "previous");
    /* By a button, by the field, and by nothing but what is the default. */
    page = submit(world, "manoj", CRM, "lead.list", session, "next", "");
    assert_says(page, "<actions execute='next'><prev/><next/></actions>");
    assert_says(page, "lead-52:");
    assert_silent_about(page, "lead-54:");
    assert_silent_about(page, "lead-51:"); /* the filter stays */
    page = submit(world, "manoj", CRM, "lead.list", session, NULL, GO_TO("next"));
    assert_says(page, "<actions execute='complete'><prev/><complete/></actions>");
    assert_says(page, "Page 3, the last.");
    assert_says(page, "lead-2:");
    assert_silent_about(page, "The next page");
    page = submit(world, "manoj", CRM, "lead.list", session, "complete", GO_TO("previous"));
    assert_says(page, "Page 2; there is more.");
    assert_says(page, "lead-52:");
    page = submit(world, "manoj", CRM, "lead.list", session, "prev", NULL);
    assert_says(page, "Page 1; there is more.");
    assert_says(page, "lead-92:");
    page = submit(world, "manoj", CRM, "lead.list", session, "prev", NULL);
    assert_says(page, "Page 1; there is more.");
    page = submit(world, "manoj", CRM, "lead.list", session, "execute", "");
    assert_says(page, "Page 2; there is more.");
    page = submit(world, "manoj", CRM, "lead.list", session, "next", GO_TO("close"));
    assert_says(page, "status='completed'><note type='info'>The list is closed.</note>");
    assert_string_equal(submit(world, "manoj", CRM, "lead.list", session, "next", GO_TO("close")), page);
}

static void each_page_of_a_list_is_judged_anew(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *page;
    many_leads();
    const char *session = list_leads(world, "priya", "assigned", &page);
    assert_says(page, "lead-91:");
    assert_says(submit(world, "ravi", CRM, "lead.list", session, "next", ""), "expired");
    admin("UPDATE crm.lead SET assignee = 4 WHERE id < 20");
    page = submit(world, "priya", CRM, "lead.list", session, "next", "");
    assert_says(page, "lead-25:");
    assert_says(page, "lead-21:");
    assert_says(page, "Page 2, the last.");
    assert_silent_about(page, "lead-19:");
    const char *deleted = execute(world, "manoj", CRM, "lead.deleted");
    assert_says(deleted, "There are no deleted leads.");
    admin("UPDATE crm.lead SET deleted_at = now() + id * interval '1 second'");
    deleted = execute(world, "manoj", CRM, "lead.deleted");
    assert_says(deleted, "lead-92:");
    session = session_of(world, deleted);
    admin("UPDATE crm.person SET role = 'sales' WHERE username = 'manoj'");
    deleted = submit(world, "manoj", CRM, "lead.deleted", session, "next", "");
    assert_says(deleted, "forbidden");
    assert_silent_about(deleted, "lead-82");
}

static void every_list_goes_on_in_the_form(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    static const struct {
        const char *who, *command, *fields, *first, *second;
    } lists[] = {
        {"anna", "user.list", "", "a01", "priya"},
        {"anna", "team.list", "", "Team 10", "Team 20"},
        {"anna", "audit.list", "<field var='show'><value>all</value></field>", "user.list", "Page 2"},
        {"manoj", "lead.find", "<field var='text'><value>lead of</value></field>", "lead-92", "lead-82"},
        {"manoj", "lead.history", "<field var='lead'><value>1</value></field>", "note 12", "note 2"},
        {"manoj", "lead.deleted", NULL, "lead-92", "lead-82"},
    };
    many_leads();
    admin("INSERT INTO crm.team (name) SELECT 'Team ' || n FROM generate_series(10, 25) n");
    admin("INSERT INTO crm.person (kind, username, name, role) SELECT 'staff', 'a' || to_char(n, 'FM00'), "
          "'A', 'lead' FROM "
          "generate_series(1, 9) n");
    admin("INSERT INTO crm.lead_note (lead_id, person_id, body) SELECT 1, 2, 'note ' || n FROM "
          "generate_series(1, 12) n");
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(lists[i].command, "lead.deleted") == 0) {
            admin("UPDATE crm.lead SET deleted_at = now() + id * interval '1 second'");
        }
        const char *page = execute(world, lists[i].who, CRM, lists[i].command);
        const char *session = session_of(world, page);
        if (lists[i].fields != NULL) {
            page = submit(world, lists[i].who, CRM, lists[i].command, session, "complete", lists[i].fields);
        }
        assert_says(page, "Page 1; there is more.");
        assert_says(page, lists[i].first);
        assert_silent_about(page, "bot");
        page = submit(world, lists[i].who, CRM, lists[i].command, session, "next", GO_TO("next"));
        assert_says(page, lists[i].second);
        assert_silent_about(page, arena_printf(world->arena, "%s<", lists[i].first));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_menu_lists_what_the_role_may_use),
        TEST(a_lead_is_added_by_form),
        TEST(a_result_is_laid_out_as_gajim_needs_it),
        TEST(the_status_form_offers_the_legal_moves),
        TEST(a_user_name_that_is_taken_is_asked_for_again),
        TEST(who_is_here_is_named_before_their_sessions_end),
        TEST(the_last_stage_takes_any_way_of_going_on),
        TEST(a_double_submit_is_answered_twice_and_done_once),
        TEST(two_submits_at_once_are_one),
        TEST(a_wrong_field_shows_the_form_again),
        TEST(another_roles_command_is_forbidden_at_every_step),
        TEST(a_session_belongs_to_its_full_address),
        TEST(cancelling_ends_the_session),
        TEST(a_record_offers_its_commands_with_the_target_filled_in),
        TEST(invisible_and_absent_are_the_same),
        TEST(a_target_that_is_not_there_can_be_corrected),
        TEST(everything_that_is_not_a_command_is_answered),
        TEST(a_form_shows_what_the_record_has_and_changes_only_what_was_changed),
        TEST(a_form_sent_back_as_it_was_changes_nothing),
        TEST(what_somebody_else_changed_is_kept_or_asked_about),
        TEST(the_record_is_asked_for_before_what_it_has_is_shown),
        TEST(two_who_change_the_same_at_once_do_not_overwrite_each_other),
        TEST(a_profile_is_shown_changed_and_emptied),
        TEST(a_list_offers_those_who_are_meant),
        TEST(of_many_teams_one_is_searched_for),
        TEST(a_list_needs_its_first_page_only),
        TEST(a_list_that_goes_on_has_pages_in_the_form),
        TEST(each_page_of_a_list_is_judged_anew),
        TEST(every_list_goes_on_in_the_form),
    };
    return cmocka_run_group_tests_name("adhoc", tests, NULL, NULL);
}
