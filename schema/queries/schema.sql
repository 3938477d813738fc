-- What crmd asks before it does anything else. Runs as crm_system.

-- schema_version(): version int
-- The number of the last migration that the database has.
SELECT crm.schema_version();
