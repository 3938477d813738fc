-- What Prosody's login can do: call its ten functions.
BEGIN;
\ir fixture.psql
SELECT plan(23);
CREATE FUNCTION pg_temp.set_bcrypt(hash text) RETURNS void LANGUAGE sql AS $$
    UPDATE crm.credential SET bcrypt = hash, salt = NULL, iterations = NULL, stored_sha1 = NULL, server_sha1 = NULL, stored_sha256 = NULL, server_sha256 = NULL
$$;
CREATE FUNCTION pg_temp.verify(password text) RETURNS boolean LANGUAGE sql AS $$
    SELECT crm.prosody_verify_bcrypt('test-customer', 'customer', password)
$$;

SELECT set_eq($$ SELECT proname::text FROM pg_proc WHERE pronamespace = 'crm'::regnamespace AND has_function_privilege('crm_prosody', oid, 'EXECUTE') $$,
    ARRAY['prosody_account', 'prosody_erased', 'prosody_erasures', 'prosody_file', 'prosody_file_part', 'prosody_link', 'prosody_profile', 'prosody_redeem_link', 'prosody_rooms', 'prosody_staff_roster', 'prosody_store_keys', 'prosody_verify_bcrypt'], 'Prosody can call its functions and no other');
SELECT is_empty($$ SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'v') AND
    (has_table_privilege('crm_prosody', oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege('crm_prosody', oid, 'SELECT, INSERT, UPDATE')) $$,
    'and has no right on any table');
SELECT is(pg_has_role('crm_prosody', 'crm_owner', 'MEMBER') OR pg_has_role('crm_prosody', 'crm_system', 'MEMBER'), false, 'the login is a member of nothing');
SELECT is(pg_temp.attempt('crm_prosody', NULL, $$SELECT * FROM crm.prosody_account('test-customer', 'customer')$$), '1', 'finds an account');
SELECT is(pg_temp.attempt('crm_prosody', NULL, $$SELECT * FROM crm.prosody_account('test-customer', 'staff')$$), '0', 'not in the other kind');
SELECT is(pg_temp.attempt('crm_prosody', NULL, $$SELECT * FROM crm.prosody_account('nobody', 'staff')$$), '0', 'no row for an unknown one');

-- bcrypt: crypt()'s own, and the two other names of the same thing.
SELECT pg_temp.set_bcrypt(crypt('correct horse', gen_salt('bf', 4))) \g /dev/null
SELECT ok(pg_temp.verify('correct horse'), 'a $2a$ hash');
SELECT ok(NOT pg_temp.verify('correct Horse'), 'a wrong password');
SELECT ok(NOT pg_temp.verify(NULL), 'no password');
SELECT pg_temp.set_bcrypt(replace(crypt('correct horse', gen_salt('bf', 4)), '$2a$', '$2b$')) \g /dev/null
SELECT ok(pg_temp.verify('correct horse') AND NOT pg_temp.verify('wrong'), 'a $2b$ hash');
SELECT pg_temp.set_bcrypt(replace(crypt('correct horse', gen_salt('bf', 4)), '$2a$', '$2y$')) \g /dev/null
SELECT ok(pg_temp.verify('correct horse') AND NOT pg_temp.verify('wrong'), 'a $2y$ hash');
UPDATE crm.person SET enabled = false WHERE username = 'test-customer';
SELECT ok(NOT pg_temp.verify('correct horse'), 'not for a disabled account');
UPDATE crm.person SET enabled = true WHERE username = 'test-customer';
SELECT ok(NOT crm.prosody_verify_bcrypt('nobody', 'customer', 'x'), 'not for an unknown one');

SELECT ok(crm.prosody_store_keys('test-customer', 'customer', 'aa', 4096, 'bb', 'cc', 'dd', 'ee'), 'the upgrade to SCRAM');
SELECT results_eq($$SELECT salt, has_bcrypt FROM crm.prosody_account('test-customer', 'customer')$$, $$VALUES ('aa', false)$$, 'replaces the hash');
SELECT ok(NOT crm.prosody_store_keys('test-customer', 'customer', 'xx', 4096, 'bb', 'cc', 'dd', 'ee'), 'and works once');
SELECT ok(NOT pg_temp.verify('correct horse'), 'after which the hash is gone');

UPDATE crm.person SET enabled = false WHERE username = 'test-other';
SELECT set_eq($$ SELECT username FROM crm.prosody_staff_roster() WHERE username LIKE 'test-%' $$,
    ARRAY['test-admin', 'test-manager', 'test-lead', 'test-sales'], 'the roster is the enabled staff');

-- Files behind links: by the secret alone, while it lasts and whoever it was made for is enabled.
INSERT INTO crm.file (id, token_sha256, person_id, name, type, size, expires_at)
SELECT gen_random_uuid(), repeat(n::text, 64), pg_temp.person('manager'), 'leads.csv', 'text/csv', 3,
       now() + CASE n WHEN 1 THEN 1 ELSE -1 END * interval '1 minute' FROM generate_series(1, 2) n \g /dev/null
INSERT INTO crm.file_part (file_id, number, bytes) SELECT id, 1, 'a,b' FROM crm.file WHERE name = 'leads.csv' \g /dev/null
SELECT results_eq($$SELECT name, parts FROM crm.prosody_file(repeat('1', 64), '127.0.0.1')$$, $$VALUES ('leads.csv', 1::bigint)$$, 'the file behind a link');
SELECT is((SELECT count(*) FROM crm.audit WHERE command = 'file.download' AND arguments->>'file' = 'leads.csv'), 1::bigint, 'that it was opened is in the audit');
SELECT is_empty($$SELECT * FROM crm.prosody_file(repeat('2', 64), '127.0.0.1')$$, 'not one that has expired');
SELECT is_empty($$SELECT * FROM crm.prosody_file_part(repeat('2', 64), 1)$$, 'nor a part of it');
UPDATE crm.person SET enabled = false WHERE username = 'test-manager';
SELECT is_empty($$SELECT * FROM crm.prosody_file(repeat('1', 64), '127.0.0.1')$$, 'nor one of somebody who is disabled');

SELECT * FROM finish(true);
ROLLBACK;
