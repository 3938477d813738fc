-- Statements of the bot, as crm_system: what it is waiting for from a person, and what it remembers.

-- bot_dialogue(kind text, username text): command text?, target text?, asked text
-- What the bot asked last, unless that is too long ago.
SELECT d.state ->> 'command', d.state ->> 'target', coalesce(d.state ->> 'asked', '')
  FROM crm.dialogue d JOIN crm.person p ON p.id = d.person_id WHERE p.kind = $1 AND p.username = $2 AND d.expires_at > now();

-- bot_dialogue_values(kind text, username text): part text, name text, value text
-- What the person has given so far ("values"), and what each number of the question stands for ("offers").
SELECT n.part, v.key, v.value
  FROM crm.dialogue d JOIN crm.person p ON p.id = d.person_id, unnest('{values,offers}'::text[]) AS n (part),
       LATERAL jsonb_each_text(d.state -> n.part) v
 WHERE p.kind = $1 AND p.username = $2 AND d.expires_at > now();

-- bot_dialogue_keep(person bigint, command text?, target text?, asked text, values text, offers text)
-- Waits for an answer.
INSERT INTO crm.dialogue (person_id, state, expires_at)
VALUES ($1, jsonb_build_object('command', $2, 'target', $3, 'asked', $4, 'values', $5::jsonb, 'offers', $6::jsonb), now() + interval '15 minutes')
    ON CONFLICT (person_id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at;

-- bot_dialogue_drop(person bigint)
-- Waits no longer.
DELETE FROM crm.dialogue WHERE person_id = $1;

-- bot_memory(kind text, username text): what text, value text
-- What the bot remembers of a person, the latest first.
SELECT m.what, m.value FROM crm.bot_memory m JOIN crm.person p ON p.id = m.person_id
 WHERE p.kind = $1 AND p.username = $2 AND m.expires_at > now() ORDER BY m.at DESC;

-- bot_remember(person bigint, what text, value text, minutes bigint)
-- Remembers something for so long.
INSERT INTO crm.bot_memory (person_id, what, value, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 minute')
    ON CONFLICT (person_id, what) DO UPDATE SET value = excluded.value, at = excluded.at, expires_at = excluded.expires_at;

-- bot_forget(person bigint, what text)
-- Forgets it.
DELETE FROM crm.bot_memory WHERE person_id = $1 AND what = $2;
