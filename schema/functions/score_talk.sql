-- A customer's conversation that begins, is taken or ends: the leads that are theirs are scored anew. Not with each message.
CREATE OR REPLACE FUNCTION crm.score_talk() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    INSERT INTO score_due (lead_id)
    SELECT l.id FROM visitor v JOIN person p ON p.id = v.person_id JOIN lead l ON lower(l.email) = lower(p.email) WHERE v.id = NEW.visitor_id
     UNION
    SELECT l.id FROM visitor v JOIN person p ON p.id = v.person_id JOIN lead l ON l.phone = p.phone WHERE v.id = NEW.visitor_id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.score_talk() FROM PUBLIC;

CREATE OR REPLACE TRIGGER score_talk AFTER UPDATE OF state ON crm.conversation FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION crm.score_talk();
