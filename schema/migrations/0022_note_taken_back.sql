-- A note that its author has taken back: it stays, as does its history, and is shown on the lead no more. Written by functions/undo_rest.sql only.
ALTER TABLE crm.lead_note ADD COLUMN taken_back_at timestamptz;
ALTER TABLE crm.passing DROP CONSTRAINT passing_what_check, ADD CONSTRAINT passing_what_check CHECK (what IN ('moving', 'erasing', 'undoing'));
