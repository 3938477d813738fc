-- Who manages the person whose lead it is: the leaders of their teams; when there is none, or the lead is nobody's, the Managers; when there is none, the Admins.
CREATE OR REPLACE FUNCTION crm.lead_overseers(number bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER ROWS 2 SET search_path = crm, pg_temp AS $$
    WITH ranked (id, rank) AS (
        SELECT p.id, 1 FROM lead l JOIN team_member m ON m.person_id = l.assignee JOIN team t ON t.id = m.team_id JOIN person p ON p.id = t.leader
         WHERE l.id = number AND p.enabled AND p.id <> l.assignee
        UNION
        SELECT p.id, CASE p.role WHEN 'manager' THEN 2 ELSE 3 END FROM person p WHERE p.kind = 'staff' AND p.enabled AND p.role IN ('manager', 'admin'))
    SELECT r.id FROM ranked r WHERE r.rank = (SELECT min(rank) FROM ranked) ORDER BY r.id
$$;
REVOKE ALL ON FUNCTION crm.lead_overseers(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_overseers(bigint) TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
