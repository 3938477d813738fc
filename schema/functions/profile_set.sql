-- Changes one's own profile; what is NULL stays as it is, an empty phone, languages or hour of the digest is none. Nothing else of a person, and nobody else's.
CREATE OR REPLACE FUNCTION crm.profile_set(name text, phone text, time_zone text, locale text, languages text, digest_hour text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    WITH done AS (
        UPDATE person p
           SET name = coalesce($1, p.name), phone = nullif(coalesce($2, p.phone), ''), time_zone = coalesce($3, p.time_zone), locale = coalesce($4, p.locale),
               languages = nullif(coalesce($5, p.languages), ''), digest_hour = nullif(coalesce($6, p.digest_hour::text), '')::smallint
         WHERE p.id = nullif(current_setting('crm.person', true), '')::bigint AND p.enabled
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM done)
$$;
REVOKE ALL ON FUNCTION crm.profile_set(text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.profile_set(text, text, text, text, text, text) TO crm_admin, crm_manager, crm_lead, crm_sales;
