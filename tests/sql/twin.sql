-- Leads that look alike (crm.twin_slice()), those that are said to be two, and what a merge takes along and gives back.
BEGIN;
\ir fixture.psql
SELECT plan(54);

-- Does what a test does, as a person in a request that can be taken back.
CREATE FUNCTION pg_temp.act(role text, who text, made_in text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('crm.request', made_in, true),
            set_config('crm.surface', 'chat', true), set_config('role', role, true);
    EXECUTE statement INTO answer;
    PERFORM set_config('role', 'none', true), set_config('crm.request', '', true);
    RETURN answer;
END $$;
-- Compares until nothing is due; returns how often.
CREATE FUNCTION pg_temp.compare(most bigint DEFAULT 100) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    times int := 0;
BEGIN
    WHILE crm.twin_slice(most) LOOP
        times := times + 1;
    END LOOP;
    RETURN times;
END $$;
CREATE FUNCTION pg_temp.lead(given text) RETURNS bigint LANGUAGE sql AS $$ SELECT max(id) FROM crm.lead WHERE name = given $$;
CREATE FUNCTION pg_temp.pair(a text, b text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT concat_ws(' ', CASE WHEN t.email THEN 'email' END, CASE WHEN t.phone THEN 'phone' END, CASE WHEN t.alike = 100 THEN 'same' WHEN t.alike >= 40 THEN 'alike' END)
                       FROM crm.twin t WHERE t.one = least(pg_temp.lead(a), pg_temp.lead(b)) AND t.other = greatest(pg_temp.lead(a), pg_temp.lead(b))), 'none')
$$;
SELECT pg_temp.compare() \g /dev/null

-- Names as they sound.
SELECT is(crm.twin_heard(b), crm.twin_heard(a), a || ' and ' || b || ' sound the same')
  FROM (VALUES ('Lakshmi Chowdhury', 'CHAUDHARI, Laxmi'), ('Lakshmi Chowdhury', 'Dr. Laxmi K. Choudhary'), ('Asha Rao', 'Rao Asha'), ('Asha Rao', 'Aasha  Raow'),
               ('Mohammed Shaikh', 'Muhammad Sheikh'), ('Priya Agarwal', 'Agrawal Pria'), ('Élodie Müller', 'Elodie Muller'), ('आशा राव', 'राव आशा')) AS v (a, b);
SELECT isnt(crm.twin_heard(b), crm.twin_heard(a), a || ' and ' || b || ' do not')
  FROM (VALUES ('Asha Rao', 'Usha Rao'), ('Asha Rao', 'Asha Rana'), ('Meera Joshi', 'Mira Josh Patel')) AS v (a, b);
SELECT is(crm.twin_heard(' Dr. '), NULL, 'a title alone is no name');
SELECT is(crm.twin_email('Asha.Rao+crm@GMail.com'), 'asharao@gmail.com', 'dots and a plus lead to the same mailbox at Google');
SELECT is(crm.twin_email('Asha.Rao+crm@example.in'), 'asha.rao@example.in', 'elsewhere dots matter');

-- Pairs.
INSERT INTO crm.lead (name, email, phone) VALUES ('Twin Zuleika Quaxley', 'zq@example.in', '+919876512345'), ('Twin Ben Other', 'ZQ+news@example.in', NULL),
    ('Twin Cora Other', NULL, '+4419876512345'), ('Twin Zulaika Kwaksli', NULL, NULL), ('Quaxley, Zuleika TWIN', NULL, NULL), ('Twin Zuleika Qauxley', NULL, NULL),
    ('Twin Zuleika Quaxley Both', 'zq@example.in', '+919876512345'), ('Twin Gone Quaxley', 'zq@example.in', NULL);
UPDATE crm.lead SET deleted_at = now() WHERE name = 'Twin Gone Quaxley';
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Ben Other'), 'none', 'nothing is compared while somebody waits');
SELECT cmp_ok(pg_temp.compare(3), '>', 2, 'but by slices');
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', b), why, format('%s: %s', b, why))
  FROM (VALUES ('Twin Ben Other', 'email'), ('Twin Cora Other', 'phone'), ('Twin Zuleika Quaxley Both', 'email phone alike'), ('Quaxley, Zuleika TWIN', 'same'), ('Twin Zuleika Qauxley', 'alike'),
               ('Twin Gone Quaxley', 'none'), ('Lead of nobody', 'none')) AS v (b, why);
SELECT is((SELECT other FROM crm.twin WHERE one = pg_temp.lead('Twin Zuleika Quaxley') ORDER BY strength DESC, id DESC LIMIT 1), pg_temp.lead('Twin Zuleika Quaxley Both'), 'who shares most is first');
SELECT is(crm.twin_slice(10), false, 'then nothing is due');

-- What changes is compared again, and only that.
UPDATE crm.lead SET score = 5 WHERE name = 'Twin Ben Other';
UPDATE crm.lead SET requirements = 'Excel' WHERE name = 'Twin Ben Other';
SELECT is_empty('SELECT * FROM crm.twin_due', 'a score and what somebody wants make no lead another one');
UPDATE crm.lead SET email = 'ben@example.in' WHERE name = 'Twin Ben Other';
UPDATE crm.lead SET deleted_at = now() WHERE name = 'Twin Cora Other';
UPDATE crm.lead SET deleted_at = NULL WHERE name = 'Twin Gone Quaxley';
SELECT pg_temp.compare() \g /dev/null
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Ben Other'), 'none', 'another email: no pair any more');
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Cora Other'), 'none', 'deleted: nor this one');
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Gone Quaxley'), 'email alike', 'restored: a pair');
SELECT is((SELECT count(*) FROM crm.twin_key WHERE lead_id = pg_temp.lead('Twin Cora Other')), 0::bigint, 'of what is deleted there is no key');

-- What many share.
INSERT INTO crm.lead (name) SELECT 'Common Twinname' FROM generate_series(1, 8);
SELECT pg_temp.compare() \g /dev/null
CREATE TEMPORARY VIEW common AS SELECT t.* FROM crm.twin t JOIN crm.lead l ON l.id = t.one WHERE l.name = 'Common Twinname';
SELECT is((SELECT count(*) FROM common), 28::bigint, 'eight of one name: each pair');
INSERT INTO crm.lead (name) VALUES ('Common Twinname');
SELECT pg_temp.compare() \g /dev/null
SELECT is((SELECT count(*) FROM common), 0::bigint, 'nine: the name says nothing');
UPDATE crm.lead SET phone = '+911122334455' WHERE name = 'Common Twinname';
INSERT INTO crm.lead (name, phone) SELECT 'Common Twinname', '+911122334455' FROM generate_series(1, 91);
SELECT pg_temp.compare(7) \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM common), '<=', 800::bigint, 'a hundred with one number: not each with each');
SELECT is((SELECT count(DISTINCT other) FROM common), 99::bigint, 'but each one is found');

-- Two that are two.
SELECT is(pg_temp.act('crm_manager', 'manager', 'said', format('INSERT INTO crm.twin_apart (one, other, person_id) VALUES (%s, %s, %s) RETURNING 1',
    pg_temp.lead('Twin Zuleika Quaxley'), pg_temp.lead('Twin Zuleika Quaxley Both'), pg_temp.person('manager'))), '1', 'a Manager says that two are two');
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Zuleika Quaxley Both'), 'none', 'they are no pair any more');
INSERT INTO crm.twin_due (first, last) SELECT min(id), max(id) FROM crm.lead;
SELECT pg_temp.compare() \g /dev/null
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Zuleika Quaxley Both'), 'none', 'and do not come back');
SELECT results_eq(format($$ SELECT field, is_now, person_id FROM crm.lead_event WHERE lead_id = %s AND field LIKE 'apart%%' $$, pg_temp.lead('Twin Zuleika Quaxley')),
    format($$ SELECT 'apart %s', 'yes', %s::bigint $$, pg_temp.lead('Twin Zuleika Quaxley Both'), pg_temp.person('manager')), 'it is in the history');
SELECT is(pg_temp.act('crm_admin', 'admin', 'undone', $$SELECT crm.undo_apply('said')$$), '0', 'somebody else does not take it back');
SELECT is(pg_temp.act('crm_manager', 'manager', 'undone', $$SELECT crm.undo_apply('said')$$), '1', 'who said it does');
SELECT pg_temp.compare() \g /dev/null
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Zuleika Quaxley Both'), 'email phone alike', 'and they are a pair again');
SELECT is(pg_temp.act('crm_manager', 'manager', 'redone', $$SELECT crm.undo_apply('undone')$$), '1', 'undoing is undone');
SELECT is(pg_temp.pair('Twin Zuleika Quaxley', 'Twin Zuleika Quaxley Both'), 'none', 'so that they are two');
SELECT is(pg_temp.attempt('crm_manager', 'manager', format('INSERT INTO crm.twin_apart (one, other, person_id) VALUES (%s, %s, %s)',
    pg_temp.lead('Lead of sales'), pg_temp.lead('Lead of other'), pg_temp.person('admin'))), '42501', 'nobody says it for somebody else');

-- A merge takes along who waits, what is asked, and what was given; and gives it back.
CREATE TEMPORARY TABLE merged AS
WITH made AS (INSERT INTO crm.lead (name, created_at) VALUES ('Merge kept', now()), ('Merge gone', now()) RETURNING id, name)
SELECT max(id) FILTER (WHERE name = 'Merge kept') AS kept, max(id) FILTER (WHERE name = 'Merge gone') AS gone FROM made;
INSERT INTO crm.assign_waiting (lead_id, since, asked_by) SELECT gone, '2026-01-01', pg_temp.person('lead') FROM merged;
INSERT INTO crm.assign_waiting (lead_id, since) SELECT kept, '2026-02-01' FROM merged;
INSERT INTO crm.poll (lead_id, choices, audience, started_by, deadline) SELECT gone, '{yes,no}', 'all', pg_temp.person('manager'), now() + interval '1 hour' FROM merged;
INSERT INTO crm.assignment (lead_id, person_id, waited) SELECT gone, pg_temp.person('other'), '1 hour' FROM merged;
INSERT INTO crm.follow_up_kept (lead_id, person_id, due_at, kept) SELECT gone, pg_temp.person('other'), '2026-01-02', false FROM merged;
UPDATE crm.lead SET follow_up_at = CASE name WHEN 'Merge gone' THEN '2030-01-01' ELSE '2030-02-01' END::timestamptz WHERE id IN (SELECT unnest(ARRAY[gone, kept]) FROM merged);
CREATE FUNCTION pg_temp.belongs() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', (SELECT string_agg(CASE lead_id WHEN kept THEN 'kept' ELSE 'gone' END || ' waits since ' || since::date, ', ' ORDER BY since) FROM crm.assign_waiting WHERE lead_id IN (gone, kept)),
                     '| poll of', (SELECT CASE lead_id WHEN kept THEN 'kept' ELSE 'gone' END FROM crm.poll WHERE lead_id IN (gone, kept)),
                     '| given:', (SELECT count(*) FROM crm.assignment a WHERE a.lead_id = merged.kept), '| kept follow-ups:', (SELECT count(*) FROM crm.follow_up_kept f WHERE f.lead_id = merged.kept),
                     '| due', (SELECT string_agg(follow_up_at::date::text, ', ' ORDER BY id) FROM crm.lead WHERE id IN (gone, kept) AND deleted_at IS NULL)) FROM merged
$$;
CREATE TEMPORARY TABLE before AS SELECT pg_temp.belongs() AS was;
SELECT pg_temp.act('crm_manager', 'manager', 'merging', format('SELECT crm.lead_merge(%s, %s)', gone, kept)) FROM merged \g /dev/null
SELECT is(pg_temp.belongs(), 'kept waits since 2026-01-01 | poll of kept | given: 1 | kept follow-ups: 1 | due 2030-01-01', 'all goes with it, and nothing is asked or waits twice');
SELECT is(pg_temp.act('crm_manager', 'manager', 'back', $$SELECT crm.undo_apply('merging')$$), '2', 'taken back');
SELECT is(pg_temp.belongs(), was, 'all is as before') FROM before;
SELECT is_empty('SELECT * FROM crm.lead_moved', 'and nothing is remembered');

-- One that is somebody's makes the other one theirs; a poll on it is pointless then.
SELECT pg_temp.act('crm_manager', 'manager', 'given', format('UPDATE crm.lead SET assignee = %s, status = ''assigned'' WHERE id = %s RETURNING 1', pg_temp.person('sales'), gone)) FROM merged \g /dev/null
SELECT pg_temp.act('crm_manager', 'manager', 'merging 2', format('SELECT crm.lead_merge(%s, %s)', gone, kept)) FROM merged \g /dev/null
SELECT is((SELECT assignee || ' ' || status FROM crm.lead, merged WHERE id = kept), pg_temp.person('sales') || ' assigned', 'who had the one that goes has the one that stays');
SELECT is_empty('SELECT 1 FROM crm.assign_waiting, merged WHERE lead_id IN (gone, kept)', 'neither waits');
SELECT is((SELECT j.due_at <= now() FROM crm.job j, crm.poll p, merged WHERE j.kind = 'poll.close' AND j.key = p.id::text AND p.lead_id = gone), true, 'the poll closes at once');
SELECT is(pg_temp.act('crm_manager', 'manager', 'back 2', $$SELECT crm.undo_apply('merging 2')$$), '2', 'taken back');
SELECT is((SELECT coalesce(assignee, 0) || ' ' || status FROM crm.lead, merged WHERE id = kept), '0 new', 'it is nobody''s again');
SELECT is((SELECT since::date FROM crm.assign_waiting, merged WHERE lead_id = kept), '2026-02-01', 'and waits as before');

SELECT * FROM finish(true);
ROLLBACK;
