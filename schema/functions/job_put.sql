-- Puts a job, or another time and other data in the place of the one of that kind and key. From statements and from triggers. crmd looks at the table every
-- five seconds; it is woken only for what is due before that.
CREATE OR REPLACE FUNCTION crm.job_put(kind text, key text, due_at timestamptz, person bigint DEFAULT NULL, data jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    INSERT INTO job AS j (kind, key, due_at, person_id, data) VALUES ($1, $2, $3, $4, coalesce($5, '{}'))
        ON CONFLICT ON CONSTRAINT job_kind_key_key DO UPDATE
       SET due_at = EXCLUDED.due_at, person_id = EXCLUDED.person_id, data = EXCLUDED.data, version = j.version + 1, attempts = 0, last_error = NULL;
    SELECT pg_notify('crm_job', '') WHERE $3 < clock_timestamp() + interval '6 seconds';
$$;
REVOKE ALL ON FUNCTION crm.job_put(text, text, timestamptz, bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.job_put(text, text, timestamptz, bigint, jsonb) TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
