-- The number of the last migration that this database has: crmd refuses to start on another one than its own. While schema/apply is at work
-- nobody can tell: who asks waits until it has ended, rights and functions included.
CREATE OR REPLACE FUNCTION crm.schema_version() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('crm.schema'));
    RETURN (SELECT coalesce(max(version), 0) FROM schema_migration);
END $$;
REVOKE ALL ON FUNCTION crm.schema_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.schema_version() TO crm_system;
