-- The staff whom every member of staff has as contacts, grouped by role.
CREATE OR REPLACE FUNCTION crm.prosody_staff_roster() RETURNS TABLE (username text, name text, role text, group_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT p.username, p.name, p.role,
           CASE p.role WHEN 'admin' THEN 'Admins' WHEN 'manager' THEN 'Managers' WHEN 'lead' THEN 'Lead Persons' ELSE 'Sales Persons' END
      FROM person p WHERE p.kind = 'staff' AND p.enabled ORDER BY p.id
$$;
REVOKE ALL ON FUNCTION crm.prosody_staff_roster() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_staff_roster() TO crm_prosody;
