-- A name as it sounds, in any order of its words: "Lakshmi Chowdhury", "CHAUDHARI, Laxmi" and "Dr. Laxmi K. Choudhary" are one. Accents, titles and initials go; letters that are written
-- for one another become one; of vowels only one that begins a word stays. What is not Latin stays as it is. NULL when nothing is left.
CREATE OR REPLACE FUNCTION crm.twin_heard(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    said text := lower(name);
BEGIN
    IF octet_length(said) > length(said) THEN
        said := regexp_replace(normalize(said, NFD), '[\u0300-\u036f]', '', 'g');
    END IF;
    said := translate(said, '''.’', '');
    said := regexp_replace(said, '\m(mr|mrs|ms|miss|dr|prof|shri|sri|smt|er|[a-z])\M', '', 'g');
    said := replace(replace(replace(replace(replace(replace(said, 'x', 'ks'), 'ph', 'f'), 'q', 'k'), 'ck', 'k'), 'ch', 'c'), 'z', 's');
    -- kh, th, sh and the like; an h that ends a word; a w that only makes a vowel longer.
    said := regexp_replace(said, '([bdfgjkpst])h|([a-z])h\M|([aeiou])w(?![aeiouy])', '\1\2\3', 'g');
    said := regexp_replace(translate(said, 'wy', 'vi'), '\Y[aeiou]+', '', 'g');
    said := regexp_replace(said, '([a-z])\1+', '\1', 'g');
    RETURN (SELECT nullif(string_agg(word, ' ' ORDER BY word), '') FROM unnest(regexp_split_to_array(said, '[^[:alnum:]]+')) AS word WHERE word <> '');
END $$;
REVOKE ALL ON FUNCTION crm.twin_heard(text) FROM PUBLIC;
