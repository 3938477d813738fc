-- Jobs are put and dropped by functions only, one a kind and key; a trigger may put one whoever writes.
BEGIN;
\ir fixture.psql
SELECT plan(10);

SELECT lives_ok($$ SELECT crm.job_put('test.kind', '1', now() + interval '1 hour', NULL, '{"a": 1}') $$, 'a job is put');
SELECT lives_ok($$ SELECT crm.job_put('test.kind', '1', now() - interval '1 hour') $$, 'and put again');
SELECT results_eq($$ SELECT due_at < now(), data::text, version, attempts FROM crm.job WHERE kind = 'test.kind' $$,
    $$ VALUES (true, '{}', 1::bigint, 0) $$, 'in the place of the first, which what runs meanwhile can tell');
SELECT lives_ok($$ SELECT crm.job_drop('test.kind', '1') $$, 'it is dropped');
SELECT is_empty($$ SELECT 1 FROM crm.job WHERE kind = 'test.kind' $$, 'and gone');
SELECT throws_ok($$ SELECT crm.job_put('Test kind', '1', now()) $$, '23514', NULL, 'a kind is named as a command is');
SELECT is(pg_temp.attempt('crm_sales', 'sales', $$ SELECT crm.job_put('test.kind', '2', now()) $$), '1', 'a handler puts one as whoever asks');
SELECT is(pg_temp.attempt('crm_sales', 'sales', $$ SELECT 1 FROM crm.job $$), '42501', 'who sees none');
SELECT is(pg_temp.attempt('crm_customer', 'customer', $$ SELECT crm.job_put('test.kind', '2', now()) $$), '42501', 'a customer puts none');
SELECT is(pg_temp.attempt('crm_prosody', NULL, $$ SELECT crm.job_drop('test.kind', '2') $$), '42501', 'Prosody drops none');

SELECT * FROM finish(true);
ROLLBACK;
