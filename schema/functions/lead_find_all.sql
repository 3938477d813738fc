-- Leads with a part in the name, the email or the phone, for those who see all that are not deleted: those whose name begins with it first, then the newest.
-- It is the definer's because behind row security a trigram index is not used for them (LIKE is not leakproof); it tells numbers only, of leads that
-- the caller reads by row security. The newest RECENT leads are looked through first: what many have is found there, and a search of everything
-- is for what is rare. Of less than three letters the trigram index knows nothing: then only names that begin so are looked up.
CREATE OR REPLACE FUNCTION crm.lead_find_all(part text, digits text, most bigint) RETURNS TABLE (id bigint, begins boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 11 SET search_path = crm, public, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_column
DECLARE
    recent    constant bigint := 5000;
    beginning constant bigint := 5000;
    pattern   text := '%' || replace(replace(replace(part, '\', '\\'), '%', '\%'), '_', '\_') || '%';
    patterns  text[] := CASE WHEN digits <> part THEN ARRAY[pattern, '%' || digits || '%'] ELSE ARRAY[pattern] END;
    newest    bigint[];
    first     bigint[];
BEGIN
    newest := ARRAY(SELECT r.id FROM (SELECT l.id, l.sort_name, l.email, l.phone FROM lead l WHERE l.deleted_at IS NULL ORDER BY l.id DESC LIMIT recent) r
                     WHERE strpos(r.sort_name, part) > 0 OR strpos(lower(r.email), part) > 0 OR strpos(r.phone, digits) > 0);
    first := ARRAY(SELECT l.id FROM lead l WHERE l.id = ANY (newest) AND l.sort_name ^@ part ORDER BY l.id DESC LIMIT most);
    IF cardinality(first) < most THEN
        first := ARRAY(SELECT b.id FROM (SELECT l.id FROM lead l WHERE l.deleted_at IS NULL AND l.sort_name ^@ part ORDER BY l.sort_name USING ~<~, l.id LIMIT beginning) b
                        ORDER BY b.id DESC LIMIT most);
    END IF;
    RETURN QUERY SELECT f, true FROM unnest(first) AS f;
    IF cardinality(first) >= most THEN
        RETURN;
    END IF;
    IF cardinality(newest) < most AND length(part) >= 3 THEN
        -- Apart from the order, which the planner else takes for a way to find them.
        newest := ARRAY(WITH hit AS MATERIALIZED (
                            SELECT l.id, l.sort_name, l.email, l.phone FROM lead l
                             WHERE l.deleted_at IS NULL
                               AND (l.sort_name || E'\n' || coalesce(lower(l.email), '') || E'\n' || coalesce(l.phone, '')) LIKE ANY (patterns))
                        SELECT h.id FROM hit h WHERE strpos(h.sort_name, part) > 0 OR strpos(lower(h.email), part) > 0 OR strpos(h.phone, digits) > 0
                         ORDER BY h.id DESC LIMIT most);
    END IF;
    RETURN QUERY SELECT n, false FROM unnest(newest) AS n WHERE n <> ALL (first) ORDER BY n DESC LIMIT most - cardinality(first);
END $$;
REVOKE ALL ON FUNCTION crm.lead_find_all(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_find_all(text, text, bigint) TO crm_admin, crm_manager, crm_lead;
