-- Where a lead is now that was merged, perhaps several times; NULL when it was not. Tells a number only: whether whoever asks may see that lead, row security says.
CREATE OR REPLACE FUNCTION crm.lead_went(number bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    WITH RECURSIVE way (id, step) AS (
        SELECT l.merged_into, 1 FROM lead l WHERE l.id = number AND l.merged_into IS NOT NULL
        UNION ALL
        SELECT l.merged_into, w.step + 1 FROM way w JOIN lead l ON l.id = w.id WHERE l.merged_into IS NOT NULL AND w.step < 100)
    SELECT w.id FROM way w ORDER BY w.step DESC LIMIT 1
$$;
REVOKE ALL ON FUNCTION crm.lead_went(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_went(bigint) TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
