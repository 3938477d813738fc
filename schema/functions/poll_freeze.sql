-- Closes a poll, and fixes what it will be decided on: how much each of the people weighs beside their interest, how much interest counts, and how near is
-- as good. False when it does not run any more. No vote is looked at here; crm.poll_decide() does that once this is committed.
CREATE OR REPLACE FUNCTION crm.poll_freeze(poll bigint, people bigint[], weights float8[], power float8, near float8) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.poll'), $1::int);
    UPDATE poll p SET state = 'closing', closed_at = now() WHERE p.id = $1 AND p.state = 'open';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO poll_frozen (poll_id, seed, people, weights, power, near) VALUES ($1, public.gen_random_bytes(32), $2, $3, $4, $5);
    PERFORM job_put('poll.decide', $1::text, now());
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION crm.poll_freeze(bigint, bigint[], float8[], float8, float8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.poll_freeze(bigint, bigint[], float8[], float8, float8) TO crm_system, crm_admin, crm_manager, crm_lead;
