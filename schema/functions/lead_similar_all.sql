-- Leads whose names are nearly as it is written, at most so many, for functions of the owner: of what is frequent some of the newest, else any, by the trigram index.
CREATE OR REPLACE FUNCTION crm.lead_similar_all(written text, most bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = crm, public, pg_temp SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1 SET jit = off
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    patterns text[] := ARRAY(SELECT '%' || replace(replace(replace(p, '\', '\\'), '%', '\%'), '_', '\_') || '%' FROM unnest(lead_phrases(written)) AS p);
    found    bigint[];
BEGIN
    IF cardinality(patterns) = 0 THEN
        RETURN '{}';
    END IF;
    found := ARRAY(SELECT r.id FROM (SELECT l.id, l.sort_name FROM lead l WHERE l.deleted_at IS NULL ORDER BY l.id DESC LIMIT 3000) AS r WHERE r.sort_name LIKE ANY (patterns));
    IF cardinality(found) > 15 THEN
        RETURN found[1:most];
    END IF;
    RETURN ARRAY(SELECT l.id FROM lead l
                  WHERE l.deleted_at IS NULL AND (l.sort_name || E'\n' || coalesce(lower(l.email), '') || E'\n' || coalesce(l.phone, '')) LIKE ANY (patterns) LIMIT most);
END $$;
REVOKE ALL ON FUNCTION crm.lead_similar_all(text, bigint) FROM PUBLIC;
