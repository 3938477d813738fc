-- Somebody has one lead less to work on: a lead that waits may be for them.
CREATE OR REPLACE FUNCTION crm.lead_freed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM assign_waiting) THEN
        PERFORM job_put('assign.drain', 'all', now());
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_freed() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_freed AFTER UPDATE OF assignee, status, deleted_at ON crm.lead
    FOR EACH ROW WHEN (OLD.assignee IS NOT NULL AND (NEW.assignee IS DISTINCT FROM OLD.assignee OR NEW.deleted_at IS NOT NULL
                                                     OR (NEW.status IN ('won', 'lost') AND OLD.status NOT IN ('won', 'lost'))))
    EXECUTE FUNCTION crm.lead_freed();
