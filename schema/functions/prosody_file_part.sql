-- One part of a file that a link has opened, from 0, in base64; no row behind the last.
CREATE OR REPLACE FUNCTION crm.prosody_file_part(token_sha256 text, number bigint) RETURNS TABLE (bytes text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT translate(encode(q.bytes, 'base64'), E'\n', '') FROM file f JOIN file_part q ON q.file_id = f.id
     WHERE f.token_sha256 = $1 AND q.number = $2 AND f.expires_at > now()
$$;
REVOKE ALL ON FUNCTION crm.prosody_file_part(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_file_part(text, bigint) TO crm_prosody;
