-- Follow-ups: which were kept and which missed, the morning's digest, and their settings. When a lead is to be followed up is crm.lead.follow_up_at still.

-- When somebody last ticked a follow-up off.
ALTER TABLE crm.lead ADD COLUMN followed_up_at timestamptz;

-- What became of each follow-up that came to its end: by triggers and jobs only (functions/lead_follow_up.sql, component/lead/remind.c).
CREATE TABLE crm.follow_up_kept (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id    bigint NOT NULL REFERENCES crm.lead ON DELETE CASCADE,
    person_id  bigint REFERENCES crm.person,  -- whose it was
    due_at     timestamptz NOT NULL,
    kept       boolean NOT NULL,              -- ticked off before it was escalated; or missed
    settled_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (lead_id, due_at)
);
CREATE INDEX follow_up_kept_by_person ON crm.follow_up_kept (person_id, due_at);

-- Whose digest of which day was made: on their own calendar, so that it comes once a day whatever clocks do.
CREATE TABLE crm.digest_sent (
    person_id bigint PRIMARY KEY REFERENCES crm.person ON DELETE CASCADE,
    day       date NOT NULL
);

INSERT INTO crm.setting (key, value) VALUES ('followup.escalate_hours', '4'), ('followup.idle_days', '3'), ('digest.hour', '9');

-- What is to come is reminded of; what was due before this is in the digest.
INSERT INTO crm.job (kind, key, due_at)
SELECT 'lead.remind', id::text, follow_up_at FROM crm.lead WHERE follow_up_at > now() AND deleted_at IS NULL AND status NOT IN ('won', 'lost');
