-- Keeps the reminder of a lead's follow-up where the lead says, whoever writes, and what was ticked off among those that were kept; taken back, it is
-- as before. What is long past when it is written (an import) is in its person's digest only.
CREATE OR REPLACE FUNCTION crm.lead_follow_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    awaited boolean := NEW.follow_up_at IS NOT NULL AND NEW.deleted_at IS NULL AND NEW.status NOT IN ('won', 'lost');
    fresh   boolean := TG_OP = 'INSERT';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        fresh := NEW.follow_up_at IS DISTINCT FROM OLD.follow_up_at OR OLD.deleted_at IS NOT NULL OR OLD.status IN ('won', 'lost');
        IF NEW.followed_up_at > coalesce(OLD.followed_up_at, '-infinity') AND OLD.follow_up_at IS NOT NULL THEN
            INSERT INTO follow_up_kept (lead_id, person_id, due_at, kept)
            VALUES (NEW.id, coalesce(OLD.assignee, nullif(nullif(current_setting('crm.person', true), ''), '0')::bigint), OLD.follow_up_at, true)
                ON CONFLICT DO NOTHING;
        ELSIF coalesce(NEW.followed_up_at, '-infinity') < OLD.followed_up_at THEN
            DELETE FROM follow_up_kept WHERE lead_id = NEW.id AND due_at = NEW.follow_up_at AND kept;
        END IF;
    END IF;
    IF NOT awaited OR (fresh AND NEW.follow_up_at < now() - interval '1 hour') THEN
        PERFORM job_drop('lead.remind', NEW.id::text);
    ELSIF fresh OR NEW.assignee IS DISTINCT FROM OLD.assignee THEN
        PERFORM job_put('lead.remind', NEW.id::text, greatest(NEW.follow_up_at, now()));
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_follow_up() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_follow_up_new AFTER INSERT ON crm.lead FOR EACH ROW WHEN (NEW.follow_up_at IS NOT NULL) EXECUTE FUNCTION crm.lead_follow_up();
CREATE OR REPLACE TRIGGER lead_follow_up AFTER UPDATE OF follow_up_at, followed_up_at, assignee, status, deleted_at ON crm.lead FOR EACH ROW
    WHEN (NEW.follow_up_at IS NOT NULL OR OLD.follow_up_at IS NOT NULL) EXECUTE FUNCTION crm.lead_follow_up();
