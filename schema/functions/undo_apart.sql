-- Takes back that two leads were said not to be the same, or puts it back; returns how many such pairs there were. A part of crm.undo_apply().
CREATE OR REPLACE FUNCTION crm.undo_apart(made_in text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    pair   record;
    undone bigint := 0;
BEGIN
    FOR pair IN SELECT DISTINCT least(p.lead_id, split_part(p.field, ' ', 2)::bigint) AS a, greatest(p.lead_id, split_part(p.field, ' ', 2)::bigint) AS b, p.was
                  FROM undo_plan(made_in) AS p WHERE p.field LIKE 'apart %'
    LOOP
        IF pair.was IS NULL THEN
            DELETE FROM twin_apart x WHERE x.one = pair.a AND x.other = pair.b;
        ELSE
            INSERT INTO twin_apart (one, other, person_id) VALUES (pair.a, pair.b, nullif(current_setting('crm.person', true), '')::bigint) ON CONFLICT DO NOTHING;
        END IF;
        undone := undone + 1;
    END LOOP;
    RETURN undone;
END $$;
REVOKE ALL ON FUNCTION crm.undo_apart(text) FROM PUBLIC;
