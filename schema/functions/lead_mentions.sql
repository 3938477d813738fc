-- Whether a text holds a word in lower case, or these digits with anything of a telephone number between them. A short word has to stand alone: Ann is not in planning.
CREATE OR REPLACE FUNCTION crm.lead_mentions(body text, word text, digits text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT strpos(lower(body), word) > 0 AND (length(word) >= 6 OR lower(body) ~ ('(^|[^[:alnum:]])' || regexp_replace(word, '([^[:alnum:]])', '\\\1', 'g') || '($|[^[:alnum:]])'))
        OR (digits IS NOT NULL AND strpos(regexp_replace(body, '[^0-9A-Za-z]', '', 'g'), digits) > 0)
$$;
REVOKE ALL ON FUNCTION crm.lead_mentions(text, text, text) FROM PUBLIC;
