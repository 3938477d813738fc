-- Whether a text quotes a part of what a lead is called, as the bot does when it has found nothing: “quarn”. Lines that somebody wrote are too long to be looked for in parts.
CREATE OR REPLACE FUNCTION crm.lead_asked(body text, words text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT EXISTS (SELECT 1 FROM regexp_matches(lower(body), '“([^”]{4,60})”', 'g') AS quoted (part), unnest(words) AS w
                    WHERE cardinality(string_to_array(w, ' ')) <= 4 AND strpos(w, quoted.part[1]) > 0)
$$;
REVOKE ALL ON FUNCTION crm.lead_asked(text, text[]) FROM PUBLIC;
