-- Statements of the bot, as crm_system: what it is waiting for from a person.

-- bot_dialogue(person bigint): command text?, target text?, asked text
-- What the bot asked last, unless that is too long ago.
SELECT state ->> 'command', state ->> 'target', coalesce(state ->> 'asked', '') FROM crm.dialogue WHERE person_id = $1 AND expires_at > now();

-- bot_dialogue_values(person bigint): name text, value text
-- What the person has given so far.
SELECT v.key, v.value FROM crm.dialogue d, jsonb_each_text(d.state -> 'values') v WHERE d.person_id = $1 AND d.expires_at > now();

-- bot_dialogue_keep(person bigint, command text?, target text?, asked text, values text)
-- Waits for an answer.
INSERT INTO crm.dialogue (person_id, state, expires_at)
VALUES ($1, jsonb_build_object('command', $2, 'target', $3, 'asked', $4, 'values', $5::jsonb), now() + interval '15 minutes')
    ON CONFLICT (person_id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at;

-- bot_dialogue_drop(person bigint)
-- Waits no longer.
DELETE FROM crm.dialogue WHERE person_id = $1;
