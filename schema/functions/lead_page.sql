-- One page of a list of leads, in one of five orders, behind the lead `after` (keyset paging; none when that lead cannot be seen any more).
-- A statement for each order, because each has its index, with a tag and without, because a subquery behind an OR is never a join; planned anew each
-- time, because filters that are not used must not be in the plan.
CREATE OR REPLACE FUNCTION crm.lead_page(sort text, status text, statuses text[], assignee bigint, nobody boolean, source text, tag text, since timestamptz,
                                         before timestamptz, budget_from bigint, budget_to bigint, currency text, after bigint, size bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 11 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    mark crm.lead;
BEGIN
    IF after IS NOT NULL THEN
        SELECT * INTO mark FROM crm.lead l WHERE l.id = $13;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    IF sort = 'newest' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND ($13 IS NULL OR (l.created_at, l.id) < (mark.created_at, mark.id))
            ORDER BY l.created_at DESC, l.id DESC LIMIT $14;
    ELSIF sort = 'oldest' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND ($13 IS NULL OR (l.created_at, l.id) > (mark.created_at, mark.id))
            ORDER BY l.created_at, l.id LIMIT $14;
    ELSIF sort = 'budget' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND ($13 IS NULL OR (l.sort_budget, l.id) < (mark.sort_budget, mark.id))
            ORDER BY l.sort_budget DESC, l.id DESC LIMIT $14;
    ELSIF sort = 'follow-up' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND ($13 IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
            ORDER BY l.sort_follow_up, l.id LIMIT $14;
    ELSIF sort = 'name' AND tag IS NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND ($13 IS NULL OR (l.sort_name, l.id) > (mark.sort_name, mark.id))
            ORDER BY l.sort_name, l.id LIMIT $14;
    ELSIF sort = 'newest' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($13 IS NULL OR (l.created_at, l.id) < (mark.created_at, mark.id))
            ORDER BY l.created_at DESC, l.id DESC LIMIT $14;
    ELSIF sort = 'oldest' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($13 IS NULL OR (l.created_at, l.id) > (mark.created_at, mark.id))
            ORDER BY l.created_at, l.id LIMIT $14;
    ELSIF sort = 'budget' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($13 IS NULL OR (l.sort_budget, l.id) < (mark.sort_budget, mark.id))
            ORDER BY l.sort_budget DESC, l.id DESC LIMIT $14;
    ELSIF sort = 'follow-up' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($13 IS NULL OR (l.sort_follow_up, l.id) > (mark.sort_follow_up, mark.id))
            ORDER BY l.sort_follow_up, l.id LIMIT $14;
    ELSIF sort = 'name' AND tag IS NOT NULL THEN
        RETURN QUERY SELECT l.id FROM crm.lead l
            WHERE crm.lead_matches(l, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12)
              AND l.id IN (SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = $7)
              AND ($13 IS NULL OR (l.sort_name, l.id) > (mark.sort_name, mark.id))
            ORDER BY l.sort_name, l.id LIMIT $14;
    ELSE
        RAISE EXCEPTION 'leads have no order “%”', sort;
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.lead_page(text, text, text[], bigint, boolean, text, text, timestamptz, timestamptz, bigint, bigint, text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_page(text, text, text[], bigint, boolean, text, text, timestamptz, timestamptz, bigint, bigint, text, bigint, bigint)
    TO crm_admin, crm_manager, crm_lead, crm_sales;
