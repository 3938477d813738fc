-- The leads of the person who asks that a list with a tag or an added field asks for, at most so many; in no order. It is the definer's because behind row security it
-- is asked of each lead that has a common tag whose it is; what it tells are numbers of leads that the caller reads by row security.
CREATE OR REPLACE FUNCTION crm.lead_picked_own(f crm.lead_filter, most bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1 SET jit = off
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    me bigint := nullif(current_setting('crm.person', true), '')::bigint;
BEGIN
    RETURN ARRAY(SELECT l.id FROM lead_tagged(f) AS n (id) JOIN lead l ON l.id = n.id
                  WHERE l.assignee = me AND lead_matches(l, f) AND (f.more IS NULL OR lead_has(l.id, f.more)) LIMIT most);
END $$;
REVOKE ALL ON FUNCTION crm.lead_picked_own(crm.lead_filter, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_picked_own(crm.lead_filter, bigint) TO crm_sales;
