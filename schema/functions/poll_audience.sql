-- Who would be asked: enabled members of staff of these roles, in a team or with a tag when one is named; and who of them is here. Whoever starts a poll may
-- know it without reading teams.
CREATE OR REPLACE FUNCTION crm.poll_audience(roles text[], team bigint, tag text) RETURNS TABLE (person bigint, available boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT p.id, coalesce(a.available, false)
      FROM person p LEFT JOIN availability a ON a.person_id = p.id
     WHERE p.kind = 'staff' AND p.enabled AND p.role = ANY ($1)
       AND ($2 IS NULL OR EXISTS (SELECT FROM team_member m WHERE m.team_id = $2 AND m.person_id = p.id))
       AND ($3 IS NULL OR EXISTS (SELECT FROM person_tag t WHERE t.person_id = p.id AND t.tag = $3))
     ORDER BY p.id
$$;
REVOKE ALL ON FUNCTION crm.poll_audience(text[], bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.poll_audience(text[], bigint, text) TO crm_system, crm_admin, crm_manager, crm_lead;
