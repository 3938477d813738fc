-- Whose one-time link this is, if it can still be used; no row otherwise, whatever the reason.
CREATE OR REPLACE FUNCTION crm.prosody_link(token_sha256 text) RETURNS TABLE (username text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT p.username, p.kind FROM account_link l JOIN person p ON p.id = l.person_id
     WHERE l.token_sha256 = $1 AND l.used_at IS NULL AND l.expires_at > now() AND p.enabled
$$;
REVOKE ALL ON FUNCTION crm.prosody_link(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_link(text) TO crm_prosody;
