-- What goes with a lead that is merged, beside its history: assignments, follow-ups that were kept or missed, a poll that runs, its place among those that wait. Written down in
-- crm.lead_moved. `waited`: how both waited before. A part of crm.lead_merge(), which has locked and changed both.
CREATE OR REPLACE FUNCTION crm.lead_move_rest(from_lead bigint, to_lead bigint, waited jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    given bigint[];
    due   bigint[];
    asked bigint;
BEGIN
    WITH moved AS (UPDATE assignment SET lead_id = to_lead WHERE lead_id = from_lead RETURNING id) SELECT array_agg(id) INTO given FROM moved;
    WITH moved AS (UPDATE follow_up_kept f SET lead_id = to_lead
                    WHERE f.lead_id = from_lead AND NOT EXISTS (SELECT 1 FROM follow_up_kept k WHERE k.lead_id = to_lead AND k.due_at = f.due_at) RETURNING id)
    SELECT array_agg(id) INTO due FROM moved;
    PERFORM pg_advisory_xact_lock(hashtext('crm.poll'), p.id::int) FROM poll p WHERE p.lead_id = from_lead AND p.state <> 'closed';
    UPDATE poll p SET lead_id = to_lead
     WHERE p.lead_id = from_lead AND p.state = 'open' AND NOT EXISTS (SELECT 1 FROM poll k WHERE k.lead_id = to_lead AND k.state <> 'closed')
       AND EXISTS (SELECT 1 FROM lead l WHERE l.id = to_lead AND l.assignee IS NULL AND l.status NOT IN ('won', 'lost'))
    RETURNING p.id INTO asked;
    PERFORM job_put('poll.close', p.id::text, now()) FROM poll p WHERE p.lead_id = from_lead AND p.state = 'open';
    DELETE FROM assign_waiting WHERE lead_id IN (from_lead, to_lead);
    INSERT INTO assign_waiting (lead_id, since, asked_by)
    SELECT to_lead, w.since, w.asked_by FROM jsonb_populate_recordset(NULL::assign_waiting, waited) AS w
     WHERE EXISTS (SELECT 1 FROM lead l WHERE l.id = to_lead AND l.assignee IS NULL AND l.status NOT IN ('won', 'lost')) ORDER BY w.since LIMIT 1;
    UPDATE bot_memory SET value = to_lead::text WHERE what = 'lead' AND value = from_lead::text;
    INSERT INTO lead_moved (gone, kept, moved) VALUES (from_lead, to_lead, jsonb_build_object('assignments', given, 'follow_ups', due, 'poll', asked, 'waited', waited))
        ON CONFLICT ON CONSTRAINT lead_moved_pkey DO UPDATE SET kept = excluded.kept, moved = excluded.moved, at = now();
END $$;
REVOKE ALL ON FUNCTION crm.lead_move_rest(bigint, bigint, jsonb) FROM PUBLIC;
