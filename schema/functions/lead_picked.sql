-- Leads with the tag, or with the first of the added fields, that a list asks for, at most so many; in no order.
CREATE OR REPLACE FUNCTION crm.lead_picked(f crm.lead_filter, most bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
    RETURN ARRAY(SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                 UNION ALL
                 SELECT v.lead_id FROM crm.lead_value v
                  WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                    AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency)
                 LIMIT most);
END $$;
REVOKE ALL ON FUNCTION crm.lead_picked(crm.lead_filter, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_picked(crm.lead_filter, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
