-- Counts a change of what Admins define, whoever writes: crm.defined.
CREATE OR REPLACE FUNCTION crm.defined_touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    UPDATE defined SET version = version + 1;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.defined_touch() FROM PUBLIC;

CREATE OR REPLACE TRIGGER defined_touch AFTER INSERT OR UPDATE OR DELETE ON crm.lead_source FOR EACH STATEMENT EXECUTE FUNCTION crm.defined_touch();
CREATE OR REPLACE TRIGGER defined_touch AFTER INSERT OR UPDATE OR DELETE ON crm.lead_field FOR EACH STATEMENT EXECUTE FUNCTION crm.defined_touch();
