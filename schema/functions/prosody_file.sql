-- The file behind a link, and that it was opened, in the audit; no row when there is none (any more), whatever the reason.
CREATE OR REPLACE FUNCTION crm.prosody_file(token_sha256 text, address text) RETURNS TABLE (id text, name text, type text, size bigint, parts bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found crm.file;
BEGIN
    SELECT f.* INTO found FROM file f JOIN person p ON p.id = f.person_id WHERE f.token_sha256 = $1 AND f.expires_at > now() AND p.enabled;
    IF found.id IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO audit (person_id, who, surface, request, command, target, outcome, arguments)
    SELECT p.id, p.username, 'link', found.id::text, 'file.download', NULL, 'done', jsonb_build_object('file', found.name, 'address', left($2, 60))
      FROM person p WHERE p.id = found.person_id;
    RETURN QUERY SELECT found.id::text, found.name, found.type, found.size, (SELECT count(*) FROM file_part q WHERE q.file_id = found.id);
END $$;
REVOKE ALL ON FUNCTION crm.prosody_file(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_file(text, text) TO crm_prosody;
