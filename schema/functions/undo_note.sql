-- Notes for each change of a lead by which request its author made it, for ten minutes: that long it can be taken back. What an
-- import does has its own way back, crm.import_undo_slice().
CREATE OR REPLACE FUNCTION crm.undo_note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    made_in text := nullif(current_setting('crm.request', true), '');
BEGIN
    IF NEW.person_id IS NOT NULL AND made_in IS NOT NULL THEN
        DELETE FROM undo WHERE person_id = NEW.person_id AND at < now() - interval '10 minutes'
           AND NOT EXISTS (SELECT 1 FROM undo WHERE person_id = NEW.person_id AND request = made_in); -- once a request, which may be of a thousand leads
        INSERT INTO undo (event_id, person_id, request) VALUES (NEW.id, NEW.person_id, made_in);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.undo_note() FROM PUBLIC;

CREATE OR REPLACE TRIGGER undo_note AFTER INSERT ON crm.lead_event FOR EACH ROW WHEN (NEW.surface IS DISTINCT FROM 'import') EXECUTE FUNCTION crm.undo_note();
