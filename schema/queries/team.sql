-- Statements of teams. All run as the caller's role.

-- team_named(name text): id bigint, name text, leader bigint?
-- The team of that name, in any case.
SELECT id, name, leader FROM crm.team WHERE lower(name) = lower($1);

-- team_names(): name text
-- What teams are called.
SELECT name FROM crm.team ORDER BY lower(name) LIMIT 1000;

-- team_found(part text?, count bigint): name text
-- Teams to choose from, by name; those that hold a part.
SELECT name FROM crm.team WHERE $1::text IS NULL OR strpos(lower(name), lower($1)) > 0 ORDER BY lower(name) LIMIT $2;

-- team_leader(name text): username text?
-- Who leads the team of that name.
SELECT p.username FROM crm.team t LEFT JOIN crm.person p ON p.id = t.leader WHERE lower(t.name) = lower($1);

-- team_lock(name text): id bigint
-- Nobody else changes the team before this is committed.
SELECT id FROM crm.team WHERE lower(name) = lower($1) FOR UPDATE;

-- team_add(name text, leader bigint?): id bigint
-- A new team; no row when there is one of that name.
INSERT INTO crm.team (name, leader) VALUES ($1, $2) ON CONFLICT (lower(name)) DO NOTHING RETURNING id;

-- team_show(id bigint): name text, leader text?, members text?
-- One team with its enabled members.
SELECT t.name, l.name,
       (SELECT string_agg(p.name || ' (' || p.username || ')', ', ' ORDER BY p.name) FROM crm.team_member m JOIN crm.person p ON p.id = m.person_id
         WHERE m.team_id = t.id AND p.enabled)
  FROM crm.team t LEFT JOIN crm.person l ON l.id = t.leader WHERE t.id = $1;

-- team_list(after text?, count bigint): name text, leader text?, members text?, size bigint
-- Teams by name, from after one, with their enabled members.
SELECT t.name, l.name, m.names, m.size
  FROM crm.team t LEFT JOIN crm.person l ON l.id = t.leader,
       LATERAL (SELECT string_agg(p.name, ', ' ORDER BY p.name) AS names, count(*) AS size
                  FROM crm.team_member x JOIN crm.person p ON p.id = x.person_id WHERE x.team_id = t.id AND p.enabled) m
 WHERE lower(t.name) > lower(coalesce($1, '')) ORDER BY lower(t.name) LIMIT $2;

-- team_join(team bigint, person bigint)
-- Puts somebody into a team; changes nothing when they are in it.
INSERT INTO crm.team_member (team_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- team_leave(team bigint, person bigint)
-- Takes somebody out of a team.
DELETE FROM crm.team_member WHERE team_id = $1 AND person_id = $2;

-- team_lead(team bigint, person bigint)
-- Makes somebody the leader of a team.
UPDATE crm.team SET leader = $2 WHERE id = $1;

-- team_rename(team bigint, name text)
-- Calls a team otherwise; changes nothing when another one is called so.
UPDATE crm.team t SET name = $2
 WHERE t.id = $1 AND NOT EXISTS (SELECT 1 FROM crm.team o WHERE lower(o.name) = lower($2) AND o.id <> $1);

-- team_delete(team bigint)
-- Removes a team, with who was in it.
DELETE FROM crm.team WHERE id = $1;
