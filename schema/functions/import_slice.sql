-- Some rows of an import, checked already: adds leads, and does with duplicates what was chosen; notes what it did, takes the rows away but those that
-- were rejected, and how far it is. A duplicate has the email or the phone of a lead, or of a row before it. All or nothing; `upto` is the last row's number.
-- A row that PostgreSQL refuses is rejected too: rows that do not go in together are halved until it stands alone. `refused` names the first of them, for the log.
CREATE OR REPLACE FUNCTION crm.import_slice(import bigint, upto bigint, numbers bigint[], names text[], emails text[], phones text[], sources text[], budgets text[],
                                            currencies text[], requirements text[], follow_ups text[], tags text[], added_fields text[], rejected bigint[],
                                            problems text[])
RETURNS TABLE (added bigint, updated bigint, skipped bigint, refused text, tell boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    work  crm.import;
    me    bigint := nullif(current_setting('crm.person', true), '')::bigint;
    zone  text;
    a     int;  -- of the rows that are put in now, the first
    z     int;  -- and the last
    ends  int[] := ARRAY[cardinality($3)];  -- where those end that are put in next, the nearest one last
    done  record;
    bad   bigint[] := '{}';
    why   text[] := '{}';
    named text;
BEGIN
    SELECT i.* INTO work FROM crm.import i WHERE i.id = $1 AND i.state = 'running' AND i.done_until < $2 FOR UPDATE;
    IF work.id IS NULL OR work.person_id IS DISTINCT FROM me THEN
        RAISE EXCEPTION 'import % does not run', $1 USING ERRCODE = '40001';
    END IF;
    SELECT time_zone INTO zone FROM person WHERE id = me;
    PERFORM set_config('crm.surface', 'import', true);
    -- As whoever enters a lead by hand (statement lead_same_hold): emails before phones, each kind in order, so that nobody waits in a ring.
    PERFORM pg_advisory_xact_lock(c.key)
       FROM (SELECT DISTINCT 1 AS kind, hashtextextended('crm.lead email ' || lower(e), 0) AS key FROM unnest($5) AS e WHERE e IS NOT NULL
             UNION ALL
             SELECT DISTINCT 2, hashtextextended('crm.lead phone ' || p, 0) FROM unnest($6) AS p WHERE p IS NOT NULL
             ORDER BY 1, 2) AS c;
    added := 0; updated := 0; a := 1;
    WHILE a <= cardinality($3) LOOP
        z := ends[cardinality(ends)];
        BEGIN
            SELECT * INTO done FROM import_put(work, zone, $4[a:z], $5[a:z], $6[a:z], $7[a:z], $8[a:z], $9[a:z], $10[a:z], $11[a:z], $12[a:z], $13[a:z]);
            added := added + done.added;
            updated := updated + done.updated;
            ends := trim_array(ends, 1);
            a := z + 1;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
            IF a < z THEN
                ends := ends || (a + z) / 2;
            ELSE
                GET STACKED DIAGNOSTICS named = CONSTRAINT_NAME;
                bad := bad || $3[a];
                why := why || concat_ws(' ', SQLSTATE, nullif(named, ''));
                ends := trim_array(ends, 1);
                a := z + 1;
            END IF;
        END;
    END LOOP;
    skipped := cardinality($3) - cardinality(bad) - added - updated;
    SELECT string_agg(format('row %s: %s', r.number, r.why), ', ' ORDER BY r.number) || CASE WHEN cardinality(bad) > 5 THEN ', and more' ELSE '' END
      INTO refused FROM unnest(bad[:5], why[:5]) AS r (number, why);
    UPDATE import_row r SET problem = p.problem
      FROM (SELECT * FROM unnest($14, $15)
             UNION ALL
            SELECT number, CASE left(state, 2) WHEN '22' THEN 'The database cannot keep a value in it, which is out of all bounds'
                                               WHEN '54' THEN 'The database cannot keep a value in it, which is too long'
                                               ELSE 'The database does not take it in' END || format(' (%s).', state)
              FROM unnest(bad, why) AS b (number, state)) AS p (number, problem)
     WHERE r.import_id = work.id AND r.number = p.number;
    DELETE FROM import_row r WHERE r.import_id = work.id AND r.number > work.done_until AND r.number <= $2 AND r.problem IS NULL;
    -- How far it is, is told after three seconds, and then less and less often.
    tell := clock_timestamp() - work.told_at > greatest(interval '3 seconds', (work.told_at - work.began_at) / 3);
    UPDATE crm.import i SET done_until = $2, dealt = i.dealt + cardinality($3) + cardinality($14), added = i.added + import_slice.added,
           updated = i.updated + import_slice.updated, skipped = i.skipped + import_slice.skipped, rejected = i.rejected + cardinality($14) + cardinality(bad),
           told_at = CASE WHEN tell THEN clock_timestamp() ELSE i.told_at END
     WHERE i.id = work.id;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION crm.import_slice(bigint, bigint, bigint[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], bigint[], text[])
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.import_slice(bigint, bigint, bigint[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], bigint[], text[])
    TO crm_admin, crm_manager, crm_lead;
