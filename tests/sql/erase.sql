-- What a lead is known by (crm.erasure_words()), what is erased at once and what is left to do, and who may do which part of it.
BEGIN;
\ir fixture.psql
SELECT plan(43);

CREATE FUNCTION pg_temp.lead(given text) RETURNS bigint LANGUAGE sql AS $$ SELECT max(id) FROM crm.lead WHERE name = given $$;
SELECT set_config('crm.person', pg_temp.person('admin')::text, true) \g /dev/null
INSERT INTO crm.lead (name, email, phone, requirements) VALUES ('Asha Quorvex', 'asha@quorvex.example', '+919811122334', E'Short line\nA long line that only one lead can have');
INSERT INTO crm.lead (name) VALUES ('Asha Rao');
INSERT INTO crm.lead_tag (lead_id, tag) VALUES (pg_temp.lead('Asha Quorvex'), 'blimtag'), (pg_temp.lead('Asha Quorvex'), 'commontag'), (pg_temp.lead('Asha Rao'), 'commontag');
INSERT INTO crm.lead_value (lead_id, field_id, value) SELECT pg_temp.lead('Asha Quorvex'), id, 'Florpington' FROM crm.lead_field WHERE name = 'test_field';
INSERT INTO crm.lead_note (lead_id, person_id, body) VALUES (pg_temp.lead('Asha Quorvex'), pg_temp.person('sales'), 'called'), (pg_temp.lead('Asha Rao'), pg_temp.person('sales'), 'Other note of another lead');
CREATE TEMPORARY TABLE erased AS SELECT pg_temp.lead('Asha Quorvex') AS lead;
UPDATE crm.lead SET name = 'Zed Quorvex' WHERE id = (SELECT lead FROM erased);

-- Words.
CREATE TEMPORARY TABLE words AS SELECT * FROM crm.erasure_words(ARRAY[(SELECT lead FROM erased)]);
SELECT is((SELECT sure FROM words WHERE word = v.word), v.sure, v.word || ': ' || why)
  FROM (VALUES ('zed quorvex', true, 'its name'), ('asha quorvex', true, 'what it was called before'), ('asha@quorvex.example', true, 'its email'), ('+919811122334', true, 'its phone'),
               ('9811122334', true, 'as people type it'), ('quorvex', true, 'no other lead has that word'), ('asha', false, 'another one has'), ('blimtag', true, 'no other has the tag'),
               ('commontag', false, 'another one has'), ('florpington', true, 'in an added field'), ('a long line that only one lead can have', true, 'long enough'),
               ('short line', false, 'too short'), ('called', false, 'a short note'), ('other note of another lead', NULL, 'of another lead')) AS v (word, sure, why);

-- Where a word stands.
SELECT is(crm.lead_mentions(body, word, crm.lead_digits(word)), found, format('%s in %s', word, body))
  FROM (VALUES ('About ANN, who called', 'ann', true), ('planning', 'ann', false), ('{"name": "Ann"}', 'ann', true), ('Quorvexian', 'quorvex', true), ('call 98111-22334 now', '+919811122334', true),
               ('call 98111-22335 now', '+919811122334', false), ('a.b', 'a.b', true), ('axb', 'a.b', false)) AS v (body, word, found);
SELECT ok(crm.lead_asked('There is no lead with “quorv” in its name.', '{asha quorvex}'), 'a part that the bot has not found');
SELECT ok(NOT crm.lead_asked('Say “lead 42”.', '{asha quorvex}'), 'what the bot offers is none');

-- Erasing: at once in the tables; the audit's old rows and Prosody's part are left to do.
INSERT INTO crm.audit (id, who, surface, request, command, outcome, arguments) OVERRIDING SYSTEM VALUE
VALUES (1000000, 'x', 'chat', 'old', 'lead.add', 'done', '{"name": "Asha \"Quorvex\""}'), (1040000, 'x', 'chat', 'new', 'lead.add', 'done', '{"email": "asha@quorvex.example"}'),
       (1040001, 'x', 'chat', 'other', 'lead.add', 'done', '{"name": "Asha Rao"}'), (1050000, 'x', 'chat', 'last', 'me', 'done', '{}');
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body, to_visitor) VALUES ('bot-1', 'a@example', gen_random_uuid(), 'bot', 'About Asha Quorvex', false),
    ('visitor-1', 'b@example', gen_random_uuid(), 'visitor-1', 'I am Asha Quorvex', false), ('visitor-1', 'c@example', gen_random_uuid(), 'support', 'Hello Asha Quorvex', true);
INSERT INTO crm.poll (lead_id, choices, audience, started_by, deadline) SELECT lead, '{yes,no}', 'all', pg_temp.person('manager'), now() + interval '1 hour' FROM erased;
INSERT INTO crm.import (person_id, file, link, state) VALUES (pg_temp.person('manager'), 'quorvex.csv', 'http://x/file_share/abc/quorvex.csv', 'done'),
    (pg_temp.person('manager'), 'new.csv', 'http://x/file_share/def/new.csv', 'reading');
SELECT is(pg_temp.attempt('crm_' || role, role, format('SELECT crm.lead_erase(%s)', lead)), '42501', format('no %s erases', role)) FROM erased, unnest('{manager,lead,sales,customer}'::text[]) AS role;
SELECT isnt(crm.lead_erase(lead), 0::bigint, 'erased') FROM erased;
SELECT is((SELECT name FROM crm.lead, erased WHERE id = lead), 'Erased', 'the row keeps its number');
SELECT results_eq($$ SELECT id FROM crm.audit WHERE arguments = '{"erased": "yes"}' AND id >= 1000000 ORDER BY id $$, 'VALUES (1040000::bigint)', 'what was asked of late is out of the audit at once');
SELECT set_eq($$ SELECT sender FROM crm.outbox WHERE body ~ 'Quorvex' $$, ARRAY['visitor-1', 'support'], 'what visitors say and hear stays, the rest goes');
SELECT is((SELECT j.due_at <= now() FROM crm.job j JOIN crm.poll p ON j.key = p.id::text WHERE j.kind = 'poll.close' AND p.lead_id = (SELECT lead FROM erased)), true, 'a poll about it closes');
SELECT results_eq('SELECT uploads FROM crm.erasure', $$VALUES (ARRAY['http://x/file_share/abc/quorvex.csv'])$$, 'imported files are to go, but one that is being read');
SELECT is_empty('SELECT * FROM crm.erasure_slice(1)  WHERE done', 'it is not over');
SELECT is(pg_temp.attempt('crm_system', NULL, 'SELECT * FROM crm.erasure_slice(100000)'), '1', 'the system goes on with it');
SELECT crm.erasure_slice(2000000) \g /dev/null
SELECT is((SELECT arguments FROM crm.audit WHERE id = 1000000), '{"erased": "yes"}', 'until old rows are done, too');
SELECT is_empty('SELECT 1 FROM crm.passing', 'and nobody passes by the audit''s guard any more');
SELECT is((SELECT arguments FROM crm.audit WHERE id = 1040001), '{"name": "Asha Rao"}', 'another lead''s stay');
UPDATE crm.erasure SET asked_at = now() - interval '1 minute';
SELECT is(pg_temp.attempt('crm_prosody', NULL, 'SELECT * FROM crm.prosody_erasures()'), '1', 'Prosody is given its part');
SELECT ok((SELECT crm.prosody_erased(id, 3, 1) FROM crm.erasure), 'and says that it is done');
SELECT results_eq('SELECT asked_by, chats, files, done FROM crm.erasure_slice(1)', format('VALUES (%s::bigint, 3::bigint, 1::bigint, true)', pg_temp.person('admin')), 'who asked is told');
SELECT is_empty('SELECT * FROM crm.erasure', 'the words are nowhere');

SELECT * FROM finish(true);
ROLLBACK;
