-- How somebody can log in, without anything of the secret: 'set', 'imported' (bcrypt, until the next login) or 'none'; since when; and until when a one-time
-- link of theirs is open.
CREATE OR REPLACE FUNCTION crm.account_state(person bigint) RETURNS TABLE (password text, changed_at timestamptz, link_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT CASE WHEN c.bcrypt IS NOT NULL THEN 'imported' WHEN c.salt IS NOT NULL THEN 'set' ELSE 'none' END, c.changed_at,
           (SELECT max(l.expires_at) FROM account_link l WHERE l.person_id = p.id AND l.used_at IS NULL AND l.expires_at > now())
      FROM person p LEFT JOIN credential c ON c.person_id = p.id WHERE p.id = $1
$$;
REVOKE ALL ON FUNCTION crm.account_state(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.account_state(bigint) TO crm_admin, crm_manager;
