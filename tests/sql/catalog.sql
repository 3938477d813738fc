-- What holds for every table, function and role, also for those that come later.
BEGIN;
\ir fixture.psql
SELECT plan(14);

SELECT is_empty($$ SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity $$,
    'every table has row security on');
SELECT is_empty($$ SELECT relname FROM pg_class c WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'p')
                     AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p') $$,
    'every table has a primary key');
SELECT is_empty($$ SELECT policyname FROM pg_policies WHERE schemaname = 'crm' AND (qual ~* '\mor\M' OR with_check ~* '\mor\M') $$,
    'no policy has an OR, which would make every search a scan');
SELECT is_empty($$ SELECT policyname FROM pg_policies WHERE schemaname = 'crm' AND 'public' = ANY (roles) $$,
    'no policy is for everyone');
SELECT is_empty($$ SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'v'
                     AND NOT coalesce('security_invoker=true' = ANY (reloptions) OR 'security_invoker=on' = ANY (reloptions), false) $$,
    'every view asks as its caller');
SELECT is_empty($$ SELECT proname FROM pg_proc WHERE pronamespace = 'crm'::regnamespace AND prosecdef
                     AND NOT EXISTS (SELECT 1 FROM unnest(proconfig) AS setting WHERE setting ~ '^search_path=.*pg_temp$') $$,
    'every SECURITY DEFINER function sets its search_path, pg_temp last');
SELECT is_empty($$ SELECT proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS right_of
                    WHERE pronamespace = 'crm'::regnamespace AND right_of.grantee = 0 $$,
    'no function can be called by PUBLIC');
SELECT is_empty($$ SELECT relname FROM pg_class, aclexplode(relacl) AS right_of
                    WHERE relnamespace = 'crm'::regnamespace AND right_of.grantee = 0 $$,
    'no table gives PUBLIC a right');
SELECT is_empty($$ SELECT relname::text FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relowner <> 'crm_owner'::regrole
                    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'crm'::regnamespace AND proowner <> 'crm_owner'::regrole $$,
    'crm_owner owns all');
SELECT is_empty($$ SELECT rolname FROM pg_roles WHERE rolname ~ '^crm' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication) $$,
    'none of our roles has an attribute of power');
SELECT set_eq($$ SELECT rolname::text FROM pg_roles WHERE rolname ~ '^crm' AND rolcanlogin $$, ARRAY['crmd', 'crm_prosody'],
    'two of them can log in');
SELECT is_empty($$ SELECT rolname FROM pg_roles WHERE rolname IN ('crmd', 'crm_prosody') AND rolinherit $$,
    'and they inherit nothing unasked');
SELECT set_eq($$ SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'crmd'::regrole $$,
    ARRAY['crm_system', 'crm_admin', 'crm_manager', 'crm_lead', 'crm_sales', 'crm_customer', 'crm_visitor'],
    'crmd may take on every role but the owner');
SELECT is_empty($$ SELECT roleid::regrole::text FROM pg_auth_members WHERE member <> 'crmd'::regrole AND member::regrole::text ~ '^crm' $$,
    'no other role of ours is a member of anything');

SELECT * FROM finish(true);
ROLLBACK;
