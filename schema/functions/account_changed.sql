-- Tells crmd at once (LISTEN crm_account) when an account is disabled, loses or changes its role or is removed, so that its sessions end; and (LISTEN
-- crm_staff) when what colleagues see of it changes, so that rosters are read again.
CREATE OR REPLACE FUNCTION crm.account_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_notify('crm_staff', NEW.kind);
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.enabled < OLD.enabled OR NEW.role <> OLD.role OR NEW.username <> OLD.username THEN
        PERFORM pg_notify('crm_account', OLD.kind || ' ' || OLD.username);
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.name, NEW.enabled) IS DISTINCT FROM (OLD.name, OLD.enabled) THEN
        PERFORM pg_notify('crm_staff', NEW.kind);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.account_changed() FROM PUBLIC;

CREATE OR REPLACE TRIGGER account_changed AFTER INSERT OR UPDATE OR DELETE ON crm.person FOR EACH ROW EXECUTE FUNCTION crm.account_changed();
