-- Statements of undo, as the caller's role.

-- undo_requests(): command text, request text
-- What the caller has done in the last ten minutes, the newest first.
SELECT command, request FROM crm.undo_requests();

-- undo_plan(request text): lead_id bigint, lead text, field text, was text?, is_now text?, restorable boolean, changed_by text?, visible boolean
-- What one request has changed, who has changed it since, and whether the caller still sees that lead.
SELECT plan.lead_id, plan.lead, plan.field, plan.was, plan.is_now, plan.restorable, plan.changed_by, EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = plan.lead_id)
  FROM crm.undo_plan($1) AS plan;

-- undo_apply(request text): leads bigint
-- Puts it back.
SELECT crm.undo_apply($1);

-- undo_person(id text?): name text
-- The name of a person whose number a history has.
SELECT name FROM crm.person WHERE id = $1::bigint;
