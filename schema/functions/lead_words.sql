-- Keeps crm.lead_word: the words of names as leads come in and are renamed. Words that no lead has any more stay; nobody reads them but who looks for leads, and
-- crm.lead_erase() takes away what was erased.
CREATE OR REPLACE FUNCTION crm.lead_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    -- In one order, so that two transactions never wait for one another.
    INSERT INTO lead_word (word)
    SELECT w.word FROM (SELECT DISTINCT word FROM written l, regexp_split_to_table(l.sort_name, '[^[:alpha:]]+') AS word WHERE length(word) BETWEEN 3 AND 40) AS w
     WHERE NOT EXISTS (SELECT 1 FROM lead_word k WHERE k.word = w.word)
     ORDER BY w.word
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_words() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_words_added AFTER INSERT ON crm.lead REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION crm.lead_words();
