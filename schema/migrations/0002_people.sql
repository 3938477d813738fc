-- People as they say they are, their teams, their one-time links, when they were last seen; and settings.

ALTER TABLE crm.person ADD COLUMN languages text CHECK (languages ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*(, [a-z]{2,3}(-[A-Za-z0-9]{2,8})*){0,9}$');
ALTER TABLE crm.person ADD CHECK (phone ~ '^\+[0-9]{6,15}$');

-- When somebody was last there to take conversations: kept by a trigger, and NULL for who never was.
ALTER TABLE crm.availability ADD COLUMN seen_at timestamptz;
UPDATE crm.availability SET seen_at = changed_at WHERE available;

-- A one-time link by which somebody sets their own password. Only the SHA-256 of its token is kept. Written by functions only.
CREATE TABLE crm.account_link (
    token_sha256 text PRIMARY KEY CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
    person_id    bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    purpose      text NOT NULL CHECK (purpose IN ('password')),
    created_by   bigint REFERENCES crm.person ON DELETE SET NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX account_link_by_person ON crm.account_link (person_id);

CREATE TABLE crm.team (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    leader     bigint REFERENCES crm.person ON DELETE SET NULL,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60)
);
CREATE UNIQUE INDEX team_by_name ON crm.team (lower(name));

CREATE TABLE crm.team_member (
    team_id   bigint NOT NULL REFERENCES crm.team ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team_id, person_id)
);
CREATE INDEX team_member_by_person ON crm.team_member (person_id);

-- What an Admin can set: a row for each setting of component/command/setting.c, which has its type, range and default (a test compares them).
CREATE TABLE crm.setting (
    key   text PRIMARY KEY CHECK (key ~ '^[a-z]+\.[a-z_]+$'),
    value text NOT NULL CHECK (length(value) BETWEEN 1 AND 200)
);
INSERT INTO crm.setting (key, value) VALUES
    ('desk.away_seconds', '60'), ('links.hours', '24'), ('people.time_zone', 'Asia/Kolkata'), ('money.currency', 'INR'), ('phone.country', 'IN');
