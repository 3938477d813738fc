-- Fields of leads that Admins define.

CREATE TABLE crm.lead_field (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),  -- as parameters are called
    label      text NOT NULL CHECK (length(label) BETWEEN 1 AND 40 AND label !~ '[,\n=]'),
    type       text NOT NULL CHECK (type IN ('text', 'number', 'money', 'date', 'choice', 'boolean', 'email', 'phone')),
    choices    text[],
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((type = 'choice') = (choices IS NOT NULL)),
    CHECK (cardinality(choices) BETWEEN 1 AND 50)
);
CREATE UNIQUE INDEX lead_field_by_label ON crm.lead_field (lower(label));

-- What a lead has of them, as the type writes it (component/command/type.h); `sought` is what lists compare: a column, because behind row security an
-- expression is not looked up in an index.
CREATE TABLE crm.lead_value (
    lead_id  bigint NOT NULL REFERENCES crm.lead,
    field_id bigint NOT NULL REFERENCES crm.lead_field ON DELETE CASCADE,
    value    text NOT NULL CHECK (length(value) BETWEEN 1 AND 500),
    sought   text NOT NULL GENERATED ALWAYS AS (lower(left(value, 100))) STORED,
    PRIMARY KEY (lead_id, field_id)
);
CREATE INDEX lead_value_sought ON crm.lead_value (field_id, sought, lead_id);
