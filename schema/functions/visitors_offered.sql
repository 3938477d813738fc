-- The visitors who wait and whom the person was shown: their contact is in that person's client already, so its name and commands are no secret. What was
-- said in the conversation stays with whoever takes it.
CREATE OR REPLACE FUNCTION crm.visitors_offered() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
    SELECT c.visitor_id FROM conversation c JOIN offer o ON o.conversation_id = c.id
     WHERE c.state = 'waiting' AND o.person_id = nullif(current_setting('crm.person', true), '')::bigint
$$;
REVOKE ALL ON FUNCTION crm.visitors_offered() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.visitors_offered() TO crm_sales;
CREATE POLICY read_offered ON crm.visitor FOR SELECT TO crm_sales USING (id IN (SELECT crm.visitors_offered()));
