-- How many leads a list has, counted up to a limit: what is beyond it is not worth waiting for.
CREATE OR REPLACE FUNCTION crm.lead_count(status text, statuses text[], assignee bigint, nobody boolean, source text, tag text, since timestamptz,
                                          before timestamptz, budget_from bigint, budget_to bigint, currency text, due_since timestamptz,
                                          due_until timestamptz, most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1 SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
    IF tag IS NULL THEN
        RETURN (SELECT count(*) FROM (
            SELECT 1 FROM crm.lead l WHERE crm.lead_matches(l, $1, $2, $3, $4, $5, $7, $8, $9, $10, $11, $12, $13) LIMIT $14) AS counted);
    END IF;
    RETURN (SELECT count(*) FROM (
        SELECT 1 FROM crm.lead l
         WHERE crm.lead_matches(l, $1, $2, $3, $4, $5, $7, $8, $9, $10, $11, $12, $13)
           AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $6)
         LIMIT $14) AS counted);
END $$;
REVOKE ALL ON FUNCTION crm.lead_count(text, text[], bigint, boolean, text, text, timestamptz, timestamptz, bigint, bigint, text, timestamptz, timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_count(text, text[], bigint, boolean, text, text, timestamptz, timestamptz, bigint, bigint, text, timestamptz, timestamptz, bigint)
    TO crm_admin, crm_manager, crm_lead, crm_sales;
