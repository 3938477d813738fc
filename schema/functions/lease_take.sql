-- Makes the caller the one crmd: returns its epoch.
CREATE OR REPLACE FUNCTION crm.lease_take() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    taken bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.lease'));
    UPDATE lease SET epoch = epoch + 1 RETURNING epoch INTO taken;
    RETURN taken;
END $$;
REVOKE ALL ON FUNCTION crm.lease_take() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lease_take() TO crm_system;
