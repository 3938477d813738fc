-- Statements of assignment: who gets a lead, and why. As the caller's role, or as crm_system where a job runs them.

-- assign_setting_list(): name text, value text
-- What polls and assignment go by.
SELECT name, value FROM crm.assign_settings();

-- assign_hold(): held text
-- One choice after the other: two at once would both find the same place free. A statement of its own: only what begins behind it sees what the other has given.
SELECT concat(pg_advisory_xact_lock(hashtext('crm.assign')));

-- assign_records(people bigint[]): id bigint, username text, name text, here boolean, load bigint, won bigint, lost bigint, response_hours double precision?, kept bigint, due bigint, last_at text?
-- What is known of people's work: who is here, how many leads they work on, how many they won and lost within a year, how soon they first did something
-- with the last thirty that they got, how many follow-ups they kept of those due, and when they got the last lead.
SELECT p.id, p.username, p.name, coalesce(a.available, false),
       (SELECT count(*) FROM crm.lead l WHERE l.assignee = p.id AND l.status IN ('assigned', 'contacted', 'follow-up', 'qualified', 'converted') AND l.deleted_at IS NULL),
       (SELECT count(*) FROM crm.lead l WHERE l.assignee = p.id AND l.status = 'won' AND l.deleted_at IS NULL AND l.created_at > now() - interval '1 year'),
       (SELECT count(*) FROM crm.lead l WHERE l.assignee = p.id AND l.status = 'lost' AND l.deleted_at IS NULL AND l.created_at > now() - interval '1 year'),
       (SELECT avg(extract(epoch FROM least(first.at, g.at + interval '1 week') - g.at) / 3600)::float8
          FROM (SELECT s.lead_id, s.at FROM crm.assignment s WHERE s.person_id = p.id ORDER BY s.id DESC LIMIT 30) g,
               LATERAL (SELECT e.at FROM crm.lead_event e WHERE e.lead_id = g.lead_id AND e.person_id = p.id AND e.at > g.at ORDER BY e.id LIMIT 1) first),
       (SELECT count(*) FROM crm.follow_up_kept f WHERE f.person_id = p.id AND f.kept AND f.due_at > now() - interval '1 year'),
       (SELECT count(*) FROM crm.follow_up_kept f WHERE f.person_id = p.id AND f.due_at > now() - interval '1 year'),
       (SELECT to_char(max(s.at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') FROM crm.assignment s WHERE s.person_id = p.id)
  FROM crm.person p LEFT JOIN crm.availability a ON a.person_id = p.id
 WHERE p.id = ANY ($1) AND p.enabled ORDER BY p.id;

-- assign_lead_now(lead bigint): name text, status text, source text, assignee bigint?, assignee_name text?
-- A lead that is to be given to somebody, as it is now: crm.lead_give() makes sure that it still is.
SELECT l.name, l.status, l.source, l.assignee, (SELECT p.name FROM crm.person p WHERE p.id = l.assignee)
  FROM crm.lead l WHERE l.id = $1 AND l.deleted_at IS NULL;

-- assign_rules(lead bigint): id bigint, person bigint?, team bigint?, tag text?, language text?
-- The rules that fit a lead, in their order.
SELECT r.id, r.to_person, r.to_team, r.to_tag, r.language
  FROM crm.assign_rule r JOIN crm.lead l ON l.id = $1
 WHERE (r.source IS NULL OR r.source = l.source) AND (r.tag IS NULL OR EXISTS (SELECT FROM crm.lead_tag t WHERE t.lead_id = l.id AND t.tag = r.tag))
 ORDER BY r.id;

-- assign_who(person bigint?, team bigint?, tag text?, language text?): person bigint
-- Sales Persons whom a rule means, or all.
SELECT a.person FROM crm.poll_audience('{sales}', $2, $3) a JOIN crm.person p ON p.id = a.person
 WHERE ($1::bigint IS NULL OR p.id = $1)
   AND ($4::text IS NULL OR EXISTS (SELECT FROM crm.person_speaks(p.id, $4)));

-- assign_give(lead bigint, from_person bigint?, to_person bigint, way text, poll bigint?, rule bigint?, interest text?, performance text?, availability text?, drawn boolean): done boolean
-- Gives a lead to somebody and writes down why; false when somebody else was first.
SELECT crm.lead_give($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- assign_wait(lead bigint, asked_by bigint?)
-- A lead waits until somebody is free.
INSERT INTO crm.assign_waiting (lead_id, asked_by) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- assign_free_leads(source text?, tag text?, import bigint?, most bigint): count bigint
-- How many leads assign_queue() would put into the queue.
SELECT count(*) FROM crm.lead_free($1, $2, $3, $4);

-- assign_queue(source text?, tag text?, import bigint?, most bigint): added bigint
-- Leads that are nobody's wait until somebody is free, the oldest first.
WITH put AS (INSERT INTO crm.assign_waiting (lead_id) SELECT f.lead FROM crm.lead_free($1, $2, $3, $4) f ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*) FROM put;

-- assign_waiting_list(most bigint): lead bigint, name text, source text, all_of_them bigint
-- Those that wait and can still be given, the first first.
SELECT l.id, l.name, s.label, count(*) OVER () FROM crm.assign_waiting w
  JOIN crm.lead l ON l.id = w.lead_id AND l.deleted_at IS NULL AND l.assignee IS NULL JOIN crm.lead_source s ON s.name = l.source
 ORDER BY w.since, w.lead_id LIMIT $1;

-- assign_queue_clear()
-- None waits any more.
DELETE FROM crm.assign_waiting;

-- assign_place(lead bigint): place bigint
-- The how many-th of those that wait a lead is.
SELECT count(*) FROM crm.assign_waiting w, crm.assign_waiting mine WHERE mine.lead_id = $1 AND (w.since, w.lead_id) <= (mine.since, mine.lead_id);

-- assign_oldest(skip text, count bigint): lead bigint, asked_by bigint?
-- Leads that wait and can still be given, the oldest first, behind those that were tried already.
SELECT w.lead_id, w.asked_by FROM crm.assign_waiting w JOIN crm.lead l ON l.id = w.lead_id AND l.deleted_at IS NULL AND l.assignee IS NULL
 ORDER BY w.since, w.lead_id OFFSET coalesce(($1::jsonb ->> 'skip')::bigint, 0) LIMIT $2;

-- assign_skip(data text, more bigint): data text
-- How many have been tried.
SELECT jsonb_build_object('skip', coalesce(($1::jsonb ->> 'skip')::bigint, 0) + $2)::text;

-- assign_untouched(lead bigint, data text): person bigint, name text, person_name text
-- A lead that the person in `data` was given and has done nothing with since.
SELECT p.id, l.name, p.name FROM crm.lead l JOIN crm.person p ON p.id = l.assignee
 WHERE l.id = $1 AND l.assignee = ($2::jsonb ->> 'person')::bigint AND l.status = 'assigned' AND l.deleted_at IS NULL
   AND NOT EXISTS (SELECT FROM crm.lead_event e WHERE e.lead_id = l.id AND e.person_id = p.id
                      AND e.at > (SELECT max(a.at) FROM crm.assignment a WHERE a.lead_id = l.id AND a.person_id = p.id));

-- assign_later(hours bigint, person bigint): at text, data text
-- When it is looked again whether somebody has done something with a lead.
SELECT (now() + $1 * interval '1 hour')::text, jsonb_build_object('person', $2)::text;

-- assign_why(lead bigint, time_zone text): at text, person text, way text, made_by text?, poll bigint?, rule bigint?, interest text?, performance text?, availability text?, drawn boolean, waited_minutes bigint
-- Why whoever has a lead got it, the last time; of one that is nobody's, who had it last. A lead with which another was merged has the assignments of both.
SELECT to_char(a.at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), p.name, a.way, m.name, a.poll_id, a.rule_id, a.interest, a.performance, a.availability, a.drawn,
       floor(extract(epoch FROM a.waited) / 60)::bigint
  FROM crm.assignment a JOIN crm.person p ON p.id = a.person_id LEFT JOIN crm.person m ON m.id = a.made_by
 WHERE a.lead_id = $1 ORDER BY (a.person_id = (SELECT l.assignee FROM crm.lead l WHERE l.id = $1)) IS TRUE DESC, a.id DESC LIMIT 1;

-- rule_add(source text?, tag text?, person bigint?, team bigint?, to_tag text?, language text?, created_by bigint): id bigint
-- A new rule, behind the others.
INSERT INTO crm.assign_rule (source, tag, to_person, to_team, to_tag, language, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id;

-- rule_list(): id bigint, source text?, tag text?, person text?, team text?, to_tag text?, language text?
-- The rules, in the order in which they are looked at.
SELECT r.id, s.label, r.tag, p.name, t.name, r.to_tag, r.language
  FROM crm.assign_rule r LEFT JOIN crm.lead_source s ON s.name = r.source LEFT JOIN crm.person p ON p.id = r.to_person LEFT JOIN crm.team t ON t.id = r.to_team
 ORDER BY r.id LIMIT 200;

-- rule_remove(id bigint)
-- Takes a rule away.
DELETE FROM crm.assign_rule WHERE id = $1;

-- person_tags(person bigint): tag text
-- The tags of somebody.
SELECT tag FROM crm.person_tag WHERE person_id = $1 ORDER BY tag;

-- person_tag_add(person bigint, tags text[])
-- Puts tags on somebody; those that are there already stay.
INSERT INTO crm.person_tag (person_id, tag) SELECT $1, tag FROM unnest($2::text[]) AS tag ON CONFLICT DO NOTHING;

-- person_tag_remove(person bigint, tags text[])
-- Takes tags off somebody.
DELETE FROM crm.person_tag WHERE person_id = $1 AND tag = ANY ($2);

-- people_name_of(person bigint): name text
-- What somebody is called.
SELECT name FROM crm.person WHERE id = $1;

-- poll_team(name text): id bigint, name text
-- The team of that name, in any case, for whoever starts a poll.
SELECT id, name FROM crm.team WHERE lower(name) = lower($1);
