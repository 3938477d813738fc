-- Working with leads: why one ended, notes, tags, and indexes for every order in which leads are listed.

-- A lead that is lost says why; one that is won may. Whoever works on it again begins without.
ALTER TABLE crm.lead ADD COLUMN reason text CHECK (length(reason) BETWEEN 1 AND 500);
UPDATE crm.lead SET reason = 'Not recorded' WHERE status = 'lost';
ALTER TABLE crm.lead ADD CONSTRAINT lead_reason_when_lost CHECK (status <> 'lost' OR reason IS NOT NULL);
ALTER TABLE crm.lead ADD CONSTRAINT lead_reason_when_over CHECK (reason IS NULL OR status IN ('won', 'lost'));

-- A lost lead that is nobody's can be opened again too.
INSERT INTO crm.lead_move (from_status, to_status) VALUES ('lost', 'new');

-- What people wrote about a lead. Append-only for everyone; the history (crm.lead_event) names each by its number.
CREATE TABLE crm.lead_note (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id   bigint NOT NULL REFERENCES crm.lead,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    person_id bigint NOT NULL REFERENCES crm.person,
    body      text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000)
);
CREATE INDEX lead_note_by_lead ON crm.lead_note (lead_id, id DESC);

-- Tags are one word each, in lower case.
CREATE TABLE crm.lead_tag (
    lead_id bigint NOT NULL REFERENCES crm.lead,
    tag     text NOT NULL CHECK (tag = lower(tag) AND length(tag) BETWEEN 1 AND 30 AND tag !~ '[\s,]' AND tag !~ '^[-#]'),
    PRIMARY KEY (lead_id, tag)
);
CREATE INDEX lead_tag_by_tag ON crm.lead_tag (tag, lead_id);

-- Lists (schema/functions/lead_page.sql): every order, of all leads and of one person's; and newest first for the filters that leave few. What is sorted by
-- is a column of its own, never NULL, because behind row security an expression is not compared in the index (lower() and coalesce() are not leakproof).
ALTER TABLE crm.lead
    ADD COLUMN sort_name text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    ADD COLUMN sort_budget bigint NOT NULL GENERATED ALWAYS AS (coalesce(budget_minor, -1)) STORED,
    ADD COLUMN sort_follow_up timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(follow_up_at, 'infinity')) STORED;
DROP INDEX crm.lead_by_assignee;
DROP INDEX crm.lead_by_status;
CREATE INDEX lead_by_age ON crm.lead (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_follow_up ON crm.lead (sort_follow_up, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_budget ON crm.lead (sort_budget, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_currency ON crm.lead (budget_currency, sort_budget, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_name ON crm.lead (sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_age ON crm.lead (assignee, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_follow_up ON crm.lead (assignee, sort_follow_up, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_budget ON crm.lead (assignee, sort_budget, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_name ON crm.lead (assignee, sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_status ON crm.lead (assignee, status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_status_age ON crm.lead (status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_source_age ON crm.lead (source, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX lead_of_nobody ON crm.lead (created_at, id) WHERE assignee IS NULL AND deleted_at IS NULL;
