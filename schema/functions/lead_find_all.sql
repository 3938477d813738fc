-- crm.lead_found() for those who see all leads that are not deleted. It is the definer's because behind row security a trigram index is not used for them (LIKE is not
-- leakproof); it tells numbers only, of leads that the caller reads by row security.
CREATE OR REPLACE FUNCTION crm.lead_find_all(list jsonb, after bigint, size bigint) RETURNS TABLE (id bigint, nearly boolean, cut boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 11 SET search_path = crm, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM lead_found(list, after, size, false);
END $$;
REVOKE ALL ON FUNCTION crm.lead_find_all(jsonb, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_find_all(jsonb, bigint, bigint) TO crm_admin, crm_manager, crm_lead;
