-- A follow-up that was missed is in the history of its lead.
CREATE OR REPLACE FUNCTION crm.follow_up_missed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    INSERT INTO lead_event (lead_id, surface, field, is_now) VALUES (NEW.lead_id, nullif(current_setting('crm.surface', true), ''), 'follow_up_missed', NEW.due_at);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.follow_up_missed() FROM PUBLIC;

CREATE OR REPLACE TRIGGER follow_up_missed AFTER INSERT ON crm.follow_up_kept FOR EACH ROW WHEN (NOT NEW.kept) EXECUTE FUNCTION crm.follow_up_missed();
