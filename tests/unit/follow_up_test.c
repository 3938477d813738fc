/* Follow-ups from the word to the reminder, what is missed, what is kept, and the morning's digest: commands
 * by chat, jobs one step after the other. */
#include "surface_fixture.h"

#include "job/runner.h"

/* Of the room's kinds those that this is about. */
static struct job_kind kinds[3];
static const struct job_kind *const rooms[] = {kinds, NULL};

static void choose_kinds(void)
{
    size_t count = 0;
    for (const struct job_kind *kind = lead_jobs; kind->name != NULL; kind++) {
        if (strcmp(kind->name, "lead.remind") == 0 || strcmp(kind->name, "lead.digest") == 0) {
            kinds[count++] = *kind;
        }
    }
    assert_int_equal(count, 2);
}

static int setup(void **state)
{
    *state = NULL;
    if (getenv("CRM_TEST_CONNINFO") == NULL) {
        return 0;
    }
    choose_kinds();
    *state = world_new(world_table);
    admin("UPDATE crm.setting SET value = '0' WHERE key = 'assign.untouched_hours'"); /* jobs of its own */
    admin("INSERT INTO crm.lead (name, phone, status, assignee, creator) VALUES"
          " ('Asha Rao', '+919876543210', 'assigned', 3, 5)");
    admin("UPDATE crm.setting SET value = '-1' WHERE key = 'digest.hour'");
    return 0;
}

static int teardown(void **state)
{
    if (*state != NULL) {
        world_free(*state);
    }
    return 0;
}

/* Does all that is due; returns how many jobs that were. */
static int run_due(struct world *world)
{
    struct job_runner *runner =
        job_runner_new(&(struct job_settings){rooms, DOMAIN, "my." DOMAIN, NULL, NULL});
    int ran = -2; /* the last step, and the look whether a digest is due */
    enum job_step step;
    admin("DELETE FROM crm.outbox");
    do {
        step = job_runner_step(runner, world->surface.db, 0, "");
        ran++;
    } while (step == JOB_STEP_RAN);
    assert_int_equal(step, JOB_STEP_NONE);
    job_runner_free(runner);
    return ran;
}

/* What somebody was told by the jobs that ran last, in one text. */
static const char *told(struct world *world, const char *username)
{
    return arena_strdup(
        world->arena,
        admin("SELECT string_agg(body, '|' ORDER BY id) FROM crm.outbox WHERE recipient = '%s@" DOMAIN "'",
              username));
}

static void it_is_due(void)
{
    admin("UPDATE crm.lead SET follow_up_at = now() - interval '1 second' WHERE id = 1");
}

static void hours_pass(void)
{
    admin("UPDATE crm.job SET due_at = now() WHERE kind = 'lead.remind'");
}

static void it_is_set_in_words_on_the_persons_own_clock(void **state)
{
    NEEDS_POSTGRES();
    assert_says(world_say(*state, "priya", "followup 1 2030-07-01 10:30, wants a quote"),
                "Lead 1, Asha Rao: follow-up Mon 1 Jul 2030, 10:30 (Asia/Kolkata).");
    assert_string_equal(admin("SELECT due_at AT TIME ZONE 'Asia/Kolkata' || ' ' || key FROM crm.job"),
                        "2030-07-01 10:30:00 1");
    assert_says(world_say(*state, "priya", "lead 1"), "wants a quote");
    admin("UPDATE crm.person SET time_zone = 'America/New_York' WHERE username = 'manoj'");
    assert_says(world_say(*state, "manoj", "followup 1 2030-07-01 09:00"), "09:00 (America/New_York)");
    assert_string_equal(admin("SELECT body FROM crm.outbox WHERE channel = 'bot-3'"),
                        "Manoj Verma set when to follow up your lead 1, Asha Rao: Mon 1 Jul 2030, 18:30.");
}

static void what_is_past_is_refused_with_an_example(void **state)
{
    NEEDS_POSTGRES();
    static const char *const lines[] = {"followup 1 2020-01-01 10:30",
                                        "lead edit 1 follow_up=2020-01-01 10:30"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *said = world_say(*state, "priya", lines[i]);
        assert_says(said,
                    "Wed 1 Jan 2020, 10:30 is past. Give a time that is to come, such as: tomorrow 10:30.");
        world_say(*state, "priya", "cancel");
    }
    assert_says(world_say(*state, "manoj", "lead add Late, follow up 2020-01-01 10:30"), "is past");
    world_say(*state, "manoj", "cancel");
    assert_string_equal(admin("SELECT count(*) FROM crm.job"), "0");
    assert_says(world_say(*state, "priya", "snooze 1"),
                "has no follow-up. Set one, such as: followup 1 tomorrow 10:30");
    assert_says(world_say(*state, "ravi", "followup 1 tomorrow"), "There is no lead 1.");
}

/* In 2027 the clocks of Berlin go on on 28 March, and back on 31 October, both at night. */
static void a_change_of_the_clocks_moves_no_appointment(void **state)
{
    static const struct {
        const char *said, *utc, *shown;
    } cases[] = {
        {"2027-03-27 10:30", "2027-03-27 09:30:00", "Sat 27 Mar 2027, 10:30"},
        {"2027-03-28 10:30", "2027-03-28 08:30:00", "Sun 28 Mar 2027, 10:30"},
        {"2027-03-28 02:30", "2027-03-28 01:30:00", "Sun 28 Mar 2027, 03:30"}, /* there is no such time */
        {"2027-10-31 02:30", "2027-10-31 01:30:00", "Sun 31 Oct 2027, 02:30"}, /* there are two */
        {"2027-10-31 03:30", "2027-10-31 02:30:00", "Sun 31 Oct 2027, 03:30"},
    };
    NEEDS_POSTGRES();
    admin("UPDATE crm.person SET time_zone = 'Europe/Berlin' WHERE username = 'priya'");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_says(world_say(*state, "priya",
                              arena_printf(((struct world *)*state)->arena, "followup 1 %s", cases[i].said)),
                    cases[i].shown);
        assert_string_equal(admin("SELECT due_at AT TIME ZONE 'UTC' FROM crm.job"), cases[i].utc);
    }
    /* Half a year is half a year of days on the wall, and hours are hours. */
    world_say(*state, "priya", "followup 1 in 182 days");
    assert_string_equal(
        admin("SELECT (follow_up_at AT TIME ZONE 'Europe/Berlin') - (now() AT TIME ZONE 'Europe/Berlin')"
              " BETWEEN '181 days 23:58' AND '182 days' FROM crm.lead"),
        "t");
    world_say(*state, "priya", "followup 1 in 5000 hours");
    assert_string_equal(admin("SELECT follow_up_at - now() BETWEEN '4999:58' AND '5000:01' FROM crm.lead"),
                        "t");
}

static void its_person_is_reminded_once_with_answers_to_choose_from(void **state)
{
    NEEDS_POSTGRES();
    it_is_due();
    assert_int_equal(run_due(*state), 1);
    const char *said = told(*state, "priya");
    assert_says(said, "Now: lead 1, Asha Rao, +91 98765 43210. It was to be followed up");
    assert_says(said, "Say “done 1”, “snooze 1 1 hour” or “lead 1”.");
    assert_string_equal(admin("SELECT options::text FROM crm.outbox"),
                        "{\"done 1\",\"snooze 1 1 hour\",\"snooze 1 tomorrow\",\"lead 1\"}");
    assert_int_equal(run_due(*state), 0);
    assert_string_equal(told(*state, "priya"), "");
}

static void one_that_came_while_all_was_down_is_overdue(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "priya", "followup 1 in 2 days");
    admin("ALTER TABLE crm.lead DISABLE TRIGGER lead_follow_up");
    admin("UPDATE crm.lead SET follow_up_at = now() - interval '2 days'");
    admin("ALTER TABLE crm.lead ENABLE TRIGGER lead_follow_up");
    hours_pass();
    assert_int_equal(run_due(*state), 1);
    assert_says(told(*state, "priya"), "Overdue: lead 1");
}

static void a_clock_that_is_put_back_reminds_at_the_time_all_the_same(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "priya", "followup 1 in 2 hours");
    hours_pass(); /* the job is due, and the follow-up is not */
    assert_int_equal(run_due(*state), 1);
    assert_string_equal(told(*state, "priya"), "");
    assert_string_equal(admin("SELECT j.due_at = l.follow_up_at FROM crm.job j, crm.lead l"), "t");
}

static void one_that_nobody_ticks_off_is_missed_and_goes_to_the_managers(void **state)
{
    NEEDS_POSTGRES();
    it_is_due();
    run_due(*state);
    assert_string_equal(admin("SELECT due_at - now() BETWEEN '03:58' AND '04:00' FROM crm.job"), "t");
    hours_pass();
    assert_int_equal(run_due(*state), 1);
    assert_says(told(*state, "manoj"),
                "Priya Nair has missed a follow-up: lead 1, Asha Rao, was to be followed up");
    assert_says(told(*state, "priya"), "Missed: lead 1, Asha Rao");
    assert_string_equal(told(*state, "anna"), "");
    assert_string_equal(admin("SELECT person_id || ' ' || kept FROM crm.follow_up_kept"), "3 false");
    assert_string_equal(admin("SELECT count(*) FROM crm.job"), "0");
    assert_says(world_say(*state, "manoj", "history 1"), "The system (job): follow-up of ");
    world_say(*state, "priya", "done 1"); /* too late: it stays missed */
    assert_string_equal(admin("SELECT string_agg(kept::text, ' ') FROM crm.follow_up_kept"), "false");
}

static void the_leader_of_a_team_is_told_instead_of_all_managers(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.team (name, leader) VALUES ('North', 5)");
    admin("INSERT INTO crm.team_member (team_id, person_id) SELECT id, 3 FROM crm.team");
    it_is_due();
    run_due(*state);
    hours_pass();
    run_due(*state);
    assert_says(told(*state, "leela"), "Priya Nair has missed a follow-up");
    assert_string_equal(told(*state, "manoj"), "");
}

static void without_an_hour_for_it_none_is_missed(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "anna", "settings set followup.escalate_hours to 0");
    it_is_due();
    run_due(*state);
    assert_string_equal(admin("SELECT count(*) FROM crm.job"), "0");
}

static void one_that_is_ticked_off_is_kept_and_can_be_taken_back(void **state)
{
    NEEDS_POSTGRES();
    it_is_due();
    run_due(*state);
    const char *said = world_say(*state, "priya", "done 1 called, wants Monday");
    assert_says(said, "Lead 1, Asha Rao: the follow-up is done.");
    assert_string_equal(admin("SELECT person_id || ' ' || kept FROM crm.follow_up_kept"), "3 true");
    assert_string_equal(admin("SELECT count(*) FROM crm.job"), "0");
    assert_says(world_say(*state, "priya", "history 1"), "follow-up done");
    world_say(*state, "priya", "done 1");
    assert_string_equal(admin("SELECT count(*) FROM crm.follow_up_kept"), "1");
}

static void undo_brings_a_follow_up_back(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "priya", "followup 1 2030-07-01 10:30");
    world_say(*state, "priya", "done 1");
    assert_string_equal(admin("SELECT count(*) FROM crm.job"), "0");
    assert_says(world_say(*state, "priya", "undo"), "Undone");
    assert_string_equal(admin("SELECT count(*) FROM crm.follow_up_kept"), "0");
    assert_string_equal(admin("SELECT due_at AT TIME ZONE 'Asia/Kolkata' FROM crm.job"),
                        "2030-07-01 10:30:00");
    world_say(*state, "priya", "redo");
    assert_string_equal(admin("SELECT kept FROM crm.follow_up_kept"), "t");
}

static void done_may_say_when_next(void **state)
{
    NEEDS_POSTGRES();
    it_is_due();
    assert_says(world_say(*state, "priya", "done 1, next 2030-07-01 10:30"),
                "The next one is Mon 1 Jul 2030, 10:30");
    assert_string_equal(admin("SELECT due_at AT TIME ZONE 'Asia/Kolkata' FROM crm.job"),
                        "2030-07-01 10:30:00");
    assert_string_equal(admin("SELECT kept FROM crm.follow_up_kept"), "t");
}

static void one_that_is_put_off_comes_then(void **state)
{
    NEEDS_POSTGRES();
    it_is_due();
    assert_says(world_say(*state, "priya", "snooze 1"), "Lead 1, Asha Rao: follow-up ");
    assert_int_equal(run_due(*state), 0);
    assert_string_equal(admin("SELECT due_at - now() BETWEEN '00:59' AND '01:00' FROM crm.job"), "t");
    world_say(*state, "priya", "snooze 1 tomorrow 10:30");
    assert_string_equal(admin("SELECT to_char(due_at AT TIME ZONE 'Asia/Kolkata', 'HH24:MI') FROM crm.job"),
                        "10:30");
}

static void it_goes_with_its_lead(void **state)
{
    NEEDS_POSTGRES();
    it_is_due();
    world_say(*state, "manoj", "assign 1 to ravi");
    run_due(*state);
    assert_says(told(*state, "ravi"), "Now: lead 1");
    assert_string_equal(told(*state, "priya"), "");
    it_is_due();
    world_say(*state, "ravi", "status 1 lost because too expensive");
    assert_int_equal(run_due(*state), 0);
    assert_says(world_say(*state, "ravi", "followup 1 tomorrow"), "is lost: there is nothing to follow up.");
    admin("UPDATE crm.lead SET status = 'assigned', reason = NULL");
    it_is_due();
    admin("UPDATE crm.lead SET deleted_at = now()");
    assert_int_equal(run_due(*state), 0);
}

static void of_a_lead_that_is_nobodys_the_managers_hear(void **state)
{
    NEEDS_POSTGRES();
    admin("UPDATE crm.lead SET assignee = NULL, creator = NULL, status = 'new'");
    it_is_due();
    assert_int_equal(run_due(*state), 1);
    assert_says(told(*state, "manoj"), "Nobody has this lead: lead 1, Asha Rao");
    assert_string_equal(admin("SELECT count(*) FROM crm.job"), "0");
}

/* ---- the digest */

static void it_is_morning(void)
{
    admin("UPDATE crm.setting SET value = extract(hour FROM now() AT TIME ZONE 'Asia/Kolkata') WHERE key = "
          "'digest.hour'");
}

static void the_morning_brings_a_digest_to_who_has_something_to_do(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, status, assignee, follow_up_at) SELECT 'Old ' || n, 'contacted', 3, "
          "now() - n * interval '1 day' "
          "FROM generate_series(1, 7) n");
    admin(
        "INSERT INTO crm.lead (name, status, assignee, created_at) VALUES ('Quiet', 'contacted', 3, now())");
    admin("ALTER TABLE crm.lead DISABLE TRIGGER USER");
    admin("UPDATE crm.lead SET updated_at = now() - interval '5 days' WHERE name = 'Quiet'");
    admin("ALTER TABLE crm.lead ENABLE TRIGGER USER");
    admin("UPDATE crm.lead_event SET at = now() - interval '5 days' WHERE lead_id = (SELECT id FROM crm.lead "
          "WHERE name = 'Quiet')");
    it_is_morning();
    run_due(*state);
    const char *said = told(*state, "priya");
    assert_says(said, "Good morning, Priya Nair.\nOverdue: 7\n");
    assert_says(said, "Old 7 · ");
    assert_silent_about(said, "Old 1 · ");
    assert_says(said, "Nothing has happened for 3 days: 1\n9 · Quiet · contacted");
    assert_silent_about(said, "Asha Rao");
    assert_says(told(*state, "manoj"), "Overdue follow-ups: Priya Nair 7");
    assert_string_equal(told(*state, "ravi"), "");
}

static void a_digest_comes_once_a_day_whatever_the_clock_does(void **state)
{
    NEEDS_POSTGRES();
    admin("UPDATE crm.lead SET follow_up_at = now() - interval '2 days'");
    it_is_morning();
    run_due(*state);
    assert_says(told(*state, "priya"), "Good morning");
    run_due(*state);
    assert_string_equal(told(*state, "priya"), "");
    admin("UPDATE crm.digest_sent SET day = day + 1"); /* the clock was put back */
    run_due(*state);
    assert_string_equal(told(*state, "priya"), "");
    admin("UPDATE crm.digest_sent SET day = day - 2");
    run_due(*state);
    assert_says(told(*state, "priya"), "Good morning");
}

static void no_digest_comes_when_none_is_wanted(void **state)
{
    NEEDS_POSTGRES();
    admin("UPDATE crm.lead SET follow_up_at = now() - interval '2 days'");
    run_due(*state);
    assert_string_equal(told(*state, "priya"), "");
    admin("UPDATE crm.setting SET value = '0' WHERE key = 'followup.idle_days'");
    admin("UPDATE crm.lead SET follow_up_at = NULL");
    it_is_morning();
    run_due(*state);
    assert_string_equal(told(*state, "priya"), "");
}

#define follow_up_unit_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        follow_up_unit_test(it_is_set_in_words_on_the_persons_own_clock),
        follow_up_unit_test(what_is_past_is_refused_with_an_example),
        follow_up_unit_test(a_change_of_the_clocks_moves_no_appointment),
        follow_up_unit_test(its_person_is_reminded_once_with_answers_to_choose_from),
        follow_up_unit_test(one_that_came_while_all_was_down_is_overdue),
        follow_up_unit_test(a_clock_that_is_put_back_reminds_at_the_time_all_the_same),
        follow_up_unit_test(one_that_nobody_ticks_off_is_missed_and_goes_to_the_managers),
        follow_up_unit_test(the_leader_of_a_team_is_told_instead_of_all_managers),
        follow_up_unit_test(without_an_hour_for_it_none_is_missed),
        follow_up_unit_test(one_that_is_ticked_off_is_kept_and_can_be_taken_back),
        follow_up_unit_test(undo_brings_a_follow_up_back),
        follow_up_unit_test(done_may_say_when_next),
        follow_up_unit_test(one_that_is_put_off_comes_then),
        follow_up_unit_test(it_goes_with_its_lead),
        follow_up_unit_test(of_a_lead_that_is_nobodys_the_managers_hear),
        follow_up_unit_test(the_morning_brings_a_digest_to_who_has_something_to_do),
        follow_up_unit_test(a_digest_comes_once_a_day_whatever_the_clock_does),
        follow_up_unit_test(no_digest_comes_when_none_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
