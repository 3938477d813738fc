/* The dispatcher's policy with a table of the test's own and a real database, and one row more in the table:
 * form, bot words and help follow. */
#include "surface_fixture.h"

#include "fake_table.h"

#define CRM     "crm." DOMAIN
#define COMMAND "http://jabber.org/protocol/commands"

static const struct command_table *join(struct arena *arena)
{
    const struct command_table *table = command_table_join(arena, ROOMS, fake_commands, NULL);
    assert_non_null(table);
    return table;
}

static int setup(void **state)
{
    fake_runs = 0;
    *state = getenv("CRM_TEST_CONNINFO") == NULL ? NULL : world_new(join);
    return 0;
}

static int teardown(void **state)
{
    if (*state != NULL) {
        world_free(*state);
    }
    return 0;
}

static struct reply reply;
static int settled;

static enum db_status count_settlement(void *context, const struct settlement *settlement)
{
    (void)context;
    (void)settlement;
    settled++;
    return DB_OK;
}

static struct request request_of(struct world *world, const char *who, const char *command)
{
    return (struct request){.command = command,
                            .kind = "staff",
                            .username = who,
                            .who = arena_printf(world->arena, "%s@" DOMAIN, who),
                            .surface = "form",
                            .id = "r1"};
}

static enum outcome dispatch(struct world *world, const struct request *request)
{
    struct dispatch dispatch = surface_dispatch(&world->surface, world->arena);
    dispatch.settle = count_settlement;
    settled = 0;
    return command_dispatch(&dispatch, request, &reply);
}

static const char *last_audit(void)
{
    return admin("SELECT concat_ws('|', person_id, command, target, outcome, arguments::text) FROM crm.audit "
                 "ORDER BY id DESC LIMIT 1");
}

static void the_role_is_asked_before_anything_else(void **state)
{
    NEEDS_POSTGRES();
    const struct argument nonsense[] = {{"nonsense", "x"}};
    struct request request = request_of(*state, "leela", "boat.sink");
    request.target = "not a number";
    request.arguments = (struct arguments){nonsense, 1};
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_int_equal(reply.refusal, REFUSAL_FORBIDDEN);
    assert_string_equal(last_audit(), "5|boat.sink|lead-not a number|forbidden|{}");
    request.username = "priya";
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_int_equal(reply.refusal, REFUSAL_INVALID);
    assert_int_equal(fake_runs, 0);
    assert_int_equal(settled, 1);
}

static void invisible_is_answered_as_absent(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, status, assignee) VALUES ('Asha Rao', 'assigned', 4)");
    struct request request = request_of(*state, "priya", "boat.sink");
    request.target = "1";
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_string_equal(reply.sentence, "There is no lead 1.");
    request.target = "2";
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_string_equal(reply.sentence, "There is no lead 2.");
    assert_int_equal(reply.refusal, REFUSAL_NOT_FOUND);
    assert_int_equal(fake_runs, 0);
}

static void what_destroys_wants_a_yes(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name) VALUES ('Asha Rao')");
    struct request request = request_of(*state, "manoj", "boat.sink");
    request.target = "1";
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_int_equal(reply.refusal, REFUSAL_UNCONFIRMED);
    assert_says(reply.sentence, "It is about lead 1, Asha Rao. Go on?");
    assert_int_equal(fake_runs, 0);
    request.confirmed = true;
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    assert_int_equal(fake_runs, 1);
    assert_says(world_say(*state, "manoj", "sink 1"), "Reply yes or no");
    assert_says(world_say(*state, "manoj", "hm"), "Reply yes to go on");
    assert_says(world_say(*state, "manoj", "yes"), "target=1");
    assert_int_equal(fake_runs, 2);
}

static void a_form_that_destroys_has_a_page_for_the_yes(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    admin("INSERT INTO crm.lead (name) VALUES ('Asha Rao')");
    const char *form = world_ask(world, "manoj", "lead-1@" CRM, "set",
                                 "<command xmlns='" COMMAND "' node='boat.sink' action='execute'/>");
    assert_says(form, "var='confirm' type='boolean'");
    const char *session = arena_strndup(world->arena, strstr(form, "sessionid=") + 11, 36);
    const char *const values[] = {"0", "true"};
    const char *const outcomes[] = {"Go on?", "target=1"};
    for (int i = 0; i < 2; i++) {
        assert_says(
            world_ask(world, "manoj", "lead-1@" CRM, "set",
                      arena_printf(world->arena,
                                   "<command xmlns='" COMMAND
                                   "' node='boat.sink' sessionid='%s'><x xmlns='jabber:x:data' type='submit'>"
                                   "<field var='confirm'><value>%s</value></field></x></command>",
                                   session, values[i])),
            outcomes[i]);
    }
    assert_int_equal(fake_runs, 1);
}

static void secrets_leave_no_trace(void **state)
{
    NEEDS_POSTGRES();
    const struct argument code[] = {{"code", "hush12"}};
    struct request request = request_of(*state, "manoj", "boat.key");
    request.arguments = (struct arguments){code, 1};
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    assert_string_equal(last_audit(), "2|boat.key|done|{}");
    request.archived = true;
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_silent_about(reply.sentence, "hush");
    assert_says(world_say(*state, "manoj", "boat key code=hush12"), "use the form");
    assert_string_equal(admin("SELECT count(*) FROM crm.dialogue WHERE state::text LIKE '%%hush%%'"), "0");
    const struct argument longer[] = {{"code", "hush1234"}};
    request.archived = false;
    request.arguments = (struct arguments){longer, 1};
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_silent_about(reply.sentence, "hush");
}

static struct request make(struct world *world, const char *key)
{
    static const struct argument title[] = {{"title", "Whale"}};
    struct request request = request_of(world, "manoj", "boat.make");
    request.arguments = (struct arguments){title, 1};
    request.inbound_key = key;
    return request;
}

static void a_refusal_leaves_nothing_but_its_record(void **state)
{
    NEEDS_POSTGRES();
    const struct argument both[] = {{"title", "Whale"}, {"fail", "yes"}};
    struct request request = make(*state, NULL);
    request.arguments = (struct arguments){both, 2};
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_string_equal(
        admin("SELECT (SELECT count(*) FROM crm.lead) || '|' || (SELECT count(*) FROM crm.outbox)"), "0|0");
    assert_string_equal(last_audit(), "2|boat.make|state|{\"fail\": \"yes\", \"title\": \"Whale\"}");
}

static void a_key_makes_it_happen_once(void **state)
{
    NEEDS_POSTGRES();
    struct request request = make(*state, "key");
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    assert_int_equal(dispatch(*state, &request), OUTCOME_REPEATED);
    assert_int_equal(settled, 0);
    assert_string_equal(
        admin("SELECT (SELECT count(*) FROM crm.lead) || '|' || (SELECT count(*) FROM crm.outbox)"), "1|1");
}

/* A trigger that fails the first `times` inserts: a sequence is not rolled back. */
static void fail_inserts(int times, const char *how, const char *deferred)
{
    admin("SET client_min_messages = warning; DROP SEQUENCE IF EXISTS public.failures; CREATE SEQUENCE "
          "public.failures; GRANT ALL ON public.failures TO PUBLIC;"
          " CREATE OR REPLACE FUNCTION public.fail_inserts() RETURNS trigger LANGUAGE plpgsql SECURITY "
          "DEFINER AS $f$"
          " BEGIN IF nextval('public.failures') <= %d THEN %s; END IF; RETURN NULL; END $f$;"
          " DROP TRIGGER IF EXISTS fail ON crm.lead;"
          " CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON crm.lead %s FOR EACH ROW EXECUTE FUNCTION "
          "public.fail_inserts()",
          times, how, deferred);
}

static void stop_failing(void)
{
    admin("DROP TRIGGER IF EXISTS fail ON crm.lead");
}

static void a_conflict_is_run_again(void **state)
{
    NEEDS_POSTGRES();
    struct request request = make(*state, NULL);
    fail_inserts(2, "RAISE EXCEPTION 'again' USING ERRCODE = '40001'", "");
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    assert_int_equal(fake_runs, 3);
    assert_string_equal(
        admin("SELECT (SELECT count(*) FROM crm.lead) || '|' || (SELECT count(*) FROM crm.outbox)"), "1|1");
    fail_inserts(100, "RAISE EXCEPTION 'again' USING ERRCODE = '40P01'", "DEFERRABLE INITIALLY DEFERRED");
    fake_runs = 0;
    assert_int_equal(dispatch(*state, &request), OUTCOME_AWAY);
    assert_int_equal(reply.refusal, REFUSAL_BUSY);
    assert_int_equal(fake_runs, 5);
    stop_failing();
}

static void a_rule_of_the_database_is_a_refusal(void **state)
{
    NEEDS_POSTGRES();
    struct request request = make(*state, NULL);
    fail_inserts(100, "RAISE EXCEPTION 'a lead does not go from new to won' USING ERRCODE = 'CR002'", "");
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    assert_int_equal(reply.refusal, REFUSAL_STATE);
    assert_says(reply.sentence, "does not go from new to won");
    assert_string_equal(last_audit(), "2|boat.make|state|{\"title\": \"Whale\"}");
    stop_failing();
}

/* The connection dies while it commits. */
static void an_unknown_outcome_is_found_out_by_the_key(void **state)
{
    NEEDS_POSTGRES();
    struct request request = make(*state, "unknown");
    fail_inserts(1, "PERFORM pg_terminate_backend(pg_backend_pid())", "DEFERRABLE INITIALLY DEFERRED");
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "1");
    request.inbound_key = NULL;
    fail_inserts(1, "PERFORM pg_terminate_backend(pg_backend_pid())", "DEFERRABLE INITIALLY DEFERRED");
    enum outcome outcome = dispatch(*state, &request);
    stop_failing();
    assert_int_equal(outcome, OUTCOME_AWAY);
    assert_int_equal(reply.refusal, REFUSAL_UNKNOWN);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead"), "1");
}

/* How each transaction that left a row in the audit was committed, in their order. */
static const char *commits(void)
{
    return admin("SELECT string_agg(how, ' ' ORDER BY id) FROM public.commits");
}

static void only_who_looked_does_not_wait_for_the_disk(void **state)
{
    NEEDS_POSTGRES();
    struct request request = request_of(*state, "manoj", "lead.list");
    admin("SET client_min_messages = warning; DROP TABLE IF EXISTS public.commits; CREATE TABLE "
          "public.commits (id "
          "bigserial, how text);"
          " CREATE OR REPLACE FUNCTION public.note_commit() RETURNS trigger LANGUAGE plpgsql SECURITY "
          "DEFINER AS $f$"
          " BEGIN INSERT INTO public.commits (how) VALUES (current_setting('synchronous_commit')); RETURN "
          "NULL; "
          "END $f$;"
          " CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT ON crm.audit DEFERRABLE INITIALLY DEFERRED"
          " FOR EACH ROW EXECUTE FUNCTION public.note_commit()");
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    request.target = "1"; /* a lead that is not there */
    request.command = "lead.show";
    assert_int_equal(dispatch(*state, &request), OUTCOME_REFUSED);
    request.target = NULL;
    request.command = "lead.list";
    request.inbound_key = "chat line that looks";
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    request = make(*state, NULL);
    assert_int_equal(dispatch(*state, &request), OUTCOME_DONE);
    admin("DROP TRIGGER note_commit ON crm.audit");
    assert_string_equal(commits(), "off on on on");
}

static void without_a_database_people_are_told_to_try_again(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    struct db *good = world->surface.db;
    struct db_settings nowhere = {"host=/nonexistent dbname=crm user=crmd", "x", "test", NULL, NULL};
    world->surface.db = db_new(&nowhere);
    struct request request = make(world, NULL);
    assert_int_equal(dispatch(world, &request), OUTCOME_AWAY);
    assert_int_equal(reply.refusal, REFUSAL_BUSY);
    assert_says(reply.sentence, "try again");
    struct stanza message = world_stanza(world, "<message type='chat' id='m' from='manoj@" DOMAIN
                                                "/a' to='bot@" CRM "'><body>me</body></message>");
    assert_false(bot_handle(&world->surface, world->arena, &message, "k"));
    assert_says(world->sent, "database is away");
    assert_says(world_ask(world, "manoj", CRM, "set", "<command xmlns='" COMMAND "' node='me'/>"),
                "<resource-constraint ");
    db_free(world->surface.db);
    world->surface.db = good;
    assert_string_equal(world_say_keyed(world, "manoj", "me", "k"), world_say(world, "manoj", "me"));
}

/* boat.paint is one row of fake_table.h: nothing else in the program knows it. */
static void one_row_yields_form_words_and_help(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    assert_says(world_say(world, "manoj", "paint boat Blue Whale, dark blue, 1.5 lakh, priya's, owner ravi"),
                "title=Blue Whale\ncolour=dark-blue\nprice=150000.00 INR\nremarks=priya's\nowner=ravi");
    assert_says(world_say(world, "manoj", "boat paint Whale"),
                "Colour? Its colour.\n1. red\n2. dark-blue (Dark blue)");
    assert_says(world_say(world, "manoj", "red"), "colour=red");
    assert_says(world_say(world, "manoj", "help boat paint"),
                "colour: Its colour (required); one of: red, dark-blue");
    assert_says(world_say(world, "priya", "boat paint Whale"), "Forbidden: “boat paint” is for Managers.");
    const char *form = world_ask(world, "manoj", CRM, "set",
                                 "<command xmlns='" COMMAND "' node='boat.paint' action='execute'/>");
    assert_says(form, "<actions execute='complete'><next/><complete/></actions>");
    assert_says(form, "<option label='Dark blue'><value>dark-blue</value></option>");
}

static const char *go(struct world *world, const char *session, const char *action, const char *fields)
{
    return world_ask(world, "manoj", CRM, "set",
                     arena_printf(world->arena,
                                  "<command xmlns='" COMMAND
                                  "' node='boat.paint' sessionid='%s' action='%s'><x xmlns='jabber:x:data' "
                                  "type='submit'>%s</x></command>",
                                  session, action, fields));
}

static void a_long_form_has_pages(void **state)
{
    NEEDS_POSTGRES();
    struct world *world = *state;
    const char *form = world_ask(world, "manoj", CRM, "set",
                                 "<command xmlns='" COMMAND "' node='boat.paint' action='execute'/>");
    const char *session = arena_strndup(world->arena, strstr(form, "sessionid=") + 11, 36);
    assert_says(form, "Page 1 of 2; it can be completed here.");
    assert_silent_about(form, "var='owner'");
    assert_says(go(world, session, "next", "<field var='title'><value>Whale</value></field>"),
                "Colour is missing");
    const char *first =
        "<field var='title'><value>Whale</value></field><field var='colour'><value>red</value></field>";
    const char *second = go(world, session, "next", first);
    assert_says(second, "Page 2 of 2.");
    assert_says(second, "<actions execute='complete'><prev/><complete/></actions>");
    const char *back = go(world, session, "prev",
                          "<field var='remarks'><value>line one</value><value>line two</value></field><field "
                          "var='owner'><value>nobody at all</value></field>");
    assert_says(back, "<value>Whale</value>");
    assert_says(go(world, session, "next", first), "<value>line one</value><value>line two</value>");
    const char *wrong =
        go(world, session, "complete", "<field var='owner'><value>nobody at all</value></field>");
    assert_says(wrong, "nobody called “nobody at all”");
    assert_int_equal(fake_runs, 0);
    assert_says(go(world, session, "complete", "<field var='owner'><value>priya</value></field>"),
                "owner=priya");
    assert_int_equal(fake_runs, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_role_is_asked_before_anything_else),
        TEST(invisible_is_answered_as_absent),
        TEST(what_destroys_wants_a_yes),
        TEST(a_form_that_destroys_has_a_page_for_the_yes),
        TEST(secrets_leave_no_trace),
        TEST(a_refusal_leaves_nothing_but_its_record),
        TEST(a_key_makes_it_happen_once),
        TEST(a_conflict_is_run_again),
        TEST(a_rule_of_the_database_is_a_refusal),
        TEST(an_unknown_outcome_is_found_out_by_the_key),
        TEST(only_who_looked_does_not_wait_for_the_disk),
        TEST(without_a_database_people_are_told_to_try_again),
        TEST(one_row_yields_form_words_and_help),
        TEST(a_long_form_has_pages),
    };
    return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
