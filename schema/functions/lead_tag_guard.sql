-- A tag that comes or goes is in the history of its lead, whoever writes.
CREATE OR REPLACE FUNCTION crm.lead_tag_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    person  bigint := nullif(nullif(current_setting('crm.person', true), ''), '0');
    surface text := nullif(current_setting('crm.surface', true), '');
BEGIN
    IF EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing') THEN
        RETURN NULL;  -- crm.lead_erase(): nothing of it is to be remembered
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO lead_event (lead_id, person_id, surface, field, is_now) VALUES (NEW.lead_id, person, surface, 'tag', NEW.tag);
    ELSE
        INSERT INTO lead_event (lead_id, person_id, surface, field, was) VALUES (OLD.lead_id, person, surface, 'tag', OLD.tag);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_tag_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_tag_guard AFTER INSERT OR DELETE ON crm.lead_tag FOR EACH ROW EXECUTE FUNCTION crm.lead_tag_guard();
