-- What whoever watches the server wants to know. Runs as crm_system.

-- metrics_outbox(): staff bigint, visitors bigint, staff_age double precision, visitors_age double precision
-- Messages that have not reached their recipient, and how many seconds the oldest waits; 0 for none.
SELECT count(*) FILTER (WHERE NOT to_visitor), count(*) FILTER (WHERE to_visitor),
       coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE NOT to_visitor)), 0)::double precision,
       coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE to_visitor)), 0)::double precision
  FROM crm.outbox WHERE state = 'pending';
