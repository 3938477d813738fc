-- One's own profile, all of it: roles that may not read other people's contact details read their own here.
CREATE OR REPLACE FUNCTION crm.profile_own() RETURNS TABLE (username text, name text, role text, email text, phone text, time_zone text, locale text, languages text, digest_hour int,
                                                    digest_set text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT p.username, p.name, p.role, p.email, p.phone, p.time_zone, p.locale, p.languages, p.digest_hour::int, (SELECT s.value FROM setting s WHERE s.key = 'digest.hour')
      FROM person p WHERE p.id = nullif(current_setting('crm.person', true), '')::bigint
$$;
REVOKE ALL ON FUNCTION crm.profile_own() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.profile_own() TO crm_admin, crm_manager, crm_lead, crm_sales;
