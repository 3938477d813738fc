-- The same for a lead that is called otherwise now: crm.lead_words().
CREATE OR REPLACE FUNCTION crm.lead_renamed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    INSERT INTO lead_word (word)
    SELECT w.word FROM (SELECT DISTINCT word FROM regexp_split_to_table(NEW.sort_name, '[^[:alpha:]]+') AS word WHERE length(word) BETWEEN 3 AND 40) AS w
     ORDER BY w.word
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.lead_renamed() FROM PUBLIC;

CREATE OR REPLACE TRIGGER lead_renamed AFTER UPDATE OF name ON crm.lead FOR EACH ROW WHEN (NEW.name IS DISTINCT FROM OLD.name) EXECUTE FUNCTION crm.lead_renamed();
