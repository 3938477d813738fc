-- One page of a list of leads, in one of five orders, behind the lead `after` (keyset paging; none when that lead cannot be seen any more).
-- A statement for each order, because each has its index, with a tag and without, because a subquery behind an OR is never a join; planned anew each
-- time, because filters that are not used must not be in the plan. Next follow-up first: those that have a day, then those that have none, each from its end of
-- the index, because many filters leave few of the one and many of the other. What is read is in memory or on a fast disk: so random_page_cost.
CREATE OR REPLACE FUNCTION crm.lead_page(sort text, status text, statuses text[], assignee bigint, nobody boolean, source text, tag text, since timestamptz,
                                         before timestamptz, budget_from bigint, budget_to bigint, currency text, due_since timestamptz, due_until timestamptz,
                                         after bigint, size bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 11 SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1
SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    mark  crm.lead;
    dated bigint; -- how many of the page have a day
BEGIN
    IF after IS NOT NULL THEN
        SELECT * INTO mark FROM crm.lead l WHERE l.id = $15;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    IF sort = 'newest' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND ($15 IS NULL OR (l.created_at, l.id) < (mark.created_at, mark.id))
            ORDER BY l.created_at DESC, l.id DESC LIMIT $16;
    ELSIF sort = 'oldest' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND ($15 IS NULL OR (l.created_at, l.id) > (mark.created_at, mark.id))
            ORDER BY l.created_at, l.id LIMIT $16;
    ELSIF sort = 'budget' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND ($15 IS NULL OR (l.sort_budget, l.id) < (mark.sort_budget, mark.id))
            ORDER BY l.sort_budget DESC, l.id DESC LIMIT $16;
    ELSIF sort = 'follow-up' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14) AND l.sort_follow_up < 'infinity'
              AND ($15 IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
            ORDER BY l.sort_follow_up, l.id LIMIT $16;
        GET DIAGNOSTICS dated = ROW_COUNT;
        IF dated < $16 AND due_until IS NULL THEN
            RETURN QUERY SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14) AND l.sort_follow_up = 'infinity'
                  AND ($15 IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
                ORDER BY l.sort_follow_up, l.id LIMIT $16 - dated;
        END IF;
    ELSIF sort = 'name' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND ($15 IS NULL OR (l.sort_name, l.id) > (mark.sort_name, mark.id))
            ORDER BY l.sort_name, l.id LIMIT $16;
    ELSIF sort = 'newest' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($15 IS NULL OR (l.created_at, l.id) < (mark.created_at, mark.id))
            ORDER BY l.created_at DESC, l.id DESC LIMIT $16;
    ELSIF sort = 'oldest' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($15 IS NULL OR (l.created_at, l.id) > (mark.created_at, mark.id))
            ORDER BY l.created_at, l.id LIMIT $16;
    ELSIF sort = 'budget' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($15 IS NULL OR (l.sort_budget, l.id) < (mark.sort_budget, mark.id))
            ORDER BY l.sort_budget DESC, l.id DESC LIMIT $16;
    ELSIF sort = 'follow-up' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14) AND l.sort_follow_up < 'infinity'
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($15 IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
            ORDER BY l.sort_follow_up, l.id LIMIT $16;
        GET DIAGNOSTICS dated = ROW_COUNT;
        IF dated < $16 AND due_until IS NULL THEN
            RETURN QUERY SELECT l.id FROM crm.lead l
                WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14) AND l.sort_follow_up = 'infinity'
                  AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
                  AND ($15 IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
                ORDER BY l.sort_follow_up, l.id LIMIT $16 - dated;
        END IF;
    ELSIF sort = 'name' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, $14)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($15 IS NULL OR (l.sort_name, l.id) > (mark.sort_name, mark.id))
            ORDER BY l.sort_name, l.id LIMIT $16;
    ELSE
        RAISE EXCEPTION 'leads have no order “%”', sort;
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.lead_page(text, text, text[], bigint, boolean, text, text, timestamptz, timestamptz, bigint, bigint, text, timestamptz, timestamptz, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_page(text, text, text[], bigint, boolean, text, text, timestamptz, timestamptz, bigint, bigint, text, timestamptz, timestamptz, bigint, bigint)
    TO crm_admin, crm_manager, crm_lead, crm_sales;
