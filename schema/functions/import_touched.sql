-- How many leads of an import somebody has worked on since: what they would lose, or keep, if it was taken back.
CREATE OR REPLACE FUNCTION crm.import_touched(import bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT count(*) FROM import_change c JOIN crm.import i ON i.id = c.import_id
     WHERE c.import_id = $1
       AND EXISTS (SELECT 1 FROM lead_event e WHERE e.lead_id = c.lead_id AND e.at > i.began_at AND e.surface IS DISTINCT FROM 'import')
$$;
REVOKE ALL ON FUNCTION crm.import_touched(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_touched(bigint) TO crm_admin, crm_manager, crm_lead;
