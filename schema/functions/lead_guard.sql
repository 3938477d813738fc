-- Keeps leads honest, whoever writes: only legal moves (CR002), and a history row for each change (crm.lead_created() writes the first). A budget is one thing, "5000000 INR" in minor units.
CREATE OR REPLACE FUNCTION crm.lead_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    person  bigint := nullif(nullif(current_setting('crm.person', true), ''), '0');
    surface text := nullif(current_setting('crm.surface', true), '');
BEGIN
    IF EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing') THEN
        RETURN NULL;  -- crm.lead_erase(): nothing of it is to be remembered
    END IF;
    IF NEW.score IS DISTINCT FROM OLD.score THEN
        RETURN NULL; -- written alone, by the bulk lane
    END IF;
    IF NEW.status <> OLD.status AND NOT EXISTS (SELECT 1 FROM lead_move m WHERE m.from_status = OLD.status AND m.to_status = NEW.status)
       AND NOT EXISTS (SELECT 1 FROM undo u JOIN lead_event e ON e.id = u.event_id  -- taken back: crm.undo_apply()
                        WHERE u.undone_in = nullif(current_setting('crm.request', true), '') AND e.lead_id = NEW.id
                          AND e.field = 'status' AND e.was = NEW.status AND e.is_now = OLD.status) THEN
        RAISE EXCEPTION 'a lead does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'CR002', DETAIL = OLD.status;
    END IF;
    INSERT INTO lead_event (lead_id, person_id, surface, field, was, is_now)
    SELECT NEW.id, person, surface, n.key, o.value, n.value
      FROM jsonb_each_text(to_jsonb(NEW)) n JOIN jsonb_each_text(to_jsonb(OLD)) o USING (key)
     WHERE n.value IS DISTINCT FROM o.value AND n.key NOT IN ('updated_at', 'budget_minor', 'budget_currency', 'sort_name', 'sort_budget', 'sort_follow_up');
    IF (NEW.budget_minor, NEW.budget_currency) IS DISTINCT FROM (OLD.budget_minor, OLD.budget_currency) THEN
        INSERT INTO lead_event (lead_id, person_id, surface, field, was, is_now)
        VALUES (NEW.id, person, surface, 'budget', OLD.budget_minor || ' ' || OLD.budget_currency, NEW.budget_minor || ' ' || NEW.budget_currency);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_guard AFTER UPDATE ON crm.lead FOR EACH ROW EXECUTE FUNCTION crm.lead_guard();
