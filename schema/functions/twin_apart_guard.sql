-- That two leads were said not to be the same is in the history of both, whoever writes, and so can be taken back; and that they may be after all, which has them compared again.
CREATE OR REPLACE FUNCTION crm.twin_apart_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    person  bigint := nullif(nullif(current_setting('crm.person', true), ''), '0');
    surface text := nullif(current_setting('crm.surface', true), '');
    pair    twin_apart := CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (SELECT 1 FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing') THEN
        RETURN NULL;  -- crm.lead_erase(): nothing of it is to be remembered
    END IF;
    INSERT INTO lead_event (lead_id, person_id, surface, field, was, is_now)
    SELECT here, person, surface, 'apart ' || there, CASE TG_OP WHEN 'DELETE' THEN 'yes' END, CASE TG_OP WHEN 'INSERT' THEN 'yes' END
      FROM (VALUES (pair.one, pair.other), (pair.other, pair.one)) AS both_ways (here, there);
    IF TG_OP = 'INSERT' THEN
        DELETE FROM twin t WHERE t.one = pair.one AND t.other = pair.other;
    ELSE
        INSERT INTO twin_due (first, last) VALUES (pair.other, pair.other);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.twin_apart_guard() FROM PUBLIC;

CREATE OR REPLACE TRIGGER twin_apart_guard AFTER INSERT OR DELETE ON crm.twin_apart FOR EACH ROW EXECUTE FUNCTION crm.twin_apart_guard();
