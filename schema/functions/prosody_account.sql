-- What Prosody needs to log someone in; no row for an unknown name.
CREATE OR REPLACE FUNCTION crm.prosody_account(username text, kind text)
RETURNS TABLE (enabled boolean, salt text, iterations int, stored_sha1 text, server_sha1 text, stored_sha256 text, server_sha256 text,
               has_bcrypt boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT p.enabled, c.salt, c.iterations, c.stored_sha1, c.server_sha1, c.stored_sha256, c.server_sha256, c.bcrypt IS NOT NULL
      FROM person p JOIN credential c ON c.person_id = p.id
     WHERE p.username = $1 AND p.kind = $2
$$;
REVOKE ALL ON FUNCTION crm.prosody_account(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_account(text, text) TO crm_prosody;
