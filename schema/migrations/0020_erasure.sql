-- A lead that is erased is gone from these tables at once (crm.lead_erase()). What was asked long ago, and what people said in chat, takes longer: until that is done, the words
-- by which it is found are here; then the row goes, and they are nowhere.
CREATE TABLE crm.erasure (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    leads       bigint[] NOT NULL,
    words       text[] NOT NULL,   -- in lower case: whatever holds one of them is of the lead
    hints       text[] NOT NULL,   -- the same, where the lead's number is beside it
    uploads     text[] NOT NULL,   -- links to files that were imported
    audit_below bigint NOT NULL,   -- rows of the audit that are still to be looked through; 0: none
    asked_by    bigint REFERENCES crm.person,
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    chats_at    timestamptz,       -- Prosody has done its part
    chats       bigint NOT NULL DEFAULT 0,
    files       bigint NOT NULL DEFAULT 0
);
