-- The number of the last migration that this database has: crmd refuses to start on another one than its own.
CREATE OR REPLACE FUNCTION crm.schema_version() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT coalesce(max(version), 0) FROM schema_migration
$$;
REVOKE ALL ON FUNCTION crm.schema_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.schema_version() TO crm_system;
