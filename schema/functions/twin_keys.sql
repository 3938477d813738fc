-- The keys under which a lead is looked for: who has one of them too may be the same. Of the name there are two, by sound and by letters, which finds two that changed places. Of the
-- number the end, so that it is the same with another or no country code.
CREATE OR REPLACE FUNCTION crm.twin_keys(name text, email text, phone text) RETURNS TABLE (key bigint, contact boolean)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 4 SET search_path = crm, pg_temp AS $$
DECLARE
    heard   text := twin_heard(name);
    letters text := regexp_replace(lower(name), '[^[:alnum:]]+', '', 'g');
BEGIN
    contact := true;
    IF email IS NOT NULL THEN
        key := hashtextextended('email ' || twin_email(email), 0);
        RETURN NEXT;
    END IF;
    IF phone IS NOT NULL THEN
        key := hashtextextended('phone ' || right(phone, 9), 0);
        RETURN NEXT;
    END IF;
    contact := false;
    IF heard IS NOT NULL THEN
        key := hashtextextended('name ' || heard, 0);
        RETURN NEXT;
    END IF;
    IF length(letters) >= 6 THEN
        key := (SELECT hashtextextended('letters ' || string_agg(letter, '' ORDER BY letter), 0) FROM unnest(string_to_array(letters, NULL)) AS letter);
        RETURN NEXT;
    END IF;
END $$;
REVOKE ALL ON FUNCTION crm.twin_keys(text, text, text) FROM PUBLIC;
