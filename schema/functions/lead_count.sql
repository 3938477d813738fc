-- How many leads a list has, counted up to a limit: what is beyond it is not worth waiting for.
CREATE OR REPLACE FUNCTION crm.lead_count(list jsonb, most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1 SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    f crm.lead_filter := crm.lead_filter_of(list);
BEGIN
    IF f.tag IS NULL AND f.field IS NULL THEN
        RETURN (SELECT count(*) FROM (SELECT 1 FROM crm.lead l WHERE crm.lead_matches(l, f) LIMIT most) AS counted);
    END IF;
    RETURN (SELECT count(*) FROM (
        SELECT 1 FROM (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                       UNION ALL
                       SELECT v.lead_id FROM crm.lead_value v
                        WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                          AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency)) AS n
          JOIN crm.lead l ON l.id = n.lead_id
         WHERE crm.lead_matches(l, f) AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
         LIMIT most) AS counted);
END $$;
REVOKE ALL ON FUNCTION crm.lead_count(jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_count(jsonb, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
