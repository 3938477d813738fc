-- Keeps each time that a lead became somebody's, whoever did it, with how long it was nobody's; crm.lead_give() adds why. It waits no more then, and whoever
-- had it before may be free for another. When they do nothing with it for a time, it goes to somebody else; the job which does that goes on by itself
-- (crm.lead_give() says when it is that).
CREATE OR REPLACE FUNCTION crm.lead_assigned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    free_since timestamptz := NEW.created_at;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        free_since := CASE WHEN OLD.assignee IS NOT NULL THEN now() ELSE
            coalesce((SELECT max(e.at) FROM lead_event e WHERE e.lead_id = NEW.id AND e.field = 'assignee' AND e.is_now IS NULL), NEW.created_at) END;
        DELETE FROM assign_waiting w WHERE w.lead_id = NEW.id;
    END IF;
    INSERT INTO assignment (lead_id, person_id, made_by, waited)
    VALUES (NEW.id, NEW.assignee, nullif(nullif(current_setting('crm.person', true), ''), '0')::bigint, greatest(now() - free_since, interval '0'));
    PERFORM job_put('assign.untouched', NEW.id::text, now() + hours.value::int * interval '1 hour', NULL, jsonb_build_object('person', NEW.assignee))
       FROM setting hours WHERE hours.key = 'assign.untouched_hours' AND hours.value::int > 0
        AND coalesce(current_setting('crm.untouched', true), '') <> NEW.id::text;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_assigned() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_assigned_new AFTER INSERT ON crm.lead
    FOR EACH ROW WHEN (NEW.assignee IS NOT NULL) EXECUTE FUNCTION crm.lead_assigned();
CREATE OR REPLACE TRIGGER lead_assigned_later AFTER UPDATE OF assignee ON crm.lead
    FOR EACH ROW WHEN (NEW.assignee IS NOT NULL AND NEW.assignee IS DISTINCT FROM OLD.assignee) EXECUTE FUNCTION crm.lead_assigned();
