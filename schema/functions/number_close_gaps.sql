-- People see the numbers of visitors and leads. A sequence writes 32 numbers ahead to the WAL, so that a PostgreSQL that was killed would go on up to
-- 32 later: each new connection of crmd calls this before anything else. No number is given twice, because rows of these tables are never deleted, and
-- because the tables must be free of others who write; when they are not, nothing was killed.
CREATE OR REPLACE FUNCTION crm.number_close_gaps() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    LOCK TABLE visitor, lead IN SHARE ROW EXCLUSIVE MODE NOWAIT;
    PERFORM setval(pg_get_serial_sequence('crm.visitor', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM visitor;
    PERFORM setval(pg_get_serial_sequence('crm.lead', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM lead;
EXCEPTION WHEN lock_not_available THEN
    NULL;
END $$;
REVOKE ALL ON FUNCTION crm.number_close_gaps() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.number_close_gaps() TO crmd;
