-- What one request of the person who asks has changed, and who has changed the same since; nothing after ten minutes. `restorable` is false for what is no field of a lead and none of what
-- crm.undo_rest() takes back; a budget is one, of two columns (crm.lead_guard()). Another tag, or another note, is not the same; an added field is one as long as it is there and may be that.
CREATE OR REPLACE FUNCTION crm.undo_plan(made_in text)
RETURNS TABLE (lead_id bigint, lead text, field text, was text, is_now text, restorable boolean, changed_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT e.lead_id, l.name, e.field, e.was, e.is_now,
           e.field IN ('created', 'budget', 'merged_from', 'tag', 'note') OR e.field LIKE 'apart %'
               OR EXISTS (SELECT 1 FROM lead_field f WHERE e.field = 'field ' || f.name AND (e.was IS NULL OR f.type <> 'choice' OR e.was = ANY (f.choices)))
               OR (EXISTS (SELECT 1 FROM jsonb_object_keys(to_jsonb(l)) AS key WHERE key = e.field)
                                   AND e.field NOT IN ('id', 'creator', 'created_at', 'updated_at', 'score', 'erased_at')
                                   AND (e.field <> 'merged_into' OR e.is_now IS NOT NULL)),
           (SELECT coalesce(p.name, 'The CRM') FROM lead_event later LEFT JOIN person p ON p.id = later.person_id
             WHERE later.lead_id = e.lead_id AND later.id > e.id AND (e.field = 'created' OR later.field = e.field
                    AND (e.field NOT IN ('tag', 'note') OR coalesce(later.is_now, later.was) = coalesce(e.is_now, e.was)))
               AND NOT EXISTS (SELECT 1 FROM undo same WHERE same.event_id = later.id AND same.request = made_in)
               AND later.origin IS NULL
             ORDER BY later.id DESC LIMIT 1)
      FROM undo u JOIN lead_event e ON e.id = u.event_id JOIN lead l ON l.id = e.lead_id
     WHERE u.request = made_in AND u.person_id = nullif(current_setting('crm.person', true), '')::bigint AND u.undone_in IS NULL
       AND u.at > now() - interval '10 minutes'
     ORDER BY e.id
$$;
REVOKE ALL ON FUNCTION crm.undo_plan(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.undo_plan(text) TO crm_admin, crm_manager, crm_lead, crm_sales;
