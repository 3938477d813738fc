-- Statements of undo, as the caller's role.

-- undo_hold(): held text?
-- Until the end of this unit no other client of the caller undoes or redoes anything: what follows sees what the last one did. A statement of its own, so that
-- the next one's snapshot is not older than the lock.
SELECT pg_advisory_xact_lock(hashtext('crm.undo ' || current_setting('crm.person', true)));

-- undo_requests(): command text, request text
-- What the caller has done in the last ten minutes, the newest first.
SELECT command, request FROM crm.undo_requests();

-- undo_plan(request text): lead_id bigint, lead text, field text, was text?, is_now text?, restorable boolean, changed_by text?, visible boolean, deleted boolean
-- What one request has changed, who has changed it since, and whether the caller still sees that lead, and as a deleted one; all of a lead together.
SELECT plan.lead_id, plan.lead, plan.field, plan.was, plan.is_now, plan.restorable, plan.changed_by, EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = plan.lead_id),
       EXISTS (SELECT 1 FROM crm.lead l WHERE l.id = plan.lead_id AND l.deleted_at IS NOT NULL)
  FROM crm.undo_plan($1) WITH ORDINALITY AS plan
 ORDER BY plan.lead_id, plan.ordinality;

-- undo_apply(request text): leads bigint
-- Puts it back.
SELECT crm.undo_apply($1);

-- undo_origin(request text): command text
-- The command that it all began with, behind what was undone and put back.
SELECT command FROM crm.undo_origin($1);

-- undo_person(id text?): name text, username text, role text, enabled boolean
-- The person whose number a history has.
SELECT name, username, role, enabled FROM crm.person WHERE id = $1::bigint;
