-- What an added field gets of a cell that was read: a day is a moment by the clock of a time zone.
CREATE OR REPLACE FUNCTION crm.import_value(field crm.lead_field, value text, zone text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE field.type WHEN 'date' THEN ($2::timestamp AT TIME ZONE $3)::text ELSE $2 END
$$;
REVOKE ALL ON FUNCTION crm.import_value(crm.lead_field, text, text) FROM PUBLIC;
