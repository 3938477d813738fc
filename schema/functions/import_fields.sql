-- What an import can change of a lead, as it is now, to be compared and put back.
CREATE OR REPLACE FUNCTION crm.import_fields(lead crm.lead) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('name', lead.name, 'email', lead.email, 'phone', lead.phone, 'source', lead.source,
                              'budget', lead.budget_minor || ' ' || lead.budget_currency, 'requirements', lead.requirements,
                              'follow_up_at', lead.follow_up_at)
$$;
REVOKE ALL ON FUNCTION crm.import_fields(crm.lead) FROM PUBLIC;
