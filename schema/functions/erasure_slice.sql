-- Goes on with what crm.lead_erase() has left, the oldest first: some rows of the audit. When that is done, and Prosody has done its part, the erasure is over: its row goes, and who asked
-- is told. No row when there is nothing to do now.
CREATE OR REPLACE FUNCTION crm.erasure_slice(most bigint) RETURNS TABLE (lead bigint, asked_by bigint, chats bigint, files bigint, done boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    work erasure;
BEGIN
    SELECT * INTO work FROM erasure WHERE audit_below > 0 OR chats_at IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE;
    IF work.id IS NULL THEN
        RETURN;
    END IF;
    IF work.audit_below > 0 THEN
        PERFORM erasure_audit(work.leads, work.words, work.audit_below - $1, work.audit_below);
        DELETE FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing';
        UPDATE erasure SET audit_below = greatest(audit_below - $1, 0) WHERE id = work.id;
    ELSE
        DELETE FROM erasure WHERE id = work.id;
    END IF;
    RETURN QUERY SELECT work.leads[1], work.asked_by, work.chats, work.files, work.audit_below = 0;
END $$;
REVOKE ALL ON FUNCTION crm.erasure_slice(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.erasure_slice(bigint) TO crm_system;
