-- Counts a poll that was closed in an earlier transaction, says who of those interested gets its lead, and removes the votes. Everything that the answer
-- depends on was fixed before (crm.poll_frozen): asked again after a rollback, it is the same, so that trying tells no more than the result. Once it is
-- committed there is nothing left to ask. No row when there is nothing to decide.
-- The counts are NULL when they would tell: of fewer than three voters, or when all but the one who got the lead said the same.
CREATE OR REPLACE FUNCTION crm.poll_decide(poll bigint) RETURNS TABLE (outcome text, winner bigint, interest text, drawn boolean, counts bigint[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    asked  poll%ROWTYPE;
    frozen poll_frozen%ROWTYPE;
    chosen record;
    result text := 'counted';
    counted bigint[];
    others  bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crm.poll'), $1::int);
    SELECT * INTO asked FROM poll p WHERE p.id = $1 AND p.state = 'closing';
    SELECT * INTO frozen FROM poll_frozen f WHERE f.poll_id = $1 AND f.made_in <> pg_current_xact_id();
    IF asked.id IS NULL OR frozen.poll_id IS NULL THEN
        RETURN;
    END IF;
    SELECT NULL::bigint AS person, NULL::smallint AS strength, false AS drawn INTO chosen;
    IF asked.lead_id IS NOT NULL THEN
        WITH wanted AS (
            SELECT w.person, v.strength, w.weight * power(coalesce(nullif(v.strength, 0), 3) / 5.0, frozen.power) AS score
              FROM unnest(frozen.people, frozen.weights) AS w (person, weight)
              JOIN vote v ON v.poll_id = $1 AND v.person_id = w.person AND v.answer = 1
             WHERE w.weight > 0),
        nearest AS (SELECT * FROM wanted WHERE score >= (SELECT max(score) FROM wanted) * (1 - frozen.near))
        SELECT n.person, n.strength, (SELECT count(*) > 1 FROM nearest) AS drawn INTO chosen
          FROM nearest n ORDER BY public.hmac(n.person::text::bytea, frozen.seed, 'sha256') LIMIT 1;
    END IF;
    SELECT array_agg(n.votes ORDER BY n.choice), array_agg(n.others ORDER BY n.choice) INTO counted, others
      FROM (SELECT c.choice, count(v.person_id) AS votes, count(v.person_id) FILTER (WHERE v.person_id IS DISTINCT FROM chosen.person) AS others
              FROM generate_series(1, cardinality(asked.choices)) AS c (choice) LEFT JOIN vote v ON v.poll_id = $1 AND v.answer = c.choice
             GROUP BY c.choice) AS n;
    IF (SELECT sum(votes) FROM unnest(counted) AS votes) < 3 OR (SELECT count(*) FROM unnest(others) AS votes WHERE votes > 0) < 2 THEN
        counted := NULL;
    END IF;
    -- What others can change meanwhile, and take back again, comes last: it says no more than whether the one who was chosen gets the lead. Nobody comes in their place.
    IF asked.lead_id IS NOT NULL THEN
        PERFORM FROM lead l WHERE l.id = asked.lead_id AND l.deleted_at IS NULL AND l.assignee IS NULL FOR UPDATE;
        result := CASE WHEN NOT FOUND THEN 'moot' WHEN EXISTS (SELECT FROM person p WHERE p.id = chosen.person AND p.enabled) THEN 'assigned' ELSE 'nobody' END;
    END IF;
    IF result <> 'assigned' THEN
        SELECT NULL::bigint AS person, NULL::smallint AS strength, false AS drawn INTO chosen;
    END IF;
    DELETE FROM vote v WHERE v.poll_id = $1;
    DELETE FROM poll_frozen f WHERE f.poll_id = $1;
    UPDATE poll p SET state = 'closed', outcome = result, winner = chosen.person, counts = counted WHERE p.id = $1;
    RETURN QUERY SELECT result, chosen.person, CASE WHEN chosen.strength >= 4 THEN 'keen' WHEN chosen.person IS NOT NULL THEN 'interested' END,
                        coalesce(chosen.drawn, false), counted;
END $$;
REVOKE ALL ON FUNCTION crm.poll_decide(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.poll_decide(bigint) TO crm_system;
