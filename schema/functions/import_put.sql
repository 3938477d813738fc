-- Some rows of an import become leads, or change those that there are. All or nothing: what PostgreSQL refuses of one row is an error. For crm.import_slice(), which holds the
-- rows' contacts, and whose settings of the planner count here.
CREATE OR REPLACE FUNCTION crm.import_put(work crm.import, zone text, names text[], emails text[], phones text[], sources text[], budgets text[], currencies text[],
                                          requirements text[], follow_ups text[], tags text[], added_fields text[], OUT added bigint, OUT updated bigint)
LANGUAGE plpgsql SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    leads bigint[];   -- that the rows are about; NULL: none yet
    twin  boolean[];  -- an earlier row of these is about the same
    row   record;
    known bigint;
BEGIN
    added := 0; updated := 0;
    IF work.duplicates <> 'add' THEN
        SELECT array_agg(m.lead ORDER BY g.turn),
               array_agg(g.twin ORDER BY g.turn)
          INTO leads, twin
          FROM (SELECT r.turn, r.email, r.phone,
                       (r.email IS NOT NULL AND row_number() OVER (PARTITION BY lower(r.email) ORDER BY r.turn) > 1)
                    OR (r.phone IS NOT NULL AND row_number() OVER (PARTITION BY r.phone ORDER BY r.turn) > 1) AS twin
                  FROM unnest($4, $5) WITH ORDINALITY AS r (email, phone, turn)) AS g,
               LATERAL (SELECT min(x.id + 0) AS lead  -- + 0: or else the first lead is looked for by number
                          FROM (SELECT l.id FROM lead l WHERE lower(l.email) = lower(g.email) AND (l.deleted_at IS NULL)::int = 1
                                UNION ALL
                                SELECT l.id FROM lead l WHERE l.phone = g.phone AND (l.deleted_at IS NULL)::int = 1) AS x) AS m;
    END IF;
    WITH fresh AS MATERIALIZED (
        SELECT nextval('crm.lead_id_seq') AS id, r.*
          FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, leads, twin) WITH ORDINALITY
               AS r (name, email, phone, source, budget, currency, requirements, follow_up, tags, fields, lead, twin, turn)
         WHERE r.turn <= cardinality($3) AND r.lead IS NULL AND r.twin IS NOT TRUE),
    put AS (INSERT INTO lead (id, name, email, phone, source, creator, budget_minor, budget_currency, requirements, follow_up_at)
        OVERRIDING SYSTEM VALUE
        SELECT id, name, email, phone, coalesce(source, work.source), work.person_id, budget::bigint, currency, requirements, follow_up::timestamp AT TIME ZONE zone
          FROM fresh),
    tagged AS (INSERT INTO lead_tag (lead_id, tag) SELECT DISTINCT f.id, t FROM fresh f, unnest(string_to_array(f.tags, ' ')) AS t),
    valued AS (INSERT INTO lead_value (lead_id, field_id, value)
        SELECT f.id, d.id, import_value(d, v.value, zone) FROM fresh f, jsonb_each_text(f.fields::jsonb) AS v JOIN lead_field d ON d.name = v.key
         WHERE f.fields IS NOT NULL),
    noted AS (INSERT INTO import_change (import_id, lead_id) SELECT work.id, id FROM fresh)
    SELECT count(*) INTO added FROM fresh;
    IF work.duplicates = 'update' THEN
        FOR row IN SELECT r.* FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, leads, twin) WITH ORDINALITY
                             AS r (name, email, phone, source, budget, currency, requirements, follow_up, tags, fields, lead, twin, turn)
                    WHERE r.lead IS NOT NULL OR r.twin ORDER BY r.turn
        LOOP
            known := import_known(row.email, row.phone);
            IF known IS NOT NULL AND import_update(work.id, known, row.name, row.email, row.phone, row.source, row.budget, row.currency, row.requirements,
                                                   row.follow_up::timestamp AT TIME ZONE zone, string_to_array(row.tags, ' '), row.fields::jsonb, zone) THEN
                updated := updated + 1;
            END IF;
        END LOOP;
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.import_put(crm.import, text, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]) FROM PUBLIC;
