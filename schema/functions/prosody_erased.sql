-- Prosody has done its part: so many messages and files are gone.
CREATE OR REPLACE FUNCTION crm.prosody_erased(id bigint, chats bigint, files bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    UPDATE erasure e SET chats_at = clock_timestamp(), chats = $2, files = $3 WHERE e.id = $1 AND e.chats_at IS NULL;
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION crm.prosody_erased(bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_erased(bigint, bigint, bigint) TO crm_prosody;
