-- Gives a lead that is nobody's, or still `from_person`'s, to somebody, and writes down why. False when it is not so any more: whoever was first has it.
CREATE OR REPLACE FUNCTION crm.lead_give(lead bigint, from_person bigint, to_person bigint, way text, poll bigint, rule bigint, interest text,
                                         performance text, availability text, drawn boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    PERFORM set_config('crm.untouched', CASE WHEN $4 = 'untouched' THEN $1::text ELSE '' END, true);
    UPDATE lead l SET assignee = $3, status = CASE l.status WHEN 'new' THEN 'assigned' ELSE l.status END
     WHERE l.id = $1 AND l.deleted_at IS NULL AND l.assignee IS NOT DISTINCT FROM $2;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE assignment a SET way = $4, poll_id = $5, rule_id = $6, interest = $7, performance = $8, availability = $9, drawn = $10
     WHERE a.id = (SELECT max(id) FROM assignment WHERE lead_id = $1);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION crm.lead_give(bigint, bigint, bigint, text, bigint, bigint, text, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_give(bigint, bigint, bigint, text, bigint, bigint, text, text, text, boolean) TO crm_system, crm_admin, crm_manager, crm_lead;
