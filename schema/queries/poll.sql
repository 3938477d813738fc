-- Statements of polls. As the caller's role, or as crm_system where a job runs them. None reads a vote: that is for crm.poll_decide() alone.

-- poll_audience(roles text[], team bigint?, tag text?): person bigint
-- Who would be asked.
SELECT person FROM crm.poll_audience($1, $2, $3);

-- poll_of_lead(lead bigint): id bigint, until text
-- The poll that runs on a lead.
SELECT id, to_char(deadline AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM crm.poll WHERE lead_id = $1 AND state <> 'closed';

-- poll_deadline(given timestamptz?, minutes bigint): at text, ahead boolean, near boolean
-- When a poll ends: as it was said, or so many minutes from now; and whether that is to come, within a month.
SELECT d.at::text, d.at > now(), d.at < now() + interval '31 days'
  FROM (SELECT coalesce($1, now() + $2 * interval '1 minute') AS at) d;

-- poll_open(lead bigint?, question text?, choices text[], audience text, room text?, deadline timestamptz, people bigint[]): id bigint?
-- Begins a poll; NULL when the lead has one already.
SELECT crm.poll_open($1, $2, $3, $4, $5, $6, $7);

-- poll_told(poll bigint): person bigint, until text
-- Who of those asked is told of a poll, and its deadline on their clock.
SELECT p.id, to_char(l.deadline AT TIME ZONE p.time_zone, 'YYYY-MM-DD HH24:MI:SS')
  FROM crm.poll_person a JOIN crm.person p ON p.id = a.person_id JOIN crm.poll l ON l.id = a.poll_id
 WHERE a.poll_id = $1 AND a.told_at IS NOT NULL AND p.enabled ORDER BY p.id;

-- poll_untold(person bigint): poll bigint, lead bigint?, question text?, choices text, until text
-- Polls that run and ask somebody who does not know yet, while they are here.
SELECT l.id, l.lead_id, l.question, array_to_string(l.choices, E'\n'), to_char(l.deadline AT TIME ZONE p.time_zone, 'YYYY-MM-DD HH24:MI:SS')
  FROM crm.poll_person a JOIN crm.poll l ON l.id = a.poll_id JOIN crm.person p ON p.id = a.person_id JOIN crm.availability v ON v.person_id = p.id
 WHERE a.person_id = $1 AND a.told_at IS NULL AND l.state = 'open' AND l.deadline > now() AND p.enabled AND v.available ORDER BY l.id;

-- poll_mark_told(poll bigint, person bigint)
-- Somebody knows of a poll.
UPDATE crm.poll_person SET told_at = now() WHERE poll_id = $1 AND person_id = $2;

-- poll_asks_me(poll bigint): lead bigint?, question text?, choices text, until text
-- What a poll asks the person who looks, as long as it runs, with its deadline on their clock.
SELECT l.lead_id, l.question, array_to_string(l.choices, E'\n'), to_char(l.deadline AT TIME ZONE p.time_zone, 'YYYY-MM-DD HH24:MI:SS')
  FROM crm.poll l JOIN crm.poll_person a ON a.poll_id = l.id JOIN crm.person p ON p.id = a.person_id
 WHERE l.id = $1 AND a.person_id = nullif(current_setting('crm.person', true), '')::bigint AND l.state = 'open' AND l.deadline > now();

-- poll_choices(poll bigint): choices text, lead bigint?
-- What can be answered in a poll that the person who looks may see.
SELECT array_to_string(choices, E'\n'), lead_id FROM crm.poll WHERE id = $1;

-- poll_summary(poll bigint): source text, budget_minor bigint?, budget_currency text?, requirements text?, tags text?
-- What is said of a lead before it is anybody's: nothing of who it is.
SELECT s.label, l.budget_minor, l.budget_currency, l.requirements,
       l.tags
  FROM crm.poll_lead($1) l JOIN crm.lead_source s ON s.name = l.source;

-- poll_vote_put(poll bigint, answer int, strength int): taken boolean
-- The vote of the person who asks.
SELECT crm.poll_vote($1, $2, $3);

-- poll_people(poll bigint): person bigint
-- Who is asked.
SELECT person_id FROM crm.poll_person WHERE poll_id = $1 ORDER BY person_id;

-- poll_freeze(poll bigint, people bigint[], weights text[], power double precision, near double precision): done boolean
-- Closes a poll on what it will be decided on; false when it does not run any more.
SELECT crm.poll_freeze($1, $2, $3::text[]::float8[], $4, $5);

-- poll_decided(poll bigint): outcome text, winner bigint?, interest text?, drawn boolean, counts text?
-- Counts a poll that was closed, and says who gets its lead.
SELECT outcome, winner, interest, drawn, array_to_string(counts, E'\n') FROM crm.poll_decide($1);

-- poll_result(poll bigint): lead bigint?, lead_name text?, question text?, choices text, started_by bigint, room text?
-- What a poll was about, for saying what came of it.
SELECT p.lead_id, l.name, p.question, array_to_string(p.choices, E'\n'), p.started_by, p.room
  FROM crm.poll p LEFT JOIN crm.lead l ON l.id = p.lead_id WHERE p.id = $1;

-- poll_forget_forms(poll text)
-- Forms that were opened to answer a poll, by whomever, go with it.
DELETE FROM crm.form_session WHERE command = 'poll.vote' AND (target::text = $1 OR target = 0);

-- poll_rows(time_zone text, running boolean, before bigint?, count bigint): id bigint, lead bigint?, question text?, audience text, state text, until text, outcome text?
-- Polls, newest first, with their deadline on a clock; those that run, or all.
SELECT id, lead_id, question, audience, state, to_char(deadline AT TIME ZONE $1, 'YYYY-MM-DD HH24:MI:SS'), outcome
  FROM crm.poll WHERE (NOT $2 OR state <> 'closed') AND id < coalesce($3, 9223372036854775807) ORDER BY id DESC LIMIT $4;

-- poll_whole(poll bigint, time_zone text): lead bigint?, question text?, choices text, audience text, room text?, started_by text, started text, until text, state text, closed text?, counts text?, winner text?, outcome text?, asked bigint
-- A poll, its times on a clock.
SELECT l.lead_id, l.question, array_to_string(l.choices, E'\n'), l.audience, l.room, s.name, to_char(l.started_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'),
       to_char(l.deadline AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), l.state, to_char(l.closed_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'),
       array_to_string(l.counts, E'\n'), w.name, l.outcome, (SELECT count(*) FROM crm.poll_person a WHERE a.poll_id = l.id)
  FROM crm.poll l JOIN crm.person s ON s.id = l.started_by LEFT JOIN crm.person w ON w.id = l.winner WHERE l.id = $1;

-- poll_state(poll bigint): state text, lead bigint?
-- Whether a poll runs.
SELECT state, lead_id FROM crm.poll WHERE id = $1;

-- poll_room(given text): room text, name text
-- The room of that name in which the person who asks may speak.
SELECT room, name FROM crm.room_mine($1);
