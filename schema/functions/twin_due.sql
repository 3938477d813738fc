-- Leads that are new, or known otherwise than before, or deleted, or back, are compared with the others: soon, by the bulk lane.
CREATE OR REPLACE FUNCTION crm.twin_due() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO twin_due (first, last) SELECT min(id), max(id) FROM added HAVING count(*) > 0;
    ELSE
        INSERT INTO twin_due (first, last) VALUES (NEW.id, NEW.id);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.twin_due() FROM PUBLIC;

CREATE OR REPLACE TRIGGER twin_due_new AFTER INSERT ON crm.lead REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION crm.twin_due();
CREATE OR REPLACE TRIGGER twin_due AFTER UPDATE OF name, email, phone, deleted_at ON crm.lead FOR EACH ROW
    WHEN ((NEW.name, NEW.email, NEW.phone, NEW.deleted_at) IS DISTINCT FROM (OLD.name, OLD.email, OLD.phone, OLD.deleted_at)) EXECUTE FUNCTION crm.twin_due();
