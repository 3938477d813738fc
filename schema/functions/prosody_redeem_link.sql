-- Uses a one-time link: its owner gets these SCRAM keys instead of what they had, and their sessions end. False, and nothing is changed, for a link that is
-- unknown, used or expired, or whose owner is disabled. Two at once: the row lock lets one of them find it used.
CREATE OR REPLACE FUNCTION crm.prosody_redeem_link(token_sha256 text, salt text, iterations int, stored_sha1 text, server_sha1 text, stored_sha256 text,
                                                   server_sha256 text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    owner person;
BEGIN
    UPDATE account_link l SET used_at = now() FROM person p
     WHERE l.token_sha256 = $1 AND l.used_at IS NULL AND l.expires_at > now() AND p.id = l.person_id AND p.enabled
    RETURNING p.* INTO owner;
    IF owner.id IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO credential (person_id, salt, iterations, stored_sha1, server_sha1, stored_sha256, server_sha256)
    VALUES (owner.id, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (person_id) DO UPDATE
       SET salt = excluded.salt, iterations = excluded.iterations, stored_sha1 = excluded.stored_sha1, server_sha1 = excluded.server_sha1,
           stored_sha256 = excluded.stored_sha256, server_sha256 = excluded.server_sha256, bcrypt = NULL, changed_at = now();
    INSERT INTO audit (person_id, who, surface, request, command, target, outcome)
    VALUES (owner.id, owner.username, 'web', '-', 'person.password', 'person-' || owner.id, 'done');
    PERFORM pg_notify('crm_account', owner.kind || ' ' || owner.username);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION crm.prosody_redeem_link(text, text, int, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_redeem_link(text, text, int, text, text, text, text) TO crm_prosody;
