-- Takes back what one request did beside the columns of a lead: its tags, the values of its added fields and the notes on it. A note stays where it is, with its text and its history, and is
-- shown no more. Returns how many changes these were. A part of crm.undo_apply().
CREATE OR REPLACE FUNCTION crm.undo_rest(made_in text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    change record;
    undone bigint := 0;
BEGIN
    INSERT INTO passing VALUES (pg_current_xact_id(), 'undoing');
    FOR change IN SELECT p.* FROM undo_plan(made_in) AS p WHERE p.field IN ('tag', 'note') OR p.field LIKE 'field %'
    LOOP
        IF change.field = 'note' THEN
            UPDATE lead_note n SET taken_back_at = CASE WHEN change.is_now IS NOT NULL THEN clock_timestamp() END WHERE n.id = coalesce(change.is_now, change.was)::bigint;
        ELSIF change.field = 'tag' THEN
            DELETE FROM lead_tag t WHERE t.lead_id = change.lead_id AND t.tag = change.is_now;
            INSERT INTO lead_tag (lead_id, tag) SELECT change.lead_id, change.was WHERE change.was IS NOT NULL ON CONFLICT DO NOTHING;
        ELSE
            DELETE FROM lead_value v USING lead_field f WHERE f.id = v.field_id AND v.lead_id = change.lead_id AND change.field = 'field ' || f.name AND change.was IS NULL;
            INSERT INTO lead_value (lead_id, field_id, value) SELECT change.lead_id, f.id, change.was FROM lead_field f WHERE change.field = 'field ' || f.name AND change.was IS NOT NULL
                ON CONFLICT (lead_id, field_id) DO UPDATE SET value = EXCLUDED.value;
        END IF;
        undone := undone + 1;
    END LOOP;
    DELETE FROM passing WHERE transaction = pg_current_xact_id() AND what = 'undoing';
    RETURN undone;
END $$;
REVOKE ALL ON FUNCTION crm.undo_rest(text) FROM PUBLIC;
