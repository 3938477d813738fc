-- Erases what is known of a lead, and of those merged into it, wherever it is in this database, for good: the row keeps its number and that it was erased, the audit that
-- something was asked. What others were told of it goes too, sent or not; messages of visitors are not a lead's. Returns how many rows went.
CREATE OR REPLACE FUNCTION crm.lead_erase(number bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    family  bigint[];
    words   text[];
    numbers text[]; -- beside the words: their digits, NULL for what is no number
    marks   text[];
    gone    bigint := 0;
    n       bigint;
BEGIN
    WITH RECURSIVE all_of (id) AS (SELECT number UNION SELECT l.id FROM all_of a JOIN lead l ON l.merged_into = a.id)
    SELECT array_agg(id) INTO family FROM all_of;
    PERFORM 1 FROM lead WHERE id = ANY (family) ORDER BY id FOR UPDATE;
    INSERT INTO passing VALUES (pg_current_xact_id(), 'erasing');
    -- What it is known by, now and before, as it is written and as people type it.
    SELECT array_agg(DISTINCT w) INTO words FROM (
        SELECT lower(unnest(ARRAY[l.name, l.email, l.phone, right(l.phone, 10)])) AS w FROM lead l WHERE l.id = ANY (family)
        UNION ALL
        SELECT lower(unnest(ARRAY[e.was, e.is_now])) FROM lead_event e WHERE e.lead_id = ANY (family) AND e.field IN ('name', 'email', 'phone', 'created')) AS known
     WHERE length(w) >= 3;
    SELECT array_agg('lead-' || id) INTO marks FROM unnest(family) AS id;
    -- Digits are compared without what people put between them.
    numbers := ARRAY(SELECT CASE WHEN w ~ '^\+?[0-9]{6,}$' THEN right(w, 10) END FROM unnest(words) WITH ORDINALITY AS u (w, place) ORDER BY place);

    UPDATE audit a SET arguments = '{"erased": "yes"}'
     WHERE a.target = ANY (marks) OR EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(a.arguments::text, w.word, w.digits))
        OR a.command = 'lead.find' AND EXISTS (SELECT 1 FROM unnest(words) AS w WHERE length(a.arguments ->> 'text') >= 3 AND strpos(w, lower(a.arguments ->> 'text')) > 0);
    DELETE FROM outbox o WHERE o.sender = ANY (marks) OR EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(o.body, w.word, w.digits));
    GET DIAGNOSTICS n = ROW_COUNT;
    gone := gone + n;
    DELETE FROM form_session f WHERE EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(f.state::text, w.word, w.digits));
    DELETE FROM dialogue d WHERE EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(d.state::text, w.word, w.digits));
    DELETE FROM bot_memory m WHERE (m.what = 'lead' AND m.value = ANY (SELECT id::text FROM unnest(family) AS id))
        OR EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(m.value, w.word, w.digits));
    DELETE FROM saved_search s WHERE EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(s.arguments::text, w.word, w.digits)
                                                                                                      OR lead_mentions(s.name, w.word, w.digits));
    DELETE FROM import_change WHERE lead_id = ANY (family);
    DELETE FROM import_row r WHERE EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(r.cells, w.word, w.digits));
    UPDATE import i SET problems = '' WHERE EXISTS (SELECT 1 FROM unnest(words, numbers) AS w (word, digits) WHERE lead_mentions(i.problems, w.word, w.digits));
    DELETE FROM file; -- what was exported in the last hours may have it, and is not read through
    DELETE FROM job WHERE kind LIKE 'lead.%' AND key = ANY (SELECT id::text FROM unnest(family) AS id);
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
    RETURN gone + cardinality(family);
END $$;
REVOKE ALL ON FUNCTION crm.lead_erase(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_erase(bigint) TO crm_admin;
