-- Statements of follow-ups. Those of commands run as the caller's role, those of jobs (component/lead/remind.c, digest.c) as crm_system.

-- follow_up_state(id bigint, time_zone text): status text, follow_up text?
-- What a lead is and when it is to be followed up, on the clock of a time zone.
SELECT status, to_char(follow_up_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS') FROM crm.lead WHERE id = $1 AND deleted_at IS NULL;

-- follow_up_set(id bigint, follow_up_at text)
-- When a lead is to be followed up.
UPDATE crm.lead SET follow_up_at = $2::timestamptz WHERE id = $1 AND deleted_at IS NULL;

-- follow_up_done(id bigint, next text?)
-- Ticks a lead's follow-up off; the next one, if there is to be one.
UPDATE crm.lead SET followed_up_at = clock_timestamp(), follow_up_at = $2::timestamptz WHERE id = $1 AND deleted_at IS NULL;

-- follow_up_due(id bigint): name text, phone text?, due_at text, due text, late boolean, over boolean, person bigint?, person_name text?, assigned boolean, note text?
-- A lead whose follow-up is awaited, for whoever is to be reminded: the assigned person, or who added it; their own clock, and the last note.
SELECT l.name, l.phone, l.follow_up_at::text, to_char(l.follow_up_at AT TIME ZONE coalesce(p.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS'),
       l.follow_up_at < now() - interval '10 minutes', l.follow_up_at <= now(), p.id, p.name, l.assignee IS NOT NULL,
       (SELECT n.body FROM crm.lead_note n WHERE n.lead_id = l.id AND n.taken_back_at IS NULL ORDER BY n.id DESC LIMIT 1)
  FROM crm.lead l LEFT JOIN crm.person p ON p.id = coalesce(l.assignee, l.creator) AND p.enabled AND p.kind = 'staff'
 WHERE l.id = $1 AND l.deleted_at IS NULL AND l.status NOT IN ('won', 'lost') AND l.follow_up_at IS NOT NULL;

-- follow_up_managers(person bigint, due_at text): id bigint, due text
-- Whom to tell when somebody misses a follow-up: the leaders of their teams who see all leads, or else the Managers, or else the Admins; when it was,
-- on the clock of each.
WITH above (id, place) AS (
    SELECT t.leader, 1 FROM crm.team_member m JOIN crm.team t ON t.id = m.team_id WHERE m.person_id = $1
    UNION SELECT p.id, CASE p.role WHEN 'manager' THEN 2 ELSE 3 END FROM crm.person p WHERE p.role IN ('manager', 'admin')),
told (id, zone, first, place) AS (
    SELECT p.id, p.time_zone, min(a.place) OVER (), a.place FROM above a JOIN crm.person p ON p.id = a.id
     WHERE p.enabled AND p.kind = 'staff' AND p.role <> 'sales' AND p.id <> $1)
SELECT id, to_char($2::timestamptz AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI:SS') FROM told WHERE place = first ORDER BY id;

-- follow_up_missed(lead bigint, person bigint, due_at text)
-- A follow-up that nobody has ticked off in time.
INSERT INTO crm.follow_up_kept (lead_id, person_id, due_at, kept) VALUES ($1, $2, $3::timestamptz, false) ON CONFLICT DO NOTHING;

-- follow_up_later(hours bigint): at text
-- So many hours from now.
SELECT (now() + $1 * interval '1 hour')::text;

-- digest_next(hours_after bigint): id bigint, name text, role text, time_zone text, day text
-- Somebody whose morning it is and who has had no digest today, on their own clock, at the hour that they want it or that is set; what is later than so many hours
-- is no morning any more.
SELECT p.id, p.name, p.role, p.time_zone, (now() AT TIME ZONE p.time_zone)::date::text
  FROM crm.person p
  JOIN crm.setting s ON s.key = 'digest.hour'
  LEFT JOIN crm.digest_sent d ON d.person_id = p.id
 WHERE p.kind = 'staff' AND p.enabled AND crm.digest_due(p.time_zone, coalesce(p.digest_hour, s.value::int), d.day, $1, now())
 ORDER BY p.id LIMIT 1;

-- digest_mark(person bigint, day text)
-- Somebody's digest of a day is made.
INSERT INTO crm.digest_sent (person_id, day) VALUES ($1, $2::date) ON CONFLICT (person_id) DO UPDATE SET day = EXCLUDED.day;

-- digest_follow_ups(person bigint, time_zone text, most bigint): id bigint, name text, due text, overdue boolean, total bigint
-- Somebody's leads to follow up today and before, the first first, with how many there are of the same kind.
WITH clock (midnight) AS (SELECT (date_trunc('day', now() AT TIME ZONE $2) + interval '1 day') AT TIME ZONE $2),
due AS (
    SELECT l.id, l.name, l.follow_up_at, l.follow_up_at < now() AS overdue
      FROM crm.lead l, clock WHERE l.assignee = $1 AND l.deleted_at IS NULL AND l.status NOT IN ('won', 'lost') AND l.sort_follow_up < clock.midnight),
numbered AS (SELECT due.*, row_number() OVER (PARTITION BY overdue ORDER BY follow_up_at, id) AS place, count(*) OVER (PARTITION BY overdue) AS total FROM due)
SELECT id, name, to_char(follow_up_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), overdue, total
  FROM numbered WHERE place <= $3 ORDER BY overdue DESC, place;

-- digest_idle(person bigint, days bigint, most bigint): id bigint, name text, status text
-- Somebody's open leads on which nothing has happened for so many days and which have no day to be followed up.
SELECT l.id, l.name, l.status
  FROM crm.lead l
 WHERE l.assignee = $1 AND l.deleted_at IS NULL AND l.status IN ('assigned', 'contacted', 'follow-up', 'qualified', 'converted') AND l.follow_up_at IS NULL
   AND l.updated_at < now() - $2 * interval '1 day'
   AND NOT EXISTS (SELECT 1 FROM crm.lead_event e WHERE e.lead_id = l.id AND e.at >= now() - $2 * interval '1 day')
 ORDER BY l.updated_at, l.id LIMIT $3;

-- digest_team(most bigint): name text, overdue bigint
-- Whose follow-ups are overdue, for those who see all leads.
SELECT p.name, count(*) FROM crm.lead l JOIN crm.person p ON p.id = l.assignee
 WHERE l.deleted_at IS NULL AND l.status NOT IN ('won', 'lost') AND l.sort_follow_up < now() GROUP BY p.id, p.name ORDER BY 2 DESC, 1 LIMIT $1;
