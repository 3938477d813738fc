-- Makes the first Admin of an installation, who makes everyone else, and a one-time link for them to set a password (`crmd --first-admin`, which only
-- root can run on a server). One row: `outcome` is 'made', with until when the link is good; 'exists' with the user name of an Admin who can log in or
-- could; 'taken' when the user name belongs to somebody else. Nothing is changed unless it is 'made'.
CREATE OR REPLACE FUNCTION crm.first_admin(username text, name text, token_sha256 text) RETURNS TABLE (outcome text, admin text, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    made bigint;
    present text;
    good_until timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.first_admin'));
    SELECT p.username INTO present FROM person p WHERE p.kind = 'staff' AND p.role = 'admin' AND p.enabled ORDER BY p.id LIMIT 1;
    IF present IS NOT NULL THEN
        RETURN QUERY SELECT 'exists', present, NULL::timestamptz;
        RETURN;
    END IF;
    INSERT INTO person (kind, username, name, role, time_zone)
    SELECT 'staff', $1, $2, 'admin', s.value FROM setting s WHERE s.key = 'people.time_zone'
        ON CONFLICT ON CONSTRAINT person_kind_username_key DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN QUERY SELECT 'taken', $1, NULL::timestamptz;
        RETURN;
    END IF;
    INSERT INTO audit (who, surface, request, command, target, outcome, arguments)
    VALUES ('system', coalesce(nullif(current_setting('crm.surface', true), ''), 'system'), coalesce(nullif(current_setting('crm.request', true), ''), '-'),
            'first.admin', 'person-' || made, 'done', jsonb_build_object('username', $1, 'role', 'admin'));
    SELECT l.expires_at INTO good_until FROM account_link_make(made, 'password', $3) l;
    RETURN QUERY SELECT 'made', $1, good_until;
END $$;
REVOKE ALL ON FUNCTION crm.first_admin(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.first_admin(text, text, text) TO crm_system;
