-- People see the numbers of visitors and leads. A sequence writes 32 numbers ahead to the WAL, so that a PostgreSQL that was killed would go on up to
-- 32 later: this is called before anything else after a failure. No number is given twice, because rows of these tables are never deleted, and
-- because the table must be free of others who write; when it is not, the gap stays.
CREATE OR REPLACE FUNCTION crm.number_close_gaps(what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    highest bigint;
BEGIN
    IF what NOT IN ('visitor', 'lead') THEN
        RAISE EXCEPTION 'nobody sees the numbers of %', what;
    END IF;
    EXECUTE format('LOCK TABLE crm.%I IN SHARE ROW EXCLUSIVE MODE NOWAIT', what);
    EXECUTE format('SELECT max(id) FROM crm.%I', what) INTO highest;
    PERFORM setval(pg_get_serial_sequence('crm.' || what, 'id'), coalesce(highest, 1), highest IS NOT NULL);
EXCEPTION WHEN lock_not_available THEN
    NULL;
END $$;
REVOKE ALL ON FUNCTION crm.number_close_gaps(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.number_close_gaps(text) TO crm_system;
