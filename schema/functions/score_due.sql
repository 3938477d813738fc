-- A lead on which something has happened is scored anew; a new one is known by having no score.
CREATE OR REPLACE FUNCTION crm.score_due() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    INSERT INTO score_due (lead_id) VALUES (NEW.lead_id);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.score_due() FROM PUBLIC;

CREATE OR REPLACE TRIGGER score_due AFTER INSERT ON crm.lead_event FOR EACH ROW WHEN (NEW.field <> 'created') EXECUTE FUNCTION crm.score_due();
