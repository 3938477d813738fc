-- Compares the next leads that are due with all others that share a key with them; returns whether there were any. What is found is in crm.twin. A name that more than eight leads
-- have says nothing, and an email or phone that many share makes each of them a twin of the eight oldest only: else a thousand leads with one number were half a million pairs.
CREATE OR REPLACE FUNCTION crm.twin_slice(most bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    few   CONSTANT int := 8;
    leads bigint[] := twin_take($1);
    had   record;
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
    -- What was found by a name that was rare before these came.
    FOR had IN
        SELECT many.leads FROM (SELECT DISTINCT k.key FROM twin_key k WHERE k.lead_id = ANY (leads) AND NOT k.contact) AS named
         CROSS JOIN LATERAL (SELECT array_agg(n.lead_id) AS leads, count(*) FILTER (WHERE n.lead_id <> ALL (leads)) AS before
                               FROM (SELECT s.lead_id FROM twin_key s WHERE s.key = named.key ORDER BY s.lead_id LIMIT 3 * few) AS n) AS many
         WHERE cardinality(many.leads) > few AND many.before BETWEEN 1 AND few
    LOOP
        DELETE FROM twin t WHERE t.one = ANY (had.leads) AND t.other = ANY (had.leads) AND NOT t.email AND NOT t.phone;
    END LOOP;
    INSERT INTO twin (one, other, email, phone, alike)
    SELECT p.one, p.other, coalesce(twin_email(a.email) = twin_email(b.email), false), coalesce(right(a.phone, 9) = right(b.phone, 9), false),
           greatest(round(100 * public.similarity(a.name, b.name))::int, CASE WHEN p.named THEN 40 ELSE 0 END)
      FROM (SELECT least(k.lead_id, o.lead_id) AS one, greatest(k.lead_id, o.lead_id) AS other, bool_or(NOT k.contact) AS named
              FROM twin_key k
             CROSS JOIN LATERAL (SELECT n.lead_id, count(*) OVER () AS many, row_number() OVER (ORDER BY n.lead_id) AS place
                                   FROM (SELECT s.lead_id FROM twin_key s WHERE s.key = k.key ORDER BY s.lead_id LIMIT few + 1) AS n) AS o
             WHERE k.lead_id = ANY (leads) AND o.lead_id <> k.lead_id AND o.place <= few AND (k.contact OR o.many <= few)
             GROUP BY 1, 2) AS p
      JOIN lead a ON a.id = p.one AND a.deleted_at IS NULL
      JOIN lead b ON b.id = p.other AND b.deleted_at IS NULL
     WHERE NOT EXISTS (SELECT 1 FROM twin_apart x WHERE x.one = p.one AND x.other = p.other)
        ON CONFLICT DO NOTHING;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION crm.twin_slice(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.twin_slice(bigint) TO crm_system;
