-- Polls in the schema: one a lead, a vote a person, closed once, decided on what was fixed before, and nothing of a voter left; no role of the program
-- reaches a vote in any way.
BEGIN;
\ir fixture.psql
SELECT plan(45);
DELETE FROM crm.poll;
CREATE FUNCTION pg_temp.become(role text, who text) RETURNS void LANGUAGE sql AS $$
    SELECT set_config('crm.person', coalesce(pg_temp.person(who), 0)::text, true), set_config('role', role, true); SELECT NULL::void
$$;
CREATE TABLE pg_temp.made (name text, id bigint);
GRANT ALL ON pg_temp.made TO PUBLIC;
GRANT SELECT ON who TO PUBLIC;
INSERT INTO who (username, id) SELECT 'v' || n, pg_temp.make('voter' || n, 'sales') FROM generate_series(1, 5) n;
CREATE FUNCTION pg_temp.voters() RETURNS bigint[] LANGUAGE sql AS $$ SELECT array_agg(id ORDER BY username) FROM who WHERE username LIKE 'v_' $$;
CREATE FUNCTION pg_temp.poll(n text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM pg_temp.made WHERE made.name = n';
CREATE FUNCTION pg_temp.lead(n text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM crm.lead WHERE lead.name = n';
INSERT INTO crm.lead (name) VALUES ('One'), ('Two'), ('Three'), ('Four'), ('Five');

-- Begins one on a lead, or a general one, as the manager.
CREATE FUNCTION pg_temp.begin(n text, lead bigint, minutes int DEFAULT 60) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    voters bigint[] := pg_temp.voters();
BEGIN
    PERFORM pg_temp.become('crm_manager', 'manager');
    number := crm.poll_open(lead, CASE WHEN lead IS NULL THEN 'Demo on Friday?' END, '{yes,no,later}', 'all', NULL, clock_timestamp() + minutes * interval '1 minute', voters);
    INSERT INTO pg_temp.made VALUES (n, number);
    RESET ROLE;
    RETURN number;
END $$;
CREATE FUNCTION pg_temp.vote(who text, n text, answer int, strength int DEFAULT 3) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    number bigint := pg_temp.poll(n);
    taken boolean;
BEGIN
    PERFORM pg_temp.become('crm_sales', who);
    taken := crm.poll_vote(number, answer, strength);
    RESET ROLE;
    RETURN taken;
END $$;
-- Closes it with a weight for each voter.
CREATE FUNCTION pg_temp.freeze(n text, weights float8[], near float8 DEFAULT 0) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    number bigint := pg_temp.poll(n);
    voters bigint[] := pg_temp.voters();
    done boolean;
BEGIN
    PERFORM pg_temp.become('crm_manager', 'manager');
    done := crm.poll_freeze(number, voters, weights, 1, near);
    RESET ROLE;
    RETURN done;
END $$;
-- As if the closing had been committed: this whole test is one transaction.
CREATE FUNCTION pg_temp.commit_freeze(n text) RETURNS void LANGUAGE sql AS $$ UPDATE crm.poll_frozen SET made_in = '3' WHERE poll_id = pg_temp.poll(n) $$;
CREATE FUNCTION pg_temp.decide(n text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    number bigint := pg_temp.poll(n);
    said text;
BEGIN
    PERFORM pg_temp.become('crm_system', NULL);
    said := (SELECT concat_ws(' ', d.outcome, (SELECT username FROM who w WHERE w.id = d.winner), d.interest, d.drawn, d.counts) FROM crm.poll_decide(number) d);
    RESET ROLE;
    RETURN said;
END $$;

-- ---- starting
SELECT isnt(pg_temp.begin('one', pg_temp.lead('One')), NULL, 'a poll begins');
SELECT is(pg_temp.begin('again', pg_temp.lead('One')), NULL, 'a second one on the same lead does not');
SELECT is((SELECT count(*) FROM crm.poll WHERE lead_id = pg_temp.lead('One')), 1::bigint, 'and leaves nothing');
SELECT is((SELECT count(*) FROM crm.vote WHERE poll_id = pg_temp.poll('one') AND answer = 0), 5::bigint, 'everybody has a vote of nothing from the beginning');
SELECT is((SELECT due_at FROM crm.job WHERE kind = 'poll.close' AND key = pg_temp.poll('one')::text), (SELECT deadline FROM crm.poll WHERE id = pg_temp.poll('one')), 'the clock will close it');
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT crm.poll_open(NULL, ''x'', ''{a,b}'', ''all'', NULL, now(), ''{}'')'), '42501', 'a Sales Person starts none');

-- ---- voting
SELECT is(pg_temp.vote('v1', 'one', 1), true, 'a vote is taken');
SELECT is(pg_temp.vote('v1', 'one', 2), true, 'and another one, in the same words');
SELECT is((SELECT array_agg(answer) FROM crm.vote WHERE poll_id = pg_temp.poll('one') AND answer <> 0), '{2}', 'the last one counts, once');
SELECT is(pg_temp.vote('sales', 'one', 1), false, 'who was not asked is refused');
SELECT is(pg_temp.vote('v1', 'one', 4), false, 'so is an answer that there is not');
SELECT is(pg_temp.vote('v1', 'one', 0), false, 'and none');
SELECT is(pg_temp.vote('v1', 'one', 1, 6), false, 'and a strength that there is not');
SELECT isnt(pg_temp.begin('late', NULL, -1), NULL, 'one whose deadline is over');
SELECT is(pg_temp.vote('v1', 'late', 1), false, 'takes no vote, though nobody has closed it yet');

-- ---- nobody reads it
SELECT is((SELECT count(*) FROM unnest('{crmd,crm_prosody,crm_system,crm_admin,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor}'::text[]) r,
           unnest('{vote,poll_frozen}'::text[]) t, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
           WHERE has_table_privilege(r, 'crm.' || t, p)), 0::bigint, 'no role of the program has any right on votes');
SELECT is((SELECT count(*) FROM unnest('{crmd,crm_prosody,crm_system,crm_admin,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor}'::text[]) r,
           unnest('{vote,poll_frozen}'::text[]) t WHERE has_any_column_privilege(r, 'crm.' || t, 'SELECT, INSERT, UPDATE, REFERENCES')), 0::bigint, 'nor on a column of them');
SELECT is((SELECT pg_has_role('crmd', 'crm_owner', 'MEMBER')), false, 'the login cannot become their owner');
SELECT is((SELECT array_agg(DISTINCT pg_get_userbyid(proowner)) FROM pg_proc WHERE proname IN ('poll_open', 'poll_vote', 'poll_freeze', 'poll_decide') AND prosecdef), '{crm_owner}', 'their functions are the owner''s');
SELECT is((SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'crm'::regnamespace AND p.prosrc ~ '\m(vote|poll_frozen)\M'),
    '{poll_decide,poll_freeze,poll_open,poll_vote}', 'and no other function touches votes');
SELECT is(pg_temp.attempt('crm_sales', 'v1', 'SELECT FROM crm.poll'), '2', 'who is asked sees the polls that ask them');
SELECT is(pg_temp.attempt('crm_sales', 'v1', 'SELECT FROM crm.poll_person'), '2', 'not who else is asked');
SELECT is(pg_temp.attempt('crm_sales', 'other', 'SELECT FROM crm.poll'), '0', 'others see none');
SELECT is(pg_temp.attempt('crm_manager', 'manager', 'SELECT crm.poll_decide(1)'), '42501', 'only the system decides');
SELECT is(pg_temp.attempt('crm_sales', 'v1', 'SELECT crm.poll_freeze(1, ''{}'', ''{}'', 1, 0)'), '42501', 'a Sales Person closes none');

-- ---- deciding
SELECT is(pg_temp.decide('one'), NULL, 'what is not closed is not decided');
SELECT is(pg_temp.vote('v2', 'one', 1, 5) AND pg_temp.vote('v3', 'one', 1, 2) AND pg_temp.vote('v4', 'one', 2) AND pg_temp.vote('v1', 'one', 2), true, 'they vote');
SELECT is(pg_temp.freeze('one', '{9,1,1,1,1}'), true, 'it is closed');
SELECT is(pg_temp.freeze('one', '{9,1,1,1,1}'), false, 'once');
SELECT is(pg_temp.vote('v5', 'one', 1), false, 'and takes no vote any more');
SELECT is(pg_temp.decide('one'), NULL, 'what has not been committed is not decided on: nobody tries weights and takes them back');
SELECT pg_temp.commit_freeze('one') AS done \gset
SELECT is(pg_temp.attempt('crm_system', NULL, 'SELECT FROM crm.poll_decide(' || pg_temp.poll('one') || ')'), '1', 'tried and taken back');
SELECT is(pg_temp.decide('one'), 'assigned v2 keen f {2,2,0}', 'the one who weighs most among those interested; counts');
SELECT is((SELECT count(*) FROM crm.vote WHERE poll_id = pg_temp.poll('one')) + (SELECT count(*) FROM crm.poll_frozen WHERE poll_id = pg_temp.poll('one')), 0::bigint, 'no vote is left');
SELECT is(pg_temp.decide('one'), NULL, 'decided once');

-- ---- when counts would tell
SELECT is((pg_temp.begin('two', pg_temp.lead('Two')) IS NOT NULL AND pg_temp.vote('v1', 'two', 1) AND pg_temp.vote('v2', 'two', 2) AND pg_temp.freeze('two', '{1,1,1,1,1}')), true, 'two voters');
SELECT pg_temp.commit_freeze('two') AS done \gset
SELECT is(pg_temp.decide('two'), 'assigned v1 interested f', 'are not counted');
SELECT is((pg_temp.begin('three', pg_temp.lead('Three')) IS NOT NULL AND pg_temp.vote('v1', 'three', 1) AND pg_temp.vote('v2', 'three', 2) AND pg_temp.vote('v3', 'three', 2)
    AND pg_temp.vote('v4', 'three', 2) AND pg_temp.freeze('three', '{1,1,1,1,1}')), true, 'all but the one who gets it say the same');
SELECT pg_temp.commit_freeze('three') AS done \gset
SELECT is(pg_temp.decide('three'), 'assigned v1 interested f', 'are not counted either: who else was asked would be known to pass');
SELECT is((pg_temp.begin('four', NULL) IS NOT NULL AND pg_temp.vote('v1', 'four', 3) AND pg_temp.vote('v2', 'four', 3) AND pg_temp.vote('v3', 'four', 3) AND pg_temp.freeze('four', '{1,1,1,1,1}')), true, 'all alike');
SELECT pg_temp.commit_freeze('four') AS done \gset
SELECT is(pg_temp.decide('four'), 'counted f', 'are not counted');
SELECT is((pg_temp.begin('five', NULL) IS NOT NULL AND pg_temp.vote('v1', 'five', 3) AND pg_temp.vote('v2', 'five', 3) AND pg_temp.vote('v3', 'five', 1) AND pg_temp.freeze('five', '{1,1,1,1,1}')), true, 'three of two minds');
SELECT pg_temp.commit_freeze('five') AS done \gset
SELECT is(pg_temp.decide('five'), 'counted f {1,0,2}', 'are');

-- ---- draws, and a lead that has gone elsewhere
SELECT is((pg_temp.begin('six', pg_temp.lead('Four')) IS NOT NULL AND pg_temp.vote('v1', 'six', 1) AND pg_temp.vote('v2', 'six', 1) AND pg_temp.freeze('six', '{1,0.95,1,1,1}', 0.1)), true, 'nearly as good');
SELECT pg_temp.commit_freeze('six') AS done \gset
SELECT matches(pg_temp.decide('six'), '^assigned v[12] interested t$', 'is drawn');

SELECT * FROM finish(true);
ROLLBACK;
