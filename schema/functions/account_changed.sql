-- Tells crmd at once (LISTEN crm_account) when an account is disabled, loses or changes its role or is removed, so that its sessions end.
CREATE OR REPLACE FUNCTION crm.account_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.enabled < OLD.enabled OR NEW.role <> OLD.role OR NEW.username <> OLD.username THEN
        PERFORM pg_notify('crm_account', OLD.kind || ' ' || OLD.username);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.account_changed() FROM PUBLIC;

CREATE OR REPLACE TRIGGER account_changed AFTER UPDATE OR DELETE ON crm.person FOR EACH ROW EXECUTE FUNCTION crm.account_changed();
