-- Statements of the surfaces: form sessions (as crm_system), and the names of records (as the caller's role).

-- surface_lead_name(id bigint): name text
-- What a lead's address is called, for those who may see it.
SELECT name FROM crm.lead WHERE id = $1 AND deleted_at IS NULL;

-- surface_visitor_name(id bigint): name text?
-- What a visitor's address is called, for those who may see it.
SELECT coalesce(p.name, v.name) FROM crm.visitor v LEFT JOIN crm.person p ON p.id = v.person_id WHERE v.id = $1;

-- surface_session(id text, jid text): command text, target bigint, page int, answer text?, part text?, name text?, value text?
-- A form that is being filled in, or the answer that it ended with. A row for each thing that it keeps: of what was given on the pages so far ("values"), of what
-- the record had when the form showed it ("shown"), and, in order, behind what each page of a list began that was shown, and the one after the last ("trail").
SELECT s.command, s.target, s.page, s.state ->> 'answer', k.part, k.name, k.value
  FROM crm.form_session s
  LEFT JOIN LATERAL (
       SELECT 'values', v.key, v.value, 0 FROM jsonb_each_text(s.state -> 'values') v
        UNION ALL SELECT 'shown', v.key, v.value, 0 FROM jsonb_each_text(s.state -> 'shown') v
        UNION ALL SELECT 'trail', NULL, t.cursor, t.place FROM jsonb_array_elements_text(s.state -> 'trail') WITH ORDINALITY AS t (cursor, place)
       ) AS k (part, name, value, place) ON true
 WHERE s.id = $1 AND s.jid = $2 AND s.expires_at > now()
 ORDER BY k.place;

-- surface_session_keep(id text, jid text, command text, target bigint, page int, values text, shown text, trail text[])
-- Begins a session or goes on with it. One that has ended stays as it ended.
INSERT INTO crm.form_session AS s (id, jid, command, target, page, state, expires_at)
VALUES ($1, $2, $3, $4, $5, jsonb_build_object('values', $6::jsonb, 'shown', $7::jsonb, 'trail', to_jsonb($8::text[])),
        now() + interval '30 minutes')
    ON CONFLICT (id, jid) DO UPDATE SET page = excluded.page, state = excluded.state, expires_at = excluded.expires_at
                              WHERE NOT s.state ? 'answer';

-- surface_session_end(id text, jid text, answer text)
-- Keeps the answer for a while instead of what was given: a form that is submitted twice is answered twice, and done once.
UPDATE crm.form_session SET state = jsonb_build_object('answer', $3), expires_at = now() + interval '10 minutes'
 WHERE id = $1 AND jid = $2;

-- surface_session_drop(id text, jid text)
-- Cancels.
DELETE FROM crm.form_session WHERE id = $1 AND jid = $2;

-- surface_session_sweep()
-- Clients do not cancel: what has expired goes.
DELETE FROM crm.form_session WHERE expires_at <= now();

-- surface_leads(part text?, deleted boolean, live boolean, count bigint): id bigint, name text, status text
-- The newest leads that the caller may see, to choose from, or those that were deleted, or both; of a name that holds this part.
SELECT id, name, status FROM crm.lead
 WHERE CASE WHEN deleted_at IS NULL THEN $3 ELSE $2 AND erased_at IS NULL AND merged_into IS NULL END AND ($1::text IS NULL OR strpos(lower(name), lower($1)) > 0) ORDER BY lead.id DESC LIMIT $4;

-- surface_dialogue_sweep()
-- A question of the bot that nobody has answered in time goes.
DELETE FROM crm.dialogue WHERE expires_at <= now();

-- surface_answer(person bigint, staff_domain text, sender text, body text)
-- Queues what a record's address says to a member of staff, in the order of the bot's channel.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body)
SELECT 'bot-' || p.id, p.username || '@' || $2, gen_random_uuid(), $3, $4 FROM crm.person p WHERE p.id = $1 AND p.enabled;
