-- Who comes online is told of the polls that ask them and still run, and takes leads that wait.
CREATE OR REPLACE FUNCTION crm.poll_come_online() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM poll_person a JOIN poll p ON p.id = a.poll_id AND p.state = 'open' WHERE a.person_id = NEW.person_id AND a.told_at IS NULL) THEN
        PERFORM job_put('poll.tell', NEW.person_id::text, now());
    END IF;
    IF EXISTS (SELECT FROM assign_waiting) THEN
        PERFORM job_put('assign.drain', 'all', now());
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.poll_come_online() FROM PUBLIC;

CREATE OR REPLACE TRIGGER poll_come_online AFTER INSERT OR UPDATE OF available ON crm.availability
    FOR EACH ROW WHEN (NEW.available) EXECUTE FUNCTION crm.poll_come_online();
