-- A row when somebody has said that they speak a language: "de" is "de-AT" too. For those who may not read other people's profiles.
CREATE OR REPLACE FUNCTION crm.person_speaks(person bigint, language text) RETURNS TABLE (spoken text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT said FROM person p, unnest(string_to_array(p.languages, ', ')) AS said
     WHERE p.id = $1 AND (lower(said) = lower($2) OR lower(said) LIKE lower($2) || '-%')
$$;
REVOKE ALL ON FUNCTION crm.person_speaks(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.person_speaks(bigint, text) TO crm_system, crm_admin, crm_manager, crm_lead;
