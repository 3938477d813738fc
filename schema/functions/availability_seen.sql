-- Keeps the time at which somebody was last available, whoever writes.
CREATE OR REPLACE FUNCTION crm.availability_seen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.available OR (TG_OP = 'UPDATE' AND OLD.available) THEN
        NEW.seen_at := now();
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION crm.availability_seen() FROM PUBLIC;

CREATE OR REPLACE TRIGGER availability_seen BEFORE INSERT OR UPDATE OF available ON crm.availability FOR EACH ROW EXECUTE FUNCTION crm.availability_seen();
