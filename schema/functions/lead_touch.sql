-- Keeps the time of a lead's last change, whoever writes. A score is no change of the lead.
CREATE OR REPLACE FUNCTION crm.lead_touch() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION crm.lead_touch() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_touch BEFORE UPDATE ON crm.lead FOR EACH ROW WHEN (NEW.score IS NOT DISTINCT FROM OLD.score) EXECUTE FUNCTION crm.lead_touch();
