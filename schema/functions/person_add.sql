-- Makes an account with its SCRAM keys: the only way in which the program writes credentials of a new person. Returns NULL, and changes
-- nothing, when the user name is taken. Who did it is the unit of work's identity; the audit row is written here, so that there is none without.
CREATE OR REPLACE FUNCTION crm.person_add(kind text, username text, name text, role text, email text, phone text, time_zone text, salt text,
                                          iterations int, stored_sha1 text, server_sha1 text, stored_sha256 text, server_sha256 text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    made bigint;
    actor bigint := nullif(nullif(current_setting('crm.person', true), ''), '0');
BEGIN
    INSERT INTO person (kind, username, name, role, email, phone, time_zone) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT person_kind_username_key DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO credential (person_id, salt, iterations, stored_sha1, server_sha1, stored_sha256, server_sha256)
    VALUES (made, $8, $9, $10, $11, $12, $13);
    INSERT INTO audit (person_id, who, surface, request, command, target, outcome, arguments)
    VALUES (actor, coalesce((SELECT p.username FROM person p WHERE p.id = actor), 'system'), coalesce(nullif(current_setting('crm.surface', true), ''), 'system'),
            coalesce(nullif(current_setting('crm.request', true), ''), '-'), 'person.add', 'person-' || made, 'done',
            jsonb_build_object('kind', $1, 'username', $2, 'role', $4));
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION crm.person_add(text, text, text, text, text, text, text, text, int, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.person_add(text, text, text, text, text, text, text, text, int, text, text, text, text) TO crm_system;
