-- Checks a password against an imported bcrypt hash. pgcrypto knows $2a$ only; $2b$ and $2y$ are the same for passwords that get here.
CREATE OR REPLACE FUNCTION crm.prosody_verify_bcrypt(username text, kind text, password text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, public, pg_temp AS $$
    SELECT coalesce((
        SELECT p.enabled AND crypt($3, hash.text) = hash.text
          FROM person p JOIN credential c ON c.person_id = p.id, LATERAL (SELECT regexp_replace(c.bcrypt, '^\$2[by]\$', '$2a$')) AS hash (text)
         WHERE p.username = $1 AND p.kind = $2 AND c.bcrypt IS NOT NULL), false)
$$;
REVOKE ALL ON FUNCTION crm.prosody_verify_bcrypt(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_verify_bcrypt(text, text, text) TO crm_prosody;
