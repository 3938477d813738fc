-- How many leads a list has, counted up to a limit: what is beyond it is not worth waiting for.
CREATE OR REPLACE FUNCTION crm.lead_count(list jsonb, most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1 SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    f crm.lead_filter := crm.lead_filter_of(list);
BEGIN
    IF f.tag IS NULL AND f.field IS NULL THEN
        RETURN (SELECT count(*) FROM (SELECT 1 FROM crm.lead l WHERE crm.lead_matches(l, f) LIMIT most) AS counted);
    ELSIF has_function_privilege('crm.lead_picked_own(crm.lead_filter, bigint)', 'EXECUTE') THEN
        RETURN cardinality(crm.lead_picked_own(f, most));
    END IF;
    RETURN (SELECT count(*) FROM (SELECT 1 FROM crm.lead_tagged(f) AS n (id) JOIN crm.lead l ON l.id = n.id
                                   WHERE crm.lead_matches(l, f) AND (f.more IS NULL OR crm.lead_has(l.id, f.more)) LIMIT most) AS counted);
END $$;
REVOKE ALL ON FUNCTION crm.lead_count(jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_count(jsonb, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
