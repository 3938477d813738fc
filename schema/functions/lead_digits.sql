-- The digits of a word that is a telephone number, to be compared without what people put between them; NULL for other words.
CREATE OR REPLACE FUNCTION crm.lead_digits(word text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN word ~ '^\+?[0-9]{6,}$' THEN right(word, 10) END
$$;
REVOKE ALL ON FUNCTION crm.lead_digits(text) FROM PUBLIC;
