-- Statements of leads. All run as the caller's role: row security decides which leads there are.

-- lead_add(name text, email text?, phone text?, source text, budget_minor bigint?, budget_currency text?, requirements text?, follow_up_at text?, assignee bigint?, creator bigint): id bigint
-- A new lead; assigned at once when somebody is named.
INSERT INTO crm.lead (name, email, phone, source, status, budget_minor, budget_currency, requirements, follow_up_at, assignee, creator)
VALUES ($1, $2, $3, $4, CASE WHEN $9 IS NULL THEN 'new' ELSE 'assigned' END, $5, $6, $7, $8::timestamptz, $9, $10)
RETURNING id;

-- lead_same_hold(email text?, phone text?): held text
-- Two who enter the same contact at once wait for each other, in this order always, so that nobody waits in a ring. A statement of its own: only what begins behind it
-- sees what the other has added.
SELECT concat(pg_advisory_xact_lock(hashtextextended('crm.lead email ' || lower($1), 0)), pg_advisory_xact_lock(hashtextextended('crm.lead phone ' || $2, 0)));

-- lead_same_seen(email text?, phone text?, but bigint?): id bigint, what text, name text?
-- Leads that have one of these contacts; the name only of those that whoever asks may see.
SELECT s.id, s.what, l.name FROM crm.lead_same($1, $2, $3) s LEFT JOIN crm.lead l ON l.id = s.id AND l.deleted_at IS NULL ORDER BY s.id, s.what;

-- lead_overseers(id bigint): id bigint
-- Who manages the person whose lead it is.
SELECT o FROM crm.lead_overseers($1) AS o;

-- lead_show(id bigint, time_zone text?): name text, email text?, phone text?, source text, source_label text, status text, reason text?, assignee bigint?, assignee_name text?, assignee_username text?, creator_name text?, budget_minor bigint?, budget_currency text?, requirements text?, follow_up text?, created text, tags text?, score int?
-- One lead, its times in a time zone, or in the assigned person's.
SELECT l.name, l.email, l.phone, l.source, s.label, l.status, l.reason, l.assignee, a.name, a.username, c.name, l.budget_minor, l.budget_currency, l.requirements,
       to_char(l.follow_up_at AT TIME ZONE coalesce($2, a.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS'), to_char(l.created_at AT TIME ZONE coalesce($2, a.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS'),
       (SELECT string_agg(t.tag, ', ' ORDER BY t.tag) FROM crm.lead_tag t WHERE t.lead_id = l.id), l.score::int
  FROM crm.lead l
  JOIN crm.lead_source s ON s.name = l.source
  LEFT JOIN crm.person a ON a.id = l.assignee
  LEFT JOIN crm.person c ON c.id = l.creator
 WHERE l.id = $1 AND l.deleted_at IS NULL;

-- lead_notes(id bigint, time_zone text, count bigint): at text, person_name text, body text
-- The last notes on a lead, newest first.
SELECT to_char(n.at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), p.name, n.body
  FROM crm.lead_note n JOIN crm.person p ON p.id = n.person_id
 WHERE n.lead_id = $1 AND n.taken_back_at IS NULL ORDER BY n.id DESC LIMIT $3;

-- lead_moves(id bigint): to_status text
-- Where a lead can go from where it is: to "assigned" only with somebody, to "new" only without.
SELECT m.to_status FROM crm.lead l JOIN crm.lead_move m ON m.from_status = l.status
 WHERE l.id = $1 AND (m.to_status <> 'assigned' OR l.assignee IS NOT NULL) AND (m.to_status <> 'new' OR l.assignee IS NULL);

-- lead_newest(statuses text[], after bigint?): id bigint, name text, status text, assignee_name text?, budget_minor bigint?, budget_currency text?, follow_up text?
-- The newest leads of some statuses, behind one of them: what is asked for most, as a statement whose plan is right for any of them, and so is kept. From each
-- status so many as a page can have and one, by an index. The planner is not to know the parameters, hence (SELECT $1): a plan of its own for each value is no better
-- then, and PostgreSQL keeps the one for all (plan_cache_mode). The limit is written out for the same reason: it would count with a tenth of all leads.
SELECT l.id, l.name, l.status, a.name, l.budget_minor, l.budget_currency, NULL
  FROM (SELECT newest.id FROM unnest((SELECT $1)) AS wanted (status)
         CROSS JOIN LATERAL (
               SELECT i.id, i.created_at FROM crm.lead i
                WHERE i.deleted_at IS NULL AND i.status = wanted.status
                  AND (i.created_at, i.id) < (SELECT CASE WHEN after.id IS NULL THEN 'infinity' ELSE coalesce(m.created_at, '-infinity') END, coalesce(after.id, 0)
                                                FROM (SELECT (SELECT $2)) AS after (id) LEFT JOIN crm.lead m ON m.id = after.id)
                ORDER BY i.created_at DESC, i.id DESC LIMIT 21) AS newest
         ORDER BY newest.created_at DESC, newest.id DESC LIMIT 21) AS page
  JOIN crm.lead l ON l.id = page.id LEFT JOIN crm.person a ON a.id = l.assignee
 ORDER BY l.created_at DESC, l.id DESC;

-- lead_newest_count(statuses text[]): total bigint
-- How many leads have one of these statuses, at most 201. In the order of an index, so that none is looked for in the whole table.
SELECT count(*)
  FROM (SELECT FROM unnest((SELECT $1)) AS wanted (status)
         CROSS JOIN LATERAL (SELECT FROM crm.lead i WHERE i.deleted_at IS NULL AND i.status = wanted.status ORDER BY i.created_at DESC LIMIT 201) AS newest
         LIMIT 201) AS counted;

-- lead_list(list jsonb, after bigint?, size bigint, time_zone text): id bigint, name text, status text, assignee_name text?, budget_minor bigint?, budget_currency text?, follow_up text?, score int?
-- A page of leads in an order, behind one of them; the list is what component/lead/filter.c makes.
SELECT l.id, l.name, l.status, a.name, l.budget_minor, l.budget_currency, to_char(l.follow_up_at AT TIME ZONE $4, 'YYYY-MM-DD HH24:MI:SS'), l.score::int
  FROM crm.lead_page($1, $2, $3) WITH ORDINALITY AS p (id, place)
  JOIN crm.lead l ON l.id = p.id LEFT JOIN crm.person a ON a.id = l.assignee
 ORDER BY p.place;

-- lead_count(list jsonb, most bigint): total bigint
-- How many leads such a list has, at most so many.
SELECT crm.lead_count($1, $2);

-- lead_span(local text?, from_now text?, time_zone text): first bigint, last bigint
-- What a clock in a time zone means, or what is so long from now, in seconds since 1970: the first and the last that it can; a day is all of it, else a minute.
SELECT extract(epoch FROM at)::bigint,
       extract(epoch FROM CASE WHEN $1 IS NOT NULL AND (at AT TIME ZONE $3)::time = '00:00' THEN ((at AT TIME ZONE $3) + interval '1 day') AT TIME ZONE $3
                               ELSE at + interval '1 minute' END)::bigint - 1
  FROM (SELECT coalesce($1::timestamp AT TIME ZONE $3, now() + $2::interval)) AS moment (at);

-- lead_due(due text, time_zone text): since text?, until text
-- What a word for when a lead is to be followed up means on the clock of a time zone: from when on (NULL: from ever) and up to when.
WITH clock (day, week) AS (SELECT date_trunc('day', now() AT TIME ZONE $2), date_trunc('week', now() AT TIME ZONE $2))
SELECT (CASE $1 WHEN 'today' THEN day WHEN 'tomorrow' THEN day + interval '1 day' WHEN 'week' THEN week END AT TIME ZONE $2)::text,
       CASE $1 WHEN 'overdue' THEN now() WHEN 'any' THEN 'infinity'
               ELSE CASE $1 WHEN 'tomorrow' THEN day + interval '2 days' WHEN 'week' THEN week + interval '7 days' ELSE day + interval '1 day' END AT TIME ZONE $2 END::text
  FROM clock;

-- lead_earlier(moment timestamptz?, age text?): at text?
-- The earlier of a moment and one that is so long ago.
SELECT least($1, now() - $2::interval)::text;

-- lead_lock(id bigint): name text, status text, assignee bigint?
-- The lead under whose lock it is changed, so that what the handler decides on holds until commit.
SELECT name, status, assignee FROM crm.lead WHERE id = $1 AND deleted_at IS NULL FOR UPDATE;

-- lead_lock_any(id bigint): name text, assignee bigint?, deleted boolean, merged_into bigint?
-- The same for a lead that may be deleted.
SELECT name, assignee, deleted_at IS NOT NULL, merged_into FROM crm.lead WHERE id = $1 AND erased_at IS NULL FOR UPDATE;

-- lead_edit(id bigint, name text?, email text?, no_email boolean, phone text?, no_phone boolean, source text?, budget_minor bigint?, budget_currency text?, no_budget boolean, requirements text?, no_requirements boolean, follow_up_at timestamptz?, no_follow_up boolean)
-- Changes what is given, and takes away what is named with no_.
UPDATE crm.lead
   SET name = coalesce($2, name),
       email = CASE WHEN NOT $4 THEN coalesce($3, email) END,
       phone = CASE WHEN NOT $6 THEN coalesce($5, phone) END,
       source = coalesce($7, source),
       budget_minor = CASE WHEN NOT $10 THEN coalesce($8, budget_minor) END,
       budget_currency = CASE WHEN NOT $10 THEN coalesce($9, budget_currency) END,
       requirements = CASE WHEN NOT $12 THEN coalesce($11, requirements) END,
       follow_up_at = CASE WHEN NOT $14 THEN coalesce($13, follow_up_at) END
 WHERE id = $1 AND deleted_at IS NULL;

-- lead_move(id bigint, status text, reason text?)
-- Moves a lead; the reason why it was over goes when it is not any more.
UPDATE crm.lead SET status = $2, reason = $3 WHERE id = $1 AND deleted_at IS NULL;

-- lead_note_add(id bigint, person bigint, body text)
-- Writes a note on a lead that is there.
INSERT INTO crm.lead_note (lead_id, person_id, body) SELECT id, $2, $3 FROM crm.lead WHERE id = $1 AND deleted_at IS NULL;

-- lead_tags(id bigint): tag text
-- The tags of a lead.
SELECT tag FROM crm.lead_tag WHERE lead_id = $1 ORDER BY tag;

-- lead_tags_used(part text?, count bigint): tag text
-- Tags that leads have, in their order, from one to the next by the index; those that hold a part.
WITH RECURSIVE used (tag) AS (
    SELECT min(t.tag) FROM crm.lead_tag t
    UNION ALL
    SELECT (SELECT min(t.tag) FROM crm.lead_tag t WHERE t.tag > u.tag) FROM used u WHERE u.tag IS NOT NULL)
SELECT tag FROM used WHERE tag IS NOT NULL AND ($1::text IS NULL OR strpos(tag, lower($1)) > 0) LIMIT $2;

-- lead_tag_add(id bigint, tags text[])
-- Puts tags on a lead; those that are there already stay.
INSERT INTO crm.lead_tag (lead_id, tag) SELECT $1, tag FROM unnest($2::text[]) AS tag ON CONFLICT DO NOTHING;

-- lead_tag_remove(id bigint, tags text[])
-- Takes tags off a lead.
DELETE FROM crm.lead_tag WHERE lead_id = $1 AND tag = ANY ($2);

-- lead_history(id bigint, time_zone text, before bigint?, count bigint): id bigint, at text, person_name text?, surface text?, field text, was text?, is_now text?, origin bigint?
-- What happened to a lead, newest first: people by name, notes by their text, times in a time zone.
SELECT e.id, to_char(e.at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), p.name, e.surface, e.field,
       CASE e.field WHEN 'assignee' THEN w.name WHEN 'source' THEN ws.label
            WHEN 'follow_up_at' THEN to_char(e.was::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS')
            WHEN 'followed_up_at' THEN to_char(e.was::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS') WHEN 'note' THEN wt.body ELSE e.was END,
       CASE e.field WHEN 'assignee' THEN n.name WHEN 'source' THEN ns.label WHEN 'note' THEN t.body
            WHEN 'follow_up_at' THEN to_char(e.is_now::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS')
            WHEN 'followed_up_at' THEN to_char(e.is_now::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS')
            WHEN 'follow_up_missed' THEN to_char(e.is_now::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS') ELSE e.is_now END,
       e.origin
  FROM (SELECT * FROM crm.lead_event x
         WHERE x.lead_id = $1 AND x.id < coalesce($3, 9223372036854775807) ORDER BY x.id DESC LIMIT $4) e
  LEFT JOIN crm.person p ON p.id = e.person_id
  LEFT JOIN crm.person w ON e.field = 'assignee' AND w.id = CASE e.field WHEN 'assignee' THEN e.was::bigint END
  LEFT JOIN crm.person n ON e.field = 'assignee' AND n.id = CASE e.field WHEN 'assignee' THEN e.is_now::bigint END
  LEFT JOIN crm.lead_source ws ON e.field = 'source' AND ws.name = e.was
  LEFT JOIN crm.lead_source ns ON e.field = 'source' AND ns.name = e.is_now
  LEFT JOIN crm.lead_note t ON e.field = 'note' AND t.id = CASE e.field WHEN 'note' THEN e.is_now::bigint END
  LEFT JOIN crm.lead_note wt ON e.field = 'note' AND wt.id = CASE e.field WHEN 'note' THEN e.was::bigint END
 ORDER BY e.id DESC;

-- lead_delete(id bigint)
-- Deletes a lead so that it can be restored.
UPDATE crm.lead SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL;

-- lead_find(list jsonb, after bigint?, size bigint): id bigint, name text, status text, assignee_name text?, phone text?, nearly boolean, cut boolean
-- A page of what a search finds, behind one of them: `nearly` is not quite what was looked for; `cut`: not all that have it were looked at.
SELECT l.id, l.name, l.status, a.name, l.phone, f.nearly, f.cut
  FROM (SELECT * FROM crm.lead_find($1, $2, $3) WITH ORDINALITY) AS f (id, nearly, cut, place)
  JOIN crm.lead l ON l.id = f.id LEFT JOIN crm.person a ON a.id = l.assignee
 ORDER BY f.place;

-- lead_find_whole(text text): whole boolean
-- Whether find looks through all that its caller may see: crm.lead_find_all() does not for one letter or two.
SELECT length($1) >= 3 OR NOT has_function_privilege('crm.lead_find_all(jsonb, bigint, bigint)', 'EXECUTE');

-- lead_deleted(time_zone text, after bigint?, count bigint): id bigint, name text, deleted text, assignee_name text?
-- Deleted leads, the last deleted first, behind one of them.
SELECT l.id, l.name, to_char(l.deleted_at AT TIME ZONE $1, 'YYYY-MM-DD HH24:MI:SS'), a.name
  FROM crm.lead l LEFT JOIN crm.person a ON a.id = l.assignee
 WHERE l.deleted_at IS NOT NULL AND l.erased_at IS NULL AND l.merged_into IS NULL
   AND ($2 IS NULL OR (l.deleted_at, l.id) < (SELECT m.deleted_at, m.id FROM crm.lead m WHERE m.id = $2))
 ORDER BY l.deleted_at DESC, l.id DESC LIMIT $3;

-- lead_deleted_mark(id bigint): id bigint
-- Whether a lead is among the deleted ones.
SELECT id FROM crm.lead WHERE id = $1 AND deleted_at IS NOT NULL;

-- lead_restore(id bigint)
-- Brings a deleted lead back.
UPDATE crm.lead SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL AND merged_into IS NULL;

-- lead_assign(id bigint, assignee bigint?)
-- Gives a lead to somebody: a new one becomes assigned; or to nobody: an assigned one becomes new.
UPDATE crm.lead
   SET assignee = $2,
       status = CASE WHEN status = 'new' AND $2 IS NOT NULL THEN 'assigned' WHEN status = 'assigned' AND $2 IS NULL THEN 'new' ELSE status END
 WHERE id = $1 AND deleted_at IS NULL;

-- lead_open_count(person bigint): name text, enabled boolean, count bigint
-- Somebody, and how many leads they still work on.
SELECT p.name, p.enabled, (SELECT count(*) FROM crm.lead l WHERE l.assignee = p.id AND l.deleted_at IS NULL AND l.status NOT IN ('won', 'lost'))
  FROM crm.person p WHERE p.id = $1;

-- lead_hand_over(former bigint, heir bigint, most bigint): count bigint
-- Gives what somebody still works on to somebody else, the oldest first.
WITH given AS (UPDATE crm.lead SET assignee = $2
                WHERE id IN (SELECT id FROM crm.lead WHERE assignee = $1 AND deleted_at IS NULL AND status NOT IN ('won', 'lost') ORDER BY id LIMIT $3 FOR UPDATE)
                RETURNING 1)
SELECT count(*) FROM given;

-- lead_sources(): name text, label text, retired boolean
-- Where leads come from.
SELECT name, label, retired FROM crm.lead_source ORDER BY retired, NOT built_in, label;

-- lead_source_named(given text): name text, label text, built_in boolean
-- The source of that name, or the one that people call so.
SELECT name, label, built_in FROM crm.lead_source WHERE name = lower($1) OR lower(label) = lower($1);

-- lead_source_found(part text?, count bigint): name text, label text
-- Sources that can be taken away, to choose from; those that hold a part.
SELECT name, label FROM crm.lead_source
 WHERE NOT built_in AND NOT retired AND ($1::text IS NULL OR strpos(lower(label), lower($1)) > 0) ORDER BY label LIMIT $2;

-- lead_source_add(name text, label text): name text
-- A new source, or one that was retired under that name; no row when there is one that is called so.
INSERT INTO crm.lead_source AS s (name, label)
SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM crm.lead_source o WHERE lower(o.label) = lower($2) AND NOT o.retired)
ON CONFLICT (name) DO UPDATE SET retired = false, label = excluded.label WHERE s.retired
RETURNING name;

-- lead_source_remove(name text)
-- Takes away a source that no lead came from, not even a deleted one.
DELETE FROM crm.lead_source s WHERE s.name = $1 AND NOT s.built_in AND NOT EXISTS (SELECT 1 FROM crm.lead l WHERE l.source = s.name);

-- lead_source_retire(name text)
-- Has a source offered no more.
UPDATE crm.lead_source SET retired = true WHERE name = $1 AND NOT built_in;

-- lead_fields(): id bigint, name text, label text, type text, choices text?
-- The fields of leads that Admins have defined; choices have a line each.
SELECT id, name, label, type, array_to_string(choices, E'\n') FROM crm.lead_field ORDER BY id;

-- lead_field_named(given text): id bigint, name text, label text, type text
-- The field of that name, or the one that people call so.
SELECT id, name, label, type FROM crm.lead_field WHERE name = lower($1) OR lower(label) = lower($1) ORDER BY name = lower($1) DESC LIMIT 1;

-- lead_field_found(part text?, count bigint): name text, label text
-- Fields to choose from; those that hold a part.
SELECT name, label FROM crm.lead_field WHERE $1::text IS NULL OR strpos(lower(label), lower($1)) > 0 ORDER BY label LIMIT $2;

-- lead_field_add(name text, label text, type text, choices text[]?): name text
-- A new field; no row when there is one that is called so.
INSERT INTO crm.lead_field (name, label, type, choices) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING name;

-- lead_field_used(id bigint): leads bigint
-- How many leads have something in a field, counted to a thousand.
SELECT count(*) FROM (SELECT 1 FROM crm.lead_value v WHERE v.field_id = $1 LIMIT 1000) AS used;

-- lead_field_remove(id bigint)
-- Takes a field away with all that leads have in it.
DELETE FROM crm.lead_field WHERE id = $1;

-- lead_values(id bigint, time_zone text): name text, label text, type text, value text
-- What a lead has in its added fields, its times in a time zone.
SELECT f.name, f.label, f.type, CASE f.type WHEN 'date' THEN to_char(v.value::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS') ELSE v.value END
  FROM crm.lead_value v JOIN crm.lead_field f ON f.id = v.field_id WHERE v.lead_id = $1 ORDER BY f.id;

-- lead_values_shown(ids bigint[], names text[], time_zone text): id bigint, name text, value text
-- What some leads have in some of their added fields, times in a time zone.
SELECT v.lead_id, f.name, CASE f.type WHEN 'date' THEN to_char(v.value::timestamptz AT TIME ZONE $3, 'YYYY-MM-DD HH24:MI:SS') ELSE v.value END
  FROM crm.lead_value v JOIN crm.lead_field f ON f.id = v.field_id WHERE v.lead_id = ANY ($1) AND f.name = ANY ($2);

-- lead_values_set(id bigint, names text[], given text[])
-- Gives a lead values in its added fields, by their names.
INSERT INTO crm.lead_value AS v (lead_id, field_id, value)
SELECT $1, f.id, g.value FROM unnest($2::text[], $3::text[]) AS g (name, value) JOIN crm.lead_field f ON f.name = g.name
ON CONFLICT (lead_id, field_id) DO UPDATE SET value = excluded.value WHERE v.value <> excluded.value;

-- lead_values_clear(id bigint, names text[])
-- Takes values out of its added fields.
DELETE FROM crm.lead_value v USING crm.lead_field f WHERE v.lead_id = $1 AND f.id = v.field_id AND f.name = ANY ($2);

-- lead_merge(gone bigint, kept bigint): done text
-- Merges a lead into another; both are locked.
SELECT crm.lead_merge($1, $2)::text;

-- lead_twins(of bigint?, after bigint?, count bigint): id bigint, one bigint, one_name text, other bigint, other_name text, email boolean, phone boolean, alike int
-- Pairs of leads that look alike, the strongest first; of one lead, or of all. Strength and number are compared as one row, which the index has in this order.
SELECT t.id, t.one, a.name, t.other, b.name, t.email, t.phone, t.alike::int
  FROM crm.twin t JOIN crm.lead a ON a.id = t.one AND a.deleted_at IS NULL JOIN crm.lead b ON b.id = t.other AND b.deleted_at IS NULL
 WHERE ($1::bigint IS NULL OR $1 IN (t.one, t.other))
   AND ($2::bigint IS NULL OR (t.strength, t.id) < (SELECT m.strength, m.id FROM crm.twin m WHERE m.id = $2))
 ORDER BY t.strength DESC, t.id DESC LIMIT $3;

-- lead_twins_state(after bigint?): there boolean, waiting boolean
-- Whether a pair behind which a list goes on is still one, and whether leads wait to be compared.
SELECT $1::bigint IS NULL OR EXISTS (SELECT 1 FROM crm.twin WHERE id = $1), EXISTS (SELECT 1 FROM crm.twin_due);

-- lead_twins_wait(): waiting boolean
-- Whether leads wait to be compared, and no import runs, which needs the lane.
SELECT EXISTS (SELECT 1 FROM crm.twin_due) AND NOT crm.import_runs();

-- lead_twins_slice(most bigint): found boolean
-- Compares the next of them; whether there were any.
SELECT crm.twin_slice($1);

-- lead_apart(one bigint, other bigint, person bigint): one bigint
-- Two leads are not the same; no row when that was said before.
INSERT INTO crm.twin_apart (one, other, person_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING one;

-- lead_erase(id bigint): rows bigint
-- Erases what is known of a lead, for good.
SELECT crm.lead_erase($1);

-- lead_erasures_wait(): waiting boolean
-- Whether something of an erased lead is left that is crmd's to do.
SELECT EXISTS (SELECT 1 FROM crm.erasure WHERE audit_below > 0 OR chats_at IS NOT NULL);

-- lead_erasure_slice(most bigint): lead bigint, asked_by bigint?, chats bigint, files bigint, done boolean
-- Goes on with it.
SELECT lead, asked_by, chats, files, done FROM crm.erasure_slice($1);
