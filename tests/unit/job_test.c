/* Jobs: done once, whatever happens meanwhile; put off when they fail; as whom they act. With kinds of the
 * test's own, one step after the other. */
#include "surface_fixture.h"

#include "job/runner.h"
#include "queries.h"

static int runs;
static const char *meanwhile; /* SQL that somebody else does while the handler runs; once */
static const char *seen_data, *seen_person;
static struct arena *kept;
static char touched[200];

static void count_run(struct job_call *call)
{
    runs++;
    seen_data = arena_strdup(kept, call->job->data);
    seen_person = call->person == NULL ? "" : arena_strdup(kept, call->person->username);
    if (meanwhile != NULL) {
        admin("%s", meanwhile);
    }
    meanwhile = NULL;
}

/* Leaves a row of crm.inbound for each run that was committed. */
static enum job_result mark(struct job_call *call)
{
    count_run(call);
    const char *const offers[] = {"done", "snooze", NULL};
    query_command_take(call->unit, arena_printf(call->arena, "mark %d", runs));
    reply_notify_offers(call->reply, 3, offers, "It is time.");
    return unit_flush(call->unit) == DB_OK ? JOB_DONE : JOB_FAILED;
}

static enum job_result step_by_step(struct job_call *call)
{
    count_run(call);
    if (strstr(call->job->data, "2") != NULL) {
        return JOB_DONE;
    }
    job_later(call, "now", strstr(call->job->data, "1") != NULL ? "{\"row\": 2}" : "{\"row\": 1}");
    return JOB_AGAIN;
}

static enum job_result refuse(struct job_call *call)
{
    query_command_take(call->unit, "refused");
    count_run(call);
    return unit_flush(call->unit) == DB_OK ? job_fail(call, "the file is gone") : JOB_FAILED;
}

/* What a job of which nothing comes ends with. */
static enum job_result end(struct job_call *call)
{
    query_command_take(call->unit, arena_printf(call->arena, "ended behind: %s", call->job->last_error));
    return unit_flush(call->unit) == DB_OK ? JOB_DONE : JOB_FAILED;
}

static enum job_result divide(struct job_call *call)
{
    query_job_put(call->unit, "test.mark", "1", "the twelfth of never", NULL, "{}");
    return unit_flush(call->unit) == DB_OK ? JOB_DONE : JOB_FAILED;
}

static enum job_result sweep(struct job_call *call)
{
    count_run(call);
    query_command_take(call->unit, arena_printf(call->arena, "sweep %d", runs));
    return runs < 3 ? JOB_AGAIN : JOB_DONE;
}

static const struct job_kind kinds[] = {
    {"test.mark", JOB_SYSTEM, 0, mark, NULL},
    {"test.person", JOB_PERSON, 0, mark, NULL},
    {"test.steps", JOB_SYSTEM, 0, step_by_step, NULL},
    {"test.refuse", JOB_SYSTEM, 0, refuse, NULL},
    {.name = "test.hopeless", .actor = JOB_SYSTEM, .run = refuse, .give_up = end},
    {.name = "test.quotes", .actor = JOB_SYSTEM, .run = divide},
    {NULL, JOB_SYSTEM, 0, NULL, NULL},
};
static const struct job_kind timed_kinds[] = {
    {"test.sweep", JOB_SYSTEM, 3600, sweep, NULL},
    {NULL, JOB_SYSTEM, 0, NULL, NULL},
};
static const struct job_kind *const rooms[] = {kinds, NULL};
static const struct job_kind *const timed_rooms[] = {kinds, timed_kinds, NULL};

static void touch(void *context, const char *channel)
{
    (void)context;
    snprintf(touched, sizeof touched, "%s", channel);
}

static struct db *db;
static struct job_runner *runner;
static struct db_settings settings;

static int setup(void **state)
{
    (void)state;
    runs = 0;
    meanwhile = NULL;
    touched[0] = '\0';
    if (getenv("CRM_TEST_CONNINFO") == NULL) {
        return 0;
    }
    kept = arena_new();
    world_people();
    admin("TRUNCATE crm.job");
    settings = fixture_settings();
    db = db_new(&settings);
    runner =
        job_runner_new(&(struct job_settings){rooms, "traincape.test", "my.traincape.test", touch, NULL});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (getenv("CRM_TEST_CONNINFO") == NULL) {
        return 0;
    }
    admin("TRUNCATE crm.job, crm.outbox, crm.inbound");
    job_runner_free(runner);
    db_free(db);
    arena_free(kept);
    return 0;
}

static void put(const char *kind, const char *key, const char *due)
{
    admin("SELECT crm.job_put('%s', '%s', now() + '%s')", kind, key, due);
}

static enum job_step run_once(void)
{
    return job_runner_step(runner, db, 0, "http://127.0.0.1:25280");
}

#define assert_rows(number, where)                                                                           \
    assert_int_equal(strtol(admin("SELECT count(*) FROM " where), NULL, 10), number)

static void what_is_due_is_done_once_and_told(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.mark", "1", "-1 minute");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_int_equal(run_once(), JOB_STEP_NONE);
    assert_int_equal(runs, 1);
    assert_rows(0, "crm.job");
    assert_rows(1, "crm.inbound WHERE key = 'mark 1'");
    assert_string_equal(touched, "bot-3");
    assert_string_equal(admin("SELECT body || ' ' || options::text FROM crm.outbox"),
                        "It is time. {done,snooze}");
}

static void the_longest_due_is_first_and_what_is_not_due_waits(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.mark", "later", "1 hour");
    assert_int_equal(run_once(), JOB_STEP_NONE);
    assert_int_equal(job_runner_wait(runner, db), JOB_LOOK_MS);
    put("test.mark", "later", "3 seconds");
    int64_t wait = job_runner_wait(runner, db);
    assert_true(wait > 0 && wait <= 3000);
    put("test.mark", "b", "-1 minute");
    put("test.mark", "a", "-2 minutes");
    run_once();
    assert_string_equal(admin("SELECT string_agg(key, ' ' ORDER BY key) FROM crm.job"), "b later");
}

static void a_job_of_a_kind_and_key_is_one(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.mark", "1", "1 hour");
    put("test.mark", "1", "-1 second");
    assert_rows(1, "crm.job");
    run_once();
    assert_int_equal(runs, 1);
    put("test.mark", "1", "-1 second");
    admin("SELECT crm.job_drop('test.mark', '1')");
    assert_int_equal(run_once(), JOB_STEP_NONE);
}

static void a_long_job_goes_on_where_it_was(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.steps", "1", "-1 second");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_string_equal(admin("SELECT data::text FROM crm.job"), "{\"row\": 1}");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_string_equal(seen_data, "{\"row\": 2}");
    assert_rows(0, "crm.job");
}

static void what_was_put_again_meanwhile_is_rolled_back_and_done_anew(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.mark", "1", "-1 second");
    meanwhile = "SELECT crm.job_put('test.mark', '1', now() - interval '1 second', NULL, '{\"n\": 2}')";
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_int_equal(runs, 2);
    assert_string_equal(seen_data, "{\"n\": 2}");
    assert_rows(1, "crm.inbound");
    assert_rows(1, "crm.outbox");
    assert_rows(0, "crm.job");
}

static void what_was_put_off_or_dropped_meanwhile_does_not_fire(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.mark", "1", "-1 second");
    meanwhile = "SELECT crm.job_put('test.mark', '1', now() + interval '1 hour')";
    assert_int_equal(run_once(), JOB_STEP_NONE);
    assert_rows(1, "crm.job WHERE due_at > now()");
    meanwhile = "SELECT crm.job_drop('test.mark', '2')";
    put("test.mark", "2", "-1 second");
    assert_int_equal(run_once(), JOB_STEP_NONE);
    assert_rows(0, "crm.inbound");
    assert_rows(0, "crm.outbox");
    assert_string_equal(touched, "");
}

static void what_fails_is_tried_later_and_leaves_nothing(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.refuse", "1", "-1 second");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_int_equal(run_once(), JOB_STEP_NONE);
    assert_string_equal(admin("SELECT attempts || ' ' || last_error || ' ' || (due_at > now()) FROM crm.job"),
                        "1 the file is gone true");
    for (int i = 0; i < 12; i++) {
        admin("UPDATE crm.job SET due_at = now()");
        assert_int_equal(run_once(), JOB_STEP_RAN);
    }
    assert_string_equal(admin("SELECT due_at - now() BETWEEN '299 seconds' AND '300 seconds' FROM crm.job"),
                        "t");
    assert_rows(0, "crm.inbound");
}

static void what_has_an_end_for_it_ends_behind_some_failures(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.hopeless", "1", "-1 second");
    for (int i = 0; i < JOB_TRIES; i++) {
        assert_rows(0, "crm.inbound");
        assert_int_equal(run_once(), JOB_STEP_RAN);
        admin("UPDATE crm.job SET due_at = now()");
    }
    assert_int_equal(runs, JOB_TRIES);
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_int_equal(runs, JOB_TRIES);
    assert_rows(1, "crm.inbound WHERE key = 'ended behind: the file is gone'");
    assert_rows(0, "crm.job");
}

static void what_takes_too_long_fails_and_is_not_tried_for_ever(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    admin("CREATE FUNCTION public.too_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
          "RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END $$");
    admin("CREATE TRIGGER too_long BEFORE INSERT ON crm.inbound FOR EACH ROW EXECUTE FUNCTION "
          "public.too_long()");
    put("test.mark", "1", "-1 second");
    enum job_step step = run_once();
    admin("DROP TRIGGER too_long ON crm.inbound; DROP FUNCTION public.too_long()");
    assert_int_equal(step, JOB_STEP_RAN);
    assert_rows(1, "crm.job WHERE attempts = 1 AND last_error ~ '^57014 '");
}

static void why_it_failed_quotes_no_data(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.quotes", "1", "-1 second");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_string_equal(admin("SELECT last_error FROM crm.job"), "22007 (data exception)");
}

/* A clock of the test's own, which the runner's statements find before PostgreSQL's. */
static void a_job_that_goes_on_goes_on_when_the_clock_is_set_back(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    admin("CREATE SCHEMA IF NOT EXISTS odd_clock; CREATE TABLE IF NOT EXISTS odd_clock.ahead (by interval); "
          "TRUNCATE odd_clock.ahead; INSERT INTO odd_clock.ahead VALUES ('0'); "
          "CREATE OR REPLACE FUNCTION odd_clock.now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY "
          "DEFINER AS "
          "'SELECT pg_catalog.now() + by FROM odd_clock.ahead'; GRANT USAGE ON SCHEMA odd_clock TO PUBLIC");
    db_free(db);
    settings.on_connect = "SET search_path = odd_clock, pg_catalog";
    db = db_new(&settings);
    put("test.steps", "1", "-1 second");
    put("test.mark", "later", "10 minutes");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    admin("UPDATE odd_clock.ahead SET by = '-1 hour'");
    assert_int_equal(run_once(), JOB_STEP_NONE);
    assert_int_equal(job_runner_wait(runner, db), 0);
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_string_equal(seen_data, "{\"row\": 1}");
    assert_rows(1, "crm.job WHERE key = 'later' AND due_at > now() + '9 minutes'");
    admin("DROP SCHEMA odd_clock CASCADE");
}

static void what_a_rule_of_the_database_refuses_is_put_off(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    admin("SELECT crm.job_put('test.person', '1', now(), 3)");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_string_equal(seen_person, "priya");
    assert_string_equal(admin("SELECT left(last_error, 5) FROM crm.job"), "42501"); /* as crm_sales */
    assert_rows(0, "crm.outbox");
}

static void of_a_closed_account_nobody_acts(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    admin("SELECT crm.job_put('test.person', '1', now(), 6)");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_string_equal(seen_person, "");
    assert_rows(0, "crm.job");
}

static void an_unknown_kind_stops_no_other(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.unknown", "1", "-1 hour");
    put("test.mark", "1", "-1 second");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_rows(1, "crm.inbound");
    assert_string_equal(admin("SELECT last_error FROM crm.job"), "this crmd does not know such a job");
}

static void a_crmd_that_is_not_in_charge_does_nothing(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.mark", "1", "-1 second");
    assert_int_equal(job_runner_step(runner, db, 999999, ""), JOB_STEP_FENCED);
    assert_int_equal(runs, 0);
    assert_rows(1, "crm.job WHERE attempts = 0");
}

static void a_connection_that_breaks_in_the_middle_changes_nothing(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    put("test.mark", "1", "-1 second");
    meanwhile = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'crmd test' "
                "AND usename = 'crmd'";
    assert_int_equal(run_once(), JOB_STEP_AWAY);
    assert_rows(1, "crm.job WHERE attempts = 0");
    assert_rows(0, "crm.inbound");
    assert_int_equal(run_once(), JOB_STEP_RAN);
    assert_rows(1, "crm.inbound");
    assert_rows(0, "crm.job");
}

static void what_needs_no_row_runs_by_itself(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    job_runner_free(runner);
    runner = job_runner_new(&(struct job_settings){timed_rooms, "traincape.test", "my", NULL, NULL});
    assert_int_equal(job_runner_wait(runner, db), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run_once(), JOB_STEP_RAN); /* at once again, twice */
    }
    assert_int_equal(run_once(), JOB_STEP_NONE);
    assert_rows(3, "crm.inbound WHERE starts_with(key, 'sweep ')");
    assert_int_equal(job_runner_wait(runner, db), JOB_LOOK_MS);
}

static void what_needs_no_row_and_what_has_one_take_turns(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    job_runner_free(runner);
    runner = job_runner_new(&(struct job_settings){timed_rooms, "traincape.test", "my", NULL, NULL});
    for (int i = 0; i < 3; i++) {
        admin("SELECT crm.job_put('test.steps', '%d', now())", i);
    }
    run_once();
    run_once();
    assert_rows(1, "crm.inbound WHERE starts_with(key, 'sweep ')");
}

#define job_unit_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        job_unit_test(what_is_due_is_done_once_and_told),
        job_unit_test(the_longest_due_is_first_and_what_is_not_due_waits),
        job_unit_test(a_job_of_a_kind_and_key_is_one),
        job_unit_test(a_long_job_goes_on_where_it_was),
        job_unit_test(what_was_put_again_meanwhile_is_rolled_back_and_done_anew),
        job_unit_test(what_was_put_off_or_dropped_meanwhile_does_not_fire),
        job_unit_test(what_fails_is_tried_later_and_leaves_nothing),
        job_unit_test(what_has_an_end_for_it_ends_behind_some_failures),
        job_unit_test(what_takes_too_long_fails_and_is_not_tried_for_ever),
        job_unit_test(why_it_failed_quotes_no_data),
        job_unit_test(a_job_that_goes_on_goes_on_when_the_clock_is_set_back),
        job_unit_test(what_a_rule_of_the_database_refuses_is_put_off),
        job_unit_test(of_a_closed_account_nobody_acts),
        job_unit_test(an_unknown_kind_stops_no_other),
        job_unit_test(a_crmd_that_is_not_in_charge_does_nothing),
        job_unit_test(a_connection_that_breaks_in_the_middle_changes_nothing),
        job_unit_test(what_needs_no_row_runs_by_itself),
        job_unit_test(what_needs_no_row_and_what_has_one_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
