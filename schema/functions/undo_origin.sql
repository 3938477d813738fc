-- The command that the person who asks began with: of what "undo" took back, and "redo" put back, the first. No row when it is longer ago than is remembered.
CREATE OR REPLACE FUNCTION crm.undo_origin(made_in text) RETURNS TABLE (command text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    WITH RECURSIVE back (request) AS (
        SELECT made_in
        UNION
        SELECT u.request FROM back b JOIN undo u ON u.undone_in = b.request
         WHERE u.person_id = nullif(current_setting('crm.person', true), '')::bigint)
    SELECT a.command FROM back b JOIN audit a USING (request)
     WHERE a.person_id = nullif(current_setting('crm.person', true), '')::bigint AND a.outcome = 'done' AND a.at > now() - interval '1 hour'
     ORDER BY a.id LIMIT 1
$$;
REVOKE ALL ON FUNCTION crm.undo_origin(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.undo_origin(text) TO crm_admin, crm_manager, crm_lead, crm_sales;
