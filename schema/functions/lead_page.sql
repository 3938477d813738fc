-- One page of a list of leads, in one of six orders, behind the lead `after` (keyset paging; none when that lead cannot be seen any more).
-- A statement for each order, because each has its index; planned anew each time, because filters that are not used must not be in the plan. Next follow-up first:
-- those that have a day, then those that have none, each from its end of the index, because many filters leave few of the one and many of the other; so with scores.
-- What is read is in memory or on a fast disk: so random_page_cost.
--
-- Leads with a tag, or an added field: few are gathered and sorted (crm.lead_picked()). Of what many have, some are among the first that are looked at in the order: that
-- is tried in two steps. Then those that more than one lead in 25 has are met on the way through the whole index of the order (`within`), which has all that is asked of
-- it, and others are gathered. By age with a tag, they are in their order in the index of tags, whose numbers rise as leads come. Whoever sees their own leads only (`own`)
-- has few to look at, and a tag's others would be in the way.
CREATE OR REPLACE FUNCTION crm.lead_page(list jsonb, after bigint, size bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 11 SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1
SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    many   constant bigint := 4000;
    own    constant boolean := NOT has_function_privilege('crm.lead_find_all(jsonb, bigint, bigint)', 'EXECUTE');
    f      crm.lead_filter := crm.lead_filter_of(list);
    narrow boolean := f.tag IS NOT NULL OR f.field IS NOT NULL;
    steps  bigint[] := ARRAY[size];
    mark   crm.lead;
    picked bigint[];
    kept   bigint[];
    within bigint[];
    page   bigint[];
    step   bigint;
BEGIN
    IF after IS NOT NULL THEN
        SELECT * INTO mark FROM crm.lead l WHERE l.id = after;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    IF narrow THEN
        picked := CASE WHEN NOT own THEN crm.lead_picked(f, many + 1) END;
        steps := CASE WHEN cardinality(picked) <= many OR size > 100 THEN '{}' WHEN own THEN ARRAY[30 * size, 100 * size] ELSE ARRAY[30 * size, 300 * size, size] END;
    END IF;
    IF cardinality(picked) > many AND f.tag IS NOT NULL AND f.sort = 'newest' THEN
        RETURN QUERY SELECT t.lead_id FROM crm.lead_tag t JOIN crm.lead l ON l.id = t.lead_id
            WHERE t.tag = f.tag AND crm.lead_matches(l, f) AND (f.more IS NULL OR crm.lead_has(l.id, f.more)) AND (after IS NULL OR t.lead_id < after)
            ORDER BY t.lead_id DESC LIMIT size;
        RETURN;
    ELSIF cardinality(picked) > many AND f.tag IS NOT NULL AND f.sort = 'oldest' THEN
        RETURN QUERY SELECT t.lead_id FROM crm.lead_tag t JOIN crm.lead l ON l.id = t.lead_id
            WHERE t.tag = f.tag AND crm.lead_matches(l, f) AND (f.more IS NULL OR crm.lead_has(l.id, f.more)) AND (after IS NULL OR t.lead_id > after)
            ORDER BY t.lead_id LIMIT size;
        RETURN;
    END IF;
    FOREACH step IN ARRAY steps LOOP
        IF narrow AND step = size THEN
            picked := crm.lead_picked(f, NULL);
            EXIT WHEN cardinality(picked) < (SELECT c.reltuples FROM pg_class c WHERE c.oid = 'crm.lead'::regclass) / 25;
            within := picked;
        END IF;
        IF f.sort = 'newest' THEN
            page := ARRAY(SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f)
                  AND (after IS NULL OR (l.created_at, l.id) < (mark.created_at, mark.id))
                  AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                ORDER BY l.created_at DESC, l.id DESC LIMIT step);
        ELSIF f.sort = 'oldest' THEN
            page := ARRAY(SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f)
                  AND (after IS NULL OR (l.created_at, l.id) > (mark.created_at, mark.id))
                  AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                ORDER BY l.created_at, l.id LIMIT step);
        ELSIF f.sort = 'budget' THEN
            page := ARRAY(SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f)
                  AND (after IS NULL OR (l.sort_budget, l.id) < (mark.sort_budget, mark.id))
                  AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                ORDER BY l.sort_budget DESC, l.id DESC LIMIT step);
        ELSIF f.sort = 'follow-up' THEN
            page := ARRAY(SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f) AND l.sort_follow_up < 'infinity'
                  AND (after IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
                  AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                ORDER BY l.sort_follow_up, l.id LIMIT step);
            IF cardinality(page) < step AND f.due_until IS NULL THEN
                page := page || ARRAY(SELECT l.id FROM crm.lead l
                    WHERE crm.lead_matches(l, f) AND l.sort_follow_up = 'infinity'
                      AND (after IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
                      AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                    ORDER BY l.sort_follow_up, l.id LIMIT step - cardinality(page));
            END IF;
        ELSIF f.sort = 'score' THEN
            page := ARRAY(SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f) AND l.score IS NOT NULL AND (after IS NULL OR mark.score IS NOT NULL)
                  AND (after IS NULL OR (l.score, l.id) < (mark.score, mark.id))
                  AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                ORDER BY l.score DESC NULLS LAST, l.id DESC LIMIT step);
            IF cardinality(page) < step AND f.score_from IS NULL AND f.score_to IS NULL THEN
                page := page || ARRAY(SELECT l.id FROM crm.lead l
                    WHERE crm.lead_matches(l, f) AND l.score IS NULL
                      AND (after IS NULL OR mark.score IS NOT NULL OR l.id < mark.id)
                      AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                    ORDER BY l.id DESC LIMIT step - cardinality(page));
            END IF;
        ELSIF f.sort = 'name' THEN
            page := ARRAY(SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f)
                  AND (after IS NULL OR (l.sort_name, l.id) > (mark.sort_name, mark.id))
                  AND (within IS NULL OR CASE WHEN l.id IN (SELECT unnest(within)) THEN f.more IS NULL OR crm.lead_has(l.id, f.more) END)
                ORDER BY l.sort_name, l.id LIMIT step);
        ELSE
            RAISE EXCEPTION 'leads have no order “%”', f.sort;
        END IF;
        IF narrow AND within IS NULL THEN
            IF own THEN
                kept := crm.lead_narrowed_own(page, f);
            ELSE
                kept := crm.lead_narrowed(page, f);
            END IF;
            page := ARRAY(SELECT w.id FROM unnest(page) WITH ORDINALITY AS w (id, place) WHERE w.id = ANY (kept) ORDER BY w.place LIMIT size);
        END IF;
        IF NOT narrow OR within IS NOT NULL OR cardinality(page) = size THEN
            RETURN QUERY SELECT unnest(page);
            RETURN;
        END IF;
    END LOOP;
    IF own THEN
        picked := crm.lead_picked_own(f, NULL);
    ELSIF cardinality(picked) = many + 1 THEN
        picked := crm.lead_picked(f, NULL);
    END IF;
    RETURN QUERY
        WITH few AS MATERIALIZED (
            SELECT l.id, l.created_at, l.sort_budget, l.sort_follow_up, l.score, l.sort_name FROM crm.lead l
             WHERE l.id = ANY (picked) AND crm.lead_matches(l, f) AND (f.more IS NULL OR crm.lead_has(l.id, f.more)))
        SELECT w.id FROM few w
         WHERE after IS NULL OR CASE f.sort WHEN 'newest' THEN (w.created_at, w.id) < (mark.created_at, mark.id)
                                            WHEN 'oldest' THEN (w.created_at, w.id) > (mark.created_at, mark.id)
                                            WHEN 'budget' THEN (w.sort_budget, w.id) < (mark.sort_budget, mark.id)
                                            WHEN 'follow-up' THEN (w.sort_follow_up, w.id) > (mark.sort_follow_up, mark.id)
                                            WHEN 'score' THEN (coalesce(w.score, -1), w.id) < (coalesce(mark.score, -1), mark.id)
                                            ELSE (w.sort_name, w.id) > (mark.sort_name, mark.id) END
         ORDER BY CASE WHEN f.sort = 'newest' THEN w.created_at END DESC, CASE WHEN f.sort = 'oldest' THEN w.created_at END,
                  CASE WHEN f.sort = 'budget' THEN w.sort_budget END DESC, CASE WHEN f.sort = 'follow-up' THEN w.sort_follow_up END,
                  CASE WHEN f.sort = 'score' THEN w.score END DESC NULLS LAST, CASE WHEN f.sort = 'name' THEN w.sort_name END,
                  CASE WHEN f.sort IN ('newest', 'budget', 'score') THEN w.id END DESC, w.id LIMIT size;
END $$;
REVOKE ALL ON FUNCTION crm.lead_page(jsonb, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_page(jsonb, bigint, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
