-- The value of a setting that holds no secret, for what a person's own work needs.
CREATE OR REPLACE FUNCTION crm.setting_value(key text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT s.value FROM setting s WHERE s.key = $1
$$;
REVOKE ALL ON FUNCTION crm.setting_value(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.setting_value(text) TO crm_admin, crm_manager, crm_lead, crm_sales;
