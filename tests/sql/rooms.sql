-- Rooms: which there are, who may be in them and as what, who reads what is said there; and what is unread.
BEGIN;
\ir fixture.psql
SELECT plan(20);

-- Nobody but the fixture's people and team, whatever the database had before.
UPDATE crm.person SET enabled = false WHERE id NOT IN (SELECT id FROM who);
DELETE FROM crm.team;
INSERT INTO crm.team (name) VALUES ('North');
CREATE FUNCTION pg_temp.north() RETURNS text LANGUAGE sql AS $$ SELECT 'team-' || id FROM crm.team WHERE name = 'North' $$;
CREATE FUNCTION pg_temp.rooms_of(name text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT replace(room, pg_temp.north(), 'north') || ' ' || affiliation || CASE WHEN bookmarked THEN '' ELSE ' unmarked' END
      FROM crm.room_access() WHERE person = pg_temp.person(name)
$$;

SELECT set_eq($$ SELECT replace(room, pg_temp.north(), 'north') || ': ' || name FROM crm.all_rooms() $$,
    ARRAY['team: Team', 'admins: Admins', 'managers: Managers', 'lead-persons: Lead Persons', 'sales-persons: Sales Persons', 'north: North'],
    'a room for all, for each role and for each team');
SELECT set_eq($$ SELECT pg_temp.rooms_of('admin') $$, ARRAY['team admin', 'admins admin', 'managers admin unmarked', 'lead-persons admin unmarked',
    'sales-persons admin unmarked', 'north admin unmarked'], 'an Admin may enter each, and joins those of their own work');
SELECT set_eq($$ SELECT pg_temp.rooms_of('manager') $$, ARRAY['team admin', 'managers member', 'lead-persons admin unmarked', 'sales-persons admin unmarked',
    'north admin unmarked'], 'a Manager each but the Admins''');
SELECT set_eq($$ SELECT pg_temp.rooms_of('lead') $$, ARRAY['team member', 'lead-persons member'], 'a Lead Person their own');
SELECT set_eq($$ SELECT pg_temp.rooms_of('sales') $$, ARRAY['team member', 'sales-persons member'], 'a Sales Person their own');
SELECT is_empty($$ SELECT pg_temp.rooms_of('customer') $$, 'a customer none');

INSERT INTO crm.team_member (team_id, person_id) SELECT id, pg_temp.person('sales') FROM crm.team;
UPDATE crm.team SET leader = pg_temp.person('lead');
SELECT set_eq($$ SELECT pg_temp.rooms_of('sales') $$, ARRAY['team member', 'sales-persons member', 'north member'], 'who is in a team is in its room');
SELECT set_eq($$ SELECT pg_temp.rooms_of('lead') $$, ARRAY['team member', 'lead-persons member', 'north admin'], 'who leads it moderates there');
SELECT set_eq($$ SELECT pg_temp.rooms_of('other') $$, ARRAY['team member', 'sales-persons member'], 'nobody else is');
UPDATE crm.person SET enabled = false WHERE id = pg_temp.person('sales');
SELECT is_empty($$ SELECT pg_temp.rooms_of('sales') $$, 'a disabled account is nowhere');
SELECT is((SELECT count(*) FROM crm.prosody_rooms() WHERE room = pg_temp.north() AND username = 'test-lead' AND affiliation = 'admin' AND bookmarked), 1::bigint,
    'Prosody is told so');

SELECT set_eq($$ SELECT role FROM crm.room_audience('managers', 'staff', 'test-manager') $$, ARRAY['admin', 'manager'], 'who reads the Managers'' room');
SELECT set_eq($$ SELECT role FROM crm.room_audience(pg_temp.north(), 'staff', 'test-lead') $$, ARRAY['admin', 'manager', 'lead', 'sales'],
    'a team''s room can be read by everybody who may come to be in the team');
SELECT is_empty($$ SELECT crm.room_audience('managers', 'staff', 'test-lead') $$, 'nobody speaks where they may not be');
SELECT is_empty($$ SELECT crm.room_audience('managers', 'customer', 'test-manager') $$, 'nor as another kind of account');

-- The fixture's conversations: one of each sales person, with a message of the visitor.
UPDATE crm.person SET enabled = true WHERE id IN (SELECT id FROM who);
CREATE FUNCTION pg_temp.unread(asker text, role text, whose text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(asker)::text, true), set_config('role', role, true);
    SELECT coalesce(sum(messages), 0) INTO n FROM crm.unread(pg_temp.whose(whose));
    PERFORM set_config('role', 'none', true);
    RETURN n;
END $$;
CREATE FUNCTION pg_temp.whose(name text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT pg_temp.person(name) $$;
INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body)
SELECT gen_random_uuid(), c.visitor_id, c.id, 100, 'visitor', 'Are you there?' FROM crm.conversation c WHERE c.taken_by = pg_temp.person('sales');
SELECT cmp_ok(pg_temp.unread('sales', 'crm_sales', 'sales'), '>', 0::bigint, 'one''s own unread messages');
SELECT is(pg_temp.unread('other', 'crm_sales', 'sales'), 0::bigint, 'not those of a colleague');
SELECT cmp_ok(pg_temp.unread('manager', 'crm_manager', 'sales'), '>', 0::bigint, 'a Manager''s right');
INSERT INTO crm.read_mark (person_id, visitor_id, sequence) SELECT pg_temp.person('sales'), visitor_id, 100 FROM crm.conversation WHERE taken_by = pg_temp.person('sales');
SELECT is(pg_temp.unread('sales', 'crm_sales', 'sales'), 0::bigint, 'none after a marker');
INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body)
SELECT gen_random_uuid(), c.visitor_id, c.id, 101, 'visitor', 'Hello?' FROM crm.conversation c WHERE c.taken_by = pg_temp.person('sales');
INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, person_id, body)
SELECT gen_random_uuid(), c.visitor_id, c.id, 102, 'staff', c.taken_by, 'Yes.' FROM crm.conversation c WHERE c.taken_by = pg_temp.person('sales');
SELECT is(pg_temp.unread('sales', 'crm_sales', 'sales'), 0::bigint, 'none after an answer');

SELECT * FROM finish();
ROLLBACK;
