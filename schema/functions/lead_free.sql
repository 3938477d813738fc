-- Leads that are nobody's, wait for nobody and are in no poll that runs, the oldest first: at most `most` of those that the caller may see; those of a source,
-- with a tag, or that an import has added, where given.
CREATE OR REPLACE FUNCTION crm.lead_free(source text, tag text, import bigint, most bigint) RETURNS TABLE (lead bigint)
LANGUAGE sql STABLE SET search_path = crm, pg_temp AS $$
    SELECT l.id FROM lead l
     WHERE l.assignee IS NULL AND l.deleted_at IS NULL AND l.status NOT IN ('won', 'lost')
       AND ($1 IS NULL OR l.source = $1)
       AND ($2 IS NULL OR EXISTS (SELECT FROM lead_tag t WHERE t.lead_id = l.id AND t.tag = $2))
       AND ($3 IS NULL OR l.id IN (SELECT a.lead FROM import_added($3) a WHERE EXISTS (SELECT FROM import i WHERE i.id = $3)))
       AND NOT EXISTS (SELECT FROM assign_waiting w WHERE w.lead_id = l.id)
       AND NOT EXISTS (SELECT FROM poll p WHERE p.lead_id = l.id AND p.state = 'open')
     ORDER BY l.created_at, l.id LIMIT $4
$$;
REVOKE ALL ON FUNCTION crm.lead_free(text, text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_free(text, text, bigint, bigint) TO crm_admin, crm_manager, crm_lead;
