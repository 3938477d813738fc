-- With a million leads: a first page of any list and any search within milliseconds; and what is to be followed up.

-- Their parameters have changed (functions/lead_page.sql and beside it): what has others is another function to PostgreSQL.
DROP FUNCTION IF EXISTS crm.lead_page, crm.lead_count, crm.lead_matches;

-- Open leads in the order in which they are to be followed up: those without a day, and what is over, need not be passed over.
CREATE INDEX lead_due ON crm.lead (sort_follow_up, id) WHERE deleted_at IS NULL AND status NOT IN ('won', 'lost') AND sort_follow_up < 'infinity';

-- A part of a name, an email or a phone, for those who see all leads (functions/lead_find_all.sql). No list of pending entries: it would be read whole by each search.
CREATE INDEX lead_by_part ON crm.lead USING gin ((sort_name || E'\n' || coalesce(lower(email), '') || E'\n' || coalesce(phone, '')) public.gin_trgm_ops)
    WITH (fastupdate = off) WHERE deleted_at IS NULL;

-- "won" of nobody is no tenth of all that is won: there is none.
CREATE STATISTICS crm.lead_who_is_where (mcv) ON assignee, status FROM crm.lead;
ALTER STATISTICS crm.lead_who_is_where SET STATISTICS 1000;

-- Names that begin so, in any locale.
CREATE INDEX lead_by_beginning ON crm.lead (sort_name text_pattern_ops, id) WHERE deleted_at IS NULL;

-- What is over and still has a day.
CREATE INDEX lead_over_due ON crm.lead (sort_follow_up, id) WHERE deleted_at IS NULL AND status IN ('won', 'lost') AND sort_follow_up < 'infinity';

-- One person's leads in each order, with what lists are narrowed by most: who has 20,000 and none of a status reads no page of the table to know it.
DROP INDEX crm.lead_by_assignee_follow_up, crm.lead_by_assignee_budget, crm.lead_by_assignee_name;
CREATE INDEX lead_by_assignee_follow_up ON crm.lead (assignee, sort_follow_up, id) INCLUDE (status, source) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_budget ON crm.lead (assignee, sort_budget, id) INCLUDE (status, source) WHERE deleted_at IS NULL;
CREATE INDEX lead_by_assignee_name ON crm.lead (assignee, sort_name, id) INCLUDE (status, source) WHERE deleted_at IS NULL;
