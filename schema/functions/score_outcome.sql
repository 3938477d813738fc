-- Counts what has become of leads, by where they came from: how often a source leads to a win.
CREATE OR REPLACE FUNCTION crm.score_outcome() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status IN ('won', 'lost') THEN
        INSERT INTO score_outcome (source, won, ended) VALUES (OLD.source, -(OLD.status = 'won')::int, -1);
    END IF;
    IF NEW.status IN ('won', 'lost') THEN
        INSERT INTO score_outcome (source, won, ended) VALUES (NEW.source, (NEW.status = 'won')::int, 1);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.score_outcome() FROM PUBLIC;

CREATE OR REPLACE TRIGGER score_outcome_new AFTER INSERT ON crm.lead FOR EACH ROW WHEN (NEW.status IN ('won', 'lost')) EXECUTE FUNCTION crm.score_outcome();
CREATE OR REPLACE TRIGGER score_outcome AFTER UPDATE OF status, source ON crm.lead FOR EACH ROW
    WHEN ((NEW.status, NEW.source) IS DISTINCT FROM (OLD.status, OLD.source)) EXECUTE FUNCTION crm.score_outcome();
