-- Takes a job away, if there is one: one that runs at this moment is rolled back.
CREATE OR REPLACE FUNCTION crm.job_drop(kind text, key text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    DELETE FROM job j WHERE j.kind = $1 AND j.key = $2;
$$;
REVOKE ALL ON FUNCTION crm.job_drop(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.job_drop(text, text) TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
