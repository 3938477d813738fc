-- Gives a lead that was merged what went with it: its history and notes, assignments and follow-ups, a poll that still runs, its place among those that wait; and takes from the other
-- one the tags and added fields that it had got. The rest is columns of the two leads, which crm.undo_apply() puts back.
CREATE OR REPLACE FUNCTION crm.undo_merge(gone bigint, kept bigint, made_in text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    went jsonb;
BEGIN
    INSERT INTO passing VALUES (pg_current_xact_id(), 'moving');
    UPDATE lead_event SET lead_id = gone, origin = NULL WHERE lead_id = kept AND origin = gone;
    UPDATE lead_note SET lead_id = gone, origin = NULL WHERE lead_id = kept AND origin = gone;
    DELETE FROM passing WHERE transaction = pg_current_xact_id() AND what = 'moving';
    DELETE FROM lead_tag t USING undo u, lead_event e
     WHERE u.request = made_in AND e.id = u.event_id AND e.lead_id = kept AND e.field = 'tag' AND t.lead_id = kept AND t.tag = e.is_now;
    DELETE FROM lead_value v USING undo u, lead_event e, lead_field f
     WHERE u.request = made_in AND e.id = u.event_id AND e.lead_id = kept AND e.field = 'field ' || f.name AND v.lead_id = kept AND v.field_id = f.id;
    DELETE FROM lead_moved m WHERE m.gone = $1 AND m.kept = $2 RETURNING m.moved INTO went;
    UPDATE assignment SET lead_id = gone WHERE lead_id = kept AND id IN (SELECT jsonb_array_elements_text(nullif(went -> 'assignments', 'null'))::bigint);
    UPDATE follow_up_kept SET lead_id = $1 WHERE lead_id = $2 AND id IN (SELECT jsonb_array_elements_text(nullif(went -> 'follow_ups', 'null'))::bigint);
    PERFORM pg_advisory_xact_lock(hashtext('crm.poll'), (went ->> 'poll')::int);
    UPDATE poll SET lead_id = gone WHERE id = (went ->> 'poll')::bigint AND lead_id = kept AND state <> 'closed';
    -- Whoever waited waits again, as long as nobody has it (crm.undo_apply() has locked both, and gives them back whose they were after this).
    DELETE FROM assign_waiting WHERE lead_id = kept AND went IS NOT NULL;
    INSERT INTO assign_waiting (lead_id, since, asked_by) SELECT w.lead_id, w.since, w.asked_by FROM jsonb_populate_recordset(NULL::assign_waiting, went -> 'waited') AS w
        ON CONFLICT DO NOTHING;
    PERFORM job_put('assign.drain', 'all', now()) WHERE EXISTS (SELECT 1 FROM assign_waiting WHERE lead_id IN (gone, kept));
END $$;
REVOKE ALL ON FUNCTION crm.undo_merge(bigint, bigint, text) FROM PUBLIC;
