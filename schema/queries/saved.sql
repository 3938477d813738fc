-- Statements of saved searches, as the caller's role: row security shows everybody their own.

-- saved_last(): command text, arguments text
-- The last list or search that the caller has asked for, without where it went on.
SELECT command, arguments FROM crm.saved_last();

-- saved_names(): name text, asks text
-- What the caller has saved, and what it asks for.
SELECT s.name, crm.saved_words(s.command, s.arguments) FROM crm.saved_search s WHERE s.removed_at IS NULL ORDER BY lower(s.name);

-- saved_add(name text, command text, arguments jsonb): asks text
-- Keeps a list or a search under a name.
INSERT INTO crm.saved_search (person_id, name, command, arguments, changed_in)
VALUES (nullif(current_setting('crm.person', true), '')::bigint, $1, $2, $3, current_setting('crm.request', true)) RETURNING crm.saved_words(command, arguments);

-- saved_arguments(given text): name text, command text, key text?, value text?
-- What a saved search asks for, a row for each argument; one row without any.
SELECT s.name, s.command, a.key, a.value
  FROM crm.saved_search s LEFT JOIN LATERAL jsonb_each_text(s.arguments) AS a ON true
 WHERE s.removed_at IS NULL AND lower(s.name) = lower($1);

-- saved_forget()
-- What was removed so long ago that nobody has it back.
DELETE FROM crm.saved_search WHERE removed_at < now() - interval '1 day';

-- saved_remove(given text): name text
-- Removes a saved search.
UPDATE crm.saved_search SET removed_at = now(), changed_in = current_setting('crm.request', true) WHERE removed_at IS NULL AND lower(name) = lower($1) RETURNING name;

-- saved_undo(request text): name text, removed boolean
-- Takes back what one request of the caller has saved or removed, or has put back.
UPDATE crm.saved_search SET removed_at = CASE WHEN removed_at IS NULL THEN now() END, changed_in = current_setting('crm.request', true)
 WHERE changed_in = $1 RETURNING name, removed_at IS NOT NULL;
