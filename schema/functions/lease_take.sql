-- Makes the caller the one crmd: returns its epoch. `held` is the epoch that the caller had before it lost its connection, 0 for none: when nobody
-- took another one in between it stays valid, so that a short loss fences off nobody; otherwise the next one begins.
CREATE OR REPLACE FUNCTION crm.lease_take(held bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    taken bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.lease'));
    UPDATE lease SET epoch = epoch + 1 WHERE held = 0 OR epoch <> held RETURNING epoch INTO taken;
    RETURN coalesce(taken, held);
END $$;
REVOKE ALL ON FUNCTION crm.lease_take(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lease_take(bigint) TO crm_system;
