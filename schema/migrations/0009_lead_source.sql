-- One person's leads from one source, newest first: who has 20,000 read all of them.
CREATE INDEX lead_by_assignee_source ON crm.lead (assignee, source, created_at, id) WHERE deleted_at IS NULL;
