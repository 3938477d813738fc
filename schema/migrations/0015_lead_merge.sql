-- Two leads that are one are merged, and a lead is erased for good.

-- Where a lead went that was merged into another: its number leads there.
ALTER TABLE crm.lead
    ADD COLUMN merged_into bigint REFERENCES crm.lead,
    ADD COLUMN erased_at timestamptz,
    ADD CONSTRAINT lead_merged_elsewhere CHECK (merged_into <> id),
    ADD CONSTRAINT lead_merged_is_gone CHECK (merged_into IS NULL OR deleted_at IS NOT NULL),
    ADD CONSTRAINT lead_erased_is_gone CHECK (erased_at IS NULL OR deleted_at IS NOT NULL);
CREATE INDEX lead_merged ON crm.lead (merged_into) WHERE merged_into IS NOT NULL;

-- The lead on which it happened, when that was merged into the one to which it belongs now.
ALTER TABLE crm.lead_event ADD COLUMN origin bigint;
ALTER TABLE crm.lead_note ADD COLUMN origin bigint;

-- Which transaction moves what belongs to a lead, or erases it: written by crm.lead_merge(), crm.undo_merge() and crm.lead_erase() only, and gone at their end. A setting would not do: any
-- session sets those.
CREATE TABLE crm.passing (
    transaction xid8 NOT NULL,
    what        text NOT NULL CHECK (what IN ('moving', 'erasing')),
    PRIMARY KEY (transaction, what)
);
