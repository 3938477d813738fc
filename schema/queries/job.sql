-- Statements of the bulk lane (component/job/runner.c). All run as crm_system.

-- job_next(): id bigint, kind text, key text, due_at text, person bigint?, data text, version bigint, attempts int, last_error text?, at text
-- The job that has been due for longest.
SELECT id, kind, key, due_at::text, person_id, data::text, version, attempts, last_error, now()::text FROM crm.job WHERE due_at <= now() ORDER BY due_at, id LIMIT 1;

-- job_wait(): milliseconds bigint
-- How long until the next one is due, by PostgreSQL's clock; no row when there is none.
SELECT greatest(ceil(extract(epoch FROM due_at - clock_timestamp()) * 1000), 0)::bigint FROM crm.job ORDER BY due_at, id LIMIT 1;

-- job_clock_back(seen text)
-- What had been due by the clock before it was set back is due still: an import goes on at once, not in an hour.
UPDATE crm.job SET due_at = now() WHERE due_at > now() AND due_at <= $1::timestamptz;

-- job_person(id bigint): id bigint, username text, name text, role text, time_zone text, locale text, now text, currency text, country text
-- As whom a job is done: nobody when the account is disabled.
SELECT id, username, name, role, time_zone, locale, to_char(now() AT TIME ZONE time_zone, 'YYYY-MM-DD HH24:MI:SS'),
       (SELECT value FROM crm.setting WHERE key = 'money.currency'), (SELECT value FROM crm.setting WHERE key = 'phone.country')
  FROM crm.person WHERE id = $1 AND enabled;

-- job_done(id bigint, version bigint)
-- Takes away a job that is done; none when it was put again or dropped meanwhile.
DELETE FROM crm.job WHERE id = $1 AND version = $2;

-- job_again(id bigint, version bigint, due text, data text)
-- A job goes on later, with what it has to remember.
UPDATE crm.job SET due_at = $3::timestamptz, data = $4::jsonb, version = version + 1, attempts = 0, last_error = NULL WHERE id = $1 AND version = $2;

-- job_failed(id bigint, version bigint, error text)
-- A job that failed is tried again: after a second, then two, four, and so on up to five minutes.
UPDATE crm.job SET due_at = now() + least(interval '1 second' * power(2, least(attempts, 10)), interval '5 minutes'), attempts = attempts + 1,
       last_error = left($3, 500) WHERE id = $1 AND version = $2;

-- job_put(kind text, key text, due text, person bigint?, data text): put text?
-- Puts a job, or another time and other data in the place of the one of that kind and key.
SELECT crm.job_put($1, $2, $3::timestamptz, $4, $5::jsonb)::text;

-- job_drop(kind text, key text): dropped text?
-- Takes a job away.
SELECT crm.job_drop($1, $2)::text;
