-- An import that cannot go on ends: what is in stays, can be taken back, and the rest comes back as a file (component/import/run.c).
ALTER TABLE crm.import DROP CONSTRAINT import_state_check;
ALTER TABLE crm.import ADD CONSTRAINT import_state_check
    CHECK (state IN ('reading', 'waiting', 'running', 'done', 'stopped', 'refused', 'undoing', 'undone'));
-- It takes the rows' numbers now, so that what the database refuses is one row of the file.
DROP FUNCTION IF EXISTS crm.import_slice(bigint, bigint, text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], bigint[], text[]);
