-- Team chat: what the bot keeps apart for each room, and how far people have read.

-- Where a question was asked and a record was spoken of: '' in the person's own chat with the bot, else the room ("team-3").
ALTER TABLE crm.dialogue ADD COLUMN place text NOT NULL DEFAULT '';
ALTER TABLE crm.dialogue DROP CONSTRAINT dialogue_pkey, ADD PRIMARY KEY (person_id, place);
ALTER TABLE crm.bot_memory ADD COLUMN place text NOT NULL DEFAULT '';
ALTER TABLE crm.bot_memory DROP CONSTRAINT bot_memory_pkey, ADD PRIMARY KEY (person_id, place, what);

-- Up to which message of a visitor a person's client says that it was read (XEP-0333). An answer is a sign of reading too, and is not repeated here.
CREATE TABLE crm.read_mark (
    person_id  bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    visitor_id bigint NOT NULL REFERENCES crm.visitor ON DELETE CASCADE,
    sequence   bigint NOT NULL,
    read_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, visitor_id)
);
CREATE INDEX read_mark_by_visitor ON crm.read_mark (visitor_id);
-- What one person answered, the latest first: for counting what they have not read.
CREATE INDEX message_by_author ON crm.message (visitor_id, person_id, sequence DESC) WHERE person_id IS NOT NULL;
CREATE INDEX offer_by_person ON crm.offer (person_id);
