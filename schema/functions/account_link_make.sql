-- Makes a one-time link for an enabled person, and takes the place of an earlier one of theirs that was not used. Returns until when it is good; no row
-- for somebody who is disabled.
CREATE OR REPLACE FUNCTION crm.account_link_make(person bigint, purpose text, token_sha256 text) RETURNS TABLE (expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
BEGIN
    DELETE FROM account_link l WHERE l.person_id = $1 AND l.used_at IS NULL;
    RETURN QUERY
    INSERT INTO account_link (token_sha256, person_id, purpose, created_by, expires_at)
    SELECT $3, p.id, $2, nullif(nullif(current_setting('crm.person', true), ''), '0')::bigint,
           now() + (SELECT s.value::int FROM setting s WHERE s.key = 'links.hours') * interval '1 hour'
      FROM person p WHERE p.id = $1 AND p.enabled
    RETURNING expires_at;
END $$;
REVOKE ALL ON FUNCTION crm.account_link_make(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.account_link_make(bigint, text, text) TO crm_admin;
