-- Whether a lead is among those that a list asks for; a filter that is NULL takes all (so `nobody` is a filter of its own). Written so that the planner
-- puts it into the statement and drops the filters that are not used: no subquery, no SET, no STRICT.
CREATE OR REPLACE FUNCTION crm.lead_matches(lead crm.lead, status text, statuses text[], assignee bigint, nobody boolean, source text,
                                            since timestamptz, before timestamptz, budget_from bigint, budget_to bigint, currency text,
                                            due_since timestamptz, due_until timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lead.deleted_at IS NULL
       AND ($2 IS NULL OR lead.status = $2)
       AND ($3 IS NULL OR lead.status = ANY ($3))
       AND ($4 IS NULL OR lead.assignee = $4)
       AND (NOT $5 OR lead.assignee IS NULL)
       AND ($6 IS NULL OR lead.source = $6)
       AND ($7 IS NULL OR lead.created_at >= $7)
       AND ($8 IS NULL OR lead.created_at < $8)
       AND ($9 IS NULL OR lead.sort_budget >= $9)
       AND ($10 IS NULL OR lead.sort_budget <= $10)
       AND ($11 IS NULL OR lead.budget_currency = $11)
       AND ($12 IS NULL OR lead.sort_follow_up >= $12)
       AND ($13 IS NULL OR lead.sort_follow_up < $13)
$$;
REVOKE ALL ON FUNCTION crm.lead_matches(crm.lead, text, text[], bigint, boolean, text, timestamptz, timestamptz, bigint, bigint, text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_matches(crm.lead, text, text[], bigint, boolean, text, timestamptz, timestamptz, bigint, bigint, text, timestamptz, timestamptz)
    TO crm_admin, crm_manager, crm_lead, crm_sales;
