-- What somebody may have meant who has written a name with typing errors: the same with words that leads' names have, the likeliest first, at most a dozen; never what was
-- written. A word of four or five letters may have one error (two letters that changed places are one), a longer one two,
-- one of three only such a change of places. By the trigrams of the words of all names
-- (crm.lead_word), which are far fewer than leads. For functions of the owner: whose names these are, it does not ask.
CREATE OR REPLACE FUNCTION crm.lead_phrases(written text) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = crm, public, pg_temp SET jit = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    phrases text[] := ARRAY[''];
    one     text;
    meant   text[];
    turned  text[];
    most    int;
BEGIN
    -- For % to the end of the transaction, in which nobody else compares so. The first call has the library loaded, before which the setting is not known.
    PERFORM similarity('', ''), set_config('pg_trgm.similarity_threshold', '0.2', true);
    FOREACH one IN ARRAY (regexp_split_to_array(btrim(written), '\s+'))[1:4] LOOP
        meant := ARRAY[one];
        IF one ~ '^[[:alpha:]]{3,40}$' THEN
            most := CASE WHEN length(one) < 4 THEN 0 WHEN length(one) < 6 THEN 1 ELSE 2 END;
            turned := ARRAY(SELECT overlay(one placing reverse(substr(one, n, 2)) from n for 2) FROM generate_series(1, length(one) - 1) n);
            meant := ARRAY(SELECT w.word
                             FROM (SELECT word, CASE WHEN word = one THEN 0 WHEN word = ANY (turned) THEN 1 WHEN most = 0 THEN 9 ELSE levenshtein_less_equal(word, one, most) END AS errors
                                     FROM (SELECT word FROM lead_word WHERE word % one UNION SELECT word FROM lead_word WHERE word = ANY (turned || one)) AS near) AS w
                            WHERE w.errors <= greatest(most, 1) ORDER BY w.errors, similarity(w.word, one) DESC, w.word LIMIT 6);
            IF cardinality(meant) = 0 THEN
                meant := ARRAY[one];
            END IF;
        END IF;
        phrases := ARRAY(SELECT btrim(p || ' ' || m) FROM unnest(phrases) WITH ORDINALITY AS p (p, i), unnest(meant) WITH ORDINALITY AS m (m, j) ORDER BY i + j, i LIMIT 12);
    END LOOP;
    RETURN array_remove(phrases, btrim(written));
END $$;
REVOKE ALL ON FUNCTION crm.lead_phrases(text) FROM PUBLIC;
