-- Statements of leads. All run as the caller's role: row security decides which leads there are.

-- lead_add(name text, email text?, phone text?, source text, budget_minor bigint?, budget_currency text?, requirements text?, follow_up_at text?, assignee bigint?, creator bigint): id bigint
-- A new lead; assigned at once when somebody is named.
INSERT INTO crm.lead (name, email, phone, source, status, budget_minor, budget_currency, requirements, follow_up_at, assignee, creator)
VALUES ($1, $2, $3, $4, CASE WHEN $9 IS NULL THEN 'new' ELSE 'assigned' END, $5, $6, $7, $8::timestamptz, $9, $10)
RETURNING id;

-- lead_show(id bigint, time_zone text?): name text, email text?, phone text?, source text, source_label text, status text, assignee bigint?, assignee_name text?, assignee_username text?, creator_name text?, budget_minor bigint?, budget_currency text?, requirements text?, follow_up text?, created text
-- One lead, its times in a time zone, or in the assigned person's.
SELECT l.name, l.email, l.phone, l.source, s.label, l.status, l.assignee, a.name, a.username, c.name, l.budget_minor, l.budget_currency, l.requirements,
       to_char(l.follow_up_at AT TIME ZONE coalesce($2, a.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS'), to_char(l.created_at AT TIME ZONE coalesce($2, a.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS')
  FROM crm.lead l
  JOIN crm.lead_source s ON s.name = l.source
  LEFT JOIN crm.person a ON a.id = l.assignee
  LEFT JOIN crm.person c ON c.id = l.creator
 WHERE l.id = $1 AND l.deleted_at IS NULL;

-- lead_list(status text?, assignee bigint?, source text?, after bigint?, count bigint): id bigint, name text, status text, assignee_name text?, budget_minor bigint?, budget_currency text?
-- The newest leads, or those older than one; filters that are NULL take all.
SELECT l.id, l.name, l.status, a.name, l.budget_minor, l.budget_currency
  FROM crm.lead l LEFT JOIN crm.person a ON a.id = l.assignee
 WHERE l.deleted_at IS NULL AND l.id < coalesce($4, 9223372036854775807)
   AND ($1::text IS NULL OR l.status = $1) AND ($2::bigint IS NULL OR l.assignee = $2) AND ($3::text IS NULL OR l.source = $3)
 ORDER BY l.id DESC LIMIT $5;

-- lead_lock(id bigint): name text, status text, assignee bigint?
-- The lead under whose lock it is changed, so that what the handler decides on holds until commit.
SELECT name, status, assignee FROM crm.lead WHERE id = $1 AND deleted_at IS NULL FOR UPDATE;

-- lead_assign(id bigint, assignee bigint)
-- Gives a lead to somebody; a new one becomes assigned.
UPDATE crm.lead
   SET assignee = $2, status = CASE status WHEN 'new' THEN 'assigned' ELSE status END
 WHERE id = $1 AND deleted_at IS NULL;

-- lead_sources(): name text, label text
-- Where leads come from.
SELECT name, label FROM crm.lead_source ORDER BY name;
