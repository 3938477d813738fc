-- Compares the next leads that are due with all others that share a key with them; returns whether there were any. What is found is in crm.twin. A name that more than eight leads
-- have says nothing, and an email or phone that many share makes each of them a twin of the eight oldest only: else a thousand leads with one number were half a million pairs.
CREATE OR REPLACE FUNCTION crm.twin_slice(most bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    few   CONSTANT int := 8;
    leads bigint[] := twin_take($1);
BEGIN
    IF leads IS NULL THEN
        RETURN false;
    END IF;
    DELETE FROM twin WHERE one = ANY (leads);
    DELETE FROM twin WHERE other = ANY (leads);
    DELETE FROM twin_key WHERE lead_id = ANY (leads);
    INSERT INTO twin_key (key, lead_id, contact)
    SELECT k.key, l.id, k.contact FROM lead l CROSS JOIN LATERAL twin_keys(l.name, l.email, l.phone) AS k
     WHERE l.id = ANY (leads) AND l.deleted_at IS NULL ON CONFLICT DO NOTHING;
    WITH found AS MATERIALIZED (
        SELECT k.key, least(k.lead_id, o.lead_id) AS one, greatest(k.lead_id, o.lead_id) AS other, k.contact, o.many > few AND NOT k.contact AS common
          FROM twin_key k
         CROSS JOIN LATERAL (SELECT n.lead_id, count(*) OVER () AS many, row_number() OVER (ORDER BY n.lead_id) AS place
                               FROM (SELECT s.lead_id FROM twin_key s WHERE s.key = k.key ORDER BY s.lead_id LIMIT few + 1) AS n) AS o
         WHERE k.lead_id = ANY (leads) AND o.lead_id <> k.lead_id AND o.place <= few),
    no_more AS ( -- what was found by a name that was rare until now
        DELETE FROM twin WHERE id IN (
            SELECT t.id FROM (SELECT DISTINCT key FROM found WHERE common) AS many
             CROSS JOIN LATERAL (SELECT array_agg(n.lead_id) AS leads FROM (SELECT s.lead_id FROM twin_key s WHERE s.key = many.key ORDER BY s.lead_id LIMIT few + 1) AS n) AS had
              JOIN twin t ON t.one = ANY (had.leads) AND t.other = ANY (had.leads) AND NOT t.email AND NOT t.phone))
    INSERT INTO twin (one, other, email, phone, alike)
    SELECT p.one, p.other, coalesce(twin_email(a.email) = twin_email(b.email), false), coalesce(right(a.phone, 9) = right(b.phone, 9), false),
           greatest(round(100 * public.similarity(a.name, b.name))::int, CASE WHEN p.named THEN 40 ELSE 0 END)
      FROM (SELECT one, other, bool_or(NOT contact) AS named FROM found WHERE NOT common GROUP BY one, other) AS p
      JOIN lead a ON a.id = p.one AND a.deleted_at IS NULL
      JOIN lead b ON b.id = p.other AND b.deleted_at IS NULL
     WHERE NOT EXISTS (SELECT 1 FROM twin_apart x WHERE x.one = p.one AND x.other = p.other)
        ON CONFLICT DO NOTHING;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION crm.twin_slice(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.twin_slice(bigint) TO crm_system;
