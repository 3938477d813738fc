-- Gives a lead that was merged what went with it: its history and notes; and takes from the other one the tags and added fields that it had got. The rest is columns of the two
-- leads, which crm.undo_apply() puts back.
CREATE OR REPLACE FUNCTION crm.undo_merge(gone bigint, kept bigint, made_in text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    INSERT INTO passing VALUES (pg_current_xact_id(), 'moving');
    UPDATE lead_event SET lead_id = gone, origin = NULL WHERE lead_id = kept AND origin = gone;
    UPDATE lead_note SET lead_id = gone, origin = NULL WHERE lead_id = kept AND origin = gone;
    DELETE FROM passing WHERE transaction = pg_current_xact_id() AND what = 'moving';
    DELETE FROM lead_tag t USING undo u, lead_event e
     WHERE u.request = made_in AND e.id = u.event_id AND e.lead_id = kept AND e.field = 'tag' AND t.lead_id = kept AND t.tag = e.is_now;
    DELETE FROM lead_value v USING undo u, lead_event e, lead_field f
     WHERE u.request = made_in AND e.id = u.event_id AND e.lead_id = kept AND e.field = 'field ' || f.name AND v.lead_id = kept AND v.field_id = f.id;
END $$;
REVOKE ALL ON FUNCTION crm.undo_merge(bigint, bigint, text) FROM PUBLIC;
