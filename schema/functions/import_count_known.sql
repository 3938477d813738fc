-- How many of these have the email or the phone of a lead. Whoever imports sees all leads; as the owner, because row security would keep the index from
-- being used.
CREATE OR REPLACE FUNCTION crm.import_count_known(emails text[], phones text[]) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off SET jit = off AS $$
    SELECT count(*) FROM unnest($1, $2) AS r (email, phone)
     WHERE EXISTS (SELECT 1 FROM lead l WHERE lower(l.email) = lower(r.email) AND (l.deleted_at IS NULL)::int = 1)
        OR EXISTS (SELECT 1 FROM lead l WHERE l.phone = r.phone AND (l.deleted_at IS NULL)::int = 1)
$$;
REVOKE ALL ON FUNCTION crm.import_count_known(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_count_known(text[], text[]) TO crm_admin, crm_manager, crm_lead;
