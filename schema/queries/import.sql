-- Statements of imports. They run as whoever imports: row security leaves a Lead Person their own.

-- import_add(file text, link text?): id bigint
-- A file that was sent; it is read next.
INSERT INTO crm.import (person_id, file, link) VALUES (nullif(current_setting('crm.person', true), '')::bigint, $1, $2) RETURNING id;

-- import_same(link text): id bigint, state text
-- An import of the same link that has not ended.
SELECT id, state FROM crm.import WHERE link = $1 AND state IN ('reading', 'waiting', 'running') ORDER BY id DESC LIMIT 1;

-- import_show(id bigint, zone text): id bigint, person bigint, who text, file text, link text?, state text, why text?, headers text, fields text, duplicates text, source text, problems text, rows bigint, good bigint, known bigint, twins bigint, done_until bigint, dealt bigint, added bigint, updated bigint, skipped bigint, rejected bigint, taken_back bigint, message text, at text, ended text?
-- An import, as far as it is.
SELECT i.id, i.person_id, p.name, i.file, i.link, i.state, i.why, i.headers, i.fields, i.duplicates, i.source, i.problems, i.rows, i.good, i.known, i.twins, i.done_until,
       i.dealt, i.added, i.updated, i.skipped, i.rejected, i.taken_back, i.message_id, to_char(i.created_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI'),
       to_char(i.ended_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI')
  FROM crm.import i JOIN crm.person p ON p.id = i.person_id WHERE i.id = $1;

-- import_lock(id bigint): state text, person bigint
-- Holds an import until the end of the transaction.
SELECT state, person_id FROM crm.import WHERE id = $1 FOR UPDATE;

-- import_list(before bigint?, count bigint, zone text): id bigint, file text, state text, who text, rows bigint, added bigint, updated bigint, skipped bigint, rejected bigint, at text
-- Imports, newest first, behind one.
SELECT i.id, i.file, i.state, p.name, i.rows, i.added, i.updated, i.skipped, i.rejected, to_char(i.created_at AT TIME ZONE $3, 'YYYY-MM-DD HH24:MI')
  FROM crm.import i JOIN crm.person p ON p.id = i.person_id WHERE ($1::bigint IS NULL OR i.id < $1) ORDER BY i.id DESC LIMIT $2;

-- import_refuse(id bigint, why text)
-- Nothing comes of it.
UPDATE crm.import SET state = 'refused', why = left($2, 500), ended_at = now() WHERE id = $1;

-- import_forget_rows(id bigint)
-- Takes its rows away.
DELETE FROM crm.import_row WHERE import_id = $1;

-- import_stage(id bigint, numbers bigint[], cells text[])
-- Keeps rows as they are in the file.
INSERT INTO crm.import_row (import_id, number, cells) SELECT $1, r.number, r.cells FROM unnest($2::bigint[], $3::text[]) AS r (number, cells);

-- import_count_known(emails text[], phones text[]): known bigint
-- How many of these have the email or the phone of a lead.
SELECT crm.import_count_known($1, $2);

-- import_read(id bigint, headers text, fields text, rows bigint, good bigint, known bigint, twins bigint, problems text, source text)
-- The dry run is over: it waits for a yes.
UPDATE crm.import SET state = 'waiting', headers = $2, fields = $3, rows = $4, good = $5, known = $6, twins = $7, problems = $8, source = $9 WHERE id = $1;

-- import_start(id bigint, duplicates text, source text)
-- It begins.
UPDATE crm.import SET state = 'running', duplicates = $2, source = $3, began_at = now(), told_at = now() WHERE id = $1 AND state = 'waiting';

-- import_remap(id bigint, fields text)
-- The columns are something else: the rows are looked at again.
UPDATE crm.import SET state = 'reading', fields = $2 WHERE id = $1 AND state = 'waiting';

-- import_rows(id bigint, after bigint, count bigint): number bigint, cells text
-- The next rows that are not dealt with: so many, or four megabytes of them and the one that is too much, for a row can be a megabyte.
SELECT number, cells FROM (SELECT number, cells, sum(octet_length(cells)) OVER (ORDER BY number) - octet_length(cells) AS before
                             FROM (SELECT number, cells FROM crm.import_row WHERE import_id = $1 AND number > $2 ORDER BY number LIMIT $3) AS r) AS s
 WHERE before < 4194304 ORDER BY number;

-- import_slice(id bigint, upto bigint, numbers bigint[], names text[], emails text[], phones text[], sources text[], budgets text[], currencies text[], requirements text[], follow_ups text[], tags text[], added_fields text[], rejected bigint[], problems text[]): added bigint, updated bigint, skipped bigint, refused text?, tell boolean
-- Deals with some rows.
SELECT added, updated, skipped, refused, tell FROM crm.import_slice($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- import_end(id bigint)
-- All rows are dealt with.
UPDATE crm.import SET state = 'done', ended_at = now() WHERE id = $1 AND state = 'running';

-- import_stop(id bigint, state text, why text)
-- What it is in cannot go on: what is in stays in. One that somebody takes back since is not stopped.
UPDATE crm.import SET state = 'stopped', why = left($3, 500), ended_at = now() WHERE id = $1 AND state = $2;

-- import_rejected(id bigint, after bigint, count bigint): number bigint, cells text, problem text
-- Rows that did not go in, to be sent back; some at a time, as import_rows.
SELECT number, cells, coalesce(problem, 'The import ended before this row.')
  FROM (SELECT number, cells, problem, sum(octet_length(cells)) OVER (ORDER BY number) - octet_length(cells) AS before
          FROM (SELECT number, cells, problem FROM crm.import_row WHERE import_id = $1 AND number > $2 ORDER BY number LIMIT $3) AS r) AS s
 WHERE before < 4194304 ORDER BY number;

-- import_undo(id bigint)
-- It is to be taken back; one that has not begun is dropped.
UPDATE crm.import SET state = CASE WHEN state IN ('reading', 'waiting') THEN 'undone' ELSE 'undoing' END,
       ended_at = CASE WHEN state IN ('reading', 'waiting') THEN now() ELSE ended_at END
 WHERE id = $1 AND state IN ('reading', 'waiting', 'running', 'done', 'stopped');

-- import_undo_slice(id bigint, most bigint): done bigint
-- Takes back some of it.
SELECT crm.import_undo_slice($1, $2);

-- import_undone(id bigint)
-- All of it is taken back.
UPDATE crm.import SET state = 'undone', ended_at = now() WHERE id = $1 AND state = 'undoing';

-- import_touched(id bigint): touched bigint
-- How many of its leads somebody has worked on since.
SELECT crm.import_touched($1);

-- import_setting(key text): value text
-- A setting's value, for whoever may not read them all.
SELECT crm.setting_value($1);

-- import_sources(): name text, label text
-- What a lead can come from.
SELECT name, label FROM crm.lead_source ORDER BY name;

-- file_add(id text, token text, person bigint, name text, type text): until text
-- A file behind a link, for as many hours as the setting says.
INSERT INTO crm.file (id, token_sha256, person_id, name, type, expires_at)
VALUES ($1::uuid, $2, $3, $4, $5, now() + crm.setting_value('files.hours')::int * interval '1 hour') RETURNING expires_at::text;

-- file_part(id text, number bigint, bytes text)
-- A part of it, in base64.
INSERT INTO crm.file_part (file_id, number, bytes) VALUES ($1::uuid, $2, decode($3, 'base64'));

-- file_size(id text, size bigint)
-- How large it came out.
UPDATE crm.file SET size = $2 WHERE id = $1::uuid;

-- file_expired(): id text
-- A file whose time is over. As crm_system.
SELECT id FROM crm.file WHERE expires_at < now() ORDER BY expires_at LIMIT 1;

-- file_drop_parts(id text, count bigint)
-- Takes away some of its parts. As crm_system.
DELETE FROM crm.file_part WHERE file_id = $1::uuid AND number IN (SELECT number FROM crm.file_part WHERE file_id = $1::uuid LIMIT $2);

-- file_drop(id text)
-- Takes it away. As crm_system.
DELETE FROM crm.file WHERE id = $1::uuid;

-- import_stale(): id bigint
-- An import that has waited a week for a yes. As crm_system.
SELECT id FROM crm.import WHERE state = 'waiting' AND created_at < now() - interval '7 days' ORDER BY id LIMIT 1;

-- import_drop_stale(id bigint)
-- Nobody said yes. As crm_system.
UPDATE crm.import SET state = 'undone', ended_at = now() WHERE id = $1 AND state = 'waiting';

-- lead_export_put(format text, list jsonb): put text?
-- Puts the job that makes a file of a list of leads, as whoever asks.
SELECT crm.job_put('lead.export', gen_random_uuid()::text, now(), nullif(current_setting('crm.person', true), '')::bigint, $2 || jsonb_build_object('format', $1))::text;

-- lead_export_page(list jsonb, after bigint?, size bigint, zone text, fields text[]): id bigint, name text, email text?, phone text?, status text, reason text?, source text, assignee_name text?, budget text?, follow_up text?, requirements text?, tags text?, added text, score int?, added_fields text?
-- A page of that list, with all that there is of each lead, for whoever asks; what it has in its added fields is one text, in their order, U+001F between.
SELECT l.id, l.name, l.email, l.phone, l.status, l.reason, l.source, a.name, (l.budget_minor::numeric / 100)::text || ' ' || l.budget_currency,
       to_char(l.follow_up_at AT TIME ZONE $4, 'YYYY-MM-DD HH24:MI'), l.requirements,
       (SELECT string_agg(t.tag, ', ' ORDER BY t.tag) FROM crm.lead_tag t WHERE t.lead_id = l.id), to_char(l.created_at AT TIME ZONE $4, 'YYYY-MM-DD HH24:MI'), l.score::int,
       (SELECT string_agg(coalesce(CASE f.type WHEN 'date' THEN to_char(v.value::timestamptz AT TIME ZONE $4, 'YYYY-MM-DD HH24:MI') ELSE v.value END, ''), E'\x1f' ORDER BY n.place)
          FROM unnest($5) WITH ORDINALITY AS n (name, place) LEFT JOIN crm.lead_field f ON f.name = n.name
          LEFT JOIN crm.lead_value v ON v.field_id = f.id AND v.lead_id = l.id)
  FROM crm.lead_page($1, $2, $3) WITH ORDINALITY AS p (id, turn)
  JOIN crm.lead l ON l.id = p.id LEFT JOIN crm.person a ON a.id = l.assignee
 ORDER BY p.turn;

-- lead_export_format(list jsonb): format text
-- As what the file is wanted.
SELECT $1->>'format';
