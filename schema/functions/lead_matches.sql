-- Whether a lead is among those that a list asks for, but for its tags and added fields. Written so that the planner puts it into the statement and drops what is not
-- asked for: no subquery, no SET, no STRICT.
CREATE OR REPLACE FUNCTION crm.lead_matches(lead crm.lead, f crm.lead_filter) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lead.deleted_at IS NULL
       AND (f.status IS NULL OR lead.status = f.status)
       AND (f.statuses IS NULL OR lead.status = ANY (f.statuses))
       AND (f.assignee IS NULL OR lead.assignee = f.assignee)
       AND (NOT f.nobody OR lead.assignee IS NULL)
       AND (f.source IS NULL OR lead.source = f.source)
       AND (f.since IS NULL OR lead.created_at >= f.since)
       AND (f.before IS NULL OR lead.created_at < f.before)
       AND (f.budget_from IS NULL OR lead.sort_budget >= f.budget_from)
       AND (f.budget_to IS NULL OR lead.sort_budget <= f.budget_to)
       AND (f.currency IS NULL OR lead.budget_currency = f.currency)
       AND (f.due_since IS NULL OR lead.sort_follow_up >= f.due_since)
       AND (f.due_until IS NULL OR lead.sort_follow_up < f.due_until)
       AND (f.score_from IS NULL OR lead.score >= f.score_from)
       AND (f.score_to IS NULL OR lead.score <= f.score_to)
       AND (f.text IS NULL OR strpos(lead.sort_name, f.text) > 0 OR strpos(lower(lead.email COLLATE "C"), f.text) > 0 OR strpos(lead.phone, f.digits) > 0)
       AND (f.tier IS DISTINCT FROM 0 OR lead.sort_name = f.text OR lower(lead.email) = f.text)
       AND (f.tier IS DISTINCT FROM 1 OR (lead.sort_name ^@ f.text AND lead.sort_name <> f.text AND lower(lead.email) IS DISTINCT FROM f.text))
       AND (f.tier IS DISTINCT FROM 2 OR (NOT lead.sort_name ^@ f.text AND lower(lead.email) IS DISTINCT FROM f.text))
$$;
REVOKE ALL ON FUNCTION crm.lead_matches(crm.lead, crm.lead_filter) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_matches(crm.lead, crm.lead_filter) TO crm_admin, crm_manager, crm_lead, crm_sales;
