-- A room of the staff, by its address or its name, in which the person who asks may speak: where the result of a poll of theirs can go.
CREATE OR REPLACE FUNCTION crm.room_mine(given text) RETURNS TABLE (room text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT r.room, r.name FROM all_rooms() r
     WHERE (lower(r.room) = lower($1) OR lower(r.name) = lower($1))
       AND EXISTS (SELECT FROM room_access() a JOIN person p ON p.username = a.username AND p.kind = 'staff'
                    WHERE a.room = r.room AND p.id = nullif(current_setting('crm.person', true), '')::bigint)
     ORDER BY lower(r.room) = lower($1) DESC, r.room LIMIT 1
$$;
REVOKE ALL ON FUNCTION crm.room_mine(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.room_mine(text) TO crm_admin, crm_manager, crm_lead;
