-- Merges a lead into another: what the other lacks it gets, its person too, unless it is over; what both have stays as the other has it and is told in the history, and so no
-- word of it is lost; the earlier of two follow-ups is kept. History, notes, tags, added fields, assignments and follow-ups that were kept go with it, and so does its place among those that
-- wait for somebody. A poll that runs goes on for the other one, if that is still nobody's and has none; else it is closed at once. The caller has locked both as the person who asks.
-- crm.undo_apply() takes it back.
CREATE OR REPLACE FUNCTION crm.lead_merge(gone bigint, kept bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    person  bigint := nullif(nullif(current_setting('crm.person', true), ''), '0');
    surface text := nullif(current_setting('crm.surface', true), '');
    old     lead;
    new     lead;
    inherits boolean;
    waited  jsonb;
BEGIN
    PERFORM 1 FROM lead WHERE id IN (gone, kept) ORDER BY id FOR UPDATE;
    SELECT * INTO old FROM lead WHERE id = gone AND deleted_at IS NULL;
    SELECT * INTO new FROM lead WHERE id = kept AND deleted_at IS NULL;
    IF old.id IS NULL OR new.id IS NULL OR gone = kept THEN
        RAISE EXCEPTION 'these two leads cannot be merged' USING ERRCODE = 'CR002';
    END IF;
    inherits := new.status = 'new' AND new.assignee IS NULL AND old.assignee IS NOT NULL AND old.status NOT IN ('won', 'lost');
    SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') INTO waited FROM assign_waiting w WHERE w.lead_id IN (gone, kept);
    INSERT INTO lead_event (lead_id, person_id, surface, field, was, is_now)
    VALUES (kept, person, surface, 'merged_from', gone::text, concat_ws(', ', old.name,
        CASE WHEN lower(old.email) <> lower(new.email) THEN old.email END, CASE WHEN old.phone <> new.phone THEN old.phone END,
        CASE WHEN (old.budget_minor, old.budget_currency) <> (new.budget_minor, new.budget_currency)
             THEN 'budget ' || (old.budget_minor / 100)::text || ' ' || old.budget_currency END,
        CASE WHEN old.requirements <> new.requirements THEN old.requirements END));
    UPDATE lead SET email = coalesce(email, old.email), phone = coalesce(phone, old.phone),
           budget_currency = CASE WHEN budget_minor IS NULL THEN old.budget_currency ELSE budget_currency END,
           budget_minor = coalesce(budget_minor, old.budget_minor), requirements = coalesce(requirements, old.requirements),
           follow_up_at = least(follow_up_at, old.follow_up_at),
           assignee = CASE WHEN inherits THEN old.assignee ELSE assignee END, status = CASE WHEN inherits THEN 'assigned' ELSE status END
     WHERE id = kept;
    INSERT INTO lead_tag (lead_id, tag) SELECT kept, t.tag FROM lead_tag t WHERE t.lead_id = gone ON CONFLICT DO NOTHING;
    INSERT INTO lead_value (lead_id, field_id, value) SELECT kept, v.field_id, v.value FROM lead_value v WHERE v.lead_id = gone ON CONFLICT DO NOTHING;
    INSERT INTO passing VALUES (pg_current_xact_id(), 'moving');
    UPDATE lead_event SET lead_id = kept, origin = coalesce(origin, gone) WHERE lead_id = gone;
    UPDATE lead_note SET lead_id = kept, origin = coalesce(origin, gone) WHERE lead_id = gone;
    DELETE FROM passing WHERE transaction = pg_current_xact_id() AND what = 'moving';
    UPDATE lead SET deleted_at = now(), merged_into = kept WHERE id = gone;
    PERFORM lead_move_rest(gone, kept, waited);
    -- Whoever gets the other one with it has as long to do something with it as they had.
    PERFORM job_put(j.kind, kept::text, j.due_at, NULL, j.data) FROM job j WHERE inherits AND j.kind = 'assign.untouched' AND j.key = gone::text;
END $$;
REVOKE ALL ON FUNCTION crm.lead_merge(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_merge(bigint, bigint) TO crm_admin, crm_manager;
