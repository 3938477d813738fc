-- The first line of each lead's history, whoever adds it: for all leads of a statement at once, because imports add many.
CREATE OR REPLACE FUNCTION crm.lead_created() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    INSERT INTO lead_event (lead_id, person_id, surface, field, is_now)
    SELECT id, nullif(nullif(current_setting('crm.person', true), ''), '0')::bigint, nullif(current_setting('crm.surface', true), ''), 'created', name
      FROM added ORDER BY id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_created() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_created AFTER INSERT ON crm.lead REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.lead_created();
