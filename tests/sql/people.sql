-- Accounts, links, teams, profiles and settings: what holds whoever writes, and what each role reaches.
BEGIN;
\ir fixture.psql
SELECT plan(56);

-- The last enabled Admin.
UPDATE crm.person SET enabled = false WHERE role = 'admin' AND id <> pg_temp.person('admin');
SELECT is(pg_temp.attempt('none', 'admin', $$UPDATE crm.person SET enabled = false WHERE username = 'test-admin'$$), 'CR004', 'the last enabled Admin cannot be disabled');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$UPDATE crm.person SET role = 'sales' WHERE username = 'test-admin'$$), 'CR004', 'nor lose the role');
SELECT is(pg_temp.attempt('crm_owner', 'admin', $$DELETE FROM crm.person WHERE username = 'test-admin'$$), 'CR004', 'nor be removed');
SELECT is(pg_temp.attempt('none', 'admin', $$UPDATE crm.person SET name = 'Other' WHERE username = 'test-admin'$$), '1', 'anything else of them may change');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$UPDATE crm.person SET role = 'admin' WHERE username = 'test-other'$$), '1', 'there can be more of them');
UPDATE crm.person SET role = 'admin' WHERE username = 'test-other';
SELECT is(pg_temp.attempt('crm_admin', 'other', $$UPDATE crm.person SET enabled = false WHERE username = 'test-admin'$$), '1', 'and then one of two can go');
UPDATE crm.person SET role = 'sales' WHERE username = 'test-other';

-- What a person can be.
SELECT is(pg_temp.attempt('none', 'admin', $$UPDATE crm.person SET time_zone = 'Mars/Olympus' WHERE username = 'test-sales'$$), 'CR005', 'a time zone is one');
SELECT is(pg_temp.attempt('none', 'admin', $$UPDATE crm.person SET languages = 'english please' WHERE username = 'test-sales'$$), '23514', 'languages are codes');
SELECT is(pg_temp.attempt('none', 'admin', $$UPDATE crm.person SET languages = 'en, hi, pt-BR' WHERE username = 'test-sales'$$), '1', 'several of them');
SELECT is(pg_temp.attempt('none', 'admin', $$UPDATE crm.person SET phone = '98 76' WHERE username = 'test-sales'$$), '23514', 'a phone number is E.164');

-- What an Admin may write of people, and nobody else.
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$INSERT INTO crm.person (kind, username, name, role) VALUES ('staff', 'test-new', 'New', 'sales')$$), '1', 'an Admin adds staff');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$INSERT INTO crm.person (kind, username, name, role) VALUES ('customer', 'test-new', 'New', 'customer')$$), '42501', 'not customers');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$UPDATE crm.person SET enabled = false WHERE username = 'test-customer'$$), '0', 'and reaches no customer');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$UPDATE crm.person SET username = 'x' WHERE username = 'test-sales'$$), '42501', 'nor a user name');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$UPDATE crm.person SET name = 'Right', email = NULL, phone = NULL, time_zone = 'Asia/Dubai' WHERE username = 'test-sales'$$), '1', 'but what is known of them');
SELECT is_empty($$ SELECT role FROM unnest('{crm_system,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor}'::text[]) AS role
                    WHERE pg_temp.attempt(role, 'manager', $q$UPDATE crm.person SET name = 'Wrong' WHERE username = 'test-sales'$q$) <> '42501' $$, 'which nobody else changes');
SELECT is(pg_temp.attempt('crm_admin', 'admin', 'SELECT * FROM crm.credential'), '42501', 'nor a credential');
SELECT is(pg_temp.attempt('crm_admin', 'admin', 'SELECT * FROM crm.account_link'), '42501', 'nor a link');
SELECT is_empty($$ SELECT role FROM unnest('{crm_manager,crm_lead,crm_sales}'::text[]) AS role
                    WHERE pg_temp.attempt(role, substr(role, 5), $q$UPDATE crm.person SET role = 'admin' WHERE id = nullif(current_setting('crm.person'), '')::bigint$q$) <> '42501' $$,
    'nobody else gives a role, not even to themselves');

-- One's own profile.
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT * FROM crm.profile_own()'), '1', 'a Sales Person reads their own profile');
SELECT set_config('crm.person', pg_temp.person('sales')::text, true) \g /dev/null
SELECT is((SELECT email FROM crm.profile_own()), 'sales@example.in', 'with the contact details that the table hides');
SELECT ok(crm.profile_set('New Name', NULL, 'Europe/Berlin', NULL, 'en, hi', '7'), 'and changes it');
SELECT results_eq($$ SELECT name, email, role, time_zone, languages FROM crm.person WHERE username = 'test-sales' $$,
    $$ VALUES ('New Name', 'sales@example.in', 'sales', 'Europe/Berlin', 'en, hi') $$, 'what was given, and nothing else');
SELECT is((SELECT count(*) FROM crm.person WHERE name = 'New Name'), 1::bigint, 'of nobody else');
SELECT ok(crm.profile_set(NULL, NULL, NULL, NULL, '', ''), 'an empty value is none');
SELECT ok(languages IS NULL AND name = 'New Name', 'and leaves the others') FROM crm.person WHERE username = 'test-sales';
SELECT is(pg_temp.attempt('crm_customer', 'customer', 'SELECT crm.profile_lock()'), '42501', 'customers have no profile here');
SELECT set_config('crm.person', '', true) \g /dev/null
SELECT ok(NOT crm.profile_set('Nobody', NULL, NULL, NULL, NULL, NULL), 'without a person nothing happens');

-- Links.
CREATE FUNCTION pg_temp.link(name text, token text) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT l.expires_at FROM crm.account_link_make(pg_temp.person(name), 'password', encode(sha256(token::bytea), 'hex')) l
$$;
CREATE FUNCTION pg_temp.redeem(token text, salt text) RETURNS boolean LANGUAGE sql AS $$
    SELECT crm.prosody_redeem_link(encode(sha256(token::bytea), 'hex'), salt, 4096, 'bb', 'cc', 'dd', 'ee')
$$;
SELECT is(pg_temp.attempt('crm_admin', 'admin', format($$SELECT * FROM crm.account_link_make(%s, 'password', repeat('b', 64))$$, pg_temp.person('sales'))), '1', 'an Admin makes a link');
SELECT is_empty($$ SELECT role FROM unnest('{crm_system,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor,crm_prosody}'::text[]) AS role
                    WHERE pg_temp.attempt(role, 'manager', $q$SELECT * FROM crm.account_link_make(1, 'password', repeat('b', 64))$q$) <> '42501' $$, 'nobody else');
SELECT is_empty($$ SELECT role FROM unnest('{crm_system,crm_admin,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor,crmd}'::text[]) AS role
                    WHERE pg_temp.attempt(role, 'admin', $q$SELECT crm.prosody_redeem_link('a', 'b', 4096, 'c', 'd', 'e', 'f')$q$) <> '42501' $$, 'only Prosody uses one');
SELECT is(pg_temp.link('sales', 'first'), now() + interval '24 hours', 'it is good for as long as the setting says');
UPDATE crm.setting SET value = '2' WHERE key = 'links.hours';
SELECT is(pg_temp.link('sales', 'second'), now() + interval '2 hours', 'which can be changed');
SELECT is((SELECT count(*) FROM crm.account_link WHERE person_id = pg_temp.person('sales') AND used_at IS NULL), 1::bigint, 'the newer one takes the place of the older one');
SELECT ok(NOT pg_temp.redeem('first', 'aa'), 'which can be used no more');
SELECT results_eq($$SELECT username, kind FROM crm.prosody_link(encode(sha256('second'), 'hex'))$$, $$VALUES ('test-sales', 'staff')$$, 'Prosody learns whose it is');
SELECT is((SELECT password FROM crm.account_state(pg_temp.person('sales'))), 'none', 'before it nobody can log in');
SELECT ok(pg_temp.redeem('second', 'aa'), 'it is used');
SELECT is((SELECT salt FROM crm.prosody_account('test-sales', 'staff')), 'aa', 'and the keys are there');
SELECT is((SELECT password FROM crm.account_state(pg_temp.person('sales'))), 'set', 'which is told without telling them');
SELECT ok(NOT pg_temp.redeem('second', 'xx'), 'it is used once');
SELECT is((SELECT salt FROM crm.prosody_account('test-sales', 'staff')), 'aa', 'and the second time changes nothing');
SELECT is_empty($$SELECT * FROM crm.prosody_link(encode(sha256('second'), 'hex'))$$, 'nor does it tell whose it was');
SELECT is((SELECT count(*) FROM crm.audit WHERE command = 'person.password' AND person_id = pg_temp.person('sales')), 1::bigint, 'the audit knows of it once');
SELECT isnt(pg_temp.link('sales', 'third'), NULL, 'another one, later');
UPDATE crm.account_link SET expires_at = now() - interval '1 second' WHERE person_id = pg_temp.person('sales');
SELECT ok(NOT pg_temp.redeem('third', 'xx'), 'is no good when it has expired');
SELECT isnt(pg_temp.link('sales', 'fourth'), NULL, 'and the next');
UPDATE crm.person SET enabled = false WHERE username = 'test-sales';
SELECT ok(NOT pg_temp.redeem('fourth', 'xx'), 'not when its owner is disabled');
SELECT is(pg_temp.link('sales', 'fifth'), NULL, 'who gets none either');

-- When somebody was there.
DELETE FROM crm.availability;
INSERT INTO crm.availability (person_id, available) VALUES (pg_temp.person('lead'), false);
SELECT is((SELECT seen_at FROM crm.availability), NULL, 'who never was there was never seen');
UPDATE crm.availability SET available = true;
SELECT is((SELECT seen_at FROM crm.availability), now(), 'who comes is seen');

-- Settings and teams.
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$UPDATE crm.setting SET key = 'x.y' WHERE key = 'links.hours'$$), '42501', 'a setting keeps its key');
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$INSERT INTO crm.team (name) VALUES ('test TEAM')$$), '23505', 'a team''s name is its own, in any case');

SELECT is(pg_temp.attempt('crm_manager', 'manager', $$DELETE FROM crm.team$$), '42501', 'a Manager removes no team');
INSERT INTO crm.team (name) VALUES ('test brief');
INSERT INTO crm.team_member (team_id, person_id) SELECT id, pg_temp.person('sales') FROM crm.team WHERE name = 'test brief';
SELECT is(pg_temp.attempt('crm_admin', 'admin', $$DELETE FROM crm.team WHERE name = 'test brief'$$), '1', 'an Admin does');
SELECT is((SELECT count(*)::int FROM crm.team_member WHERE person_id = pg_temp.person('sales')
            AND team_id NOT IN (SELECT id FROM crm.team)), 0, 'with who was in it');

SELECT * FROM finish(true);
ROLLBACK;
