-- One row of an import about a lead that there is: what the row has goes in, what it has not stays. Returns whether anything changed.
CREATE OR REPLACE FUNCTION crm.import_update(import bigint, lead bigint, name text, email text, phone text, source text, budget text, currency text,
                                             requirements text, follow_up timestamptz, tags text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    was   crm.lead;
    is_now crm.lead;
    put   text[];
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
    IF is_now.id IS NULL AND put IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO import_change AS c (import_id, lead_id, before, after, tags)
    VALUES ($1, $2, import_fields(was), import_fields(CASE WHEN is_now.id IS NULL THEN was ELSE is_now END), put)
        ON CONFLICT (import_id, lead_id) DO UPDATE SET after = EXCLUDED.after, tags = c.tags || EXCLUDED.tags;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION crm.import_update(bigint, bigint, text, text, text, text, text, text, text, timestamptz, text[]) FROM PUBLIC;
