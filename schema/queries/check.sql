-- What `crmd --check` asks. Runs as crm_system, and changes nothing.

-- check_role(): login text, mighty boolean, inherits boolean, lacking text?, strange text?, owns bigint, creates boolean, tables text?
-- What the login of this connection may do beyond what schema/apply gives it: attributes, other roles, what it owns, what it may make, and the tables
-- that it reaches without taking on a role.
WITH wanted (name) AS (VALUES ('crm_system'), ('crm_admin'), ('crm_manager'), ('crm_lead'), ('crm_sales'), ('crm_customer'), ('crm_visitor'))
SELECT r.rolname, r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls, r.rolinherit,
       (SELECT string_agg(w.name, ', ') FROM wanted w
         WHERE NOT EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid AND m.roleid = to_regrole(w.name))),
       (SELECT string_agg(o.rolname::text, ', ' ORDER BY o.rolname) FROM pg_roles o
         WHERE o.oid <> r.oid AND o.rolname NOT IN (SELECT w.name FROM wanted w) AND pg_has_role(r.oid, o.oid, 'MEMBER')),
       (SELECT count(*) FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o'),
       has_database_privilege(r.oid, current_database(), 'CREATE') OR has_schema_privilege(r.oid, 'crm', 'CREATE')
           OR has_schema_privilege(r.oid, 'public', 'CREATE'),
       (SELECT string_agg(c.relname::text, ', ' ORDER BY c.relname) FROM pg_class c
         WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))
  FROM pg_roles r WHERE r.rolname = session_user;

-- check_leader(): present boolean
-- Whether another crmd is in charge: whose connection holds the lock of db/listen.c.
SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND d.datname = current_database()
                  AND l.classid = (hashtext('crm.crmd')::bigint >> 32 & 4294967295)::oid AND l.objid = (hashtext('crm.crmd')::bigint & 4294967295)::oid);
