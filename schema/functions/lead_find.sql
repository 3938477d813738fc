-- A page of what a search finds: crm.lead_found(), among all leads for those who may see them all, and among their own for whoever sees those only.
CREATE OR REPLACE FUNCTION crm.lead_find(list jsonb, after bigint, size bigint) RETURNS TABLE (id bigint, nearly boolean, cut boolean)
LANGUAGE plpgsql STABLE ROWS 11 AS $$
BEGIN
    IF has_function_privilege('crm.lead_find_all(jsonb, bigint, bigint)', 'EXECUTE') THEN
        RETURN QUERY SELECT * FROM crm.lead_find_all(list, after, size);
    ELSE
        RETURN QUERY SELECT * FROM crm.lead_found(list, after, size, true);
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.lead_find(jsonb, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_find(jsonb, bigint, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
