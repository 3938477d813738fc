-- Notes are append-only for everyone (CR003), and each is in the history of its lead. They go with a lead that is merged (crm.lead_merge(), crm.undo_apply()), and
-- with one that is erased (crm.lead_erase()). That one is taken back, or put back, is in the history too (crm.undo_rest()).
CREATE OR REPLACE FUNCTION crm.lead_note_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'moving') AND (NEW.id, NEW.at, NEW.person_id, NEW.body) = (OLD.id, OLD.at, OLD.person_id, OLD.body)
       OR TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing') THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'undoing')
       AND (NEW.id, NEW.lead_id, NEW.at, NEW.person_id, NEW.body, NEW.origin) IS NOT DISTINCT FROM (OLD.id, OLD.lead_id, OLD.at, OLD.person_id, OLD.body, OLD.origin) THEN
        INSERT INTO lead_event (lead_id, person_id, surface, field, was, is_now)
        VALUES (NEW.lead_id, nullif(nullif(current_setting('crm.person', true), ''), '0')::bigint, nullif(current_setting('crm.surface', true), ''), 'note', NEW.id::text,
                CASE WHEN NEW.taken_back_at IS NULL THEN NEW.id::text END);
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'notes are append-only' USING ERRCODE = 'CR003';
    END IF;
    INSERT INTO lead_event (lead_id, at, person_id, surface, field, is_now)
    VALUES (NEW.lead_id, NEW.at, NEW.person_id, nullif(current_setting('crm.surface', true), ''), 'note', NEW.id::text);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_note_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_note_guard AFTER INSERT OR UPDATE OR DELETE ON crm.lead_note FOR EACH ROW EXECUTE FUNCTION crm.lead_note_guard();
