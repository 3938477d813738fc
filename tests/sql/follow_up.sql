-- Follow-ups: the reminder is where the lead says, whoever writes; what became of them is written by triggers and jobs, and read by whom it concerns. A
-- score is no change of a lead.
BEGIN;
\ir fixture.psql
SELECT plan(20);

CREATE FUNCTION pg_temp.lead() RETURNS bigint LANGUAGE sql AS $$ SELECT id FROM crm.lead WHERE name = 'Lead of sales' $$;
CREATE FUNCTION pg_temp.due() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT CASE WHEN due_at > now() + interval '1 minute' THEN 'later' ELSE 'now' END FROM crm.job WHERE kind = 'lead.remind' AND key = pg_temp.lead()::text), 'none')
$$;
CREATE FUNCTION pg_temp.set(assignment text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE crm.lead SET %s WHERE id = $1', assignment) USING pg_temp.lead();
    RETURN pg_temp.due();
END $$;

DELETE FROM crm.follow_up_kept;
SELECT is(pg_temp.set($$ follow_up_at = now() + interval '1 day' $$), 'later', 'a day to follow up puts a reminder');
SELECT is(pg_temp.set($$ status = 'lost', reason = 'price' $$), 'none', 'a lead that is over needs none');
SELECT is(pg_temp.set($$ status = 'assigned', reason = NULL $$), 'later', 'one that is open again does');
SELECT is(pg_temp.set($$ deleted_at = now() $$), 'none', 'a deleted one does not');
SELECT is(pg_temp.set($$ deleted_at = NULL $$), 'later', 'and does when it is back');
SELECT is(pg_temp.set($$ follow_up_at = now() - interval '1 second' $$), 'now', 'what is due is due');
SELECT is(pg_temp.set($$ follow_up_at = now() - interval '2 days' $$), 'none', 'what was due long before it was written is nobody''s alarm');
SELECT is(pg_temp.set(format('assignee = %s', pg_temp.person('other'))), 'now', 'whoever gets an overdue lead hears of it');
SELECT is(pg_temp.set(format('assignee = %s, follow_up_at = now() + interval ''1 day''', pg_temp.person('sales'))), 'later', 'it goes back');
SELECT is(pg_temp.set($$ followed_up_at = clock_timestamp(), follow_up_at = NULL $$), 'none', 'what is ticked off reminds no more');
SELECT results_eq($$ SELECT person_id, kept FROM crm.follow_up_kept $$, $$ VALUES (pg_temp.person('sales'), true) $$, 'and was kept');
SELECT is(pg_temp.set($$ followed_up_at = NULL, follow_up_at = now() + interval '1 day' $$), 'later', 'taken back, it reminds again');
SELECT is_empty('SELECT 1 FROM crm.follow_up_kept', 'and was not kept');

INSERT INTO crm.follow_up_kept (lead_id, person_id, due_at, kept) SELECT pg_temp.lead(), pg_temp.person('other'), now(), false;
SELECT results_eq($$ SELECT person_id IS NULL, is_now IS NOT NULL FROM crm.lead_event WHERE field = 'follow_up_missed' AND lead_id = pg_temp.lead() $$,
    $$ VALUES (true, true) $$, 'a missed one is in the history');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.follow_up_kept'), '0', 'a Sales Person sees none of somebody else');
SELECT is(pg_temp.attempt('crm_sales', 'other', 'SELECT 1 FROM crm.follow_up_kept'), '1', 'but their own');
SELECT is(pg_temp.attempt('crm_manager', 'manager', 'SELECT 1 FROM crm.follow_up_kept'), '1', 'a Manager sees all');

DELETE FROM crm.score_due;
UPDATE crm.lead SET updated_at = '2026-01-01' WHERE id = pg_temp.lead();
CREATE TEMPORARY TABLE before AS SELECT updated_at, (SELECT count(*) FROM crm.lead_event) AS events FROM crm.lead WHERE id = pg_temp.lead();
SELECT is(pg_temp.attempt('crm_system', NULL, 'UPDATE crm.lead SET score = 50'), (SELECT count(*)::text FROM crm.lead), 'the bulk lane stores scores');
UPDATE crm.lead SET score = 50 WHERE id = pg_temp.lead();
SELECT results_eq($$ SELECT updated_at, (SELECT count(*) FROM crm.lead_event) FROM crm.lead WHERE id = pg_temp.lead() $$, 'SELECT * FROM before', 'which change nothing else');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'UPDATE crm.lead SET score = 99'), '42501', 'nobody else gives one');

SELECT * FROM finish(true);
ROLLBACK;
