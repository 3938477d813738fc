-- Live leads that have one of these contacts, but one of them: also those that whoever asks may not see, so that they go to who may (component/lead/same.c).
-- Tells numbers only. The caller holds the contacts (statement lead_same_hold).
CREATE OR REPLACE FUNCTION crm.lead_same(email text, phone text, but bigint) RETURNS TABLE (id bigint, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    (SELECT l.id, 'email' FROM lead l WHERE lower(l.email) = lower($1) AND l.deleted_at IS NULL AND l.id IS DISTINCT FROM $3 ORDER BY l.id LIMIT 5)
    UNION ALL (SELECT l.id, 'phone' FROM lead l WHERE l.phone = $2 AND l.deleted_at IS NULL AND l.id IS DISTINCT FROM $3 ORDER BY l.id LIMIT 5)
$$;
REVOKE ALL ON FUNCTION crm.lead_same(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_same(text, text, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
