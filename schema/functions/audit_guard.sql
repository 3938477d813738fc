-- The audit is append-only for everyone, its owner included.
CREATE OR REPLACE FUNCTION crm.audit_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'CR003';
END $$;
REVOKE ALL ON FUNCTION crm.audit_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER audit_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON crm.audit FOR EACH STATEMENT EXECUTE FUNCTION crm.audit_guard();
