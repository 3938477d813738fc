-- Anonymous polls, and who gets a lead without anybody choosing.

-- What somebody is good at, for polls and rules: one word each, as on leads.
CREATE TABLE crm.person_tag (
    person_id bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    tag       text NOT NULL CHECK (tag = lower(tag) AND length(tag) BETWEEN 1 AND 30 AND tag !~ '[\s,]' AND tag !~ '^[-#]'),
    PRIMARY KEY (person_id, tag)
);

-- A poll about a lead asks who wants it; a general one has a question and answers of its own. States and who moves them: component/poll/poll.h.
CREATE TABLE crm.poll (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id    bigint REFERENCES crm.lead ON DELETE CASCADE,
    question   text CHECK (length(question) BETWEEN 1 AND 500),
    choices    text[] NOT NULL CHECK (cardinality(choices) BETWEEN 2 AND 9),
    audience   text NOT NULL CHECK (length(audience) BETWEEN 1 AND 120),   -- in words: "all Sales Persons", "the team North"
    room       text,                                                       -- where the result goes; NULL: to those who were asked
    started_by bigint NOT NULL REFERENCES crm.person,
    started_at timestamptz NOT NULL DEFAULT now(),
    deadline   timestamptz NOT NULL,
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closing', 'closed')),
    closed_at  timestamptz,
    counts     bigint[],                                                   -- NULL while it runs, and for ever when they would tell
    winner     bigint REFERENCES crm.person,
    outcome    text CHECK (outcome IN ('assigned', 'nobody', 'counted', 'moot')),
    CHECK ((lead_id IS NULL) = (question IS NOT NULL)),
    CHECK (state = 'closed' OR (counts IS NULL AND winner IS NULL AND outcome IS NULL))
);
-- Two who start a poll on one lead at the same moment get one.
CREATE UNIQUE INDEX poll_of_lead ON crm.poll (lead_id) WHERE state <> 'closed';
CREATE INDEX poll_running ON crm.poll (deadline) WHERE state <> 'closed';

-- Who is asked, and since when they know: nothing of what they answer, nor whether.
CREATE TABLE crm.poll_person (
    poll_id   bigint NOT NULL REFERENCES crm.poll ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    told_at   timestamptz,
    PRIMARY KEY (poll_id, person_id)
);
CREATE INDEX poll_person_untold ON crm.poll_person (person_id) WHERE told_at IS NULL;

-- The votes of polls that run. No role but the owner has a right here, and no login of the program can become the owner: crm.poll_vote() writes, and
-- crm.poll_decide() counts and removes. There is a row for everybody who is asked from the beginning, in no order that means anything, so that voting is
-- always the same statement, and neither a row nor a statistic tells who has.
CREATE TABLE crm.vote (
    poll_id   bigint NOT NULL REFERENCES crm.poll ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES crm.person ON DELETE CASCADE,
    answer    smallint NOT NULL DEFAULT 0,   -- of the poll's choices, from 1; 0: none
    strength  smallint NOT NULL DEFAULT 0 CHECK (strength BETWEEN 0 AND 5),
    PRIMARY KEY (poll_id, person_id)
) WITH (fillfactor = 50);

-- On what a closed poll is decided, fixed before any vote is looked at, in an earlier transaction (crm.poll_freeze()): so that nobody can ask "and if the
-- others counted less?", take it back, and learn who voted what. For the same functions only.
CREATE TABLE crm.poll_frozen (
    poll_id bigint PRIMARY KEY REFERENCES crm.poll ON DELETE CASCADE,
    made_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seed    bytea NOT NULL,
    people  bigint[] NOT NULL,
    weights float8[] NOT NULL CHECK (cardinality(weights) = cardinality(people)),
    power   float8 NOT NULL CHECK (power BETWEEN 0 AND 3),
    near    float8 NOT NULL CHECK (near BETWEEN 0 AND 1)
);

-- Which leads go to whom without a poll: the first that fits, in their order.
CREATE TABLE crm.assign_rule (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text REFERENCES crm.lead_source,
    tag        text,
    to_person  bigint REFERENCES crm.person ON DELETE CASCADE,
    to_team    bigint REFERENCES crm.team ON DELETE CASCADE,
    to_tag     text,
    language   text CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    created_by bigint REFERENCES crm.person,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(source, tag) >= 1),
    CHECK (num_nonnulls(to_person, to_team, to_tag, language) = 1)
);

-- Leads that wait for somebody to be free, the oldest first.
CREATE TABLE crm.assign_waiting (
    lead_id  bigint PRIMARY KEY REFERENCES crm.lead ON DELETE CASCADE,
    since    timestamptz NOT NULL DEFAULT now(),
    asked_by bigint REFERENCES crm.person
);
CREATE INDEX assign_waiting_by_age ON crm.assign_waiting (since, lead_id);

-- Each time a lead became somebody's: how long it was nobody's (crm.lead_assigned()), and why they got it, in coarse words.
CREATE TABLE crm.assignment (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id      bigint NOT NULL REFERENCES crm.lead ON DELETE CASCADE,
    person_id    bigint NOT NULL REFERENCES crm.person,
    at           timestamptz NOT NULL DEFAULT now(),
    made_by      bigint REFERENCES crm.person,
    way          text NOT NULL DEFAULT 'hand' CHECK (way IN ('hand', 'poll', 'best', 'turn', 'rule', 'untouched')),
    poll_id      bigint REFERENCES crm.poll ON DELETE SET NULL,
    rule_id      bigint,
    interest     text,
    performance  text,
    availability text,
    drawn        boolean NOT NULL DEFAULT false,   -- among several who were nearly as good
    waited       interval NOT NULL
);
CREATE INDEX assignment_by_lead ON crm.assignment (lead_id, id DESC);
CREATE INDEX assignment_by_person ON crm.assignment (person_id, id DESC);

INSERT INTO crm.setting (key, value) VALUES
    ('poll.minutes', '30'), ('poll.audience', 'all'), ('poll.nobody', 'best'),
    ('assign.capacity', '30'), ('assign.near_percent', '10'), ('assign.untouched_hours', '48'),
    ('assign.interest_weight', '100'), ('assign.performance_weight', '100'), ('assign.availability_weight', '100'),
    ('assign.win_weight', '50'), ('assign.response_weight', '25'), ('assign.kept_weight', '25');
