-- Statements of people.

-- people_name(id bigint): name text, username text
-- What a person is called.
SELECT name, username FROM crm.person WHERE id = $1;

-- people_any(): one boolean
-- Whether there is anybody yet. Runs as crm_system.
SELECT EXISTS (SELECT 1 FROM crm.person);

-- people_add(kind text, username text, name text, role text, email text?, phone text?, time_zone text, salt text, iterations int, stored_sha1 text, server_sha1 text, stored_sha256 text, server_sha256 text): id bigint?
-- A new account with its SCRAM keys, audited by the function; no id when the user name is taken. Runs as crm_system.
SELECT crm.person_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);
