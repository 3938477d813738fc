/* Scores: what they are made of, who may look, and that they follow what changes, in slices that nobody waits
 * for. */
#include "surface_fixture.h"

#include "job/runner.h"

static const struct job_kind *const rooms[] = {lead_jobs, NULL};

static int setup(void **state)
{
    *state = NULL;
    if (getenv("CRM_TEST_CONNINFO") == NULL) {
        return 0;
    }
    *state = world_new(world_table);
    admin("TRUNCATE crm.score_due, crm.score_outcome, crm.score_source, crm.score_budget");
    admin("UPDATE crm.score_round SET swept = 0, hurry = false, over = true, begun_at = now()");
    admin("UPDATE crm.setting SET value = '-1' WHERE key = 'digest.hour'");
    admin("INSERT INTO crm.lead (name, source, status, assignee) VALUES ('Asha Rao', 'linkedin', 'assigned', "
          "3)");
    return 0;
}

static int teardown(void **state)
{
    if (*state != NULL) {
        world_free(*state);
    }
    return 0;
}

/* So many steps; fewer when nothing more is due. */
static void run_steps(struct world *world, int most)
{
    struct job_runner *runner =
        job_runner_new(&(struct job_settings){rooms, DOMAIN, "my." DOMAIN, NULL, NULL});
    while (most-- > 0 && job_runner_step(runner, world->surface.db, 0, "") == JOB_STEP_RAN) {
        continue;
    }
    job_runner_free(runner);
}

static long score(void)
{
    return strtol(admin("SELECT score FROM crm.lead WHERE id = 1"), NULL, 10);
}

static void a_score_is_explained_and_adds_up(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.score_source VALUES ('linkedin', 12, 40)");
    admin("INSERT INTO crm.score_budget VALUES ('INR', 5000000)");
    admin("UPDATE crm.lead SET email = 'asha@example.in', phone = '+919876543210', budget_minor = 5000000, "
          "budget_currency = 'INR'");
    const char *said = world_say(*state, "priya", "score 1");
    assert_says(said, "Score of lead 1, Asha Rao");
    assert_says(said, "Source: 14.8 of 25.0 (LinkedIn: 12 of 40 that ended were won)"); /* 2 * 13 / 44 */
    assert_says(said, "What is known: 11.2 of 15.0 (3 of email, phone, budget and requirements are known)");
    assert_says(said, "Budget: 10.0 of 20.0 (₹50,000; usual is ₹50,000)");
    assert_says(said, "Chat: 0.0 of 15.0 (0 messages in chat in 30 days)");
    assert_says(said, "Recency: 15.0 of 15.0 (something happened today)");
    assert_says(said, "Follow-ups: 5.0 of 10.0 (none was due yet)");
    assert_says(said, "Score: 56 of 100");
    run_steps(*state, 10);
    assert_int_equal(score(), 56);
    assert_says(world_say(*state, "ravi", "score 1"), "There is no lead 1.");
}

static void it_follows_what_changes_and_leaves_the_history_alone(void **state)
{
    NEEDS_POSTGRES();
    run_steps(*state, 10);
    long before = score();
    admin("UPDATE crm.lead SET updated_at = updated_at");
    const char *events =
        arena_strdup(((struct world *)*state)->arena, admin("SELECT count(*) FROM crm.lead_event"));
    const char *updated =
        arena_strdup(((struct world *)*state)->arena, admin("SELECT updated_at FROM crm.lead"));
    admin("UPDATE crm.lead SET score = 1");
    assert_string_equal(admin("SELECT count(*) FROM crm.lead_event"), events);
    assert_string_equal(admin("SELECT updated_at FROM crm.lead"), updated);
    world_say(*state, "priya", "edit 1 email asha@example.in");
    run_steps(*state, 10);
    assert_int_equal(score(), before + 4); /* a quarter of 15 */
    assert_string_equal(admin("SELECT count(*) FROM crm.score_due"), "0");
}

static void a_follow_up_that_is_kept_counts(void **state)
{
    NEEDS_POSTGRES();
    world_say(*state, "priya", "followup 1 tomorrow");
    run_steps(*state, 10);
    long before = score();
    world_say(*state, "priya", "done 1");
    run_steps(*state, 10);
    assert_int_equal(score(), before + 2); /* 2 of 3 and not 1 of 2 of 10 */
    assert_says(world_say(*state, "priya", "score 1"), "1 kept, 0 missed");
}

static void what_ends_counts_for_its_source_once(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, source, status, reason) VALUES ('Won', 'linkedin', 'won', NULL), "
          "('Lost', 'linkedin', 'lost', 'price')");
    run_steps(*state, 10);
    assert_string_equal(admin("SELECT won || ' ' || ended FROM crm.score_source WHERE source = 'linkedin'"),
                        "1 2");
    admin("UPDATE crm.lead SET status = 'assigned', assignee = 3, reason = NULL WHERE name = 'Lost'");
    run_steps(*state, 10);
    assert_string_equal(admin("SELECT won || ' ' || ended FROM crm.score_source WHERE source = 'linkedin'"),
                        "1 1");
    assert_string_equal(admin("SELECT count(*) FROM crm.score_outcome"), "0");
}

static void chat_of_a_customer_counts_for_the_lead_that_they_are(void **state)
{
    NEEDS_POSTGRES();
    admin("UPDATE crm.lead SET email = 'Kiran@example.in'");
    admin("UPDATE crm.person SET email = 'kiran@example.in' WHERE username = 'kiran'");
    admin("INSERT INTO crm.visitor (address, person_id) VALUES ('kiran@my." DOMAIN "', 7)");
    admin("INSERT INTO crm.conversation (visitor_id, state) SELECT id, 'waiting' FROM crm.visitor");
    admin("INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body) SELECT "
          "gen_random_uuid(), c.visitor_id, c.id, n, "
          "'visitor', 'hello' FROM crm.conversation c, generate_series(1, 5) n");
    run_steps(*state, 10);
    assert_says(world_say(*state, "priya", "score 1"), "Chat: 7.5 of 15.0 (5 messages in chat in 30 days)");
    admin("TRUNCATE crm.score_due");
    admin("UPDATE crm.conversation SET state = 'closed'");
    assert_string_equal(admin("SELECT string_agg(lead_id::text, ' ') FROM crm.score_due"), "1");
}

static void another_weight_scores_all_in_slices(void **state)
{
    NEEDS_POSTGRES();
    admin("INSERT INTO crm.lead (name, source) SELECT 'Lead ' || n, 'chat' FROM generate_series(1, 500) n");
    run_steps(*state, 20);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE score IS NULL"), "0");
    const char *weights[] = {"source", "budget", "engagement", "recency", "follow_ups"};
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        world_say(*state, "anna",
                  arena_printf(((struct world *)*state)->arena, "settings set score.%s to 0", weights[i]));
    }
    run_steps(*state, 2);
    assert_string_equal(admin("SELECT swept > 0 AND NOT over FROM crm.score_round"),
                        "t"); /* a slice, not all */
    run_steps(*state, 20);
    assert_string_equal(admin("SELECT max(score) || ' ' || bool_and(over) FROM crm.lead, crm.score_round"),
                        "0 true");
    assert_says(world_say(*state, "priya", "score 1"), "What is known: 0.0 of 100.0");
}

static void time_that_passes_is_noticed_in_a_round_a_day(void **state)
{
    NEEDS_POSTGRES();
    run_steps(*state, 10);
    long before = score();
    admin("ALTER TABLE crm.lead DISABLE TRIGGER USER");
    admin("UPDATE crm.lead SET updated_at = now() - interval '7 days'");
    admin("ALTER TABLE crm.lead ENABLE TRIGGER USER");
    admin("UPDATE crm.lead_event SET at = now() - interval '7 days'");
    run_steps(*state, 10);
    assert_int_equal(score(), before);
    admin("UPDATE crm.score_round SET begun_at = now() - interval '25 hours'");
    for (int i = 0; i < 15; i++) {
        run_steps(*state, 3);
    }
    assert_true(score() >= before - 8 && score() <= before - 7); /* half of 15 */
    assert_string_equal(admin("SELECT over FROM crm.score_round"), "t");
}

static void a_lead_that_somebody_works_on_is_not_waited_for(void **state)
{
    NEEDS_POSTGRES();
    PGconn *other = PQconnectdb(getenv("CRM_TEST_ADMIN_CONNINFO"));
    PQclear(PQexec(other, "BEGIN; SELECT 1 FROM crm.lead WHERE id = 1 FOR UPDATE"));
    run_steps(*state, 3);
    assert_string_equal(admin("SELECT score IS NULL FROM crm.lead"), "t");
    assert_string_equal(admin("SELECT count(*) > 0 FROM crm.score_due"), "t");
    PQclear(PQexec(other, "ROLLBACK"));
    PQfinish(other);
    run_steps(*state, 3);
    assert_true(score() > 0);
}

static void new_leads_wait_for_the_end_of_an_import(void **state)
{
    NEEDS_POSTGRES();
    admin(
        "INSERT INTO crm.import (person_id, file, state, duplicates, headers, fields, rows, good, began_at, "
        "told_at) VALUES (1, 'leads.csv', 'running', 'skip', 'Name', 'name', 1, 1, now(), now())");
    admin("SELECT crm.job_put('import.run', id::text, now() + interval '1 hour', 1) FROM crm.import");
    run_steps(*state, 3);
    assert_string_equal(admin("SELECT score IS NULL FROM crm.lead"), "t");
    world_say(*state, "priya", "followup 1 tomorrow"); /* it is no longer only new */
    run_steps(*state, 3);
    assert_true(score() > 0);
    admin("INSERT INTO crm.lead (name, source) VALUES ('Kiran', 'import'); UPDATE crm.import SET state = "
          "'done'");
    run_steps(*state, 3);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE score IS NULL"), "0");
    admin("INSERT INTO crm.lead (name, source) VALUES ('Meera', 'import'); UPDATE crm.import SET state = "
          "'running'");
    run_steps(*state, 3);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE score IS NULL"), "1");
    admin("DELETE FROM crm.job"); /* whoever imports is disabled: it stays as it is, and nobody goes on */
    run_steps(*state, 3);
    assert_string_equal(admin("SELECT count(*) FROM crm.lead WHERE score IS NULL"), "0");
}

#define score_unit_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        score_unit_test(a_score_is_explained_and_adds_up),
        score_unit_test(it_follows_what_changes_and_leaves_the_history_alone),
        score_unit_test(a_follow_up_that_is_kept_counts),
        score_unit_test(what_ends_counts_for_its_source_once),
        score_unit_test(chat_of_a_customer_counts_for_the_lead_that_they_are),
        score_unit_test(another_weight_scores_all_in_slices),
        score_unit_test(time_that_passes_is_noticed_in_a_round_a_day),
        score_unit_test(a_lead_that_somebody_works_on_is_not_waited_for),
        score_unit_test(new_leads_wait_for_the_end_of_an_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
