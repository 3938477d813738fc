-- Every role × every table × every operation, without any filter in the statement: what it reaches is what row security leaves.
BEGIN;
\ir fixture.psql
INSERT INTO crm.import (person_id, file) SELECT id, 'leads.csv' FROM crm.person WHERE kind = 'staff';
INSERT INTO crm.import_row (import_id, number, cells) SELECT id, 2, 'Asha' FROM crm.import;
INSERT INTO crm.twin_apart (one, other) SELECT min(id), max(id) FROM crm.lead;
INSERT INTO crm.twin (one, other, email, phone, alike) SELECT min(id), max(id), true, false, 0 FROM crm.lead;

-- Notes are written by naming their columns, which this test does not do (lead.sql does).
-- In the order select, insert, update, delete: A all rows, S some rows, y allowed, - refused. A pair that is not listed is refused altogether.
CREATE TEMPORARY TABLE expected (role text, tables text[], rights text);
INSERT INTO expected (role, tables, rights) VALUES
    ('crm_system',  '{availability,visitor,conversation,offer,message,inbound,outbox,form_session,dialogue}', 'AyAy'),
    ('crm_system',  '{bot_memory,read_mark}', 'AyAy'),
    ('crm_system',  '{stream_mark}', 'A-A-'),
    ('crm_system',  '{job}', 'A-Ay'),
    ('crm_system',  '{follow_up_kept}', 'Ay--'),
    ('crm_system',  '{digest_sent,score_source,score_budget}', 'AyA-'),
    ('crm_system',  '{score_due,score_outcome}', 'Ay-y'),
    ('crm_system',  '{score_round}', 'A-A-'),
    ('crm_system',  '{team,team_member}', 'A---'),
    ('crm_admin',   '{follow_up_kept}', 'A---'),
    ('crm_manager', '{follow_up_kept}', 'A---'),
    ('crm_lead',    '{follow_up_kept}', 'A---'),
    ('crm_sales',   '{follow_up_kept}', 'S---'),
    ('crm_system',  '{defined,lead_field,lead_value,lease,person,lead,lead_source,lead_move,lead_event,lead_note,lead_tag}', 'A---'),
    ('crm_system',  '{audit}', '-y--'),
    ('crm_system',  '{setting}', 'A---'),
    ('crm_system',  '{poll_person}', 'A-A-'),
    ('crm_system',  '{poll,person_tag,assign_rule,assignment}', 'A---'),
    ('crm_system',  '{assign_waiting}', 'Ay-y'),
    ('crm_admin',   '{person_tag,assign_waiting}', 'Ay-y'),
    ('crm_admin',   '{assign_rule}', 'Ay-y'),
    ('crm_admin',   '{poll,poll_person,assignment}', 'A---'),
    ('crm_manager', '{assign_waiting}', 'Ay-y'),
    ('crm_manager', '{poll,poll_person,person_tag,assign_rule,assignment}', 'A---'),
    ('crm_lead',    '{assign_waiting}', 'Ay-y'),
    ('crm_lead',    '{poll,poll_person,person_tag,assign_rule,assignment,team}', 'A---'),
    ('crm_sales',   '{poll,poll_person,assignment}', 'S---'),
    ('crm_system',  '{saved_search}', 'A---'),
    ('crm_admin',   '{saved_search}', 'S--y'),
    ('crm_manager', '{saved_search}', 'S--y'),
    ('crm_lead',    '{saved_search}', 'S--y'),
    ('crm_sales',   '{saved_search}', 'S--y'),
    ('crm_admin',   '{lead}', 'AyA-'),
    ('crm_admin',   '{team}', 'AyAy'),
    ('crm_system',  '{import}', 'A-A-'),
    ('crm_system',  '{import_row}', 'A--y'),
    ('crm_system',  '{file,file_part}', '---y'),
    ('crm_admin',   '{import}', 'AyA-'),
    ('crm_admin',   '{import_row}', 'A-Ay'),
    ('crm_manager', '{import}', 'AyA-'),
    ('crm_manager', '{import_row}', 'A-Ay'),
    ('crm_lead',    '{import}', 'S-S-'),
    ('crm_lead',    '{import_row}', 'S-Sy'),
    ('crm_admin',   '{person}', 'AyS-'),
    ('crm_admin',   '{team_member,lead_tag,lead_source}', 'Ay-y'),
    ('crm_admin',   '{setting}', 'A-A-'),
    ('crm_admin',   '{lead_field}', 'Ay-y'),
    ('crm_admin',   '{lead_value}', 'AyAy'),
    ('crm_manager', '{lead_value}', 'AyAy'),
    ('crm_manager', '{lead_field}', 'A---'),
    ('crm_lead',    '{lead_value}', 'A-Ay'),
    ('crm_lead',    '{lead_field}', 'A---'),
    ('crm_sales',   '{lead_value}', 'S-Sy'),
    ('crm_sales',   '{lead_field}', 'A---'),
    ('crm_admin',   '{availability,lead_move,lead_event,lead_note,visitor,conversation,message,audit}', 'A---'),
    ('crm_manager', '{lead}', 'AyA-'),
    ('crm_manager', '{lead_tag}', 'Ay-y'),
    ('crm_manager', '{team,team_member,person,availability,lead_source,lead_move,lead_event,lead_note,visitor,conversation,message}', 'A---'),
    ('crm_lead',    '{lead}', 'AyA-'),
    ('crm_lead',    '{lead_tag}', 'A--y'),
    ('crm_lead',    '{availability,lead_source,lead_move,lead_event,lead_note}', 'A---'),
    ('crm_lead',    '{person}', 'S---'),
    ('crm_sales',   '{import}', 'none---'),
    ('crm_sales',   '{lead}', 'S-S-'),
    ('crm_sales',   '{lead_tag}', 'S--y'),
    ('crm_sales',   '{person,lead_event,lead_note,visitor,conversation,message}', 'S---'),
    ('crm_system',  '{twin_due}', 'A---'),
    ('crm_admin',   '{twin,twin_due}', 'A---'),
    ('crm_admin',   '{twin_apart}', 'A---'),
    ('crm_manager', '{twin,twin_due}', 'A---'),
    ('crm_manager', '{twin_apart}', 'A---'),
    ('crm_sales',   '{availability,lead_source,lead_move}', 'A---');

-- A column that the narrowest role may use.
CREATE FUNCTION pg_temp.column_of(table_name text) RETURNS text LANGUAGE sql AS $$
    SELECT attname::text FROM pg_attribute
     WHERE attrelid = ('crm.' || table_name)::regclass AND attnum > 0 AND attidentity = '' AND attgenerated = '' AND NOT attisdropped
     ORDER BY attname = 'name' DESC, attname = 'value' DESC, attnum DESC LIMIT 1
$$;

CREATE FUNCTION pg_temp.reach(outcome text, total text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE outcome WHEN '42501' THEN '-' WHEN total THEN 'A' WHEN '0' THEN 'none' ELSE 'S' END
$$;

-- Whether a row could be written is another test's question: here any answer but "not allowed" (42501) means that the right is there.
CREATE FUNCTION pg_temp.rights_of(role text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    person text := substr(role, 5);
    field  text := pg_temp.column_of(name);
    total  text;
BEGIN
    EXECUTE format('SELECT count(*) FROM crm.%I', name) INTO total;
    RETURN pg_temp.reach(pg_temp.attempt(role, person, format('SELECT %I FROM crm.%I', field, name)), total)
        || CASE pg_temp.attempt(role, person, format('INSERT INTO crm.%I DEFAULT VALUES', name)) WHEN '42501' THEN '-' ELSE 'y' END
        || pg_temp.reach(pg_temp.attempt(role, person, format('UPDATE crm.%I SET %I = %2$I', name, field)), total)
        || CASE pg_temp.attempt(role, person, format('DELETE FROM crm.%I', name)) WHEN '42501' THEN '-' ELSE 'y' END;
END $$;

CREATE TEMPORARY VIEW pairs AS
SELECT role, relname::text AS name
  FROM unnest('{crm_system,crm_admin,crm_manager,crm_lead,crm_sales,crm_customer,crm_visitor,crm_prosody,crmd}'::text[]) AS role, pg_class
 WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'p', 'v');

SELECT plan(count(*)::int + 1) FROM pairs;
SELECT is(pg_temp.rights_of(p.role, p.name), coalesce(e.rights, '----'), p.role || ' on ' || p.name)
  FROM (SELECT * FROM pairs ORDER BY role, name) AS p LEFT JOIN expected e ON e.role = p.role AND p.name = ANY (e.tables);
SELECT is_empty($$ SELECT role, name FROM expected, unnest(tables) AS name EXCEPT SELECT role, name FROM pairs $$, 'no right is expected on a table that is not there');

SELECT * FROM finish(true);
ROLLBACK;
