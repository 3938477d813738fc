-- Tells crmd at once (LISTEN crm_staff) that somebody joined, left or leads a team, or that a team came, went or is called otherwise: rooms follow.
CREATE OR REPLACE FUNCTION crm.rooms_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('crm_staff', 'staff');
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION crm.rooms_changed() FROM PUBLIC;

CREATE OR REPLACE TRIGGER rooms_changed AFTER INSERT OR UPDATE OR DELETE ON crm.team FOR EACH STATEMENT EXECUTE FUNCTION crm.rooms_changed();
CREATE OR REPLACE TRIGGER rooms_changed AFTER INSERT OR UPDATE OR DELETE ON crm.team_member FOR EACH STATEMENT EXECUTE FUNCTION crm.rooms_changed();
