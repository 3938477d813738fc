-- Another weight: all open leads are scored anew, in the background.
CREATE OR REPLACE FUNCTION crm.score_again() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
    UPDATE score_round SET swept = 0, hurry = true, over = false, begun_at = now();
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.score_again() FROM PUBLIC;

CREATE OR REPLACE TRIGGER score_again AFTER UPDATE ON crm.setting FOR EACH ROW
    WHEN (starts_with(NEW.key, 'score.') AND NEW.value <> OLD.value) EXECUTE FUNCTION crm.score_again();
