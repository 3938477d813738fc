-- Keeps the time of a lead's last change, whoever writes.
CREATE OR REPLACE FUNCTION crm.lead_touch() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION crm.lead_touch() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_touch BEFORE UPDATE ON crm.lead FOR EACH ROW EXECUTE FUNCTION crm.lead_touch();
