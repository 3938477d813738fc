-- What visitors wrote to somebody who has not read it: in the conversations that they have taken, and in those that wait and were shown to them. Read is
-- what their client says it has shown (crm.read_mark), and what lies before an answer of theirs. A correction is no message of its own. A row for each
-- conversation with something unread. One's own, and everybody's for Admins and Managers, who listen to the desk.
CREATE OR REPLACE FUNCTION crm.unread(who bigint) RETURNS TABLE (visitor bigint, messages bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT c.visitor_id, count(*)
      FROM conversation c
      JOIN message m ON m.visitor_id = c.visitor_id AND m.conversation_id = c.id AND m.author = 'visitor' AND m.replaces IS NULL
     WHERE (who = nullif(current_setting('crm.person', true), '')::bigint OR current_setting('role', true) IN ('crm_admin', 'crm_manager'))
       AND ((c.state = 'open' AND c.taken_by = who)
            OR (c.state = 'waiting' AND EXISTS (SELECT FROM offer o WHERE o.conversation_id = c.id AND o.person_id = who)))
       AND m.sequence > greatest(
             coalesce((SELECT r.sequence FROM read_mark r WHERE r.person_id = who AND r.visitor_id = c.visitor_id), 0),
             coalesce((SELECT max(own.sequence) FROM message own WHERE own.visitor_id = c.visitor_id AND own.person_id = who), 0))
     GROUP BY c.visitor_id
$$;
REVOKE ALL ON FUNCTION crm.unread(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.unread(bigint) TO crm_admin, crm_manager, crm_lead, crm_sales;
