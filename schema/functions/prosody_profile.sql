-- What the vCard of a member of staff says; no row for who is not (any more).
CREATE OR REPLACE FUNCTION crm.prosody_profile(username text) RETURNS TABLE (name text, role text, email text, phone text, time_zone text, languages text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT p.name, CASE p.role WHEN 'admin' THEN 'Admin' WHEN 'manager' THEN 'Manager' WHEN 'lead' THEN 'Lead Person' ELSE 'Sales Person' END,
           p.email, p.phone, p.time_zone, p.languages
      FROM person p WHERE p.kind = 'staff' AND p.enabled AND p.username = $1
$$;
REVOKE ALL ON FUNCTION crm.prosody_profile(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_profile(text) TO crm_prosody;
