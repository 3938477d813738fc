-- Whether it is the morning of somebody who had their last digest on a day, at a moment: on the clock of their time zone, from the hour that they want it at and for so
-- many hours, so that a clock that leaps over the hour misses nothing, and one that shows it twice brings nothing twice.
CREATE OR REPLACE FUNCTION crm.digest_due(zone text, hour int, had date, hours_after bigint, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT $2 >= 0 AND extract(hour FROM clock) >= $2 AND extract(hour FROM clock) < $2 + $4 AND ($3 IS NULL OR $3 < clock::date) FROM (SELECT $5 AT TIME ZONE $1) AS c (clock)
$$;
REVOKE ALL ON FUNCTION crm.digest_due(text, int, date, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.digest_due(text, int, date, bigint, timestamptz) TO crm_system;
