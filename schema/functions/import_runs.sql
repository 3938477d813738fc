-- Whether an import runs, for which what else the bulk lane does with new leads waits. One that nobody goes on with, because the account that it was begun
-- from is not in use any more or imports no more, stays as it is without a job, and nothing waits for it.
CREATE OR REPLACE FUNCTION crm.import_runs() RETURNS boolean
LANGUAGE sql STABLE SET search_path = crm, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM import i JOIN job j ON j.kind = 'import.run' AND j.key = i.id::text WHERE i.state = 'running')
$$;
REVOKE ALL ON FUNCTION crm.import_runs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_runs() TO crm_system;
