-- Scores of leads: a number from 0 to 100 that crmd's bulk lane keeps (component/lead/score.c), what it is made of, and the weights.

-- NULL: not computed yet. Written alone, by that lane: no event of the history, and no change of the lead (functions/lead_guard.sql, lead_touch.sql).
ALTER TABLE crm.lead ADD COLUMN score smallint CHECK (score BETWEEN 0 AND 100);
CREATE INDEX lead_by_score ON crm.lead (score DESC NULLS LAST, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_score ON crm.lead (assignee, score DESC NULLS LAST, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX lead_unscored ON crm.lead (id) WHERE score IS NULL AND deleted_at IS NULL;

-- Leads that have changed since: appended to by triggers, without waiting for anybody, emptied by the lane.
CREATE TABLE crm.score_due (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id bigint NOT NULL
);

-- Leads that have ended, or are open again, since they were counted: appended to by a trigger, added up into score_source by the lane.
CREATE TABLE crm.score_outcome (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    won    int NOT NULL,
    ended  int NOT NULL
);
CREATE TABLE crm.score_source (
    source text PRIMARY KEY,
    won    bigint NOT NULL,
    ended  bigint NOT NULL
);
INSERT INTO crm.score_source (source, won, ended)
SELECT source, count(*) FILTER (WHERE status = 'won'), count(*) FROM crm.lead WHERE status IN ('won', 'lost') AND deleted_at IS NULL GROUP BY source;

-- The budget in the middle of those of late, by currency.
CREATE TABLE crm.score_budget (
    currency text PRIMARY KEY,
    typical  bigint NOT NULL
);

-- The round through all open leads, a slice at a time: time passes, and weights change. The next one begins a day later, or at once.
CREATE TABLE crm.score_round (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    swept    bigint NOT NULL DEFAULT 0,      -- up to this lead
    hurry    boolean NOT NULL DEFAULT false, -- one slice after the other
    begun_at timestamptz NOT NULL DEFAULT '-infinity',
    over     boolean NOT NULL DEFAULT true   -- this round
);
INSERT INTO crm.score_round DEFAULT VALUES;

-- Customers are found by what a lead has of them.
CREATE INDEX person_customer_email ON crm.person (lower(email)) WHERE kind = 'customer';
CREATE INDEX person_customer_phone ON crm.person (phone) WHERE kind = 'customer';

INSERT INTO crm.setting (key, value) VALUES ('score.source', '25'), ('score.completeness', '15'), ('score.budget', '20'), ('score.engagement', '15'),
    ('score.recency', '15'), ('score.follow_ups', '10');
