-- Who may do what in the database: grants and row security. Re-created on every apply, as crm_owner.
-- One simple predicate per role, no OR: a policy with OR makes every search a scan (DESIGN section 7).
-- The roles themselves are made by schema/apply: crm_owner, crm_system, crm_admin, crm_manager, crm_lead, crm_sales, crm_customer, crm_visitor
-- (NOLOGIN), and the logins crmd (NOINHERIT, may become each but crm_owner) and crm_prosody (may call the prosody_* functions).

REVOKE ALL ON ALL TABLES IN SCHEMA crm FROM PUBLIC, crm_system, crm_admin, crm_manager, crm_lead, crm_sales, crm_customer, crm_visitor, crm_prosody, crmd;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA crm FROM PUBLIC, crm_system, crm_admin, crm_manager, crm_lead, crm_sales, crm_customer, crm_visitor, crm_prosody, crmd;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA crm TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales, crm_customer, crm_visitor, crm_prosody, crmd;

DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'crm' LOOP
        EXECUTE format('DROP POLICY %I ON crm.%I', item.policyname, item.tablename);
    END LOOP;
    FOR item IN SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', item.relname);
        EXECUTE format('CREATE POLICY system_all ON crm.%I TO crm_system USING (true) WITH CHECK (true)', item.relname);
    END LOOP;
END $$;

-- The system: the desk, the outbox, sessions, jobs. It keeps no right to rewrite history.
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.availability, crm.visitor, crm.conversation, crm.offer, crm.message, crm.inbound, crm.outbox,
    crm.form_session, crm.dialogue TO crm_system;
GRANT SELECT, UPDATE ON crm.stream_mark TO crm_system;
GRANT SELECT ON crm.defined, crm.lead_field, crm.lead_value, crm.lease, crm.person, crm.lead, crm.lead_source, crm.lead_move, crm.lead_event, crm.lead_note, crm.lead_tag TO crm_system;
GRANT INSERT ON crm.audit TO crm_system;
GRANT SELECT, UPDATE, DELETE ON crm.job TO crm_system;
GRANT SELECT, INSERT ON crm.follow_up_kept TO crm_system;
GRANT SELECT, INSERT, UPDATE ON crm.digest_sent TO crm_system;
GRANT SELECT ON crm.team, crm.team_member TO crm_system;
GRANT UPDATE (score) ON crm.lead TO crm_system;
GRANT SELECT, INSERT, DELETE ON crm.score_due, crm.score_outcome TO crm_system;
GRANT SELECT, INSERT, UPDATE ON crm.score_source, crm.score_budget TO crm_system;
GRANT SELECT, UPDATE ON crm.score_round TO crm_system;

-- Tables that hold no secret of anybody: readable by all staff.
GRANT SELECT ON crm.lead_source, crm.lead_move, crm.availability TO crm_admin, crm_manager, crm_lead, crm_sales;
CREATE POLICY staff_read ON crm.lead_source FOR SELECT TO crm_admin, crm_manager, crm_lead, crm_sales USING (true);
CREATE POLICY staff_read ON crm.lead_move FOR SELECT TO crm_admin, crm_manager, crm_lead, crm_sales USING (true);
CREATE POLICY staff_read ON crm.availability FOR SELECT TO crm_admin, crm_manager, crm_lead, crm_sales USING (true);

-- Sources of leads: Admins add to them.
GRANT INSERT (name, label), UPDATE (label, retired), DELETE ON crm.lead_source TO crm_admin;
CREATE POLICY manage_own ON crm.lead_source TO crm_admin USING (NOT built_in) WITH CHECK (NOT built_in);

-- Fields of leads: Admins define them; what a lead has of them goes with it.
GRANT SELECT ON crm.lead_field TO crm_admin, crm_manager, crm_lead, crm_sales;
GRANT INSERT (name, label, type, choices), DELETE ON crm.lead_field TO crm_admin;
CREATE POLICY staff_read ON crm.lead_field FOR SELECT TO crm_manager, crm_lead, crm_sales USING (true);
CREATE POLICY manage_all ON crm.lead_field TO crm_admin USING (true) WITH CHECK (true);
GRANT SELECT, INSERT (lead_id, field_id, value), UPDATE (value), DELETE ON crm.lead_value TO crm_admin, crm_manager, crm_lead, crm_sales;
CREATE POLICY work_all ON crm.lead_value TO crm_admin, crm_manager USING (true) WITH CHECK (true);
CREATE POLICY work_seen ON crm.lead_value TO crm_lead, crm_sales USING (EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id))
    WITH CHECK (EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id));

-- Saved searches: everybody their own, and nobody else's. crm.lead_word is for nobody: its functions read and write it.
GRANT SELECT, INSERT (person_id, name, command, arguments, changed_in), UPDATE (removed_at, changed_in), DELETE ON crm.saved_search TO crm_admin, crm_manager, crm_lead, crm_sales;
GRANT SELECT ON crm.saved_search TO crm_system;
CREATE POLICY work_own ON crm.saved_search TO crm_admin, crm_manager, crm_lead, crm_sales
    USING (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint))
    WITH CHECK (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint));

-- People: staff know one another by name and role; contact details are for Admin and Manager.
GRANT SELECT ON crm.person TO crm_admin, crm_manager;
GRANT SELECT (id, kind, username, name, role, time_zone, locale, enabled) ON crm.person TO crm_lead, crm_sales;
CREATE POLICY read_all ON crm.person FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_staff ON crm.person FOR SELECT TO crm_lead, crm_sales USING (kind = 'staff');

-- Leads: all for Admin, Manager and Lead Person, who may not delete; a Sales Person sees and works what is assigned to them. What is deleted is there
-- for those who may restore it, and for nobody else.
GRANT SELECT, INSERT, UPDATE ON crm.lead TO crm_admin, crm_manager;
GRANT SELECT, INSERT, UPDATE (name, email, phone, source, status, reason, assignee, budget_minor, budget_currency, requirements, follow_up_at,
    followed_up_at) ON crm.lead TO crm_lead;
GRANT SELECT, UPDATE (name, email, phone, source, status, reason, budget_minor, budget_currency, requirements, follow_up_at, followed_up_at) ON crm.lead TO crm_sales;
CREATE POLICY work_all ON crm.lead TO crm_admin, crm_manager USING (true) WITH CHECK (true);
CREATE POLICY work_live ON crm.lead TO crm_lead USING (deleted_at IS NULL) WITH CHECK (deleted_at IS NULL);
CREATE POLICY read_own ON crm.lead FOR SELECT TO crm_sales
    USING (assignee = (SELECT nullif(current_setting('crm.person', true), '')::bigint) AND deleted_at IS NULL);
CREATE POLICY work_own ON crm.lead FOR UPDATE TO crm_sales
    USING (assignee = (SELECT nullif(current_setting('crm.person', true), '')::bigint) AND deleted_at IS NULL)
    WITH CHECK (assignee = (SELECT nullif(current_setting('crm.person', true), '')::bigint) AND deleted_at IS NULL);

-- What belongs to a lead goes with it: whoever sees the lead (its own row security decides) sees its history, notes and tags.
GRANT SELECT ON crm.lead_event, crm.lead_note, crm.lead_tag TO crm_admin, crm_manager, crm_lead, crm_sales;
GRANT INSERT (lead_id, person_id, body) ON crm.lead_note TO crm_admin, crm_manager, crm_lead, crm_sales;
GRANT INSERT, DELETE ON crm.lead_tag TO crm_admin, crm_manager, crm_lead, crm_sales;
CREATE POLICY read_all ON crm.lead_event FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_seen ON crm.lead_event FOR SELECT TO crm_lead, crm_sales USING (EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id));
CREATE POLICY read_all ON crm.lead_note FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_seen ON crm.lead_note FOR SELECT TO crm_lead, crm_sales USING (EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id));
CREATE POLICY write_own ON crm.lead_note FOR INSERT TO crm_admin, crm_manager, crm_lead, crm_sales
    WITH CHECK (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint) AND EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id));
CREATE POLICY work_all ON crm.lead_tag TO crm_admin, crm_manager USING (true) WITH CHECK (true);
CREATE POLICY work_seen ON crm.lead_tag TO crm_lead, crm_sales USING (EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id))
    WITH CHECK (EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id));

-- Follow-ups that were kept or missed: one's own for a Sales Person.
GRANT SELECT ON crm.follow_up_kept TO crm_admin, crm_manager, crm_lead, crm_sales;
CREATE POLICY read_all ON crm.follow_up_kept FOR SELECT TO crm_admin, crm_manager, crm_lead USING (true);
CREATE POLICY read_own ON crm.follow_up_kept FOR SELECT TO crm_sales
    USING (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint));

-- Leads that look alike: for those who may merge them. What is compared is the lane's, by crm.twin_slice() only.
GRANT SELECT ON crm.twin, crm.twin_apart, crm.twin_due TO crm_admin, crm_manager;
GRANT INSERT (one, other, person_id) ON crm.twin_apart TO crm_admin, crm_manager;
GRANT SELECT ON crm.twin_due TO crm_system;
-- What is being erased: its words are for functions only.
GRANT SELECT (audit_below, chats_at) ON crm.erasure TO crm_system;
CREATE POLICY read_all ON crm.twin FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_all ON crm.twin_due FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_all ON crm.twin_apart FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY write_own ON crm.twin_apart FOR INSERT TO crm_admin, crm_manager
    WITH CHECK (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint));

-- Conversations: Admin and Manager listen; a Sales Person reads those that they have taken, and the name of a visitor who waits and whom they were
-- shown (crm.visitors_offered()).
GRANT SELECT ON crm.visitor, crm.conversation, crm.message TO crm_admin, crm_manager, crm_sales;
CREATE POLICY read_all ON crm.visitor FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_all ON crm.conversation FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_all ON crm.message FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_own ON crm.conversation FOR SELECT TO crm_sales
    USING (taken_by = (SELECT nullif(current_setting('crm.person', true), '')::bigint));
CREATE POLICY read_own ON crm.visitor FOR SELECT TO crm_sales USING (id IN (SELECT visitor_id FROM crm.conversation));
-- A customer is known by their account's name.
CREATE POLICY read_own_customers ON crm.person FOR SELECT TO crm_sales USING (kind = 'customer' AND id IN (SELECT person_id FROM crm.visitor));
CREATE POLICY read_own ON crm.message FOR SELECT TO crm_sales USING (conversation_id IN (SELECT id FROM crm.conversation));

GRANT SELECT ON crm.audit TO crm_admin;
CREATE POLICY read_all ON crm.audit FOR SELECT TO crm_admin USING (true);

-- The bot's memory. crm.undo is for nobody: its functions read and write it.
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.bot_memory TO crm_system;

-- How far people have read: written by the desk, read by crm.unread() only.
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.read_mark TO crm_system;

-- People and their teams are the Admins' to manage, staff only; Managers look. Credentials and links are written by functions only. One's own profile:
-- crm.profile_own(), crm.profile_lock(), crm.profile_set().
GRANT INSERT (kind, username, name, role, email, phone, time_zone), UPDATE (role, enabled, name, email, phone, time_zone) ON crm.person TO crm_admin;
CREATE POLICY add_staff ON crm.person FOR INSERT TO crm_admin WITH CHECK (kind IS DISTINCT FROM 'customer');
CREATE POLICY manage_staff ON crm.person FOR UPDATE TO crm_admin USING (kind = 'staff') WITH CHECK (kind = 'staff');
GRANT SELECT ON crm.team, crm.team_member TO crm_admin, crm_manager;
GRANT INSERT (name, leader), UPDATE (name, leader), DELETE ON crm.team TO crm_admin;
GRANT INSERT (team_id, person_id), DELETE ON crm.team_member TO crm_admin;
CREATE POLICY read_all ON crm.team FOR SELECT TO crm_manager USING (true);
CREATE POLICY read_all ON crm.team_member FOR SELECT TO crm_manager USING (true);
CREATE POLICY manage_all ON crm.team TO crm_admin USING (true) WITH CHECK (true);
CREATE POLICY manage_all ON crm.team_member TO crm_admin USING (true) WITH CHECK (true);

-- Settings: read by the program for everyone, changed by Admins; none is made or removed.
GRANT SELECT ON crm.setting TO crm_system, crm_admin;
GRANT UPDATE (value) ON crm.setting TO crm_admin;
CREATE POLICY manage_all ON crm.setting TO crm_admin USING (true) WITH CHECK (true);

-- Imports: an Admin and a Manager see all, a Lead Person their own. What an import has done to leads is written and taken back by functions only.
GRANT SELECT, INSERT, UPDATE ON crm.import TO crm_admin, crm_manager, crm_lead;
GRANT SELECT ON crm.import TO crm_sales; -- of which there is no row for them: they are asked about by name (command_called)
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.import_row TO crm_admin, crm_manager, crm_lead;
GRANT SELECT, UPDATE ON crm.import TO crm_system;
GRANT SELECT, DELETE ON crm.import_row TO crm_system;
CREATE POLICY work_all ON crm.import TO crm_admin, crm_manager USING (true) WITH CHECK (true);
CREATE POLICY work_own ON crm.import TO crm_lead USING (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint))
    WITH CHECK (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint));
CREATE POLICY work_seen ON crm.import_row TO crm_admin, crm_manager, crm_lead USING (import_id IN (SELECT id FROM crm.import))
    WITH CHECK (import_id IN (SELECT id FROM crm.import));

-- Files behind links: made by whoever they are for, read by crm.prosody_file() and crm.prosody_file_part() only.
GRANT INSERT, SELECT (id, person_id, size, expires_at), UPDATE (size) ON crm.file TO crm_admin, crm_manager, crm_lead, crm_sales;
GRANT INSERT ON crm.file_part TO crm_admin, crm_manager, crm_lead, crm_sales;
GRANT SELECT (id, expires_at), DELETE ON crm.file TO crm_system;
GRANT SELECT (file_id, number), DELETE ON crm.file_part TO crm_system;
CREATE POLICY make_own ON crm.file TO crm_admin, crm_manager, crm_lead, crm_sales
    USING (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint))
    WITH CHECK (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint));
CREATE POLICY make_own ON crm.file_part FOR INSERT TO crm_admin, crm_manager, crm_lead, crm_sales
    WITH CHECK (file_id IN (SELECT id FROM crm.file));

-- Polls and assignment. crm.vote and crm.poll_frozen are for nobody: their functions read and write them. Who starts polls sees them all; a Sales Person
-- those that ask them. Polls are begun, closed and decided by functions only.
GRANT SELECT ON crm.poll TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
GRANT SELECT ON crm.poll_person TO crm_admin, crm_manager, crm_lead, crm_sales;
GRANT SELECT, UPDATE (told_at) ON crm.poll_person TO crm_system;
CREATE POLICY read_all ON crm.poll FOR SELECT TO crm_admin, crm_manager, crm_lead USING (true);
CREATE POLICY read_all ON crm.poll_person FOR SELECT TO crm_admin, crm_manager, crm_lead USING (true);
CREATE POLICY read_own ON crm.poll_person FOR SELECT TO crm_sales
    USING (person_id = (SELECT nullif(current_setting('crm.person', true), '')::bigint));
CREATE POLICY read_asked ON crm.poll FOR SELECT TO crm_sales USING (id IN (SELECT poll_id FROM crm.poll_person));
GRANT SELECT ON crm.person_tag TO crm_system, crm_admin, crm_manager, crm_lead;
GRANT INSERT, DELETE ON crm.person_tag TO crm_admin;
CREATE POLICY read_all ON crm.person_tag FOR SELECT TO crm_manager, crm_lead USING (true);
CREATE POLICY manage_all ON crm.person_tag TO crm_admin USING (true) WITH CHECK (true);
GRANT SELECT ON crm.assign_rule TO crm_system, crm_admin, crm_manager, crm_lead;
GRANT INSERT (source, tag, to_person, to_team, to_tag, language, created_by), DELETE ON crm.assign_rule TO crm_admin;
CREATE POLICY read_all ON crm.assign_rule FOR SELECT TO crm_manager, crm_lead USING (true);
CREATE POLICY manage_all ON crm.assign_rule TO crm_admin USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON crm.assign_waiting TO crm_system, crm_admin, crm_manager, crm_lead;
CREATE POLICY work_all ON crm.assign_waiting TO crm_admin, crm_manager, crm_lead USING (true) WITH CHECK (true);
GRANT SELECT ON crm.assignment TO crm_system, crm_admin, crm_manager, crm_lead, crm_sales;
CREATE POLICY read_all ON crm.assignment FOR SELECT TO crm_admin, crm_manager USING (true);
CREATE POLICY read_seen ON crm.assignment FOR SELECT TO crm_lead, crm_sales USING (EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = lead_id));
-- What teams are called, to name one in a poll.
GRANT SELECT (id, name) ON crm.team TO crm_lead;
CREATE POLICY read_names ON crm.team FOR SELECT TO crm_lead USING (true);

-- Functions: what each may call is said beside the function, as its last line; schema/apply runs functions/*.sql after this file, in the same
-- transaction, because the revocation above takes their grants away.
