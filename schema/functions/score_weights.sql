-- The weights of what a score is made of: whoever sees a score may know them.
CREATE OR REPLACE FUNCTION crm.score_weights() RETURNS TABLE (key text, weight int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT s.key, s.value::int FROM setting s WHERE starts_with(s.key, 'score.')
$$;
REVOKE ALL ON FUNCTION crm.score_weights() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.score_weights() TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
