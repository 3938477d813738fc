-- The lead that has this email or this phone, the first of several; NULL when there is none. For functions of the owner.
CREATE OR REPLACE FUNCTION crm.import_known(email text, phone text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT min(found.id + 0) FROM ( -- + 0: or else the first lead is looked for by number
        SELECT l.id FROM crm.lead l WHERE lower(l.email) = lower($1) AND l.deleted_at IS NULL
        UNION ALL
        SELECT l.id FROM crm.lead l WHERE l.phone = $2 AND l.deleted_at IS NULL) AS found
$$;
REVOKE ALL ON FUNCTION crm.import_known(text, text) FROM PUBLIC;
