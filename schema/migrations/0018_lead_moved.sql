-- What went with a lead that was merged into another and is neither history nor note: numbers of rows, and how both waited for somebody to be free, so that
-- crm.undo_merge() can give it back. Written by crm.lead_merge().
CREATE TABLE crm.lead_moved (
    gone  bigint PRIMARY KEY REFERENCES crm.lead,
    kept  bigint NOT NULL REFERENCES crm.lead,
    moved jsonb NOT NULL,
    at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lead_moved_kept ON crm.lead_moved (kept);
