-- One page of a list of leads, in one of six orders, behind the lead `after` (keyset paging; none when that lead cannot be seen any more).
-- A statement for each order, because each has its index, with a tag or an added field and without, because a subquery behind an OR is never a join; planned anew each
-- time, because filters that are not used must not be in the plan. Next follow-up first: those that have a day, then those that have none, each from its end of
-- the index, because many filters leave few of the one and many of the other; so with scores. What is read is in memory or on a fast disk: so random_page_cost.
CREATE OR REPLACE FUNCTION crm.lead_page(list jsonb, after bigint, size bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 11 SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1
SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    f      crm.lead_filter := crm.lead_filter_of(list);
    narrow boolean := f.tag IS NOT NULL OR f.field IS NOT NULL;
    mark   crm.lead;
    got    bigint; -- how many of the page are of the first part
BEGIN
    IF after IS NOT NULL THEN
        SELECT * INTO mark FROM crm.lead l WHERE l.id = after;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    IF f.sort = 'newest' AND NOT narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND (after IS NULL OR (l.created_at, l.id) < (mark.created_at, mark.id))
            ORDER BY l.created_at DESC, l.id DESC LIMIT size;
    ELSIF f.sort = 'oldest' AND NOT narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND (after IS NULL OR (l.created_at, l.id) > (mark.created_at, mark.id))
            ORDER BY l.created_at, l.id LIMIT size;
    ELSIF f.sort = 'budget' AND NOT narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND (after IS NULL OR (l.sort_budget, l.id) < (mark.sort_budget, mark.id))
            ORDER BY l.sort_budget DESC, l.id DESC LIMIT size;
    ELSIF f.sort = 'follow-up' AND NOT narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f) AND l.sort_follow_up < 'infinity'
              AND (after IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
            ORDER BY l.sort_follow_up, l.id LIMIT size;
        GET DIAGNOSTICS got = ROW_COUNT;
        IF got < size AND f.due_until IS NULL THEN
            RETURN QUERY SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f) AND l.sort_follow_up = 'infinity'
                  AND (after IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
                ORDER BY l.sort_follow_up, l.id LIMIT size - got;
        END IF;
    ELSIF f.sort = 'score' AND NOT narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f) AND l.score IS NOT NULL AND (after IS NULL OR mark.score IS NOT NULL)
              AND (after IS NULL OR (l.score, l.id) < (mark.score, mark.id))
            ORDER BY l.score DESC NULLS LAST, l.id DESC LIMIT size;
        GET DIAGNOSTICS got = ROW_COUNT;
        IF got < size AND f.score_from IS NULL AND f.score_to IS NULL THEN
            RETURN QUERY SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f) AND l.score IS NULL
                  AND (after IS NULL OR mark.score IS NOT NULL OR l.id < mark.id)
                ORDER BY l.id DESC LIMIT size - got;
        END IF;
    ELSIF f.sort = 'name' AND NOT narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND (after IS NULL OR (l.sort_name, l.id) > (mark.sort_name, mark.id))
            ORDER BY l.sort_name, l.id LIMIT size;
    ELSIF f.sort = 'newest' AND narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
              AND (after IS NULL OR (l.created_at, l.id) < (mark.created_at, mark.id))
            ORDER BY l.created_at DESC, l.id DESC LIMIT size;
    ELSIF f.sort = 'oldest' AND narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
              AND (after IS NULL OR (l.created_at, l.id) > (mark.created_at, mark.id))
            ORDER BY l.created_at, l.id LIMIT size;
    ELSIF f.sort = 'budget' AND narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
              AND (after IS NULL OR (l.sort_budget, l.id) < (mark.sort_budget, mark.id))
            ORDER BY l.sort_budget DESC, l.id DESC LIMIT size;
    ELSIF f.sort = 'follow-up' AND narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f) AND l.sort_follow_up < 'infinity'
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
              AND (after IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
            ORDER BY l.sort_follow_up, l.id LIMIT size;
        GET DIAGNOSTICS got = ROW_COUNT;
        IF got < size AND f.due_until IS NULL THEN
            RETURN QUERY SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f) AND l.sort_follow_up = 'infinity'
                  AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
                  AND (after IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
                ORDER BY l.sort_follow_up, l.id LIMIT size - got;
        END IF;
    ELSIF f.sort = 'score' AND narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f) AND l.score IS NOT NULL AND (after IS NULL OR mark.score IS NOT NULL)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
              AND (after IS NULL OR (l.score, l.id) < (mark.score, mark.id))
            ORDER BY l.score DESC NULLS LAST, l.id DESC LIMIT size;
        GET DIAGNOSTICS got = ROW_COUNT;
        IF got < size AND f.score_from IS NULL AND f.score_to IS NULL THEN
            RETURN QUERY SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, f) AND l.score IS NULL
                  AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
                  AND (after IS NULL OR mark.score IS NOT NULL OR l.id < mark.id)
                ORDER BY l.id DESC LIMIT size - got;
        END IF;
    ELSIF f.sort = 'name' AND narrow THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, f)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
                           UNION ALL
                           SELECT v.lead_id FROM crm.lead_value v
                            WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
                              AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency))
              AND (f.more IS NULL OR crm.lead_has(l.id, f.more))
              AND (after IS NULL OR (l.sort_name, l.id) > (mark.sort_name, mark.id))
            ORDER BY l.sort_name, l.id LIMIT size;
    ELSE
        RAISE EXCEPTION 'leads have no order “%”', f.sort;
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.lead_page(jsonb, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_page(jsonb, bigint, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
