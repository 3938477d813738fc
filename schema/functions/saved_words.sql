-- What a saved search asks for, as a line of chat: "lead list status=new, source=linkedin".
CREATE OR REPLACE FUNCTION crm.saved_words(command text, arguments jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT replace(command, '.', ' ') || coalesce((SELECT ' ' || string_agg(a.key || '=' || CASE WHEN a.value ~ '[ ,]' THEN '"' || a.value || '"' ELSE a.value END, ' ' ORDER BY a.key)
                                                     FROM jsonb_each_text(arguments) AS a), '')
$$;
REVOKE ALL ON FUNCTION crm.saved_words(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.saved_words(text, jsonb) TO crm_admin, crm_manager, crm_lead, crm_sales;
