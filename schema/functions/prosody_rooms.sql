-- All rooms with their people, for prosody/mod_crm_rooms.lua: a row for each pair, and one without person for a room where nobody is.
CREATE OR REPLACE FUNCTION crm.prosody_rooms()
RETURNS TABLE (room text, name text, description text, username text, affiliation text, bookmarked boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT r.room, r.name, r.description, a.username, a.affiliation, a.bookmarked
                   FROM all_rooms() r LEFT JOIN room_access() a ON a.room = r.room ORDER BY r.room, a.username;
END $$;
REVOKE ALL ON FUNCTION crm.prosody_rooms() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_rooms() TO crm_prosody;
