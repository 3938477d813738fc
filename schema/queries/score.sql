-- Statements of scores (component/lead/score.c). Those of the bulk lane run as crm_system.

-- score_weights(): key text, weight int
-- The weights of what a score is made of.
SELECT key, weight FROM crm.score_weights();

-- score_of(id bigint): name text, stored int?, source_label text, won bigint, ended bigint, filled int, budget_minor bigint?, budget_currency text?, typical bigint?, messages bigint, days double precision, kept bigint, missed bigint
-- What the score of one lead is made of, for who sees the lead.
SELECT l.name, l.score::int, f.source_label, f.won, f.ended, f.filled, f.budget_minor, f.budget_currency, f.typical, f.messages, f.days, f.kept, f.missed
  FROM crm.lead l CROSS JOIN LATERAL crm.score_facts(ARRAY[l.id]) AS f WHERE l.id = $1 AND l.deleted_at IS NULL;

-- score_facts(leads bigint[]): id bigint, source_label text, won bigint, ended bigint, filled int, budget_minor bigint?, budget_currency text?, typical bigint?, messages bigint, days double precision, kept bigint, missed bigint
-- The same of a slice.
SELECT id, source_label, won, ended, filled, budget_minor, budget_currency, typical, messages, days, kept, missed FROM crm.score_facts($1);

-- score_take(most bigint): lead bigint
-- Takes leads that have changed out of their queue, and finds new ones. New ones wait while an import runs (as lead_twins_wait): it brings them faster
-- than they can be scored, and needs the lane.
WITH taken AS (DELETE FROM crm.score_due WHERE id IN (SELECT id FROM crm.score_due ORDER BY id LIMIT $1) RETURNING lead_id)
SELECT lead_id FROM taken
UNION
SELECT id FROM (SELECT id FROM crm.lead WHERE score IS NULL AND deleted_at IS NULL
         AND NOT (SELECT crm.import_runs()) ORDER BY id LIMIT $1) AS fresh;

-- score_put(leads bigint[], scores bigint[])
-- The scores of a slice. Nobody waits: a lead that somebody works on at this moment is scored again later.
WITH given AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS g (id, score)),
free AS (SELECT l.id FROM crm.lead l WHERE l.id = ANY ($1) FOR NO KEY UPDATE SKIP LOCKED),
busy AS (INSERT INTO crm.score_due (lead_id) SELECT g.id FROM given g WHERE NOT EXISTS (SELECT 1 FROM free f WHERE f.id = g.id))
UPDATE crm.lead l SET score = g.score FROM given g JOIN free f ON f.id = g.id WHERE l.id = g.id AND l.score IS DISTINCT FROM g.score;

-- score_count_outcomes()
-- Adds up what has become of leads since the last time.
WITH counted AS (DELETE FROM crm.score_outcome RETURNING source, won, ended)
INSERT INTO crm.score_source AS s (source, won, ended) SELECT source, sum(won), sum(ended) FROM counted GROUP BY source
    ON CONFLICT (source) DO UPDATE SET won = s.won + EXCLUDED.won, ended = s.ended + EXCLUDED.ended;

-- score_count_budgets()
-- The budgets in the middle of those of late.
INSERT INTO crm.score_budget (currency, typical)
SELECT budget_currency, percentile_disc(0.5) WITHIN GROUP (ORDER BY budget_minor)
  FROM (SELECT budget_currency, budget_minor FROM crm.lead ORDER BY id DESC LIMIT 20000) AS late WHERE budget_minor > 0 GROUP BY budget_currency
    ON CONFLICT (currency) DO UPDATE SET typical = EXCLUDED.typical;

-- score_round(): swept bigint, hurry boolean, over boolean, rested boolean
-- Where the round through all leads is; whether the last one began long enough ago.
SELECT swept, hurry, over, begun_at < now() - interval '1 day' FROM crm.score_round;

-- score_round_begin()
-- A round begins.
UPDATE crm.score_round SET swept = 0, over = false, begun_at = now();

-- score_round_slice(most bigint): lead bigint
-- The next open leads of the round.
SELECT l.id FROM crm.lead l JOIN crm.score_round r ON l.id > r.swept
 WHERE l.deleted_at IS NULL AND l.status NOT IN ('won', 'lost') ORDER BY l.id LIMIT $1;

-- score_round_on(swept bigint, over boolean)
-- The round has come so far, unless it was begun anew meanwhile.
UPDATE crm.score_round SET swept = $1, over = $2, hurry = hurry AND NOT $2;
