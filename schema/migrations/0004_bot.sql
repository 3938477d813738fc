-- The bot: what it offers beside its text, what it remembers of a person, and what can be taken back.

-- Answers that a client may show as buttons (XEP-0439), each a line to send; NULL for none.
ALTER TABLE crm.outbox ADD COLUMN options text[];

-- What a person talked about last: "lead" or another kind of record with the number or name that "it" means; "more" with the chat line that
-- continues the last list; "rest" with what did not fit into the last answer.
CREATE TABLE crm.bot_memory (
    person_id  bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    what       text NOT NULL,
    value      text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, what)
);

-- Which request made which change, as long as its author may take it back: written by trigger only (functions/undo_note.sql).
CREATE TABLE crm.undo (
    event_id  bigint PRIMARY KEY REFERENCES crm.lead_event ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    request   text NOT NULL,
    undone_in text,                          -- the request that took it back
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX undo_by_person ON crm.undo (person_id, request);
