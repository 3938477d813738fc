-- Leads with the tag, or with the first of the added fields, that a list asks for. Written so that the planner puts it into the statement and drops what is not
-- asked for: no SET, no STRICT.
CREATE OR REPLACE FUNCTION crm.lead_tagged(f crm.lead_filter) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag
    UNION ALL
    SELECT v.lead_id FROM crm.lead_value v
     WHERE v.field_id = f.field AND (f.field_is IS NULL OR v.sought = f.field_is) AND (f.field_from IS NULL OR v.amount >= f.field_from)
       AND (f.field_to IS NULL OR v.amount <= f.field_to) AND (f.field_currency IS NULL OR right(v.value, 3) = f.field_currency)
$$;
REVOKE ALL ON FUNCTION crm.lead_tagged(crm.lead_filter) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_tagged(crm.lead_filter) TO crm_admin, crm_manager, crm_lead, crm_sales;
