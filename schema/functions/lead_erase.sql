-- Erases what is known of a lead, and of those merged into it, wherever it is in this database, for good: the row keeps its number and that it was erased, the audit that
-- something was asked. What others were told of it goes too, sent or not; messages of visitors are not a lead's. What takes longer is written down in crm.erasure: old rows of the audit,
-- chats and files of Prosody. Returns how many rows went.
CREATE OR REPLACE FUNCTION crm.lead_erase(number bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    at_once CONSTANT bigint := 20000; -- rows of the audit
    family  bigint[];
    words   text[];
    hints   text[];
    marks   text[];
    links   text[];
    newest  bigint := (SELECT coalesce(max(id), 0) FROM audit);
    gone    bigint := 0;
    n       bigint;
BEGIN
    WITH RECURSIVE all_of (id) AS (SELECT number UNION SELECT l.id FROM all_of a JOIN lead l ON l.merged_into = a.id)
    SELECT array_agg(id) INTO family FROM all_of;
    PERFORM 1 FROM lead WHERE id = ANY (family) ORDER BY id FOR UPDATE;
    INSERT INTO passing VALUES (pg_current_xact_id(), 'erasing');
    SELECT coalesce(array_agg(w.word) FILTER (WHERE w.sure), '{}'), coalesce(array_agg(w.word) FILTER (WHERE NOT w.sure), '{}') INTO words, hints FROM erasure_words(family) AS w;
    SELECT array_agg('lead-' || id) INTO marks FROM unnest(family) AS id;

    PERFORM erasure_audit(family, words, newest - at_once, newest);
    DELETE FROM outbox o WHERE o.sender = ANY (marks) OR NOT o.to_visitor AND o.sender <> 'support' AND o.sender NOT LIKE 'visitor-%'
       AND (EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(o.body, w, lead_digits(w))) OR strpos(o.body, '“') > 0 AND lead_asked(o.body, words));
    GET DIAGNOSTICS n = ROW_COUNT;
    gone := gone + n;
    DELETE FROM form_session f WHERE f.command LIKE 'lead.%' AND f.target = ANY (family)
        OR EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(replace(f.state::text, '\"', '"'), w, lead_digits(w)));
    DELETE FROM dialogue d WHERE EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(replace(d.state::text, '\"', '"'), w, lead_digits(w)));
    DELETE FROM bot_memory m WHERE (m.what = 'lead' AND m.value = ANY (SELECT id::text FROM unnest(family) AS id))
        OR EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(m.value, w, lead_digits(w)));
    DELETE FROM saved_search s WHERE EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(s.arguments::text, w, lead_digits(w)) OR lead_mentions(s.name, w, lead_digits(w)));
    DELETE FROM import_change WHERE lead_id = ANY (family);
    DELETE FROM import_row r WHERE EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(r.cells, w, lead_digits(w)));
    UPDATE import i SET problems = '' WHERE EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(i.problems, w, lead_digits(w)));
    UPDATE import i SET why = 'It cannot be read.' WHERE EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(i.why, w, lead_digits(w)));
    -- Which of the files that were imported have it is not looked at: all have been read.
    WITH over AS (UPDATE import i SET link = NULL FROM import old WHERE old.id = i.id AND i.link IS NOT NULL AND i.state <> 'reading' RETURNING old.link)
    SELECT coalesce(array_agg(link), '{}') INTO links FROM over;
    UPDATE import i SET file = 'erased' WHERE EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(i.file, w, lead_digits(w)));
    UPDATE poll p SET question = 'Erased' WHERE EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(p.question, w, lead_digits(w)));
    PERFORM job_put('poll.close', p.id::text, now()) FROM poll p WHERE p.lead_id = ANY (family) AND p.state = 'open';
    DELETE FROM file; -- what was exported in the last hours may have it, and is not read through
    DELETE FROM job WHERE (kind LIKE 'lead.%' OR kind = 'assign.untouched') AND key = ANY (SELECT id::text FROM unnest(family) AS id);
    DELETE FROM assign_waiting WHERE lead_id = ANY (family);
    DELETE FROM lead_moved m WHERE m.gone = ANY (family) OR m.kept = ANY (family);
    DELETE FROM twin WHERE one = ANY (family) OR other = ANY (family);
    DELETE FROM twin_key WHERE lead_id = ANY (family);
    DELETE FROM twin_apart WHERE one = ANY (family) OR other = ANY (family);
    DELETE FROM follow_up_kept WHERE lead_id = ANY (family);
    DELETE FROM score_due WHERE lead_id = ANY (family);
    DELETE FROM lead_value WHERE lead_id = ANY (family);
    DELETE FROM lead_tag WHERE lead_id = ANY (family);
    DELETE FROM lead_note WHERE lead_id = ANY (family);
    GET DIAGNOSTICS n = ROW_COUNT;
    gone := gone + n;
    DELETE FROM lead_event WHERE lead_id = ANY (family);
    GET DIAGNOSTICS n = ROW_COUNT;
    gone := gone + n;
    UPDATE lead SET name = 'Erased', email = NULL, phone = NULL, source = 'direct', status = 'new', reason = NULL, assignee = NULL, creator = NULL, budget_minor = NULL,
           budget_currency = NULL, requirements = NULL, follow_up_at = NULL, followed_up_at = NULL, score = NULL, merged_into = NULL, deleted_at = coalesce(deleted_at, now()), erased_at = now()
     WHERE id = ANY (family);
    -- The words of its names that no other has.
    DELETE FROM lead_word k USING unnest(words) AS w, regexp_split_to_table(w, '[^[:alpha:]]+') AS one
     WHERE k.word = one
       AND NOT EXISTS (SELECT 1 FROM lead l WHERE l.deleted_at IS NULL
                                              AND (l.sort_name || E'\n' || coalesce(lower(l.email), '') || E'\n' || coalesce(l.phone, '')) LIKE '%' || one || '%');
    DELETE FROM passing WHERE transaction = pg_current_xact_id() AND what = 'erasing';
    INSERT INTO erasure (leads, words, hints, uploads, audit_below, asked_by)
    VALUES (family, words, hints, links, greatest(newest - at_once, 0), nullif(nullif(current_setting('crm.person', true), ''), '0')::bigint);
    PERFORM pg_notify('crm_staff', 'staff'); -- Prosody looks what there is to do (prosody/mod_crm_erase.lua)
    RETURN gone + cardinality(family);
END $$;
REVOKE ALL ON FUNCTION crm.lead_erase(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_erase(bigint) TO crm_admin;
