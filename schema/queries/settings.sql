-- Statements of settings, the audit and the counts: what Admins (and for the counts Managers) ask. All run as the caller's role.

-- settings_list(): key text, value text
-- What is set.
SELECT key, value FROM crm.setting ORDER BY key;

-- settings_value(key text): value text
-- The value that a setting has.
SELECT value FROM crm.setting WHERE key = $1;

-- settings_lock(key text): value text
-- The value that a setting has, until this is committed.
SELECT value FROM crm.setting WHERE key = $1 FOR UPDATE;

-- settings_set(key text, value text)
-- Gives a setting its value.
UPDATE crm.setting SET value = $2 WHERE key = $1;

-- audit_list(person bigint?, target text?, command text?, since text?, before bigint?, time_zone text, show text, reads text[], request text?, count bigint): id bigint, at text, who text, surface text, command text, target text?, outcome text, arguments text
-- Who asked for what, newest first; filters that are NULL take all. `reads` are the commands that only look: "reads" shows them alone, "changes"
-- all else and which of them were forbidden, "all" everything. A person that it is about is called by their name.
SELECT a.id, to_char(a.at AT TIME ZONE $6, 'YYYY-MM-DD HH24:MI:SS'), a.who, a.surface, a.command,
       coalesce((SELECT p.name FROM crm.person p WHERE p.id = substring(a.target FROM '^person-([0-9]{1,18})$')::bigint),
                regexp_replace(a.target, '^person-', '')), a.outcome,
       coalesce((SELECT string_agg(v.key || '=' || v.value, ', ' ORDER BY v.key) FROM jsonb_each_text(a.arguments) v), '')
  FROM crm.audit a
 WHERE ($1::bigint IS NULL OR a.person_id = $1) AND ($2::text IS NULL OR a.target = coalesce((SELECT 'person-' || p.id FROM crm.person p WHERE p.kind = 'staff' AND p.username = $2), $2)) AND ($3::text IS NULL OR a.command = $3)
   AND ($4::text IS NULL OR a.at >= $4::timestamptz) AND a.id < coalesce($5, 9223372036854775807)
   AND CASE $7 WHEN 'changes' THEN a.command <> ALL ($8::text[]) OR a.outcome = 'forbidden' WHEN 'reads' THEN a.command = ANY ($8::text[]) ELSE true END
   AND ($9::text IS NULL OR a.request = $9)
 ORDER BY a.id DESC LIMIT $10;

-- stats_leads(): status text, leads bigint
-- How many leads there are of each status, for whoever asks.
SELECT s.status, count(l.id)
  FROM unnest(ARRAY['new', 'assigned', 'contacted', 'follow-up', 'qualified', 'converted', 'won', 'lost']) WITH ORDINALITY AS s (status, place)
  LEFT JOIN crm.lead l ON l.status = s.status AND l.deleted_at IS NULL
 GROUP BY s.status, s.place ORDER BY s.place;

-- stats_desk(time_zone text): waiting bigint, open bigint, available bigint, from_visitors bigint, from_staff bigint
-- What happens at the desk now, and how much was said since midnight of the reader's day.
SELECT (SELECT count(*) FROM crm.conversation WHERE state = 'waiting'), (SELECT count(*) FROM crm.conversation WHERE state = 'open'),
       (SELECT count(*) FROM crm.availability a JOIN crm.person p ON p.id = a.person_id WHERE a.available AND p.enabled AND p.role = 'sales'),
       count(*) FILTER (WHERE m.author = 'visitor'), count(*) FILTER (WHERE m.author = 'staff')
  FROM crm.message m WHERE m.created_at >= date_trunc('day', now() AT TIME ZONE $1) AT TIME ZONE $1;
