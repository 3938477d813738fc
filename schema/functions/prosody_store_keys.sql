-- Replaces an imported bcrypt hash by SCRAM keys, after its owner has logged in with it. It changes nothing else: an account that has keys keeps them.
CREATE OR REPLACE FUNCTION crm.prosody_store_keys(username text, kind text, salt text, iterations int, stored_sha1 text, server_sha1 text,
                                                  stored_sha256 text, server_sha256 text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    WITH done AS (
        UPDATE credential c
           SET salt = $3, iterations = $4, stored_sha1 = $5, server_sha1 = $6, stored_sha256 = $7, server_sha256 = $8, bcrypt = NULL, changed_at = now()
          FROM person p
         WHERE p.id = c.person_id AND p.username = $1 AND p.kind = $2 AND c.bcrypt IS NOT NULL
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM done)
$$;
REVOKE ALL ON FUNCTION crm.prosody_store_keys(text, text, text, int, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_store_keys(text, text, text, int, text, text, text, text) TO crm_prosody;
