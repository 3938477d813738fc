-- Statements of the dispatcher: who asks, what they act on, and what is written around each command.

-- command_caller(kind text, username text): id bigint, username text, name text, role text, time_zone text, locale text, now text, currency text, country text
-- Who asks, fresh in this transaction, and what an amount or a number of theirs means that does not say it; nobody when the account is unknown or
-- disabled.
SELECT id, username, name, role, time_zone, locale, to_char(now() AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI:SS'),
       (SELECT value FROM crm.setting WHERE key = 'money.currency'), (SELECT value FROM crm.setting WHERE key = 'phone.country')
  FROM crm.person WHERE kind = $1 AND username = $2 AND enabled;

-- command_defined(known bigint): version bigint, kind text, name text, label text, retired boolean, type text?, choices text?
-- What Admins have defined, with the number of its last change; nothing when that is the one that is known. Choices have a line each.
SELECT d.version, k.kind, k.name, k.label, k.retired, k.type, k.choices
  FROM crm.defined d
 CROSS JOIN (SELECT 'source' AS kind, s.name, s.label, s.retired, NULL AS type, NULL AS choices, s.built_in::int AS place FROM crm.lead_source s
             UNION ALL
             SELECT 'field', f.name, f.label, false, f.type, array_to_string(f.choices, E'\n'), -f.id FROM crm.lead_field f) AS k
 WHERE d.version <> $1
 ORDER BY k.kind, k.place DESC, k.label;

-- command_take(key text)
-- Takes in a message from outside; no row when it was taken in before.
INSERT INTO crm.inbound (key) VALUES ($1) ON CONFLICT DO NOTHING;

-- command_audit(person bigint?, who text, surface text, request text, command text, target text?, outcome text, arguments text)
-- Who asked for what, and what came of it.
INSERT INTO crm.audit (person_id, who, surface, request, command, target, outcome, arguments)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb);

-- command_tell(person bigint, staff_domain text, customer_domain text, body text, options text[]?): channel text
-- Queues what the bot says to a person, in the order of that person's channel, with lines that a client may offer as answers.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body, options)
SELECT 'bot-' || p.id, p.username || '@' || CASE p.kind WHEN 'staff' THEN $2 ELSE $3 END, gen_random_uuid(), 'bot', $4, $5
  FROM crm.person p WHERE p.id = $1 AND p.enabled
RETURNING channel;

-- command_tell_progress(person bigint, staff_domain text, customer_domain text, body text, message uuid, first boolean): channel text
-- Queues how far something is, as a correction of the message that said so before (XEP-0308), or as that message.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body, replaces)
SELECT 'bot-' || p.id, p.username || '@' || CASE p.kind WHEN 'staff' THEN $2 ELSE $3 END, CASE WHEN $6 THEN $5 ELSE gen_random_uuid() END, 'bot', $4,
       CASE WHEN NOT $6 THEN $5::text END
  FROM crm.person p WHERE p.id = $1 AND p.enabled
    ON CONFLICT (message_id, recipient) DO NOTHING
RETURNING channel;

-- command_tell_from(person bigint, staff_domain text, sender text, nick text, body text, options text[]): channel text
-- Queues what another address of ours than the bot's says to a member of staff, in the order of the bot's channel.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, nick, body, options)
SELECT 'bot-' || p.id, p.username || '@' || $2, gen_random_uuid(), $3, $4, $5, $6 FROM crm.person p WHERE p.id = $1 AND p.enabled AND p.kind = 'staff'
RETURNING channel;

-- command_tell_room(channel text, room text, staff_domain text, body text)
-- Queues what the bot says in a room of the staff.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body) VALUES ($1, $2 || '@rooms.' || $3, gen_random_uuid(), 'bot', $4);

-- command_target_poll(id bigint): id bigint
-- Whether there is such a poll, for whoever asks.
SELECT id FROM crm.poll WHERE id = $1;

-- command_target_lead(id bigint): id bigint
-- Whether there is such a lead, for whoever asks.
SELECT id FROM crm.lead WHERE id = $1 AND deleted_at IS NULL;

-- command_target_import(id bigint): id bigint
-- Whether there is such an import, for whoever asks.
SELECT id FROM crm.import WHERE id = $1;

-- command_target_any_lead(id bigint): id bigint
-- Whether there is such a lead, deleted or not, for whoever asks.
SELECT id FROM crm.lead WHERE id = $1 AND erased_at IS NULL;

-- command_lead_went(id bigint): id bigint, name text
-- Where a lead went that was merged, for whoever may see that one.
SELECT l.id, l.name FROM crm.lead l WHERE l.id = crm.lead_went($1) AND l.deleted_at IS NULL;

-- command_called(kind text, id bigint): called text
-- What people call a record: so that nobody says yes to another one than they think.
SELECT 'lead ' || id || ', ' || name FROM crm.lead WHERE $1 = 'lead' AND id = $2
UNION ALL
SELECT 'import ' || id || ', ' || file FROM crm.import WHERE $1 = 'import' AND id = $2
UNION ALL
SELECT name || ' (' || username || ')' FROM crm.person WHERE $1 = 'person' AND id = $2;

-- command_target_visitor(id bigint): id bigint
-- Whether there is such a visitor, for whoever asks.
SELECT id FROM crm.visitor WHERE id = $1;

-- command_people_named(given text, disabled boolean): id bigint, username text, name text, role text, distance int
-- Members of staff whom a word may mean, with or without disabled ones: 0 by user name, 1 by whole name, 2 by a beginning.
SELECT id, username, name, role, CASE WHEN username = lower($1) THEN 0 WHEN lower(name) = lower($1) THEN 1 ELSE 2 END
  FROM crm.person
 WHERE kind = 'staff' AND (enabled OR $2)
   AND (starts_with(username, lower($1)) OR starts_with(lower(name), lower($1)) OR strpos(lower(name), ' ' || lower($1)) > 0)
 ORDER BY 5, username LIMIT 10;

-- command_people(count bigint): username text, name text, role text
-- Enabled members of staff, by name.
SELECT username, name, role FROM crm.person
WHERE kind = 'staff' AND enabled
ORDER BY name, username LIMIT $1;

-- command_people_found(roles text[]?, enabled boolean?, part text?, count bigint): username text, name text, enabled boolean
-- Members of staff, by name, to choose from; filters that are NULL take all.
SELECT username, name, enabled FROM crm.person
 WHERE kind = 'staff' AND ($1::text[] IS NULL OR role = ANY ($1)) AND ($2::boolean IS NULL OR enabled = $2)
   AND ($3::text IS NULL OR strpos(username, lower($3)) > 0 OR strpos(lower(name), lower($3)) > 0)
 ORDER BY name, username LIMIT $4;

-- command_moment(local text?, from_now text?, time_zone text): at text, shown text, past boolean
-- The moment that a clock in a time zone shows, or that is so long from now; what the clock shows then, and whether it has been.
SELECT at::text, to_char(at AT TIME ZONE $3, 'YYYY-MM-DD HH24:MI:SS'), at <= now()
  FROM (SELECT coalesce($1::timestamp AT TIME ZONE $3, now() + $2::interval)) AS moment (at);
