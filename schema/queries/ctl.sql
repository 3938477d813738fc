-- Statements of crmctl, which works beside the one crmd.

-- ctl_epoch(): epoch bigint
-- The lease of the crmd that is in charge: what is written beside it is written under it.
SELECT epoch FROM crm.lease;

-- ctl_notify(channel text): told text?
-- Has crmd send what waits in a channel of the outbox (LISTEN crm_outbox), once this is committed.
SELECT pg_notify('crm_outbox', $1)::text;
