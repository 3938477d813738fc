-- Leads are found by any field, by what is nearly right too, and under a name of one's own; added fields are compared as what they are.

-- Their parameters have changed (functions/lead_page.sql and beside it).
DROP FUNCTION IF EXISTS crm.lead_page, crm.lead_count, crm.lead_matches, crm.lead_find, crm.lead_find_all, crm.import_slice, crm.import_update, crm.import_fields,
    crm.profile_own, crm.profile_set;

-- The words of names that leads have, to look for what somebody may have meant (functions/lead_phrases.sql): a name in many leads is in here once. Written by
-- functions/lead_words.sql, read by nobody but functions of the owner.
CREATE TABLE crm.lead_word (word text PRIMARY KEY);
INSERT INTO crm.lead_word (word)
SELECT DISTINCT w FROM crm.lead l, regexp_split_to_table(l.sort_name, '[^[:alpha:]]+') AS w WHERE l.deleted_at IS NULL AND length(w) BETWEEN 3 AND 40;
CREATE INDEX lead_word_by_part ON crm.lead_word USING gin (word public.gin_trgm_ops) WITH (fastupdate = off);

-- What numbers, amounts and days of added fields are compared by: whole numbers, minor units, seconds since 1970 (functions/lead_value_amount.sql).
ALTER TABLE crm.lead_value ADD COLUMN amount bigint;
UPDATE crm.lead_value v
   SET amount = CASE f.type WHEN 'number' THEN v.value::bigint WHEN 'money' THEN (split_part(v.value, ' ', 1)::numeric * 100)::bigint
                            ELSE extract(epoch FROM v.value::timestamptz)::bigint END
  FROM crm.lead_field f WHERE f.id = v.field_id AND f.type IN ('number', 'money', 'date');
CREATE INDEX lead_value_amount ON crm.lead_value (field_id, amount, lead_id) WHERE amount IS NOT NULL;

-- Lists and searches that somebody has kept under a name: what was asked, in their words, so that "today" is the day on which it is asked again. What was removed is
-- kept for a while, to be put back; `changed_in` is the request that saved or removed it.
CREATE TABLE crm.saved_search (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    command    text NOT NULL CHECK (command IN ('lead.list', 'lead.find')),
    arguments  jsonb NOT NULL CHECK (jsonb_typeof(arguments) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    removed_at timestamptz,
    changed_in text
);
CREATE UNIQUE INDEX saved_search_by_name ON crm.saved_search (person_id, lower(name)) WHERE removed_at IS NULL;

-- Who wants the morning's digest at another hour than the setting digest.hour says; -1: never.
ALTER TABLE crm.person ADD COLUMN digest_hour smallint CHECK (digest_hour BETWEEN -1 AND 23);

-- What an import has put into added fields of a lead, and what was there before.
ALTER TABLE crm.import_change ADD COLUMN fields_before jsonb, ADD COLUMN fields_after jsonb;

-- What a list or a search asks for, read from what component/lead/filter.c writes (functions/lead_filter_of.sql). What is NULL takes all, so `nobody` is one of its own.
CREATE TYPE crm.lead_filter AS (
    sort           text,
    status         text,         -- one, or
    statuses       text[],       -- several
    assignee       bigint,
    nobody         boolean,
    source         text,
    since          timestamptz,
    before         timestamptz,
    budget_from    bigint,
    budget_to      bigint,
    currency       text,
    due_since      timestamptz,
    due_until      timestamptz,
    score_from     bigint,
    score_to       bigint,
    tag            text,
    field          bigint,       -- an added field, when there is no tag; all others, and this one beside a tag, are in `more`
    field_is       text,
    field_from     bigint,
    field_to       bigint,
    field_currency text,
    more           jsonb,
    text           text,         -- a part of a name, an email or, as digits, of a phone
    digits         text,
    tier           int           -- how well it fits: 0 it is that, 1 the name begins so, 2 it is in it; NULL: any
);
