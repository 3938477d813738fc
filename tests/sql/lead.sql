-- Notes, tags, reasons and deletion of leads: who may do what, and what holds whoever writes.
BEGIN;
\ir fixture.psql
SELECT plan(85);
CREATE TEMPORARY TABLE leads AS SELECT w.username, l.id FROM crm.lead l LEFT JOIN who w ON w.id = l.assignee;
CREATE FUNCTION pg_temp.lead_of(name text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM leads WHERE username IS NOT DISTINCT FROM name';
CREATE FUNCTION pg_temp.note(lead bigint, author text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO crm.lead_note (lead_id, person_id, body) VALUES (%s, %s, %L)', lead, pg_temp.person(author), 'hello')
$$;
CREATE FUNCTION pg_temp.tag(lead bigint, tag text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO crm.lead_tag (lead_id, tag) VALUES (%s, %L)', lead, tag)
$$;

-- Notes.
SELECT is(pg_temp.attempt('crm_sales', 'sales', pg_temp.note(pg_temp.lead_of('sales'), 'sales')), '1', 'a Sales Person notes on their own lead');
SELECT is(pg_temp.attempt('crm_sales', 'sales', pg_temp.note(pg_temp.lead_of('other'), 'sales')), '42501', 'not on somebody else''s');
SELECT is(pg_temp.attempt('crm_sales', 'sales', pg_temp.note(pg_temp.lead_of(NULL), 'sales')), '42501', 'nor on nobody''s');
SELECT is(pg_temp.attempt('crm_sales', 'sales', pg_temp.note(-1, 'sales')), '42501', 'as on one that does not exist');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead_note'), '1', 'and reads only those on their own');
SELECT is(pg_temp.attempt('crm_' || role, role, pg_temp.note(pg_temp.lead_of('other'), role)), '1', 'a note by ' || role)
  FROM unnest('{admin,manager,lead}'::text[]) AS role;
SELECT is(pg_temp.attempt('crm_' || role, role, pg_temp.note(pg_temp.lead_of('sales'), 'other')), '42501', role || ' cannot write in another''s name')
  FROM unnest('{admin,manager,lead,sales}'::text[]) AS role;
SELECT is(pg_temp.attempt('crm_admin', 'admin', 'INSERT INTO crm.lead_note (lead_id, person_id, body, at) SELECT lead_id, person_id, body, at FROM crm.lead_note'),
    '42501', 'nobody says when it was');
SELECT is(pg_temp.attempt('crm_' || role, role, 'UPDATE crm.lead_note SET body = ''x'''), '42501', role || ' cannot rewrite notes')
  FROM unnest('{admin,manager,lead,sales,system}'::text[]) AS role;
SELECT is(pg_temp.attempt('crm_owner', NULL, 'UPDATE crm.lead_note SET body = ''x'''), 'CR003', 'the owner neither');
SELECT is(pg_temp.attempt('crm_owner', NULL, 'DELETE FROM crm.lead_note'), 'CR003', 'nor delete them');
SELECT is(pg_temp.attempt('crm_owner', NULL, 'INSERT INTO crm.lead_note (lead_id, person_id, body) SELECT lead_id, person_id, '''' FROM crm.lead_note'), '23514',
    'an empty note is none');

-- Tags.
SELECT is(pg_temp.attempt('crm_sales', 'sales', pg_temp.tag(pg_temp.lead_of('sales'), 'hot')), '1', 'a Sales Person tags their own lead');
SELECT is(pg_temp.attempt('crm_sales', 'sales', pg_temp.tag(pg_temp.lead_of('other'), 'hot')), '42501', 'not somebody else''s');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'DELETE FROM crm.lead_tag'), '1', 'takes off what is on their own');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead_tag WHERE tag = ''vip'''), '1', 'a tag tells nothing of other leads');
SELECT is(pg_temp.attempt('crm_lead', 'lead', pg_temp.tag(pg_temp.lead_of('other'), wrong)), '23514', format('“%s” is no tag', wrong))
  FROM unnest('{Hot,"a b","a,b",-a,#a,""}'::text[]) AS wrong;

-- Both are in the history.
CREATE FUNCTION pg_temp.history() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('crm.person', pg_temp.person('sales')::text, true), set_config('crm.surface', 'chat', true), set_config('role', 'crm_sales', true);
    INSERT INTO crm.lead_tag (lead_id, tag) SELECT id, 'hot' FROM crm.lead;
    DELETE FROM crm.lead_tag WHERE tag = 'vip';
    INSERT INTO crm.lead_note (lead_id, person_id, body) SELECT id, assignee, 'hello' FROM crm.lead;
    UPDATE crm.lead SET budget_minor = 5, budget_currency = 'INR';
    PERFORM set_config('role', 'none', true);
    RETURN QUERY SELECT concat_ws('|', e.surface, e.field, e.was, coalesce(n.body, e.is_now)) FROM crm.lead_event e
        LEFT JOIN crm.lead_note n ON e.field = 'note' AND n.id::text = e.is_now
        WHERE e.person_id = pg_temp.person('sales') ORDER BY e.id;
END $$;
GRANT SELECT ON leads, who TO crm_sales;
SELECT results_eq('SELECT pg_temp.history()', ARRAY['chat|tag|hot', 'chat|tag|vip', 'chat|note|hello', 'chat|budget|5 INR'], 'notes, tags and budgets are in the history');

-- Reasons.
SELECT is(pg_temp.attempt('crm_manager', 'manager', 'UPDATE crm.lead SET status = ''lost'''), '23514', 'what is lost says why');
SELECT is(pg_temp.attempt('crm_manager', 'manager', 'UPDATE crm.lead SET reason = ''price'''), '23514', 'what is not over has no reason');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'UPDATE crm.lead SET status = ''lost'', reason = ''price'''), '1', 'a Sales Person gives one');

-- Deletion.
SELECT is(pg_temp.attempt('crm_lead', 'lead', 'UPDATE crm.lead SET deleted_at = now()'), '42501', 'a Lead Person cannot delete');
SELECT is(pg_temp.attempt('crm_lead', 'lead', 'INSERT INTO crm.lead (name, deleted_at) VALUES (''x'', now())'), '42501', 'nor add what is deleted');
UPDATE crm.lead SET deleted_at = now();
SELECT is(pg_temp.attempt('crm_' || role, role, 'SELECT 1 FROM crm.' || t), '0', format('what is deleted is absent for %s in %s', role, t))
  FROM unnest('{lead,sales}'::text[]) AS role, unnest('{lead,lead_note,lead_tag,lead_event}'::text[]) AS t;
SELECT is(pg_temp.attempt('crm_manager', 'manager', 'UPDATE crm.lead SET deleted_at = NULL'), '3', 'a Manager brings it back');

-- What would read every lead, or all of one person's, when there are many.
CREATE FUNCTION pg_temp.plan_of(role text, who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines text := '';
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('role', role, true),
            set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true);
    FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
        lines := lines || line || E'\n';
    END LOOP;
    PERFORM set_config('role', 'none', true);
    RETURN lines;
END $$;
-- Of a few rows every index costs the same: without the orders it is between those by age, status, and the one that holds all that is asked for.
-- The primary key costs the same, too, whenever the statistics are new: it is not to be thought of (rolled back with the rest).
DROP INDEX crm.lead_by_assignee_name, crm.lead_by_assignee_budget, crm.lead_by_assignee_follow_up, crm.lead_by_assignee_score;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'crm.lead_pkey'::regclass;
SELECT matches(pg_temp.plan_of('crm_sales', 'sales', $$SELECT id FROM crm.lead l WHERE deleted_at IS NULL
    AND (strpos(l.sort_name, 'a') > 0 OR strpos(lower(l.email), 'a') > 0 OR strpos(l.phone, '1') > 0) ORDER BY l.id DESC LIMIT 2001$$),
    'Index Only Scan( Backward)? using lead_by_assignee_find', 'a Sales Person''s leads are searched in an index');
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'crm.lead_pkey'::regclass;
SELECT matches(plan, 'lead_deleted', role || ' is shown deleted leads from an index')
  FROM unnest('{admin,manager}'::text[]) AS role,
       pg_temp.plan_of('crm_' || role, role, 'SELECT id FROM crm.lead WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, id DESC LIMIT 11') AS plan;

-- Finding: who sees all leads is searched for by the definer, and gets numbers of live ones only; a Sales Person does not reach that function.
UPDATE crm.lead SET deleted_at = NULL;
UPDATE crm.lead SET email = 'Someone%Else@example.in', phone = '+919876512345' WHERE name = 'Lead of other';
INSERT INTO crm.lead (name, deleted_at) VALUES ('Lead that is gone', now());
CREATE FUNCTION pg_temp.found(role text, who text, part text, digits text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    names text;
    list  jsonb := jsonb_strip_nulls(jsonb_build_object('sort', 'best', 'text', part, 'digits', digits));
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('role', role, true);
    SELECT string_agg(l.name || CASE WHEN starts_with(l.sort_name, part) THEN '!' ELSE '' END, ', ' ORDER BY f.place) INTO names
      FROM (SELECT * FROM crm.lead_find(list, NULL, 11) WITH ORDINALITY) AS f (id, nearly, cut, place) JOIN crm.lead l USING (id) WHERE NOT f.nearly;
    PERFORM set_config('role', 'none', true);
    RETURN coalesce(names, 'none');
END $$;
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT * FROM crm.lead_find_all(''{"text": "lead"}'', NULL, 11)'), '42501', 'a Sales Person does not search all leads');
SELECT is(pg_temp.found('crm_' || role, role, part, digits), wanted, format('a %s finds “%s”', role, part))
  FROM unnest('{admin,manager,lead}'::text[]) AS role,
       (VALUES ('lead of', NULL, 'Lead of nobody!, Lead of other!, Lead of sales!'), ('of o', NULL, 'Lead of other'), ('e%e', NULL, 'Lead of other'), ('e_e', NULL, 'none'),
               ('gone', NULL, 'none'), ('98765 12', '9876512', 'Lead of other'), ('le', NULL, 'Lead of nobody!, Lead of other!, Lead of sales!')) AS asked (part, digits, wanted);
SELECT is(pg_temp.found('crm_sales', 'sales', 'lead', NULL), 'Lead of sales!', 'a Sales Person finds their own');
SELECT is(pg_temp.found('crm_sales', 'sales', 'other', NULL), 'none', 'and nobody else''s');
-- Behind the newest ones: by the trigram index, or for two letters by how a name begins.
SET LOCAL session_replication_role = replica;
INSERT INTO crm.lead (name) SELECT 'Newer ' || n FROM generate_series(1, 5100) n;
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.found('crm_' || role, role, part, digits), wanted, format('a %s finds “%s” among many', role, part))
  FROM unnest('{manager,lead}'::text[]) AS role,
       (VALUES ('of other', NULL, 'Lead of other'), ('someone%', NULL, 'Lead of other'), ('512345', '512345', 'Lead of other'), ('le', NULL, 'Lead of nobody!, Lead of other!, Lead of sales!'),
               ('of', NULL, 'none'), ('gone', NULL, 'none')) AS asked (part, digits, wanted);

SELECT * FROM finish(true);
ROLLBACK;
