-- Takes what was asked about an erased lead out of the audit's rows between two numbers; that it was asked stays. Digits beside the words, as in crm.lead_erase(). A transaction that passes
-- by the audit's guard (crm.audit_guard()).
CREATE OR REPLACE FUNCTION crm.erasure_audit(leads bigint[], words text[], after bigint, until bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    marks text[] := ARRAY(SELECT 'lead-' || id FROM unnest(leads) AS id);
BEGIN
    INSERT INTO passing VALUES (pg_current_xact_id(), 'erasing') ON CONFLICT DO NOTHING;
    UPDATE audit a SET arguments = '{"erased": "yes"}'
     WHERE a.id > $3 AND a.id <= $4 AND a.arguments NOT IN ('{}', '{"erased": "yes"}')
       AND (a.target = ANY (marks) OR EXISTS (SELECT 1 FROM unnest(words) AS w WHERE lead_mentions(replace(a.arguments::text, '\"', '"'), w, lead_digits(w)))
        OR a.command = 'lead.find' AND EXISTS (SELECT 1 FROM unnest(words) AS w WHERE length(a.arguments ->> 'text') >= 3 AND strpos(w, lower(a.arguments ->> 'text')) > 0));
END $$;
REVOKE ALL ON FUNCTION crm.erasure_audit(bigint[], text[], bigint, bigint) FROM PUBLIC;
