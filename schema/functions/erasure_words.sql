-- What leads are known by, now and before, in lower case. Names, emails and phones, as they are written and as people type them, are theirs wherever they stand. So is a word of a name, a
-- tag, or what an added field holds, when no other lead has it, and each line that somebody wrote, when it is long; all else of it only beside the lead's number.
CREATE OR REPLACE FUNCTION crm.erasure_words(leads bigint[]) RETURNS TABLE (word text, sure boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    WITH named AS (
        SELECT lower(unnest(ARRAY[l.name, l.email, l.phone, right(l.phone, 10)])) AS word FROM lead l WHERE l.id = ANY ($1)
        UNION SELECT lower(unnest(ARRAY[e.was, e.is_now])) FROM lead_event e WHERE e.lead_id = ANY ($1) AND e.field IN ('name', 'email', 'phone', 'created')),
    part AS (
        SELECT DISTINCT p.word FROM named n CROSS JOIN LATERAL regexp_split_to_table(n.word, '[^[:alnum:]]+') AS p (word) WHERE length(p.word) >= 4 AND p.word !~ '^[0-9]+$' AND n.word !~ '@'),
    written AS (
        SELECT l.requirements AS body FROM lead l WHERE l.id = ANY ($1) UNION SELECT l.reason FROM lead l WHERE l.id = ANY ($1)
        UNION SELECT n.body FROM lead_note n WHERE n.lead_id = ANY ($1)
        UNION SELECT unnest(ARRAY[e.was, e.is_now]) FROM lead_event e WHERE e.lead_id = ANY ($1) AND e.field IN ('requirements', 'reason', 'merged_from')),
    line AS (SELECT DISTINCT lower(left(btrim(w.line), 60)) AS word FROM written CROSS JOIN LATERAL regexp_split_to_table(body, '\n') AS w (line)),
    own AS (
        SELECT t.tag AS word, EXISTS (SELECT 1 FROM lead_tag o WHERE o.tag = t.tag AND o.lead_id <> ALL ($1)) AS shared
          FROM (SELECT tag FROM lead_tag WHERE lead_id = ANY ($1) UNION SELECT unnest(ARRAY[was, is_now]) FROM lead_event WHERE lead_id = ANY ($1) AND field = 'tag') AS t
        UNION ALL
        SELECT lower(left(v.value, 60)), EXISTS (SELECT 1 FROM lead_value o WHERE o.field_id = v.field_id AND o.sought = lower(left(v.value, 100)) AND o.lead_id <> ALL ($1))
          FROM (SELECT field_id, value FROM lead_value WHERE lead_id = ANY ($1)
                UNION SELECT f.id, unnest(ARRAY[e.was, e.is_now]) FROM lead_event e JOIN lead_field f ON e.field = 'field ' || f.name WHERE e.lead_id = ANY ($1)) AS v),
    known AS (
        SELECT n.word, true AS sure FROM named n WHERE length(n.word) >= 3
        UNION ALL
        SELECT p.word, NOT EXISTS (SELECT 1 FROM lead l WHERE (l.sort_name || E'\n' || coalesce(lower(l.email), '') || E'\n' || coalesce(l.phone, '')) LIKE '%' || p.word || '%'
                                      AND l.deleted_at IS NULL AND l.id <> ALL ($1)) FROM part p
        UNION ALL SELECT l.word, length(l.word) >= 20 FROM line l
        UNION ALL SELECT o.word, NOT o.shared AND length(o.word) >= 4 FROM own o)
    SELECT k.word, bool_or(k.sure) FROM known k WHERE length(k.word) >= 2 GROUP BY k.word
$$;
REVOKE ALL ON FUNCTION crm.erasure_words(bigint[]) FROM PUBLIC;
