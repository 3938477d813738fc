-- What is said of a poll's lead to those whom it asks, who may not see the lead: nothing of who it is.
CREATE OR REPLACE FUNCTION crm.poll_lead(poll bigint) RETURNS TABLE (source text, budget_minor bigint, budget_currency text, requirements text, tags text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT l.source, l.budget_minor, l.budget_currency, l.requirements,
           (SELECT string_agg(t.tag, ', ' ORDER BY t.tag) FROM lead_tag t WHERE t.lead_id = l.id)
      FROM poll p JOIN lead l ON l.id = p.lead_id
     WHERE p.id = $1 AND (current_setting('role', true) <> 'crm_sales' OR EXISTS (
               SELECT FROM poll_person a WHERE a.poll_id = p.id AND a.person_id = nullif(current_setting('crm.person', true), '')::bigint))
$$;
REVOKE ALL ON FUNCTION crm.poll_lead(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.poll_lead(bigint) TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
