-- What holds whoever writes: the owner and a superuser as much as a role.
BEGIN;
\ir fixture.psql
SELECT plan(47);

-- The audit.
SELECT is(pg_temp.attempt('crm_owner', 'admin', 'UPDATE crm.audit SET outcome = ''nothing'''), 'CR003', 'the owner cannot rewrite the audit');
SELECT is(pg_temp.attempt('crm_owner', 'admin', 'DELETE FROM crm.audit'), 'CR003', 'nor shorten it');
SELECT is(pg_temp.attempt('crm_owner', 'admin', 'TRUNCATE crm.audit'), 'CR003', 'nor empty it');
SELECT is(pg_temp.attempt('none', 'admin', 'DELETE FROM crm.audit WHERE false'), 'CR003', 'a superuser neither, not even nothing of it');
SELECT is_empty($$ SELECT role, words FROM unnest('{crmd,crm_system,crm_admin,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor,crm_prosody}'::text[]) AS role,
                     unnest(ARRAY['UPDATE crm.audit SET outcome = ''nothing''', 'DELETE FROM crm.audit', 'TRUNCATE crm.audit', 'ALTER TABLE crm.audit DISABLE TRIGGER ALL',
                                  'DROP TABLE crm.audit']) AS words
                    WHERE pg_temp.attempt(role, 'admin', words) <> '42501' $$, 'neither crmd''s own login nor a role that it takes changes, shortens or unlocks it');
SELECT is_empty($$ SELECT role FROM unnest('{crm_admin,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor,crm_prosody}'::text[]) AS role
                    WHERE pg_temp.attempt(role, 'admin', $q$INSERT INTO crm.audit (who, surface, request, command, outcome) VALUES ('a', 'chat', 'r', 'me', 'done')$q$) <> '42501' $$,
    'nor does anybody but the system add to it');
SELECT is(pg_temp.attempt('crm_system', NULL, $$INSERT INTO crm.audit (who, surface, request, command, outcome) VALUES ('a', 'chat', 'r', 'me', 'done')$$),
    '1', 'the system adds to it');

-- What passes by the guards is a transaction of crm.lead_erase() and crm.lead_merge(), and no session says that it is one.
SELECT set_config('crm.erasing', 'yes', true), set_config('crm.moving', 'yes', true) \g /dev/null
SELECT is(pg_temp.attempt('crm_owner', 'admin', $$UPDATE crm.audit SET arguments = '{"erased": "yes"}'$$), 'CR003', 'a setting does not open the audit');
SELECT is(pg_temp.attempt('crm_owner', 'admin', 'DELETE FROM crm.lead_note'), 'CR003', 'nor the notes');
SELECT is(pg_temp.attempt('crm_owner', 'admin', 'UPDATE crm.lead_note SET lead_id = lead_id'), 'CR003', 'nor moves them');
UPDATE crm.lead SET requirements = 'Quietly' WHERE name = 'Lead of other';
SELECT isnt_empty($$ SELECT 1 FROM crm.lead_event WHERE field = 'requirements' AND is_now = 'Quietly' $$, 'and a lead that is changed meanwhile has that in its history');
SELECT set_config('crm.erasing', '', true), set_config('crm.moving', '', true) \g /dev/null
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$INSERT INTO crm.passing VALUES (pg_current_xact_id(), 'erasing')$$), '42501', 'an Admin does not pass by the guards');
SELECT is(pg_temp.attempt('crm_system', NULL, $$INSERT INTO crm.passing VALUES (pg_current_xact_id(), 'moving')$$), '42501', 'the system neither');
SELECT is((SELECT count(*) FROM crm.passing), 0::bigint, 'and nobody passes for longer than it takes');

-- Moves of a lead.
CREATE FUNCTION pg_temp.move(role text, from_status text, to_status text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    lead bigint;
BEGIN
    INSERT INTO crm.lead (name, status, assignee, reason)
    VALUES ('Mover', from_status, pg_temp.person('sales'), CASE from_status WHEN 'lost' THEN 'price' END) RETURNING id INTO lead;
    RETURN pg_temp.attempt(role, 'sales', format('UPDATE crm.lead SET status = %L, reason = CASE %1$L WHEN ''lost'' THEN ''price'' END WHERE id = %2$s', to_status, lead));
END $$;
CREATE TEMPORARY TABLE statuses AS
SELECT unnest('{new,assigned,contacted,follow-up,qualified,converted,won,lost}'::text[]) AS status;
SELECT is_empty($$
    SELECT a.status, b.status FROM statuses a, statuses b
     WHERE pg_temp.move('crm_manager', a.status, b.status) IS DISTINCT FROM
           CASE WHEN a.status = b.status OR (a.status, b.status) IN (SELECT from_status, to_status FROM crm.lead_move) THEN '1' ELSE 'CR002' END $$,
    'of the 64 pairs, exactly the moves of the table are moves');
SELECT is(pg_temp.move('crm_owner', 'new', 'won'), 'CR002', 'the owner cannot jump either');
SELECT is(pg_temp.move('crm_manager', 'new', 'sleeping'), '23514', 'an unknown status is refused');
SELECT is(pg_temp.move('crm_manager', 'won', 'assigned'), '1', 'what was won can be opened again');

-- History of a lead.
CREATE TEMPORARY TABLE told AS SELECT 0::bigint AS lead;
UPDATE told SET lead = (SELECT id FROM crm.lead WHERE name = 'Lead of nobody');
SELECT set_config('crm.person', pg_temp.person('manager')::text, true), set_config('crm.surface', 'chat', true) \g /dev/null
UPDATE crm.lead SET status = 'assigned', assignee = pg_temp.person('other'), email = 'x@example.in' WHERE id = (SELECT lead FROM told);
SELECT results_eq($$ SELECT field, was, is_now FROM crm.lead_event WHERE lead_id = (SELECT lead FROM told) AND field NOT IN ('created', 'note', 'tag') ORDER BY field $$,
    $$ SELECT * FROM (VALUES ('assignee', NULL, pg_temp.person('other')::text), ('email', NULL, 'x@example.in'), ('status', 'new', 'assigned')) v
        ORDER BY 1 $$, 'each changed column is an event');
SELECT set_eq($$ SELECT person_id, surface FROM crm.lead_event WHERE lead_id = (SELECT lead FROM told) AND field NOT IN ('created', 'note', 'tag') $$,
    $$ SELECT pg_temp.person('manager'), 'chat' $$, 'and says who did it and where');
SELECT is((SELECT count(*) FROM crm.lead_event WHERE lead_id = (SELECT lead FROM told) AND field = 'created'), 1::bigint, 'the beginning is one too');
UPDATE crm.lead SET name = name WHERE id = (SELECT lead FROM told);
SELECT is((SELECT count(*) FROM crm.lead_event WHERE lead_id = (SELECT lead FROM told) AND field NOT IN ('note', 'tag')), 4::bigint, 'a change of nothing is none');
UPDATE crm.lead SET created_at = created_at, updated_at = '2000-01-01' WHERE id = (SELECT lead FROM told);
SELECT is((SELECT updated_at FROM crm.lead WHERE id = (SELECT lead FROM told)), now(), 'the time of the last change is kept by the table');
SELECT is(pg_temp.attempt('crm_sales', 'sales', $$UPDATE crm.lead SET requirements = 'N' WHERE name = 'Lead of sales'$$), '1', 'history is written for those who may not write it');

-- What a lead can be.
SELECT is(pg_temp.attempt('crm_lead', 'lead', $$INSERT INTO crm.lead (name, budget_minor) VALUES ('a', 5)$$), '23514', 'money has a currency');
SELECT is(pg_temp.attempt('crm_lead', 'lead', $$INSERT INTO crm.lead (name, budget_minor, budget_currency) VALUES ('a', -5, 'INR')$$), '23514', 'and is not negative');
SELECT is(pg_temp.attempt('crm_lead', 'lead', $$INSERT INTO crm.lead (name, phone) VALUES ('a', '98 76')$$), '23514', 'a phone number is E.164');
SELECT is(pg_temp.attempt('crm_lead', 'lead', $$INSERT INTO crm.lead (name, source) VALUES ('a', 'nowhere')$$), '23503', 'a source is a known one');
SELECT is(pg_temp.attempt('crm_lead', 'lead', $$INSERT INTO crm.lead (name, status) VALUES ('a', 'assigned')$$), '23514', 'an assigned lead has an assignee');

-- Conversations and messages.
SELECT is(pg_temp.attempt('crm_system', NULL, 'INSERT INTO crm.conversation (visitor_id) SELECT id FROM crm.visitor LIMIT 1'), '23505',
    'a visitor has one current conversation');
UPDATE crm.conversation SET state = 'closed', taken_by = NULL;
SELECT is(pg_temp.attempt('crm_system', NULL, 'INSERT INTO crm.conversation (visitor_id) SELECT id FROM crm.visitor LIMIT 1'), '1',
    'and after it closed, another');
SELECT is(pg_temp.attempt('crm_system', NULL, $$UPDATE crm.conversation SET state = 'open'$$), '23514', 'an open one is somebody''s');
SELECT is(pg_temp.attempt('crm_system', NULL, 'INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body)
    SELECT gen_random_uuid(), visitor_id, conversation_id, sequence, author, body FROM crm.message'), '23505', 'no two messages in one place of the order');
SELECT is(pg_temp.attempt('crm_system', NULL, $$INSERT INTO crm.inbound (key) VALUES ('test')$$), '23505', 'nothing is taken in twice');
SELECT is(pg_temp.attempt('crm_system', NULL, 'INSERT INTO crm.outbox (channel, recipient, message_id, sender, body)
    SELECT channel, recipient, message_id, sender, body FROM crm.outbox'), '23505', 'nor sent twice to one recipient');

-- The lease.
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT crm.lease_require(epoch) FROM (SELECT -1 AS epoch) AS wrong'), 'CR001', 'another epoch is fenced off');
CREATE TEMPORARY TABLE epochs AS SELECT crm.lease_take(0) AS first;
SELECT is(pg_temp.attempt('crm_sales', 'sales', format('SELECT crm.lease_require(%s)', first)), '1', 'the current one is not') FROM epochs;
SELECT is(crm.lease_take(first), first, 'who comes back and finds their epoch keeps it') FROM epochs;
SELECT is(crm.lease_take(first - 1), first + 1, 'who comes back too late begins the next') FROM epochs;
SELECT is(pg_temp.attempt('crm_sales', 'sales', format('SELECT crm.lease_require(%s)', first)), 'CR001', 'and fences the others off') FROM epochs;
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT crm.lease_take(0)'), '42501', 'only the system takes the lease');
SELECT is(pg_temp.attempt('crm_system', NULL, 'SELECT crm.schema_version()'), '1', 'the system reads the schema''s version');

-- New people.
CREATE FUNCTION pg_temp.add(name text) RETURNS bigint LANGUAGE sql AS $$
    SELECT crm.person_add('staff', name, 'New', 'sales', NULL, NULL, 'Asia/Kolkata', 'aa', 4096, 'bb', 'cc', 'dd', 'ee')
$$;
SELECT isnt(pg_temp.add('test-new'), NULL, 'a person is added');
SELECT is(pg_temp.add('test-new'), NULL, 'but not under a name that is taken');
SELECT is((SELECT count(*) FROM crm.audit WHERE command = 'person.add' AND arguments ->> 'username' = 'test-new'), 1::bigint, 'and the audit knows of it once');
SELECT is((SELECT salt FROM crm.prosody_account('test-new', 'staff')), 'aa', 'they can log in');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$SELECT crm.person_add('staff', 'x', 'X', 'admin', NULL, NULL, 'UTC', 'a', 4096, 'b', 'c', 'd', 'e')$$), '42501',
    'only the system does it');

SELECT * FROM finish(true);
ROLLBACK;
