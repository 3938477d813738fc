-- Whether an import runs, for which what else the bulk lane does with new leads waits. One without a job, which nobody goes on with, is not waited for.
CREATE OR REPLACE FUNCTION crm.import_runs() RETURNS boolean
LANGUAGE sql STABLE SET search_path = crm, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM import i JOIN job j ON j.kind = 'import.run' AND j.key = i.id::text WHERE i.state = 'running')
$$;
REVOKE ALL ON FUNCTION crm.import_runs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_runs() TO crm_system;
