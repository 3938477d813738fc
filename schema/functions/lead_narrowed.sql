-- Which of some leads have the tag and the added fields that a list asks for.
CREATE OR REPLACE FUNCTION crm.lead_narrowed(leads bigint[], f crm.lead_filter) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
    IF f.tag IS NULL AND f.field IS NULL THEN
        RETURN leads;
    END IF;
    RETURN ARRAY(SELECT n.lead_id
                   FROM (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag AND t.lead_id = ANY (leads)
                         UNION ALL
                         SELECT v.lead_id FROM crm.lead_value v
                          WHERE v.field_id = f.field AND v.lead_id = ANY (leads) AND (f.field_is IS NULL OR v.sought = f.field_is)
                            AND (f.field_from IS NULL OR v.amount >= f.field_from) AND (f.field_to IS NULL OR v.amount <= f.field_to)
                            AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency)) AS n
                  WHERE f.more IS NULL OR crm.lead_has(n.lead_id, f.more));
END $$;
REVOKE ALL ON FUNCTION crm.lead_narrowed(bigint[], crm.lead_filter) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_narrowed(bigint[], crm.lead_filter) TO crm_admin, crm_manager, crm_lead, crm_sales;
