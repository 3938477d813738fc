-- Keeps what a number, an amount or a day of an added field is compared by, whoever writes.
CREATE OR REPLACE FUNCTION crm.lead_value_amount() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    kind text := (SELECT f.type FROM lead_field f WHERE f.id = NEW.field_id);
BEGIN
    -- Not in one CASE: of which each value would be read as each type, when it is planned.
    IF kind = 'number' THEN
        NEW.amount := NEW.value::bigint;
    ELSIF kind = 'money' THEN
        NEW.amount := (split_part(NEW.value, ' ', 1)::numeric * 100)::bigint;
    ELSIF kind = 'date' THEN
        NEW.amount := extract(epoch FROM NEW.value::timestamptz)::bigint;
    ELSE
        NEW.amount := NULL;
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION crm.lead_value_amount() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_value_amount BEFORE INSERT OR UPDATE OF value ON crm.lead_value FOR EACH ROW EXECUTE FUNCTION crm.lead_value_amount();
