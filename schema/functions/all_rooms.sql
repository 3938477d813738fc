-- The rooms of rooms.D: one for everybody, one for each role, one for each team. A team's room has its number for an address, so that it keeps
-- its address whatever the team is called. `roles` are those whose people can ever be in it, now or after the next change of a team: what the bot
-- says in a room is kept in its archive, which whoever joins later can read.
CREATE OR REPLACE FUNCTION crm.all_rooms() RETURNS TABLE (room text, name text, description text, roles text[], role text, team bigint)
LANGUAGE sql STABLE AS $$
    SELECT 'team', 'Team', 'Everyone who works here', '{admin,manager,lead,sales}'::text[], NULL::text, NULL::bigint
     UNION ALL
    SELECT n.room, n.name, 'All ' || n.name, n.roles, n.role, NULL
      FROM (VALUES ('admins', 'Admins', '{admin}'::text[], 'admin'),
                   ('managers', 'Managers', '{admin,manager}', 'manager'),
                   ('lead-persons', 'Lead Persons', '{admin,manager,lead}', 'lead'),
                   ('sales-persons', 'Sales Persons', '{admin,manager,sales}', 'sales')) AS n (room, name, roles, role)
     UNION ALL
    SELECT 'team-' || t.id, t.name, 'The team ' || t.name, '{admin,manager,lead,sales}', NULL, t.id FROM crm.team t
$$;
REVOKE ALL ON FUNCTION crm.all_rooms() FROM PUBLIC;
