-- What polls and assignment go by (component/command/setting.c), for those who may not read all settings: numbers as they are set.
CREATE OR REPLACE FUNCTION crm.assign_settings() RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT s.key, s.value FROM setting s WHERE s.key LIKE 'poll.%' OR s.key LIKE 'assign.%'
$$;
REVOKE ALL ON FUNCTION crm.assign_settings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.assign_settings() TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
