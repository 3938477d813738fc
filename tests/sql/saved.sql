-- What somebody has saved is theirs alone; and when somebody's morning is.
BEGIN;
\ir fixture.psql
SELECT plan(22);
SELECT is(pg_temp.attempt('crm_' || role, role, 'SELECT 1 FROM crm.saved_search'), '1', role || ' sees what they have saved') FROM unnest('{admin,manager,lead,sales}'::text[]) AS role;
SELECT is(pg_temp.attempt('crm_' || role, role, 'DELETE FROM crm.saved_search'), '1', role || ' removes nobody else''s') FROM unnest('{admin,manager,lead,sales}'::text[]) AS role;
SELECT is(pg_temp.attempt('crm_' || role, role, format('INSERT INTO crm.saved_search (person_id, name, command, arguments) VALUES (%s, ''x'', ''lead.list'', ''{}'')', pg_temp.person('other'))),
    '42501', role || ' saves nothing in another''s name') FROM unnest('{admin,manager,lead,sales}'::text[]) AS role;
SELECT is(pg_temp.attempt('crm_sales', 'sales', format('INSERT INTO crm.saved_search (person_id, name, command, arguments) VALUES (%s, ''hOT'', ''lead.list'', ''{}'')', pg_temp.person('sales'))),
    '23505', 'a name is taken in any case');
SELECT is(pg_temp.attempt('crm_sales', 'sales', format('INSERT INTO crm.saved_search (person_id, name, command, arguments) VALUES (%s, ''x'', ''audit.list'', ''{}'')', pg_temp.person('sales'))),
    '23514', 'only lists and searches are saved');
-- Kolkata has no summer time; Berlin leaps over 02:00 on 2027-03-28 and has 02:00 twice on 2026-10-25.
SELECT is(crm.digest_due(zone, hour, had::date, 6, at::timestamptz), wanted, format('%s, %s o''clock, had %s, at %s', zone, hour, had, at))
  FROM (VALUES ('Asia/Kolkata', 8, NULL, '2026-11-28 02:29Z', false), ('Asia/Kolkata', 8, NULL, '2026-11-28 02:30Z', true), ('Asia/Kolkata', 8, '2026-11-28', '2026-11-28 03:30Z', false),
               ('Asia/Kolkata', -1, NULL, '2026-11-28 02:30Z', false), ('Europe/Berlin', 2, '2027-03-27', '2027-03-28 00:59Z', false), ('Europe/Berlin', 2, '2027-03-27', '2027-03-28 01:00Z', true),
               ('Europe/Berlin', 2, '2026-10-24', '2026-10-25 00:00Z', true), ('Europe/Berlin', 2, '2026-10-25', '2026-10-25 01:00Z', false)) AS v (zone, hour, had, at, wanted);
SELECT * FROM finish(true);
ROLLBACK;
