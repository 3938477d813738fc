-- The audit is append-only for everyone, its owner included; but what was said of a lead that is erased goes (crm.lead_erase()), and nothing else of a row.
CREATE OR REPLACE FUNCTION crm.audit_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_LEVEL = 'ROW' AND EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing') AND NEW.arguments = '{"erased": "yes"}'
       AND (NEW.id, NEW.at, NEW.person_id, NEW.who, NEW.surface, NEW.request, NEW.command, NEW.target, NEW.outcome)
           IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.person_id, OLD.who, OLD.surface, OLD.request, OLD.command, OLD.target, OLD.outcome) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'CR003';
END $$;
REVOKE ALL ON FUNCTION crm.audit_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER audit_guard BEFORE DELETE OR TRUNCATE ON crm.audit FOR EACH STATEMENT EXECUTE FUNCTION crm.audit_guard();
CREATE OR REPLACE TRIGGER audit_guard_row BEFORE UPDATE ON crm.audit FOR EACH ROW EXECUTE FUNCTION crm.audit_guard();
