-- What the person who asks has done in the last ten minutes, the newest first: whether it is to be taken back, the program decides. In a room only what they
-- have done there: what is taken back is named to all who are in it.
CREATE OR REPLACE FUNCTION crm.undo_requests() RETURNS TABLE (command text, request text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT a.command, a.request FROM audit a
     WHERE a.person_id = nullif(current_setting('crm.person', true), '')::bigint AND a.outcome = 'done'
       AND (coalesce(current_setting('crm.surface', true), '') NOT LIKE 'room %' OR a.surface = current_setting('crm.surface', true)) AND a.at > now() - interval '10 minutes'
     ORDER BY a.id DESC LIMIT 50
$$;
REVOKE ALL ON FUNCTION crm.undo_requests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.undo_requests() TO crm_admin, crm_manager, crm_lead, crm_sales;
