-- Some rows of an import, checked already: adds leads, and does with duplicates what was chosen; notes what it did, takes the rows away but those that
-- were rejected, and how far it is. A duplicate has the email or the phone of a lead, or of a row before it. All or nothing; `upto` is the last row's number.
CREATE OR REPLACE FUNCTION crm.import_slice(import bigint, upto bigint, names text[], emails text[], phones text[], sources text[], budgets text[],
                                            currencies text[], requirements text[], follow_ups text[], tags text[], added_fields text[], rejected bigint[],
                                            problems text[])
RETURNS TABLE (added bigint, updated bigint, skipped bigint, tell boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    work  crm.import;
    me    bigint := nullif(current_setting('crm.person', true), '')::bigint;
    zone  text;
    leads bigint[];   -- that the rows are about; NULL: none yet
    twin  boolean[];  -- an earlier row of these is about the same
    row   record;
    known bigint;
BEGIN
    SELECT i.* INTO work FROM crm.import i WHERE i.id = $1 AND i.state = 'running' AND i.done_until < $2 FOR UPDATE;
    IF work.id IS NULL OR work.person_id IS DISTINCT FROM me THEN
        RAISE EXCEPTION 'import % does not run', $1 USING ERRCODE = '40001';
    END IF;
    SELECT time_zone INTO zone FROM person WHERE id = me;
    PERFORM set_config('crm.surface', 'import', true);
    added := 0; updated := 0; skipped := 0;
    IF work.duplicates <> 'add' THEN
        SELECT array_agg(m.lead ORDER BY g.turn),
               array_agg(g.twin ORDER BY g.turn)
          INTO leads, twin
          FROM (SELECT r.turn, r.email, r.phone,
                       (r.email IS NOT NULL AND row_number() OVER (PARTITION BY lower(r.email) ORDER BY r.turn) > 1)
                    OR (r.phone IS NOT NULL AND row_number() OVER (PARTITION BY r.phone ORDER BY r.turn) > 1) AS twin
                  FROM unnest($4, $5) WITH ORDINALITY AS r (email, phone, turn)) AS g,
               LATERAL (SELECT min(x.id + 0) AS lead  -- + 0: or else the first lead is looked for by number
                          FROM (SELECT l.id FROM lead l WHERE lower(l.email) = lower(g.email) AND l.deleted_at IS NULL
                                UNION ALL
                                SELECT l.id FROM lead l WHERE l.phone = g.phone AND l.deleted_at IS NULL) AS x) AS m;
    END IF;
    WITH fresh AS MATERIALIZED (
        SELECT nextval('crm.lead_id_seq') AS id, r.*
          FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, leads, twin) WITH ORDINALITY
               AS r (name, email, phone, source, budget, currency, requirements, follow_up, tags, fields, lead, twin, turn)
         WHERE r.turn <= cardinality($3) AND r.lead IS NULL AND r.twin IS NOT TRUE),
    put AS (INSERT INTO lead (id, name, email, phone, source, creator, budget_minor, budget_currency, requirements, follow_up_at)
        OVERRIDING SYSTEM VALUE
        SELECT id, name, email, phone, coalesce(source, work.source), me, budget::bigint, currency, requirements, follow_up::timestamp AT TIME ZONE zone
          FROM fresh),
    tagged AS (INSERT INTO lead_tag (lead_id, tag) SELECT DISTINCT f.id, t FROM fresh f, unnest(string_to_array(f.tags, ' ')) AS t),
    valued AS (INSERT INTO lead_value (lead_id, field_id, value)
        SELECT f.id, d.id, import_value(d, v.value, zone) FROM fresh f, jsonb_each_text(f.fields::jsonb) AS v JOIN lead_field d ON d.name = v.key
         WHERE f.fields IS NOT NULL),
    noted AS (INSERT INTO import_change (import_id, lead_id) SELECT work.id, id FROM fresh)
    SELECT count(*) INTO added FROM fresh;
    skipped := cardinality($3) - added;
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
        skipped := skipped - updated;
    END IF;
    UPDATE import_row r SET problem = bad.problem FROM unnest($13, $14) AS bad (number, problem) WHERE r.import_id = work.id AND r.number = bad.number;
    DELETE FROM import_row r WHERE r.import_id = work.id AND r.number > work.done_until AND r.number <= $2 AND r.problem IS NULL;
    -- How far it is, is told after three seconds, and then less and less often.
    tell := clock_timestamp() - work.told_at > greatest(interval '3 seconds', (work.told_at - work.began_at) / 3);
    UPDATE crm.import i SET done_until = $2, dealt = i.dealt + cardinality($3) + cardinality($13), added = i.added + import_slice.added,
           updated = i.updated + import_slice.updated, skipped = i.skipped + import_slice.skipped, rejected = i.rejected + cardinality($13),
           told_at = CASE WHEN tell THEN clock_timestamp() ELSE i.told_at END
     WHERE i.id = work.id;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION crm.import_slice(bigint, bigint, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], bigint[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_slice(bigint, bigint, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], bigint[], text[])
    TO crm_admin, crm_manager, crm_lead;
