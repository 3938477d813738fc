-- Keeps accounts usable, whoever writes: an enabled Admin is always left (CR004), and a time zone is one (CR005), because whoever has a wrong one
-- could do nothing any more. The lock makes two Admins who disable each other at once take turns.
CREATE OR REPLACE FUNCTION crm.person_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.role = 'admin' AND OLD.enabled THEN
        IF TG_OP = 'DELETE' OR NEW.role <> 'admin' OR NOT NEW.enabled THEN
            PERFORM pg_advisory_xact_lock(hashtext('crm.admins'));
            IF NOT EXISTS (SELECT 1 FROM person p WHERE p.role = 'admin' AND p.enabled AND p.id <> OLD.id) THEN
                RAISE EXCEPTION '% is the last enabled Admin', OLD.name USING ERRCODE = 'CR004';
            END IF;
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.time_zone IS DISTINCT FROM OLD.time_zone THEN
        BEGIN
            PERFORM now() AT TIME ZONE NEW.time_zone;
        EXCEPTION WHEN invalid_parameter_value THEN
            RAISE EXCEPTION '“%” is no time zone', NEW.time_zone USING ERRCODE = 'CR005';
        END;
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION crm.person_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER person_guard BEFORE INSERT OR UPDATE OR DELETE ON crm.person FOR EACH ROW EXECUTE FUNCTION crm.person_guard();
