-- A Sales Person reaches what is theirs, whatever the statement forgets; and nothing tells what they may not see from what is not there.
BEGIN;
\ir fixture.psql
SELECT plan(17);
CREATE TEMPORARY TABLE leads AS SELECT w.username, l.id FROM crm.lead l LEFT JOIN who w ON w.id = l.assignee;
CREATE FUNCTION pg_temp.lead_of(name text) RETURNS text LANGUAGE sql AS 'SELECT id::text FROM leads WHERE username IS NOT DISTINCT FROM name';
GRANT SELECT ON leads, who TO crm_sales;

SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead'), '1', 'reads one lead of three without a filter');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead WHERE id = ' || pg_temp.lead_of('sales')), '1', 'their own by number');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead WHERE id = ' || pg_temp.lead_of('other')), '0', 'somebody else''s is absent');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead WHERE id = ' || pg_temp.lead_of(NULL)), '0', 'nobody''s is absent');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead WHERE id = -1'), '0', 'as one that does not exist');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'UPDATE crm.lead SET name = ''mine'' WHERE id = ' || pg_temp.lead_of('other')), '0',
    'changing somebody else''s changes nothing');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'UPDATE crm.lead SET name = ''mine'' WHERE id = -1'), '0', 'as with one that does not exist');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead WHERE id = ' || pg_temp.lead_of('other') || ' FOR UPDATE'), '0',
    'nor can it be locked');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'UPDATE crm.lead SET status = ''contacted'''), '1', 'works their own lead');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'UPDATE crm.lead SET assignee = NULL, status = ''new'''), '42501', 'cannot hand it on');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'UPDATE crm.lead SET deleted_at = now()'), '42501', 'cannot delete it');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.lead_event WHERE lead_id <> ' || pg_temp.lead_of('sales')), '0',
    'no history of other leads');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.message'), '1', 'messages of their own conversation only');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT email FROM crm.person'), '42501', 'no contact details of people');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.person WHERE kind = ''customer'''), '0', 'no customers');
SELECT is(pg_temp.attempt('crm_sales', NULL, 'SELECT 1 FROM crm.lead'), '0', 'without a person there is nothing');
SELECT is(pg_temp.attempt('crmd', 'sales', 'SELECT 1 FROM crm.lead'), '42501', 'and the bare login, which forgot its role, is refused');

SELECT * FROM finish(true);
ROLLBACK;
