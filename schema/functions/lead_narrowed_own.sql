-- crm.lead_narrowed() among leads of the person who asks. It is the definer's because row security gathers all their leads anew to ask of each tag whether its lead is
-- one; what it tells are numbers of leads that the caller reads by row security.
CREATE OR REPLACE FUNCTION crm.lead_narrowed_own(leads bigint[], f crm.lead_filter) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    me     bigint := nullif(current_setting('crm.person', true), '')::bigint;
    narrow bigint[]; -- apart, because the planner calls a function to guess
BEGIN
    IF f.tag IS NULL AND f.field IS NULL THEN
        RETURN leads;
    END IF;
    narrow := lead_narrowed(leads, f);
    RETURN ARRAY(SELECT l.id FROM lead l WHERE l.id = ANY (narrow) AND l.assignee = me AND l.deleted_at IS NULL);
END $$;
REVOKE ALL ON FUNCTION crm.lead_narrowed_own(bigint[], crm.lead_filter) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_narrowed_own(bigint[], crm.lead_filter) TO crm_sales;
