-- Refuses a unit of work of a crmd that is no longer the current one (CR001). The shared lock makes lease_take() wait for units under way, so that
-- after a hand-over nothing of the old instance commits.
CREATE OR REPLACE FUNCTION crm.lease_require(expected bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('crm.lease'));
    IF (SELECT epoch FROM lease) <> expected THEN
        RAISE EXCEPTION 'another crmd has taken over' USING ERRCODE = 'CR001';
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.lease_require(bigint) FROM PUBLIC;
-- The login too: the statement that takes on a role is checked as the login when it begins.
GRANT EXECUTE ON FUNCTION crm.lease_require(bigint) TO crmd, crm_system, crm_admin, crm_manager, crm_lead, crm_sales, crm_customer, crm_visitor;
