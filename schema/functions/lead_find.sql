-- Leads with a part in the name, the email or the phone: by crm.lead_find_all() for those who may see all; whoever sees their own only is looked up among those, by
-- what lead_by_assignee_find holds.
CREATE OR REPLACE FUNCTION crm.lead_find(part text, digits text, most bigint) RETURNS TABLE (id bigint, begins boolean)
LANGUAGE plpgsql STABLE ROWS 11 AS $$
#variable_conflict use_column
BEGIN
    IF has_function_privilege('crm.lead_find_all(text, text, bigint)', 'EXECUTE') THEN
        RETURN QUERY SELECT f.id, f.begins FROM crm.lead_find_all(part, digits, most) f;
    ELSE
        RETURN QUERY SELECT l.id, starts_with(l.sort_name, part) AS begins FROM crm.lead l
         WHERE l.deleted_at IS NULL AND (strpos(l.sort_name, part) > 0 OR strpos(lower(l.email), part) > 0 OR strpos(l.phone, digits) > 0)
         ORDER BY begins DESC, l.id DESC LIMIT most;
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.lead_find(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_find(text, text, bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
