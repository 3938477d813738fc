-- Statements of the bot, as crm_system: what it is waiting for from a person, and what it remembers.

-- bot_dialogue(kind text, username text, place text): command text?, target text?, asked text
-- What the bot asked last in that place, unless that is too long ago.
SELECT d.state ->> 'command', d.state ->> 'target', coalesce(d.state ->> 'asked', '')
  FROM crm.dialogue d JOIN crm.person p ON p.id = d.person_id WHERE p.kind = $1 AND p.username = $2 AND d.place = $3 AND d.expires_at > now();

-- bot_dialogue_values(kind text, username text, place text): part text, name text, value text
-- What the person has given so far ("values"), and what each number of the question stands for ("offers").
SELECT n.part, v.key, v.value
  FROM crm.dialogue d JOIN crm.person p ON p.id = d.person_id, unnest('{values,offers}'::text[]) AS n (part),
       LATERAL jsonb_each_text(d.state -> n.part) v
 WHERE p.kind = $1 AND p.username = $2 AND d.place = $3 AND d.expires_at > now();

-- bot_dialogue_keep(person bigint, place text, command text?, target text?, asked text, values text, offers text)
-- Waits for an answer.
INSERT INTO crm.dialogue (person_id, place, state, expires_at)
VALUES ($1, $2, jsonb_build_object('command', $3, 'target', $4, 'asked', $5, 'values', $6::jsonb, 'offers', $7::jsonb), now() + interval '15 minutes')
    ON CONFLICT (person_id, place) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at;

-- bot_dialogue_drop(person bigint, place text)
-- Waits no longer.
DELETE FROM crm.dialogue WHERE person_id = $1 AND place = $2;

-- bot_memory(kind text, username text, place text): what text, value text
-- What the bot remembers of a person in that place, the latest first.
SELECT m.what, m.value FROM crm.bot_memory m JOIN crm.person p ON p.id = m.person_id
 WHERE p.kind = $1 AND p.username = $2 AND m.place = $3 AND m.expires_at > now() ORDER BY m.at DESC;

-- bot_saved(kind text, username text, line text): name text
-- The saved search of a person that a line is the name of.
SELECT s.name FROM crm.saved_search s JOIN crm.person p ON p.id = s.person_id
 WHERE p.kind = $1 AND p.username = $2 AND s.removed_at IS NULL AND lower(s.name) = lower($3);

-- bot_remember(person bigint, place text, what text, value text, minutes bigint)
-- Remembers something for so long.
INSERT INTO crm.bot_memory (person_id, place, what, value, expires_at) VALUES ($1, $2, $3, $4, now() + $5 * interval '1 minute')
    ON CONFLICT (person_id, place, what) DO UPDATE SET value = excluded.value, at = excluded.at, expires_at = excluded.expires_at;

-- bot_forget(person bigint, place text, what text)
-- Forgets it.
DELETE FROM crm.bot_memory WHERE person_id = $1 AND place = $2 AND what = $3;

-- bot_room_audience(room text, kind text, username text): role text
-- Which roles' people can read what is said in a room; nothing when that person may not speak there.
SELECT role FROM crm.room_audience($1, $2, $3);

-- bot_tell_room(channel text, recipient text, body text)
-- Queues what the bot says in a room.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body) VALUES ($1, $2, gen_random_uuid(), 'bot', $3);
