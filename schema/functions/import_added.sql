-- The leads that an import has added. Which imports and which leads the caller may see is for the caller's own rights to say (crm.lead_free()).
CREATE OR REPLACE FUNCTION crm.import_added(import bigint) RETURNS TABLE (lead bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT c.lead_id FROM import_change c WHERE c.import_id = $1 AND c.before IS NULL
$$;
REVOKE ALL ON FUNCTION crm.import_added(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_added(bigint) TO crm_admin, crm_manager, crm_lead;
