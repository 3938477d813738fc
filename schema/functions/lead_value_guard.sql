-- What an added field of a lead becomes is in its history, whoever writes; and a choice is one of those that there are.
CREATE OR REPLACE FUNCTION crm.lead_value_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    person  bigint := nullif(nullif(current_setting('crm.person', true), ''), '0');
    surface text := nullif(current_setting('crm.surface', true), '');
    field   lead_field;
BEGIN
    IF EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing') THEN
        RETURN NULL;  -- crm.lead_erase(): nothing of it is to be remembered
    END IF;
    SELECT * INTO field FROM lead_field f WHERE f.id = CASE TG_OP WHEN 'DELETE' THEN OLD.field_id ELSE NEW.field_id END;
    IF NOT FOUND THEN
        RETURN NULL;  -- the field itself goes
    END IF;
    IF TG_OP <> 'DELETE' AND field.type = 'choice' AND NEW.value <> ALL (field.choices) THEN
        RAISE EXCEPTION '% is no choice of %', NEW.value, field.label USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO lead_event (lead_id, person_id, surface, field, is_now) VALUES (NEW.lead_id, person, surface, 'field ' || field.name, NEW.value);
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO lead_event (lead_id, person_id, surface, field, was) VALUES (OLD.lead_id, person, surface, 'field ' || field.name, OLD.value);
    ELSIF NEW.value <> OLD.value THEN
        INSERT INTO lead_event (lead_id, person_id, surface, field, was, is_now)
        VALUES (NEW.lead_id, person, surface, 'field ' || field.name, OLD.value, NEW.value);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_value_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_value_guard AFTER INSERT OR UPDATE OR DELETE ON crm.lead_value FOR EACH ROW EXECUTE FUNCTION crm.lead_value_guard();
