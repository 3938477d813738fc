-- Statements of the outbox. All run as crm_system.

-- outbox_add(channels text[], recipients text[], messages text[], senders text[], bodies text[], replaces text[], notices text[], nicks text[], sequences text[], to_visitor text[])
-- Queues messages, one row per (message, recipient), in this order.
INSERT INTO crm.outbox (channel, recipient, message_id, sender, body, replaces, notice, nick, sequence, to_visitor)
SELECT n.channel, n.recipient, n.message::uuid, n.sender, n.body, n.replaces, n.notice, n.nick, n.sequence::bigint, n.to_visitor::boolean
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
       WITH ORDINALITY AS n (channel, recipient, message, sender, body, replaces, notice, nick, sequence, to_visitor, turn)
 ORDER BY n.turn
    ON CONFLICT (message_id, recipient) DO NOTHING;

-- outbox_pending(channels text[], count bigint): id bigint, channel text, recipient text, message text, sender text, body text, replaces text?, notice text?, nick text?, sequence bigint?, to_visitor boolean, options text?, stamp text, age bigint
-- The next rows of each channel that can go out now: all for staff; for a visitor while they are there.
SELECT o.id, o.channel, o.recipient, o.message_id, o.sender, o.body, o.replaces, o.notice, o.nick, o.sequence, o.to_visitor, array_to_string(o.options, E'\n'),
       to_char(o.written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), extract(epoch FROM clock_timestamp() - o.written_at)::bigint
  FROM unnest($1::text[]) AS c (channel),
       LATERAL (SELECT * FROM crm.outbox x
                 WHERE x.channel = c.channel AND x.state = 'pending'
                   AND (NOT x.to_visitor OR EXISTS (SELECT 1 FROM crm.visitor v WHERE v.address = x.recipient AND v.present))
                 ORDER BY x.id LIMIT $2) o
 ORDER BY o.channel, o.id;

-- outbox_routed(ids bigint[]): channel text
-- Prosody has processed these: for staff, whose archive holds them now, that settles the row. Returns the channels, which may have room for more.
UPDATE crm.outbox SET state = 'routed', settled_at = now() WHERE id = ANY ($1) AND state = 'pending' AND NOT to_visitor RETURNING channel;

-- outbox_delivered(messages text[], recipients text[])
-- The recipient's client has it (XEP-0184).
UPDATE crm.outbox o SET state = 'delivered', settled_at = now()
  FROM unnest($1::text[], $2::text[]) AS n (message, recipient)
 WHERE o.message_id = n.message::uuid AND o.recipient = n.recipient AND o.state IN ('pending', 'routed');

-- outbox_failed(message text, recipient text): channel text, sender text
-- The recipient's server refused it for good.
UPDATE crm.outbox SET state = 'failed', settled_at = now()
 WHERE message_id = CASE WHEN $1 ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN $1::uuid END
   AND recipient = $2 AND state IN ('pending', 'routed')
RETURNING channel, sender;

-- outbox_doubtful(after bigint, count bigint, domain text): id bigint, recipient text, message text, sent_after double precision
-- Rows for accounts of a domain (staff, or customers) that may have been sent on a connection that has ended: their archives are asked before they go out again.
SELECT id, recipient, message_id, extract(epoch FROM created_at)::float8 FROM crm.outbox
 WHERE state = 'pending' AND NOT to_visitor AND id > $1 AND split_part(recipient, '@', 2) = $3 ORDER BY id LIMIT $2;

-- outbox_held(messages text[], recipients text[])
-- The recipients' archives hold these already.
UPDATE crm.outbox o SET state = 'routed', settled_at = now()
  FROM unnest($1::text[], $2::text[]) AS n (message, recipient)
 WHERE o.message_id = n.message::uuid AND o.recipient = n.recipient AND o.state = 'pending';

-- outbox_channels(after text, count bigint): channel text
-- Channels with something to send.
SELECT DISTINCT channel FROM crm.outbox WHERE state = 'pending' AND channel > $1 ORDER BY channel LIMIT $2;

-- outbox_prune(count bigint)
-- Forgets settled rows after a week, and what a visitor has not fetched in a month, some at a time. The conversation itself stays in crm.message.
DELETE FROM crm.outbox WHERE id IN (
    (SELECT id FROM crm.outbox WHERE state <> 'pending' AND settled_at < now() - interval '7 days' LIMIT $1)
    UNION ALL
    (SELECT id FROM crm.outbox WHERE state = 'pending' AND to_visitor AND created_at < now() - interval '1 month' LIMIT $1));

-- inbound_prune(count bigint)
-- Forgets what was taken in after a week: the window of deduplication.
DELETE FROM crm.inbound WHERE key IN (SELECT key FROM crm.inbound WHERE at < now() - interval '7 days' LIMIT $1);

-- stream_mark_read(): heard_until double precision
-- Up to when (Prosody's clock) all that staff sent is committed.
SELECT heard_until FROM crm.stream_mark;

-- stream_mark_move(heard_until double precision)
-- Everything that staff sent before this is committed.
UPDATE crm.stream_mark SET heard_until = $1 WHERE heard_until < $1;
