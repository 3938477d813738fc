-- Which of some leads have the tag and the added fields that a list asks for.
CREATE OR REPLACE FUNCTION crm.lead_narrowed(leads bigint[], f crm.lead_filter) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
    IF f.tag IS NULL AND f.field IS NULL THEN
        RETURN leads;
    END IF;
    RETURN ARRAY(SELECT n.id FROM crm.lead_tagged(f) AS n (id) WHERE n.id = ANY (leads) AND (f.more IS NULL OR crm.lead_has(n.id, f.more)));
END $$;
REVOKE ALL ON FUNCTION crm.lead_narrowed(bigint[], crm.lead_filter) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_narrowed(bigint[], crm.lead_filter) TO crm_admin, crm_manager, crm_lead, crm_sales;
