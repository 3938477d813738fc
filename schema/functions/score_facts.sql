-- What the scores of leads are made of. Who may see a lead may see what its score is made of, and no more of it than these numbers: callers name leads
-- that their row security has let them see.
CREATE OR REPLACE FUNCTION crm.score_facts(leads bigint[])
RETURNS TABLE (id bigint, source_label text, won bigint, ended bigint, filled int, budget_minor bigint, budget_currency text, typical bigint,
               messages bigint, days double precision, kept bigint, missed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT l.id, s.label, coalesce(o.won, 0), coalesce(o.ended, 0), num_nonnulls(l.email, l.phone, l.budget_minor, l.requirements),
           l.budget_minor, l.budget_currency, b.typical,
           (SELECT count(*) FROM visitor v JOIN message m ON m.visitor_id = v.id
             WHERE v.person_id IN (SELECT p.id FROM person p WHERE p.kind = 'customer' AND lower(p.email) = lower(l.email)
                                   UNION SELECT p.id FROM person p WHERE p.kind = 'customer' AND p.phone = l.phone)
               AND m.author = 'visitor' AND m.created_at > now() - interval '30 days'),
           extract(epoch FROM now() - greatest(l.updated_at, (SELECT e.at FROM lead_event e WHERE e.lead_id = l.id ORDER BY e.id DESC LIMIT 1)))::double precision / 86400,
           (SELECT count(*) FROM follow_up_kept f WHERE f.lead_id = l.id AND f.kept), (SELECT count(*) FROM follow_up_kept f WHERE f.lead_id = l.id AND NOT f.kept)
      FROM lead l JOIN lead_source s ON s.name = l.source LEFT JOIN score_source o ON o.source = l.source LEFT JOIN score_budget b ON b.currency = l.budget_currency
     WHERE l.id = ANY (leads)
$$;
REVOKE ALL ON FUNCTION crm.score_facts(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.score_facts(bigint[]) TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
