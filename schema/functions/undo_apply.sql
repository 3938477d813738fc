-- Puts back what one request of the person who asks has changed: all of it or nothing. The caller has looked at crm.undo_plan() and at row
-- security in the same transaction; what was changed in between makes it fail with 40001, so that the caller looks again.
CREATE OR REPLACE FUNCTION crm.undo_apply(made_in text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    me      bigint := nullif(current_setting('crm.person', true), '')::bigint;
    seen    record;
    columns jsonb;
    change  record;
    undone  bigint := 0;
BEGIN
    PERFORM 1 FROM lead WHERE id IN (SELECT e.lead_id FROM undo u JOIN lead_event e ON e.id = u.event_id WHERE u.request = made_in AND u.person_id = me) ORDER BY id FOR UPDATE;
    SELECT bool_or(plan.changed_by IS NOT NULL OR NOT plan.restorable OR (l.deleted_at IS NOT NULL AND plan.field NOT IN ('created', 'deleted_at', 'merged_into'))) AS changed,
           bool_or(plan.field = 'merged_from') AS merged, bool_or(plan.field LIKE 'apart %') AS apart,
           bool_or(plan.field IN ('tag', 'note') OR plan.field LIKE 'field %') AS rest
      INTO seen FROM undo_plan(made_in) AS plan JOIN lead l ON l.id = plan.lead_id;
    IF seen.changed THEN
        RAISE EXCEPTION 'changed since' USING ERRCODE = '40001';
    END IF;
    -- Columns: leads that get the same ones together, for there can be a thousand.
    SELECT jsonb_agg(together) INTO columns
      FROM (SELECT each.assignments, array_agg(each.lead_id ORDER BY each.lead_id) AS leads
              FROM (SELECT plan.lead_id, string_agg(CASE plan.field WHEN 'created' THEN 'deleted_at = now()'
                                WHEN 'budget' THEN format('budget_minor = %L, budget_currency = %L', split_part(plan.was, ' ', 1), split_part(plan.was, ' ', 2))
                                ELSE format('%I = %L', plan.field, plan.was) END, ', ' ORDER BY plan.field) AS assignments
                      FROM undo_plan(made_in) AS plan
                     WHERE plan.field NOT IN ('merged_from', 'tag', 'note') AND plan.field NOT LIKE 'field %' AND plan.field NOT LIKE 'apart %' GROUP BY plan.lead_id) AS each
             GROUP BY each.assignments) AS together;
    IF seen.merged THEN -- what went with a merge, crm.undo_merge() gives back
        PERFORM undo_merge(plan.was::bigint, plan.lead_id, made_in) FROM undo_plan(made_in) AS plan WHERE plan.field = 'merged_from';
    ELSIF seen.rest THEN
        undone := undo_rest(made_in);
    END IF;
    IF seen.apart THEN
        undone := undone + undo_apart(made_in);
    END IF;
    -- crm.undo_plan() has nothing of this request from here on, and crm.lead_guard() lets a lead move back.
    UPDATE undo SET undone_in = current_setting('crm.request') WHERE request = made_in AND person_id = me AND undone_in IS NULL;
    FOR change IN SELECT * FROM jsonb_to_recordset(columns) AS c (assignments text, leads bigint[]) LOOP
        EXECUTE format('UPDATE crm.lead SET %s WHERE id = ANY ($1)', change.assignments) USING change.leads;
        undone := undone + cardinality(change.leads);
    END LOOP;
    RETURN undone;
END $$;
REVOKE ALL ON FUNCTION crm.undo_apply(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.undo_apply(text) TO crm_admin, crm_manager, crm_lead, crm_sales;
