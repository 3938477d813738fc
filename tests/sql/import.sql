-- A slice of an import is all or nothing, once; its counts are true, and it can be taken back.
BEGIN;
\ir fixture.psql
SELECT plan(37);
INSERT INTO crm.lead_field (name, label, type) VALUES ('seats', 'Seats', 'number'), ('joins', 'Joins', 'date');
INSERT INTO crm.import (person_id, file, state, duplicates, headers, fields, rows, good, began_at, told_at)
SELECT pg_temp.person('manager'), d || '.csv', 'running', replace(d, 'odd', 'skip'), 'Name', 'name', 4, 4, now(), now() FROM unnest('{skip,update,add,odd}'::text[]) AS d;
INSERT INTO crm.import_row (import_id, number, cells) SELECT i.id, n, 'row ' || n FROM crm.import i, generate_series(2, 6) n;
CREATE FUNCTION pg_temp.import_of(d text) RETURNS bigint LANGUAGE sql AS $$ SELECT id FROM crm.import WHERE file = d || '.csv' $$;
INSERT INTO crm.lead (name, email, phone, requirements) VALUES ('Known', 'known@example.in', '+919876500009', 'as before');
INSERT INTO crm.lead_value (lead_id, field_id, value) SELECT l.id, f.id, '3' FROM crm.lead l, crm.lead_field f WHERE l.name = 'Known' AND f.name = 'seats';

-- Five rows of the file: two new ones, one that an earlier row is, one that a lead is, and one that is rejected.
CREATE FUNCTION pg_temp.slice(role text, who text, d text, upto bigint DEFAULT 6) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    done record;
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('role', role, true);
    SELECT * INTO done FROM crm.import_slice(pg_temp.import_of(d), upto, '{2,3,4,5}', '{Asha,Ravi,Asha again,Known better}', '{asha.i@example.in,NULL,ASHA.I@example.in,known@example.in}',
        '{NULL,+919876500010,NULL,NULL}', '{NULL,linkedin,NULL,NULL}', '{5000,NULL,NULL,NULL}', '{INR,NULL,NULL,NULL}', '{NULL,NULL,NULL,now}',
        '{2026-12-01 10:30,NULL,NULL,NULL}', '{vip gold,NULL,NULL,vip}', ARRAY['{"seats": "7", "joins": "2026-12-01 00:00"}', NULL, NULL, '{"seats": "5"}'], '{6}', '{Nothing in it.}');
    PERFORM set_config('role', 'none', true);
    RETURN format('%s added, %s updated, %s skipped', done.added, done.updated, done.skipped);
EXCEPTION WHEN OTHERS THEN
    PERFORM set_config('role', 'none', true);
    RETURN SQLSTATE;
END $$;
GRANT SELECT ON who TO crm_manager, crm_lead, crm_admin, crm_sales;
CREATE FUNCTION pg_temp.counts(d text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s dealt, %s added, %s updated, %s skipped, %s rejected, until %s, %s rows left', dealt, added, updated, skipped, rejected, done_until,
                  (SELECT count(*) FROM crm.import_row r WHERE r.import_id = i.id)) FROM crm.import i WHERE i.id = pg_temp.import_of(d)
$$;

SELECT is(pg_temp.slice('crm_sales', 'sales', 'skip'), '42501', 'a Sales Person imports nothing');
SELECT is(pg_temp.slice('crm_lead', 'lead', 'skip'), '40001', 'nor does somebody else go on with it');
SELECT is(pg_temp.slice('crm_manager', 'manager', 'skip'), '2 added, 0 updated, 2 skipped', 'duplicates are skipped: of a lead, and of a row before');
SELECT is(pg_temp.counts('skip'), '5 dealt, 2 added, 0 updated, 2 skipped, 1 rejected, until 6, 1 rows left', 'and counted; what was rejected stays');
SELECT is(pg_temp.slice('crm_manager', 'manager', 'skip'), '40001', 'the same slice a second time does nothing');
SELECT is(pg_temp.slice('crm_manager', 'manager', 'skip', 4), '40001', 'nor does one before it');
SELECT is(pg_temp.counts('skip'), '5 dealt, 2 added, 0 updated, 2 skipped, 1 rejected, until 6, 1 rows left', 'and the counts are as they were');
SELECT results_eq($$ SELECT problem FROM crm.import_row WHERE import_id = pg_temp.import_of('skip') $$, ARRAY['Nothing in it.'], 'with the reason');
SELECT results_eq($$ SELECT name || ' ' || source || ' ' || coalesce(budget_minor || budget_currency, '-') || ' ' || coalesce(to_char(follow_up_at AT TIME ZONE 'Asia/Kolkata', 'MM-DD HH24:MI'), '-')
                       FROM crm.lead WHERE email = 'asha.i@example.in' OR phone = '+919876500010' ORDER BY id $$,
    ARRAY['Asha import 5000INR 12-01 10:30', 'Ravi linkedin - -'], 'what a row has goes into the lead, days by the clock of who imports');
SELECT results_eq($$ SELECT f.name || '=' || v.value::text FROM crm.lead_value v JOIN crm.lead_field f ON f.id = v.field_id JOIN crm.lead l ON l.id = v.lead_id
                      WHERE l.email = 'asha.i@example.in' AND f.name = 'seats' $$, ARRAY['seats=7'], 'and into its added fields');
SELECT is((SELECT v.amount FROM crm.lead_value v JOIN crm.lead_field f ON f.id = v.field_id WHERE f.name = 'joins'), extract(epoch FROM timestamptz '2026-12-01 00:00+05:30')::bigint,
    'days too by that clock');
SELECT results_eq($$ SELECT t.tag FROM crm.lead_tag t JOIN crm.lead l ON l.id = t.lead_id WHERE l.email = 'asha.i@example.in' ORDER BY 1 $$, ARRAY['gold', 'vip'], 'and its tags');
SELECT is((SELECT count(*) FROM crm.import_change WHERE import_id = pg_temp.import_of('skip')), 2::bigint, 'what was added is noted');

SELECT is(pg_temp.slice('crm_manager', 'manager', 'update'), '0 added, 2 updated, 2 skipped', 'duplicates change leads, a row that has nothing new changes none');
SELECT results_eq($$ SELECT name || ' ' || requirements FROM crm.lead WHERE email = 'known@example.in' $$, ARRAY['Known better now'], 'what a row has goes in');
SELECT results_eq($$ SELECT v.value FROM crm.lead_value v JOIN crm.lead l ON l.id = v.lead_id JOIN crm.lead_field f ON f.id = v.field_id WHERE l.email = 'known@example.in' AND f.name = 'seats' $$,
    ARRAY['5'], 'into added fields too');
SELECT is(pg_temp.slice('crm_manager', 'manager', 'add'), '4 added, 0 updated, 0 skipped', 'or all become leads');

-- Taken back.
CREATE FUNCTION pg_temp.undo(d text, most bigint DEFAULT 500) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    done text;
BEGIN
    UPDATE crm.import SET state = 'undoing' WHERE id = pg_temp.import_of(d);
    PERFORM set_config('crm.person', pg_temp.person('manager')::text, true), set_config('role', 'crm_manager', true);
    done := crm.import_undo_slice(pg_temp.import_of(d), most);
    PERFORM set_config('role', 'none', true);
    RETURN done;
END $$;
SELECT is(pg_temp.undo('add', 3), '3', 'some at a time');
SELECT is(pg_temp.undo('add'), '1', 'the rest');
SELECT is(pg_temp.undo('add'), '0', 'and then nothing');
SELECT is((SELECT taken_back FROM crm.import WHERE id = pg_temp.import_of('add')), 4::bigint, 'counted');
UPDATE crm.lead SET requirements = 'worked on since' WHERE email = 'known@example.in';
SELECT is(pg_temp.undo('update'), '2', 'changed leads');
SELECT results_eq($$ SELECT name || ', ' || requirements FROM crm.lead WHERE email = 'known@example.in' AND deleted_at IS NULL $$, ARRAY['Known, worked on since'],
    'are as before, but for what was changed since');
SELECT results_eq($$ SELECT v.value FROM crm.lead_value v JOIN crm.lead l ON l.id = v.lead_id JOIN crm.lead_field f ON f.id = v.field_id
                      WHERE l.email = 'known@example.in' AND l.deleted_at IS NULL AND f.name = 'seats' $$, ARRAY['3'], 'added fields too');
SELECT is((SELECT count(*) FROM crm.lead_tag t JOIN crm.lead l ON l.id = t.lead_id WHERE l.email = 'known@example.in' AND l.deleted_at IS NULL), 0::bigint, 'and tags are off again');
SELECT is(pg_temp.undo('skip'), '2', 'added leads');

-- What PostgreSQL refuses of a row is that row's: here an amount, a day and a tag without end.
CREATE FUNCTION pg_temp.odd() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    done record;
BEGIN
    PERFORM set_config('crm.person', pg_temp.person('manager')::text, true), set_config('role', 'crm_manager', true);
    SELECT * INTO done FROM crm.import_slice(pg_temp.import_of('odd'), 6, '{2,3,4,5,6}', '{Odd 2,Odd 3,Odd 4,Odd 5,Odd 6}', '{o2@example.in,o3@example.in,NULL,NULL,o3@EXAMPLE.in}',
        '{NULL,NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL}', '{5000,99999999999999999999,NULL,NULL,NULL}', '{INR,INR,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL,NULL}',
        '{NULL,NULL,2026-02-31,NULL,NULL}', ARRAY[NULL, NULL, NULL, repeat('x', 31), NULL], '{NULL,NULL,NULL,NULL,NULL}', '{}', '{}');
    PERFORM set_config('role', 'none', true);
    RETURN format('%s added, %s updated, %s skipped; %s', done.added, done.updated, done.skipped, done.refused);
END $$;
SELECT matches(pg_temp.odd(), '^2 added, 0 updated, 0 skipped; row 3: 22003, row 4: 22008, row 5: 23514 ', 'what PostgreSQL refuses is found, and the rest goes in');
SELECT is(pg_temp.counts('odd'), '5 dealt, 2 added, 0 updated, 0 skipped, 3 rejected, until 6, 3 rows left', 'the counts are true');
SELECT results_eq($$ SELECT number || ' ' || left(problem, 24) FROM crm.import_row WHERE import_id = pg_temp.import_of('odd') ORDER BY number $$,
    ARRAY['3 The database cannot keep', '4 The database cannot keep', '5 The database does not ta'], 'each row with what is wrong');
SELECT results_eq($$ SELECT name FROM crm.lead WHERE name LIKE 'Odd %' ORDER BY id $$, ARRAY['Odd 2', 'Odd 6'], 'a row is no twin of one that was refused');
SELECT is((SELECT count(*) FROM crm.lead WHERE email = 'asha.i@example.in' AND deleted_at IS NULL), 0::bigint, 'are deleted');
SELECT is(pg_temp.attempt('crm_lead', 'lead', format('SELECT crm.import_undo_slice(%s, 5)', pg_temp.import_of('skip'))), '40001', 'a Lead Person takes back their own only');
SELECT is(pg_temp.attempt('crm_sales', 'sales', format('SELECT crm.import_undo_slice(%s, 5)', pg_temp.import_of('skip'))), '42501', 'a Sales Person none');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.import_row'), '42501', 'nor reads rows');
SELECT is(pg_temp.attempt('crm_lead', 'lead', 'SELECT 1 FROM crm.import_row'), '0', 'a Lead Person reads their own only');

-- The table is new, and autovacuum has not looked at it: what is looked for is found by its index all the same, and not by going through all leads.
INSERT INTO crm.lead (name, email, phone) SELECT 'Many ' || n, 'many' || n || '@example.in', '+9198765' || 20000 + n FROM generate_series(1, 400) n;
CREATE FUNCTION pg_temp.looked_at() RETURNS bigint LANGUAGE sql AS $$ SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relid = 'crm.lead'::regclass $$;
CREATE TEMP TABLE before AS SELECT pg_temp.looked_at() AS looked_at;
SELECT is(crm.import_count_known((SELECT array_agg('many' || n || '@example.in') FROM generate_series(1, 100) n), array_fill(NULL::text, '{100}')), 100::bigint,
    'a hundred known emails are found');
SELECT cmp_ok(pg_temp.looked_at() - (SELECT looked_at FROM before), '<=', 300::bigint, 'without looking at every lead for each');

SELECT * FROM finish(true);
ROLLBACK;
