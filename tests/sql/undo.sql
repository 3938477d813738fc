-- What can be taken back, by whom, how long: the functions of undo as each role.
BEGIN;
\ir fixture.psql
SELECT plan(64);

-- Does a statement as a role and a person in a request, and keeps what it did; the audit has it as done.
CREATE FUNCTION pg_temp.act(role text, who text, made_in text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('crm.request', made_in, true),
            set_config('crm.surface', 'chat', true), set_config('role', role, true);
    EXECUTE statement;
    PERFORM set_config('role', 'none', true), set_config('crm.request', '', true);
    INSERT INTO crm.audit (person_id, who, surface, request, command, outcome)
    VALUES (pg_temp.person(who), who, 'chat', made_in, 'lead.edit', 'done');
END $$;
-- Asks as a role and a person, in the request "now".
CREATE FUNCTION pg_temp.ask(role text, who text, question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('crm.request', 'now', true), set_config('role', role, true);
    EXECUTE question INTO answer;
    PERFORM set_config('role', 'none', true), set_config('crm.request', '', true);
    RETURN answer;
END $$;
CREATE FUNCTION pg_temp.plan_of(role text, who text, made_in text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ask(role, who, format($q$
        SELECT coalesce(string_agg(concat_ws('|', field, coalesce(was, '-'), restorable, changed_by), ', ' ORDER BY field), 'nothing') FROM crm.undo_plan(%L) $q$, made_in))
$$;
CREATE FUNCTION pg_temp.apply(role text, who text, made_in text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.ask(role, who, format('SELECT crm.undo_apply(%L)', made_in))
$$;
-- A column of the lead that all work on here.
CREATE FUNCTION pg_temp.now(column_name text) RETURNS text LANGUAGE sql AS $$
    SELECT to_jsonb(l) ->> column_name FROM crm.lead l WHERE name = 'Lead of sales'
$$;
CREATE FUNCTION pg_temp.set(assignment text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE crm.lead SET %s WHERE name = ''Lead of sales''', assignment)
$$;

-- Who may ask at all.
SELECT is(pg_temp.attempt(role, 'customer', 'SELECT crm.' || call), '42501', format('%s does not ask %s', role, call))
  FROM unnest('{crm_customer,crm_visitor,crm_prosody}'::text[]) AS role, unnest(ARRAY['undo_requests()', 'undo_plan(''r'')', 'undo_apply(''r'')', 'undo_origin(''r'')']) AS call;
SELECT is(pg_temp.attempt('crm_' || role, role, 'SELECT * FROM crm.undo'), '42501', format('no %s reads the table itself', role))
  FROM unnest('{admin,manager,lead,sales}'::text[]) AS role;

-- Nobody takes back what somebody else did; its author does, once.
SELECT pg_temp.act('crm_lead', 'lead', 'by-lead', pg_temp.set('requirements = ''Excel''')) \g /dev/null
SELECT is(pg_temp.plan_of('crm_' || role, role, 'by-lead'), 'nothing', format('a Lead Person''s change is not the %s''s', role))
  FROM unnest('{admin,manager,sales}'::text[]) AS role;
SELECT is(pg_temp.apply('crm_' || role, role, 'by-lead'), '0', format('no %s takes it back', role)) FROM unnest('{admin,manager,sales}'::text[]) AS role;
SELECT is(pg_temp.now('requirements'), 'Excel', 'it stands');
SELECT is(pg_temp.plan_of('crm_lead', 'lead', 'by-lead'), 'requirements|-|t', 'its author sees what it changed');
SELECT is(pg_temp.apply('crm_lead', 'lead', 'by-lead'), '1', 'and takes it back');
SELECT is(pg_temp.now('requirements'), NULL, 'so that it is as before');
SELECT is(pg_temp.apply('crm_lead', 'lead', 'by-lead'), '0', 'once');
SELECT is(pg_temp.plan_of('crm_lead', 'lead', 'now'), 'requirements|Excel|t', 'taking back is a change that can be taken back');

-- Each other role its own.
CREATE FUNCTION pg_temp.own(role text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.act('crm_' || role, role, 'own-' || role, pg_temp.set(format('email = %L', role || '@example.in')));
    RETURN pg_temp.apply('crm_' || role, role, 'own-' || role) || coalesce(pg_temp.now('email'), '');
END $$;
SELECT is(pg_temp.own(role), '1', format('a %s takes their own back', role)) FROM unnest('{admin,manager,sales}'::text[]) AS role;

-- What somebody changed since.
SELECT pg_temp.act('crm_sales', 'sales', 'first', pg_temp.set('status = ''contacted'', requirements = ''Word''')) \g /dev/null
SELECT pg_temp.act('crm_manager', 'manager', 'second', pg_temp.set('status = ''qualified''')) \g /dev/null
SELECT is(pg_temp.plan_of('crm_sales', 'sales', 'first'), 'requirements|-|t, status|assigned|t|Test manager', 'the plan names who changed what since');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT crm.undo_apply(''first'')'), '40001', 'and it is refused');
SELECT is(pg_temp.now('status') || pg_temp.now('requirements'), 'qualifiedWord', 'nothing is taken back by half');
SELECT is(pg_temp.apply('crm_manager', 'manager', 'second'), '1', 'the later change is taken back');
SELECT is(pg_temp.now('status'), 'contacted', 'even where no lead moves so');
SELECT is(pg_temp.attempt('crm_manager', 'manager', pg_temp.set('status = ''assigned''')), 'CR002', 'which only undo may');

-- Tags, added fields and notes, which are no column of a lead.
SELECT pg_temp.act('crm_manager', 'manager', 'tagged', 'INSERT INTO crm.lead_tag (lead_id, tag) SELECT id, ''hot'' FROM crm.lead WHERE name = ''Lead of sales''') \g /dev/null
SELECT pg_temp.act('crm_sales', 'sales', 'tagged too', 'INSERT INTO crm.lead_tag (lead_id, tag) SELECT id, ''cold'' FROM crm.lead') \g /dev/null
SELECT is(pg_temp.plan_of('crm_manager', 'manager', 'tagged'), 'tag|-|t', 'another tag since is not the same');
SELECT is(pg_temp.apply('crm_manager', 'manager', 'tagged'), '1', 'a tag is taken back');
CREATE FUNCTION pg_temp.tags() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(tag, ' ' ORDER BY tag) FROM crm.lead_tag t JOIN crm.lead l ON l.id = t.lead_id WHERE l.name = 'Lead of sales' AND tag IN ('hot', 'cold')
$$;
SELECT is(pg_temp.tags(), 'cold', 'and no other');
SELECT pg_temp.act('crm_sales', 'sales', 'untagged', 'DELETE FROM crm.lead_tag WHERE tag = ''cold''') \g /dev/null
SELECT is(pg_temp.apply('crm_sales', 'sales', 'untagged') || pg_temp.tags(), '1cold', 'one that was taken off is put back');
SELECT pg_temp.act('crm_sales', 'sales', 'again', 'DELETE FROM crm.lead_tag WHERE tag = ''cold''') \g /dev/null
SELECT pg_temp.act('crm_manager', 'manager', 'since', 'INSERT INTO crm.lead_tag (lead_id, tag) SELECT id, ''cold'' FROM crm.lead WHERE name = ''Lead of sales''') \g /dev/null
SELECT is(pg_temp.plan_of('crm_sales', 'sales', 'again'), 'tag|cold|t|Test manager', 'not when somebody has put it back since');
INSERT INTO crm.lead_field (name, label, type, choices) VALUES ('batch', 'Batch', 'choice', '{May,June}');
CREATE FUNCTION pg_temp.batch(value text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO crm.lead_value (lead_id, field_id, value) SELECT l.id, f.id, %L FROM crm.lead l, crm.lead_field f WHERE l.name = ''Lead of sales'' AND f.name = ''batch'''
                  ' ON CONFLICT (lead_id, field_id) DO UPDATE SET value = EXCLUDED.value', value)
$$;
SELECT pg_temp.act('crm_manager', 'manager', 'may', pg_temp.batch('May')) \g /dev/null
SELECT pg_temp.act('crm_manager', 'manager', 'june', pg_temp.batch('June')) \g /dev/null
SELECT is(pg_temp.apply('crm_manager', 'manager', 'june'), '1', 'an added field is taken back');
SELECT is((SELECT v.value FROM crm.lead_value v JOIN crm.lead_field f ON f.id = v.field_id WHERE f.name = 'batch'), 'May', 'and is as before');
UPDATE crm.lead_field SET choices = '{June}' WHERE name = 'batch';
SELECT matches(pg_temp.plan_of('crm_manager', 'manager', 'now'), 'field batch\|June\|t', 'and can be put back');
SELECT pg_temp.act('crm_manager', 'manager', 'june again', pg_temp.batch('June')) \g /dev/null
SELECT is(pg_temp.plan_of('crm_manager', 'manager', 'june again'), 'field batch|May|f', 'unless it may not be that any more');
DELETE FROM crm.lead_field WHERE name = 'batch';
SELECT is(pg_temp.plan_of('crm_manager', 'manager', 'june again'), 'field batch|May|f', 'or is gone');
SELECT pg_temp.act('crm_sales', 'sales', 'noted', 'INSERT INTO crm.lead_note (lead_id, person_id, body) SELECT id, assignee, ''hello'' FROM crm.lead WHERE name = ''Lead of sales''') \g /dev/null
SELECT is(pg_temp.apply('crm_manager', 'manager', 'noted'), '0', 'a note is taken back by nobody else');
SELECT is(pg_temp.apply('crm_sales', 'sales', 'noted'), '1', 'but by its author');
SELECT is((SELECT body || (taken_back_at IS NOT NULL) FROM crm.lead_note WHERE body = 'hello'), 'hellotrue', 'it stays where it is');
SELECT results_eq($q$SELECT CASE WHEN e.was = n.id::text THEN 'taken back' WHEN e.is_now = n.id::text THEN 'noted' END FROM crm.lead_event e JOIN crm.lead_note n ON n.body = 'hello'
                      WHERE e.field = 'note' AND n.id::text IN (e.was, e.is_now) ORDER BY e.id$q$, ARRAY['noted', 'taken back'], 'and the history has both');
SELECT is(pg_temp.attempt('crm_' || role, role, 'UPDATE crm.lead_note SET taken_back_at = now()'), '42501', format('no %s takes one back without it', role))
  FROM unnest('{admin,manager,lead,sales,system}'::text[]) AS role;
SELECT is(pg_temp.attempt('crm_owner', NULL, 'UPDATE crm.lead_note SET taken_back_at = now()'), 'CR003', 'the owner neither');
-- What was added.
SELECT pg_temp.act('crm_lead', 'lead', 'added', 'INSERT INTO crm.lead (name) VALUES (''Added'')') \g /dev/null
SELECT is(pg_temp.apply('crm_lead', 'lead', 'added'), '1', 'what was added is taken back');
SELECT isnt((SELECT deleted_at FROM crm.lead WHERE name = 'Added'), NULL, 'by deleting it, so that it can be restored');

-- Ten minutes.
SELECT pg_temp.act('crm_manager', 'manager', 'late', pg_temp.set('phone = ''+919876543210''')) \g /dev/null
SELECT is(pg_temp.ask('crm_manager', 'manager', 'SELECT request FROM crm.undo_requests() LIMIT 1'), 'late', 'the last request comes first');
SELECT is(pg_temp.ask('crm_sales', 'other', 'SELECT count(*) FROM crm.undo_requests()'), '0', 'and is nobody else''s');
UPDATE crm.undo SET at = now() - interval '10 minutes' WHERE request = 'late';
SELECT is(pg_temp.plan_of('crm_manager', 'manager', 'late'), 'nothing', 'after ten minutes nothing is to be taken back');
SELECT is(pg_temp.apply('crm_manager', 'manager', 'late') || pg_temp.now('phone'), '0+919876543210', 'and nothing is');
INSERT INTO crm.audit (at, person_id, who, surface, request, command, outcome)
VALUES (now() - interval '11 minutes', pg_temp.person('other'), 'other', 'chat', 'old', 'lead.edit', 'done');
SELECT is(pg_temp.ask('crm_sales', 'other', 'SELECT count(*) FROM crm.undo_requests()'), '0', 'what is longer ago is not listed');

SELECT * FROM finish(true);
ROLLBACK;
