-- Leads with the tag, or with the first of the added fields, that a list asks for, at most so many; in no order.
CREATE OR REPLACE FUNCTION crm.lead_picked(f crm.lead_filter, most bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
    RETURN ARRAY(SELECT n.id FROM crm.lead_tagged(f) AS n (id) LIMIT most);
END $$;
REVOKE ALL ON FUNCTION crm.lead_picked(crm.lead_filter, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_picked(crm.lead_filter, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
