-- The leads of the person who asks whose names are nearly as it is written: by words that others' leads have too, of which nothing is told.
CREATE OR REPLACE FUNCTION crm.lead_similar_own(written text, most bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, public, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    me       bigint := nullif(current_setting('crm.person', true), '')::bigint;
    patterns text[] := ARRAY(SELECT '%' || replace(replace(replace(p, '\', '\\'), '%', '\%'), '_', '\_') || '%' FROM unnest((lead_phrases(written))[1:6]) AS p);
BEGIN
    IF cardinality(patterns) = 0 THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(SELECT l.id FROM lead l WHERE l.deleted_at IS NULL AND l.assignee = me AND l.sort_name LIKE ANY (patterns) LIMIT most);
END $$;
REVOKE ALL ON FUNCTION crm.lead_similar_own(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_similar_own(text, bigint) TO crm_sales;
