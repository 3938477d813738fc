-- The vote of the person who asks: the first or another one, as long as the poll runs. Says whether it was taken, and so nothing of what was there before.
-- Votes of one poll pass one another; its closing (crm.poll_freeze()) waits for those under way, and none comes after it.
CREATE OR REPLACE FUNCTION crm.poll_vote(poll bigint, answer int, strength int) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('crm.poll'), $1::int);
    UPDATE vote v SET answer = $2, strength = $3
      FROM poll p
     WHERE p.id = $1 AND p.state = 'open' AND p.deadline > clock_timestamp() AND $2 BETWEEN 1 AND cardinality(p.choices) AND $3 BETWEEN 0 AND 5
       AND v.poll_id = p.id AND v.person_id = nullif(current_setting('crm.person', true), '')::bigint;
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION crm.poll_vote(bigint, int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.poll_vote(bigint, int, int) TO crm_admin, crm_manager, crm_lead, crm_sales;
