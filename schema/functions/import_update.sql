-- One row of an import about a lead that there is: what the row has goes in, what it has not stays. Returns whether anything changed.
CREATE OR REPLACE FUNCTION crm.import_update(import bigint, lead bigint, name text, email text, phone text, source text, budget text, currency text,
                                             requirements text, follow_up timestamptz, tags text[], added jsonb, zone text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    was   crm.lead;
    is_now crm.lead;
    put   text[];
    old   jsonb;
    new   jsonb;
BEGIN
    SELECT l.* INTO was FROM lead l WHERE l.id = $2 FOR UPDATE;
    UPDATE lead l SET name = coalesce($3, l.name), email = coalesce($4, l.email), phone = coalesce($5, l.phone), source = coalesce($6, l.source),
           budget_minor = coalesce($7::bigint, l.budget_minor), budget_currency = CASE WHEN $7 IS NULL THEN l.budget_currency ELSE $8 END,
           requirements = coalesce($9, l.requirements), follow_up_at = coalesce($10, l.follow_up_at)
     WHERE l.id = $2
       AND (l.name, l.email, l.phone, l.source, l.budget_minor, l.budget_currency, l.requirements, l.follow_up_at) IS DISTINCT FROM
           (coalesce($3, l.name), coalesce($4, l.email), coalesce($5, l.phone), coalesce($6, l.source), coalesce($7::bigint, l.budget_minor),
            CASE WHEN $7 IS NULL THEN l.budget_currency ELSE $8 END, coalesce($9, l.requirements), coalesce($10, l.follow_up_at))
    RETURNING l.* INTO is_now;
    WITH fresh AS (INSERT INTO lead_tag (lead_id, tag) SELECT $2, t FROM unnest($11) AS t ON CONFLICT DO NOTHING RETURNING tag)
    SELECT array_agg(fresh.tag) INTO put FROM fresh;
    -- Added fields that become something else, as they were (null: nothing) and are.
    SELECT jsonb_object_agg(d.name, v.value), jsonb_object_agg(d.name, import_value(d, a.value, $13)) INTO old, new
      FROM jsonb_each_text($12) AS a JOIN lead_field d ON d.name = a.key LEFT JOIN lead_value v ON v.lead_id = $2 AND v.field_id = d.id
     WHERE v.value IS DISTINCT FROM import_value(d, a.value, $13);
    INSERT INTO lead_value AS v (lead_id, field_id, value) SELECT $2, d.id, n.value FROM jsonb_each_text(new) AS n JOIN lead_field d ON d.name = n.key
        ON CONFLICT (lead_id, field_id) DO UPDATE SET value = EXCLUDED.value;
    IF is_now.id IS NULL AND put IS NULL AND new IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO import_change AS c (import_id, lead_id, before, after, tags, fields_before, fields_after)
    VALUES ($1, $2, import_fields(was), import_fields(CASE WHEN is_now.id IS NULL THEN was ELSE is_now END), put, old, new)
        ON CONFLICT (import_id, lead_id) DO UPDATE
       SET after = EXCLUDED.after, tags = c.tags || EXCLUDED.tags, fields_before = coalesce(EXCLUDED.fields_before, '{}') || coalesce(c.fields_before, '{}'),
           fields_after = coalesce(c.fields_after, '{}') || coalesce(EXCLUDED.fields_after, '{}');
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION crm.import_update(bigint, bigint, text, text, text, text, text, text, text, timestamptz, text[], jsonb, text) FROM PUBLIC;
