-- A Sales Person reaches what is theirs, whatever the statement forgets; and nothing tells what they may not see from what is not there.
BEGIN;
\ir fixture.psql
SELECT plan(22);
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

-- Visitors who wait: those who were shown the contact may look at it, and read nothing of the conversation.
INSERT INTO crm.visitor (address, name) VALUES ('test-waiting@guest.example', 'Waiting');
INSERT INTO crm.conversation (visitor_id) SELECT id FROM crm.visitor WHERE name = 'Waiting';
INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body)
SELECT gen_random_uuid(), c.visitor_id, c.id, 1, 'visitor', 'secret' FROM crm.conversation c WHERE c.state = 'waiting';
INSERT INTO crm.offer (conversation_id, person_id) SELECT c.id, w.id FROM crm.conversation c, who w WHERE c.state = 'waiting' AND w.username = 'sales';
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.visitor WHERE name = ''Waiting'''), '1', 'sees who waits and was shown to them');
SELECT is(pg_temp.attempt('crm_sales', 'other', 'SELECT 1 FROM crm.visitor WHERE name = ''Waiting'''), '0', 'not who was shown to others');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.message WHERE body = ''secret'''), '0', 'and nothing that was said');
SELECT is(pg_temp.attempt('crm_lead', 'lead', 'SELECT 1 FROM crm.visitors_offered()'), '42501', 'no other role asks for that');
UPDATE crm.conversation SET state = 'open', taken_by = pg_temp.person('other') WHERE state = 'waiting';
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 FROM crm.visitor WHERE name = ''Waiting'''), '0', 'until somebody else has taken them');

SELECT * FROM finish(true);
ROLLBACK;
