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

-- people_demo_lead(name text, email text?, phone text?, source text, budget_paise bigint?, requirements text?, follow_up_in text?, assignee bigint?, creator bigint)
-- A lead of the demo organisation, as its Manager.
INSERT INTO crm.lead (name, email, phone, source, status, budget_minor, budget_currency, requirements, follow_up_at, assignee, creator)
VALUES ($1, $2, $3, $4, CASE WHEN $8 IS NULL THEN 'new' ELSE 'assigned' END, $5, CASE WHEN $5 IS NULL THEN NULL ELSE 'INR' END, $6,
        date_trunc('hour', now() + $7::interval), $8, $9);
