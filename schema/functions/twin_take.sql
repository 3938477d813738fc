-- The next leads to be compared, at most so many: single ones first, else a part of a range, of which perhaps none is left. NULL when none is due.
CREATE OR REPLACE FUNCTION crm.twin_take(most bigint) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    taken bigint[];
    range twin_due;
BEGIN
    WITH gone AS (DELETE FROM twin_due WHERE id IN (SELECT id FROM twin_due WHERE first = last ORDER BY id LIMIT most) RETURNING first)
    SELECT array_agg(DISTINCT first) INTO taken FROM gone;
    IF taken IS NOT NULL THEN
        RETURN taken;
    END IF;
    SELECT * INTO range FROM twin_due ORDER BY id LIMIT 1;
    IF range.id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(id) INTO taken FROM (SELECT id FROM lead WHERE id BETWEEN range.first AND range.last ORDER BY id LIMIT most) AS part;
    IF cardinality(taken) = most AND taken[most] < range.last THEN
        UPDATE twin_due SET first = taken[most] + 1 WHERE id = range.id;
    ELSE
        DELETE FROM twin_due WHERE id = range.id;
    END IF;
    RETURN coalesce(taken, '{}');
END $$;
REVOKE ALL ON FUNCTION crm.twin_take(bigint) FROM PUBLIC;
