-- The lead that has this email or this phone, the first of several; NULL when there is none. For functions of the owner.
-- Live is said with ::int, here, in import_put() and in import_count_known(): until autovacuum has looked at a new table, PostgreSQL takes few leads to be live,
-- and would go through all of them, in an index of live leads, for each row.
CREATE OR REPLACE FUNCTION crm.import_known(email text, phone text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT min(found.id + 0) FROM ( -- + 0: or else the first lead is looked for by number
        SELECT l.id FROM crm.lead l WHERE lower(l.email) = lower($1) AND (l.deleted_at IS NULL)::int = 1
        UNION ALL
        SELECT l.id FROM crm.lead l WHERE l.phone = $2 AND (l.deleted_at IS NULL)::int = 1) AS found
$$;
REVOKE ALL ON FUNCTION crm.import_known(text, text) FROM PUBLIC;
