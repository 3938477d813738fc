-- Leads that look alike (lead.duplicates): found by keys that crmd's bulk lane keeps, off everybody's way (component/lead/twin.c).

-- Under which keys a lead is looked for: its email, phone and name, folded so that what is the same is the same number (functions/twin_keys.sql).
CREATE TABLE crm.twin_key (
    key     bigint NOT NULL,
    lead_id bigint NOT NULL,
    contact boolean NOT NULL,  -- email or phone; else a name
    PRIMARY KEY (key, lead_id)
);
CREATE INDEX twin_key_by_lead ON crm.twin_key (lead_id);

-- Two leads that look alike, and by what; the strongest are shown first.
CREATE TABLE crm.twin (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    one      bigint NOT NULL REFERENCES crm.lead,
    other    bigint NOT NULL REFERENCES crm.lead,
    email    boolean NOT NULL,
    phone    boolean NOT NULL,
    alike    smallint NOT NULL CHECK (alike BETWEEN 0 AND 100),  -- the names
    strength smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN email THEN 50 ELSE 0 END + CASE WHEN phone THEN 40 ELSE 0 END + alike * 3 / 10) STORED,
    CHECK (one < other),
    UNIQUE (one, other)
);
CREATE INDEX twin_by_strength ON crm.twin (strength DESC, id DESC);
CREATE INDEX twin_by_other ON crm.twin (other);

-- Two of which somebody has said that they are not the same (lead.apart): they are not shown again.
CREATE TABLE crm.twin_apart (
    one       bigint NOT NULL REFERENCES crm.lead,
    other     bigint NOT NULL REFERENCES crm.lead,
    person_id bigint REFERENCES crm.person,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (one, other),
    CHECK (one < other)
);
CREATE INDEX twin_apart_by_other ON crm.twin_apart (other);

-- Leads that are to be compared, from one number to another: appended to by triggers, without waiting for anybody, emptied by the lane.
CREATE TABLE crm.twin_due (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first bigint NOT NULL,
    last  bigint NOT NULL
);
INSERT INTO crm.twin_due (first, last) SELECT min(id), max(id) FROM crm.lead HAVING count(*) > 0;
