-- Leads that have a text in the name, the email or the phone, by the trigram index, at most one more than so many; for functions of the owner. Apart from any order, which
-- the planner else takes for a way to find them. The index is not asked for what is the same for many, for reading who those are takes a tenth of a second: of an email
-- address it is asked for what stands before the @, of a phone number for its last digits.
CREATE OR REPLACE FUNCTION crm.lead_holding(part text, digits text, most bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = crm, public, pg_temp SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1 SET jit = off
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    quick    text := CASE WHEN digits IS NULL AND part ~ '^[^@]{4,}@.' THEN split_part(part, '@', 1) || '@' WHEN part = digits THEN right(part, 5) ELSE part END;
    patterns text[] := ARRAY['%' || replace(replace(replace(quick, '\', '\\'), '%', '\%'), '_', '\_') || '%'] || CASE WHEN digits <> part THEN '%' || right(digits, 5) || '%' END;
BEGIN
    RETURN ARRAY(SELECT l.id FROM lead l
                  WHERE l.deleted_at IS NULL AND (l.sort_name || E'\n' || coalesce(lower(l.email), '') || E'\n' || coalesce(l.phone, '')) LIKE ANY (patterns)
                    AND (strpos(l.sort_name, part) > 0 OR strpos(lower(l.email COLLATE "C"), part) > 0 OR strpos(l.phone, coalesce(digits, part)) > 0) LIMIT most + 1);
END $$;
REVOKE ALL ON FUNCTION crm.lead_holding(text, text, bigint) FROM PUBLIC;
