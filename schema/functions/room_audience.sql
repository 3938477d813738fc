-- Which roles' people can read what is said in a room, for somebody who may speak there; no row for anybody else.
CREATE OR REPLACE FUNCTION crm.room_audience(in_room text, account_kind text, account text) RETURNS TABLE (role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT unnest(r.roles) FROM all_rooms() r
     WHERE r.room = in_room AND account_kind = 'staff'
       AND EXISTS (SELECT FROM room_access() a WHERE a.room = in_room AND a.username = account)
$$;
REVOKE ALL ON FUNCTION crm.room_audience(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.room_audience(text, text, text) TO crm_system;
