-- Leads that were erased and may still be in chats and files of Prosody, for prosody/mod_crm_erase.lua; lists with U+001F between their parts. Those of the last moments wait: what was
-- on its way when somebody asked is there then.
CREATE OR REPLACE FUNCTION crm.prosody_erasures() RETURNS TABLE (id bigint, leads text, words text, hints text, uploads text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT e.id, array_to_string(e.leads, E'\x1f'), array_to_string(e.words, E'\x1f'), array_to_string(e.hints, E'\x1f'), array_to_string(e.uploads, E'\x1f')
      FROM erasure e WHERE e.chats_at IS NULL AND e.asked_at < clock_timestamp() - interval '2 seconds' ORDER BY e.id
$$;
REVOKE ALL ON FUNCTION crm.prosody_erasures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.prosody_erasures() TO crm_prosody;
