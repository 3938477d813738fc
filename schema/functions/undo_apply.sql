-- Puts back what one request of the person who asks has changed: all of it or nothing. The caller has looked at crm.undo_plan() and at row
-- security in the same transaction; what was changed in between makes it fail with 40001, so that the caller looks again.
CREATE OR REPLACE FUNCTION crm.undo_apply(made_in text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    me     bigint := nullif(current_setting('crm.person', true), '')::bigint;
    number bigint;
    fields text;
    undone bigint := 0;
BEGIN
    PERFORM 1 FROM lead WHERE id IN (SELECT lead_id FROM undo_plan(made_in)) ORDER BY id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM undo_plan(made_in) AS plan WHERE plan.changed_by IS NOT NULL OR NOT plan.restorable)
       OR EXISTS (SELECT 1 FROM undo_plan(made_in) AS plan JOIN lead l ON l.id = plan.lead_id
                   WHERE l.deleted_at IS NOT NULL AND plan.field NOT IN ('created', 'deleted_at', 'merged_into')) THEN
        RAISE EXCEPTION 'changed since' USING ERRCODE = '40001';
    END IF;
    PERFORM undo_merge(plan.was::bigint, plan.lead_id, made_in) FROM undo_plan(made_in) AS plan WHERE plan.field = 'merged_from';
    IF NOT EXISTS (SELECT 1 FROM undo_plan(made_in) AS plan WHERE plan.field = 'merged_from') THEN
        undone := undo_rest(made_in); -- what went with a merge, crm.undo_merge() has given back
    END IF;
    FOR number, fields IN
        SELECT plan.lead_id, string_agg(CASE plan.field WHEN 'created' THEN 'deleted_at = now()'
                    WHEN 'budget' THEN format('budget_minor = %L, budget_currency = %L', split_part(plan.was, ' ', 1), split_part(plan.was, ' ', 2))
                    ELSE format('%I = %L', plan.field, plan.was) END, ', ')
          FROM undo_plan(made_in) AS plan WHERE plan.field NOT IN ('merged_from', 'tag', 'note') AND plan.field NOT LIKE 'field %' AND plan.field NOT LIKE 'apart %' GROUP BY plan.lead_id ORDER BY plan.lead_id
    LOOP
        -- crm.lead_guard() lets a lead move back when this says so.
        UPDATE undo SET undone_in = current_setting('crm.request')
          FROM lead_event e WHERE e.id = event_id AND e.lead_id = number AND request = made_in AND undo.person_id = me;
        EXECUTE format('UPDATE crm.lead SET %s WHERE id = $1', fields) USING number;
        undone := undone + 1;
    END LOOP;
    undone := undone + undo_apart(made_in);
    UPDATE undo SET undone_in = current_setting('crm.request') FROM lead_event e
     WHERE e.id = event_id AND request = made_in AND undo.person_id = me AND undone_in IS NULL AND undone > 0;
    RETURN undone;
END $$;
REVOKE ALL ON FUNCTION crm.undo_apply(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.undo_apply(text) TO crm_admin, crm_manager, crm_lead, crm_sales;
