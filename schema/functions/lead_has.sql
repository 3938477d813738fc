-- Whether a lead has in its added fields what a list asks for, the fields one by one: for what is left when few leads are.
CREATE OR REPLACE FUNCTION crm.lead_has(lead bigint, fields jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT 1 FROM jsonb_to_recordset($2) AS f (field bigint, "is" text, "from" bigint, "to" bigint, currency text)
         WHERE NOT EXISTS (SELECT 1 FROM crm.lead_value v
                            WHERE v.lead_id = $1 AND v.field_id = f.field AND (f."is" IS NULL OR v.sought = lower(left(f."is", 100))) AND (f."from" IS NULL OR v.amount >= f."from")
                              AND (f."to" IS NULL OR v.amount <= f."to") AND (f.currency IS NULL OR right(v.value, 3) = f.currency)))
$$;
REVOKE ALL ON FUNCTION crm.lead_has(bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_has(bigint, jsonb) TO crm_admin, crm_manager, crm_lead, crm_sales;
