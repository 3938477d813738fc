-- Who may be in which room, and as what (XEP-0045 section 5.2). Admins may enter every room, Managers every room but the Admins', so that they can help
-- where they are asked to; both moderate there, and so does a team's leader in its room. Nobody owns a room: what it is and who is in it is decided
-- here. `bookmarked` are the rooms that belong to one's own work: clients join those by themselves.
CREATE OR REPLACE FUNCTION crm.room_access() RETURNS TABLE (room text, person bigint, username text, affiliation text, bookmarked boolean)
LANGUAGE sql STABLE AS $$
    SELECT r.room, p.id, p.username,
           CASE WHEN p.role = 'admin' OR (p.role = 'manager' AND r.role IS DISTINCT FROM 'manager') OR t.id IS NOT NULL THEN 'admin' ELSE 'member' END,
           r.room = 'team' OR r.role IS NOT DISTINCT FROM p.role OR t.id IS NOT NULL OR m.team_id IS NOT NULL
      FROM crm.all_rooms() r
      JOIN crm.person p ON p.kind = 'staff' AND p.enabled AND p.role = ANY (r.roles)
      LEFT JOIN crm.team t ON t.id = r.team AND t.leader = p.id
      LEFT JOIN crm.team_member m ON m.team_id = r.team AND m.person_id = p.id
     WHERE r.team IS NULL OR p.role IN ('admin', 'manager') OR t.id IS NOT NULL OR m.team_id IS NOT NULL
$$;
REVOKE ALL ON FUNCTION crm.room_access() FROM PUBLIC;
