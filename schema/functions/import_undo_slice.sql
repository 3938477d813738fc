-- Takes back some of what an import has done: leads that it added are deleted (they can be restored), and what it changed of others is as before, but
-- for what somebody has changed since. Returns how many leads; 0 when there is none left.
CREATE OR REPLACE FUNCTION crm.import_undo_slice(import bigint, most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    me   bigint := nullif(current_setting('crm.person', true), '')::bigint;
    work crm.import;
    row  record;
    done bigint := 0;
BEGIN
    SELECT i.* INTO work FROM crm.import i WHERE i.id = $1 AND i.state = 'undoing' FOR UPDATE;
    IF work.id IS NULL OR (work.person_id IS DISTINCT FROM me AND NOT EXISTS (SELECT 1 FROM person WHERE id = me AND role IN ('admin', 'manager'))) THEN
        RAISE EXCEPTION 'import % is not taken back', $1 USING ERRCODE = '40001';
    END IF;
    PERFORM set_config('crm.surface', 'import', true);
    PERFORM 1 FROM lead WHERE id IN (SELECT c.lead_id FROM import_change c WHERE c.import_id = $1 ORDER BY c.lead_id LIMIT $2) ORDER BY id FOR UPDATE;
    FOR row IN DELETE FROM import_change d WHERE d.import_id = $1
                  AND d.lead_id IN (SELECT c.lead_id FROM import_change c WHERE c.import_id = $1 ORDER BY c.lead_id LIMIT $2) RETURNING d.*
    LOOP
        done := done + 1;
        -- A later import that found what this one had put there is to bring back what was before this one.
        UPDATE import_change c
           SET before = c.before || coalesce((SELECT jsonb_object_agg(k, row.before->k) FROM jsonb_object_keys(row.after) AS k
                                               WHERE c.before->k = row.after->k AND row.before->k <> row.after->k), '{}'),
               fields_before = c.fields_before || coalesce((SELECT jsonb_object_agg(k, row.fields_before->k) FROM jsonb_object_keys(row.fields_after) AS k
                                                             WHERE c.fields_before->k = row.fields_after->k), '{}')
         WHERE row.before IS NOT NULL AND c.lead_id = row.lead_id AND c.import_id = (
               SELECT min(n.import_id) FROM import_change n WHERE n.lead_id = row.lead_id AND n.import_id > $1 AND n.before IS NOT NULL);
        IF row.before IS NULL THEN
            UPDATE lead l SET deleted_at = now() WHERE l.id = row.lead_id AND l.deleted_at IS NULL;
            CONTINUE;
        END IF;
        DELETE FROM lead_tag t WHERE t.lead_id = row.lead_id AND t.tag = ANY (row.tags);
        UPDATE lead l
           SET name = CASE WHEN l.name = row.after->>'name' THEN row.before->>'name' ELSE l.name END,
               email = CASE WHEN l.email IS NOT DISTINCT FROM row.after->>'email' THEN row.before->>'email' ELSE l.email END,
               phone = CASE WHEN l.phone IS NOT DISTINCT FROM row.after->>'phone' THEN row.before->>'phone' ELSE l.phone END,
               source = CASE WHEN l.source = row.after->>'source' THEN row.before->>'source' ELSE l.source END,
               budget_minor = CASE WHEN l.budget_minor || ' ' || l.budget_currency IS NOT DISTINCT FROM row.after->>'budget'
                                   THEN split_part(row.before->>'budget', ' ', 1)::bigint ELSE l.budget_minor END,
               budget_currency = CASE WHEN l.budget_minor || ' ' || l.budget_currency IS NOT DISTINCT FROM row.after->>'budget'
                                      THEN split_part(row.before->>'budget', ' ', 2) ELSE l.budget_currency END,
               requirements = CASE WHEN l.requirements IS NOT DISTINCT FROM row.after->>'requirements' THEN row.before->>'requirements'
                                   ELSE l.requirements END,
               follow_up_at = CASE WHEN l.follow_up_at IS NOT DISTINCT FROM (row.after->>'follow_up_at')::timestamptz
                                   THEN (row.before->>'follow_up_at')::timestamptz ELSE l.follow_up_at END
         WHERE l.id = row.lead_id AND import_fields(l) IS DISTINCT FROM row.before;
        DELETE FROM lead_value v USING lead_field d
         WHERE v.lead_id = row.lead_id AND d.id = v.field_id AND v.value = row.fields_after->>d.name AND row.fields_before->>d.name IS NULL;
        UPDATE lead_value v SET value = row.fields_before->>d.name FROM lead_field d
         WHERE v.lead_id = row.lead_id AND d.id = v.field_id AND v.value = row.fields_after->>d.name AND v.value <> row.fields_before->>d.name;
    END LOOP;
    UPDATE crm.import i SET taken_back = i.taken_back + done WHERE i.id = work.id;
    RETURN done;
END $$;
REVOKE ALL ON FUNCTION crm.import_undo_slice(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_undo_slice(bigint, bigint) TO crm_admin, crm_manager, crm_lead;
