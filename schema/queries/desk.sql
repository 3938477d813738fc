-- Statements of the desk: conversations with visitors. All but those of commands (visitor_…) run as crm_system; arrays are parallel, one entry a row.

-- desk_visitor_find(address text): id bigint
-- The visitor behind an address, if they have ever written.
SELECT id FROM crm.visitor WHERE address = $1;

-- desk_visitor_make(address text, customer text?): id bigint
-- The visitor behind an address, made at their first message; `customer` is the user name of a customer's account. Takes a number only for somebody new.
WITH known AS (
    UPDATE crm.visitor SET present = true WHERE address = $1 RETURNING id
), made AS (
    INSERT INTO crm.visitor (address, present, person_id)
    SELECT $1, true, (SELECT id FROM crm.person WHERE kind = 'customer' AND username = $2) WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT (address) DO UPDATE SET present = true RETURNING id
)
SELECT id FROM known UNION ALL SELECT id FROM made;

-- desk_lock(visitors bigint[]): id bigint
-- Takes the rows under whose lock everything about these conversations happens, in one order for everyone.
SELECT id FROM crm.visitor WHERE id = ANY ($1) ORDER BY id FOR UPDATE;

-- desk_conversations(visitors bigint[]): visitor bigint, address text, name text?, customer boolean, present boolean, away boolean, place text?, next_sequence bigint, conversation bigint?, state text?, taken_by bigint?, taker_username text?, taker_name text?, taker_here boolean, taker_away boolean, waits boolean, told_absent boolean
-- The current conversation of each visitor. A statement of its own after desk_lock(), so that its snapshot is not older than the lock.
SELECT v.id, v.address, coalesce(own.name, v.name), v.person_id IS NOT NULL, v.present, v.away, v.place, v.next_sequence,
       c.id, c.state, c.taken_by, p.username, p.name,
       coalesce(a.available AND p.enabled, false),
       coalesce(NOT a.available AND a.changed_at < now() - (SELECT value::int FROM crm.setting WHERE key = 'desk.away_seconds') * interval '1 second', true) OR NOT coalesce(p.enabled, false),
       coalesce(c.visitor_at > coalesce(c.staff_at, '-infinity'), false),
       coalesce(c.told_absent, false)
  FROM crm.visitor v
  LEFT JOIN crm.person own ON own.id = v.person_id
  LEFT JOIN crm.conversation c ON c.visitor_id = v.id AND c.state <> 'closed'
  LEFT JOIN crm.person p ON p.id = c.taken_by
  LEFT JOIN crm.availability a ON a.person_id = c.taken_by
 WHERE v.id = ANY ($1);

-- desk_seen(keys text[]): key text
-- Which of these were taken in already.
SELECT key FROM crm.inbound WHERE key = ANY ($1);

-- desk_staff(usernames text[]): id bigint, username text, name text, role text
-- Enabled members of staff by user name.
SELECT id, username, name, role FROM crm.person WHERE kind = 'staff' AND enabled AND username = ANY ($1);

-- desk_availability_hold(): held text?
-- Until the end of this unit nobody becomes available or goes: whoever arrives looks for waiting conversations only after this one is committed. Without it an
-- arrival and a first message at the same moment would miss each other. A statement of its own, so that what follows sees who came before.
SELECT pg_advisory_xact_lock_shared(hashtext('crm.availability'));

-- desk_availability_change(): held text?
-- The other side: waits for units that hold it, and lets them see what this one commits.
SELECT pg_advisory_xact_lock(hashtext('crm.availability'));

-- desk_available(): id bigint, username text, name text
-- Who would be shown a new conversation now.
SELECT p.id, p.username, p.name FROM crm.person p JOIN crm.availability a ON a.person_id = p.id
 WHERE p.kind = 'staff' AND p.role = 'sales' AND p.enabled AND a.available ORDER BY p.id;

-- desk_offered(visitors bigint[]): visitor bigint, person bigint, username text
-- Who was shown each current conversation.
SELECT c.visitor_id, o.person_id, p.username
  FROM crm.conversation c JOIN crm.offer o ON o.conversation_id = c.id JOIN crm.person p ON p.id = o.person_id
 WHERE c.visitor_id = ANY ($1) AND c.state <> 'closed' ORDER BY o.person_id;

-- desk_references(visitors bigint[], ids text[]): visitor bigint, asked text, id text, client_id text?, author text, person bigint?
-- The messages that stanzas refer to: by our id, or by the id that their own client gave them.
SELECT m.visitor_id, a.id, m.id, m.client_id, m.author, m.person_id
  FROM unnest($1::bigint[], $2::text[]) AS a (visitor, id)
  JOIN crm.message m ON m.visitor_id = a.visitor AND m.client_id = a.id
UNION ALL
SELECT m.visitor_id, a.id, m.id, m.client_id, m.author, m.person_id
  FROM unnest($1::bigint[], $2::text[]) AS a (visitor, id)
  JOIN crm.message m ON m.visitor_id = a.visitor
   AND m.id = CASE WHEN a.id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN a.id::uuid END;

-- desk_conversation_begin(visitors bigint[]): visitor bigint, conversation bigint
-- New episodes, waiting for somebody to take them.
INSERT INTO crm.conversation (visitor_id) SELECT unnest($1::bigint[]) RETURNING visitor_id, id;

-- desk_conversation_move(conversations bigint[], states text[], takers text[], told_absent text[], visitor_wrote text[], staff_wrote text[])
-- Writes what became of conversations in this unit of work. Takers: empty for nobody. The rest: 't' or 'f'.
UPDATE crm.conversation c
   SET state = n.state, taken_by = nullif(n.taker, '')::bigint,
       taken_at = CASE WHEN n.state = 'open' THEN coalesce(c.taken_at, now()) END,
       told_absent = n.told::boolean,
       visitor_at = CASE WHEN n.visitor_wrote::boolean THEN now() ELSE c.visitor_at END,
       staff_at = CASE WHEN n.staff_wrote::boolean THEN now() ELSE c.staff_at END
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS n (id, state, taker, told, visitor_wrote, staff_wrote)
 WHERE c.id = n.id;

-- desk_sequence_move(visitors bigint[], next bigint[])
-- Moves the counters that order what was said.
UPDATE crm.visitor v SET next_sequence = n.next FROM unnest($1::bigint[], $2::bigint[]) AS n (id, next) WHERE v.id = n.id;

-- desk_message_add(ids text[], visitors bigint[], conversations bigint[], sequences bigint[], authors text[], persons text[], client_ids text[], bodies text[], replaces text[], notices text[])
-- What was said.
INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, person_id, client_id, body, replaces, notice)
SELECT n.id::uuid, n.visitor, n.conversation, n.sequence, n.author, n.person::bigint, n.client_id, n.body, n.replaces::uuid, n.notice
  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
    AS n (id, visitor, conversation, sequence, author, person, client_id, body, replaces, notice);

-- desk_offer_add(conversations bigint[], persons bigint[])
-- Remembers who was shown what.
INSERT INTO crm.offer (conversation_id, person_id) SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING;

-- desk_offer_history(visitors bigint[], conversations bigint[], recipients text[])
-- Queues for a member of staff what the visitor has said in a conversation that they are shown only now.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body, replaces, sequence, written_at)
SELECT 'visitor-' || n.visitor, n.recipient, m.id, 'visitor-' || n.visitor, m.body, m.replaces::text, m.sequence, m.created_at
  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS n (visitor, conversation, recipient, turn)
  JOIN crm.message m ON m.conversation_id = n.conversation AND m.author = 'visitor'
 ORDER BY n.turn, m.sequence
    ON CONFLICT (message_id, recipient) DO UPDATE SET state = 'pending', settled_at = NULL WHERE crm.outbox.state = 'withdrawn';

-- desk_withdraw(visitors bigint[], takers text[])
-- Takes back what was queued for others when somebody has taken the conversation.
UPDATE crm.outbox o SET state = 'withdrawn', settled_at = now()
  FROM unnest($1::bigint[], $2::text[]) AS n (visitor, taker)
 WHERE o.channel = 'visitor-' || n.visitor AND o.state = 'pending' AND o.sender = o.channel AND o.notice IS NULL AND o.recipient <> n.taker;

-- desk_delivered(visitors bigint[], ids text[]): id text, visitor bigint, client_id text?, author text, person bigint?
-- Marks messages as delivered; returns those for which it is news.
UPDATE crm.message m SET delivered_at = now() FROM unnest($1::bigint[], $2::text[]) AS n (visitor, id)
 WHERE m.id = n.id::uuid AND m.visitor_id = n.visitor AND m.delivered_at IS NULL
RETURNING m.id, m.visitor_id, m.client_id, m.author, m.person_id;

-- desk_displayed(visitors bigint[], ids text[]): id text, visitor bigint, client_id text?, author text, person bigint?
-- Marks messages as read; returns those for which it is news.
UPDATE crm.message m SET displayed_at = now(), delivered_at = coalesce(m.delivered_at, now()) FROM unnest($1::bigint[], $2::text[]) AS n (visitor, id)
 WHERE m.id = n.id::uuid AND m.visitor_id = n.visitor AND m.displayed_at IS NULL
RETURNING m.id, m.visitor_id, m.client_id, m.author, m.person_id;

-- desk_staff_seen(username text)
-- A member of staff was there just now, whether they can take conversations or not.
INSERT INTO crm.availability (person_id, available, seen_at) SELECT id, false, now() FROM crm.person WHERE kind = 'staff' AND username = $1
    ON CONFLICT (person_id) DO UPDATE SET seen_at = now();

-- desk_read(persons bigint[], visitors bigint[], ids text[])
-- Members of staff have read up to these messages.
INSERT INTO crm.read_mark (person_id, visitor_id, sequence)
SELECT n.person, n.visitor, max(m.sequence)
  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS n (person, visitor, id) JOIN crm.message m ON m.id = n.id::uuid AND m.visitor_id = n.visitor
 GROUP BY n.person, n.visitor ORDER BY n.person, n.visitor
    ON CONFLICT (person_id, visitor_id) DO UPDATE SET sequence = excluded.sequence, read_at = now() WHERE crm.read_mark.sequence < excluded.sequence;

-- desk_inbound_add(keys text[])
-- Remembers what was taken in.
INSERT INTO crm.inbound (key) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING;

-- desk_present(visitors bigint[], present text[], away text[], places text[])
-- Whether visitors have a session, whether all of theirs are away, and where on the website they are.
UPDATE crm.visitor v SET present = n.present::boolean, away = n.away::boolean, place = n.place
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS n (id, present, away, place) WHERE v.id = n.id;

-- desk_present_reset(addresses text[]): address text, present boolean
-- Sets who is there from Prosody's list of sessions; returns everyone for whom that changed.
UPDATE crm.visitor SET present = (address = ANY ($1)) WHERE present <> (address = ANY ($1)) RETURNING address, present;

-- desk_availability_set(username text, available boolean): person bigint
-- Whether a member of staff can take conversations.
INSERT INTO crm.availability (person_id, available) SELECT id, $2 FROM crm.person WHERE kind = 'staff' AND username = $1
    ON CONFLICT (person_id) DO UPDATE SET available = $2, changed_at = now() WHERE crm.availability.available <> $2
RETURNING person_id;

-- desk_availability_reset(usernames text[]): username text, available boolean
-- Sets who is available from Prosody's list of sessions; returns all who are now, and those who no longer are.
WITH now_set AS (
    INSERT INTO crm.availability (person_id, available)
    SELECT id, username = ANY ($1) FROM crm.person WHERE kind = 'staff'
        ON CONFLICT (person_id) DO UPDATE SET available = excluded.available, changed_at = now()
        WHERE crm.availability.available <> excluded.available
    RETURNING person_id, available)
SELECT p.username, coalesce(n.available, true) FROM crm.person p LEFT JOIN now_set n ON n.person_id = p.id
 WHERE p.kind = 'staff' AND (n.person_id IS NOT NULL OR p.username = ANY ($1));

-- desk_attended(): attended boolean
-- Whether somebody is there who would be shown a new conversation.
SELECT EXISTS (SELECT FROM crm.person p JOIN crm.availability a ON a.person_id = p.id
                WHERE p.kind = 'staff' AND p.role = 'sales' AND p.enabled AND a.available);

-- desk_contacts(username text, available boolean): visitor bigint
-- Conversations that concern a member of staff who has just become available or gone: their own, and for who came the waiting ones if they are of the
-- sales role.
SELECT c.visitor_id FROM crm.conversation c, crm.person p
 WHERE p.kind = 'staff' AND p.username = $1 AND (c.taken_by = p.id OR $2 AND c.state = 'waiting' AND p.role = 'sales' AND p.enabled)
 ORDER BY c.visitor_id;

-- desk_watchers(visitors bigint[]): visitor bigint, username text
-- Members of staff for whom a visitor is a contact now: the taker, or while it waits whoever was shown it.
SELECT c.visitor_id, p.username FROM crm.conversation c JOIN crm.person p ON p.id = c.taken_by WHERE c.visitor_id = ANY ($1) AND c.state = 'open'
UNION ALL
SELECT c.visitor_id, p.username FROM crm.conversation c JOIN crm.offer o ON o.conversation_id = c.id JOIN crm.person p ON p.id = o.person_id
 WHERE c.visitor_id = ANY ($1) AND c.state = 'waiting';

-- desk_abandoned(): visitor bigint
-- Open conversations in which the visitor waits for an answer of somebody who has gone.
SELECT c.visitor_id FROM crm.conversation c JOIN crm.person p ON p.id = c.taken_by LEFT JOIN crm.availability a ON a.person_id = c.taken_by
 WHERE c.state = 'open' AND c.visitor_at > coalesce(c.staff_at, '-infinity')
   AND (NOT p.enabled OR coalesce(NOT a.available AND a.changed_at < now() - (SELECT value::int FROM crm.setting WHERE key = 'desk.away_seconds') * interval '1 second', true))
 ORDER BY c.visitor_id LIMIT 1000;

-- desk_history(visitor bigint, after bigint?, before bigint?, newest boolean, count bigint): sequence bigint, id text, client_id text?, author text, nick text?, body text, replaces text?, notice text?, stamp text
-- A page of what a visitor may read again (XEP-0313), oldest first. What it corrects is named as the visitor knows it.
SELECT * FROM (
    SELECT m.sequence, m.id, m.client_id, m.author, split_part(p.name, ' ', 1) AS nick, m.body,
           coalesce(r.client_id, r.id::text) AS replaces, m.notice,
           to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      FROM crm.message m LEFT JOIN crm.person p ON p.id = m.person_id
      LEFT JOIN LATERAL (SELECT x.id, CASE WHEN x.author = 'visitor' THEN x.client_id END AS client_id FROM crm.message x WHERE x.id = m.replaces) r ON true
     WHERE m.visitor_id = $1 AND m.sequence > coalesce($2, 0) AND m.sequence < coalesce($3, 9223372036854775807)
     ORDER BY CASE WHEN $4 THEN -m.sequence ELSE m.sequence END
     LIMIT $5) page
 ORDER BY 1;

-- desk_history_size(visitor bigint, after bigint?, before bigint?): count bigint, inside bigint
-- How much there is in all, and within the bounds.
SELECT count(*), count(*) FILTER (WHERE sequence > coalesce($2, 0) AND sequence < coalesce($3, 9223372036854775807))
  FROM crm.message WHERE visitor_id = $1;

-- visitor_show(id bigint, time_zone text): name text?, customer boolean, present boolean, away boolean, place text?, state text?, taker text?, first text, last text?
-- A visitor and their current conversation, as far as the caller may see it; times in a time zone.
SELECT coalesce(own.name, v.name), v.person_id IS NOT NULL, v.present, v.away, v.place, c.state, p.name,
       to_char(v.created_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), to_char(c.visitor_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS')
  FROM crm.visitor v
  LEFT JOIN crm.person own ON own.id = v.person_id
  LEFT JOIN crm.conversation c ON c.visitor_id = v.id AND c.state <> 'closed'
  LEFT JOIN crm.person p ON p.id = c.taken_by
 WHERE v.id = $1;
