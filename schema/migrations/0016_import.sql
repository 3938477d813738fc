-- Leads from spreadsheets and into them (component/import/).

-- An import, from the file that was sent to what came of its rows. `message_id` is the one message that says how far it is (XEP-0308).
CREATE TABLE crm.import (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES crm.person,
    file       text NOT NULL CHECK (length(file) BETWEEN 1 AND 200),
    link       text,                                       -- on our own file share; NULL: crmctl has read it
    state      text NOT NULL DEFAULT 'reading' CHECK (state IN ('reading', 'waiting', 'running', 'done', 'refused', 'undoing', 'undone')),
    why        text,                                       -- it was refused
    headers    text NOT NULL DEFAULT '',                   -- cells of the first row, U+001F between them
    fields     text NOT NULL DEFAULT '',                   -- what each column is, U+001F between them; empty: left out
    duplicates text NOT NULL DEFAULT 'skip' CHECK (duplicates IN ('skip', 'update', 'add')),
    source     text NOT NULL DEFAULT 'import' REFERENCES crm.lead_source,
    problems   text NOT NULL DEFAULT '',                   -- the first ones, a line each
    rows       bigint NOT NULL DEFAULT 0,
    good       bigint NOT NULL DEFAULT 0,                  -- of the dry run: rows that can be imported,
    known      bigint NOT NULL DEFAULT 0,                  -- of these, whose email or phone a lead has,
    twins      bigint NOT NULL DEFAULT 0,                  -- and whose email or phone an earlier row has
    done_until bigint NOT NULL DEFAULT 0,                  -- number of the last row that is dealt with
    dealt      bigint NOT NULL DEFAULT 0,                  -- how many are
    added      bigint NOT NULL DEFAULT 0,
    updated    bigint NOT NULL DEFAULT 0,
    skipped    bigint NOT NULL DEFAULT 0,
    rejected   bigint NOT NULL DEFAULT 0,
    taken_back bigint NOT NULL DEFAULT 0,
    message_id uuid NOT NULL DEFAULT gen_random_uuid(),
    told_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    began_at   timestamptz,
    ended_at   timestamptz
);
CREATE INDEX import_by_person ON crm.import (person_id, id DESC);

-- Rows as they are in the file, until they are dealt with; those that were rejected, with the reason, until they are sent back.
CREATE TABLE crm.import_row (
    import_id bigint NOT NULL REFERENCES crm.import ON DELETE CASCADE,
    number    bigint NOT NULL,                             -- what the spreadsheet shows beside it
    cells     text NOT NULL,                               -- U+001F between them
    problem   text,
    PRIMARY KEY (import_id, number)
);

-- What an import has done, so that it can be taken back: a lead that it added (`before` is NULL), or changed. No references, which would cost a look-up a row:
-- leads are never deleted but by lead.erase, which clears these rows too.
CREATE TABLE crm.import_change (
    import_id bigint NOT NULL,
    lead_id   bigint NOT NULL,
    before    jsonb,
    after     jsonb,
    tags      text[],                                      -- that it put on a lead that was there
    PRIMARY KEY (import_id, lead_id)
);

-- Files that we made for somebody, behind a secret link, for some hours.
CREATE TABLE crm.file (
    id           uuid PRIMARY KEY,
    token_sha256 text NOT NULL UNIQUE,
    person_id    bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    name         text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
    type         text NOT NULL,
    size         bigint NOT NULL DEFAULT 0,
    expires_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX file_by_expiry ON crm.file (expires_at);
CREATE TABLE crm.file_part (
    file_id uuid NOT NULL REFERENCES crm.file ON DELETE CASCADE,
    number  bigint NOT NULL,
    bytes   bytea NOT NULL,
    PRIMARY KEY (file_id, number)
);
ALTER TABLE crm.file_part ALTER COLUMN bytes SET STORAGE EXTERNAL;

INSERT INTO crm.setting (key, value) VALUES ('files.hours', '4'), ('import.megabytes', '512');
