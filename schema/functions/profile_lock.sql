-- Locks one's own profile until the end of the transaction, so that what is read of it stays true.
CREATE OR REPLACE FUNCTION crm.profile_lock() RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    WITH own AS (SELECT 1 FROM person p WHERE p.id = nullif(current_setting('crm.person', true), '')::bigint FOR UPDATE)
    SELECT EXISTS (SELECT 1 FROM own)
$$;
REVOKE ALL ON FUNCTION crm.profile_lock() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.profile_lock() TO crm_admin, crm_manager, crm_lead, crm_sales;
