-- Jobs: what is to be done at a time, by crmd's bulk lane (component/job/job.h). Put and dropped by crm.job_put() and crm.job_drop() only; one job a kind and key.
CREATE TABLE crm.job (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind ~ '^[a-z]+(\.[a-z_]+)*$'),
    key        text NOT NULL CHECK (length(key) <= 200),
    due_at     timestamptz NOT NULL,
    person_id  bigint REFERENCES crm.person ON DELETE CASCADE,  -- as whom it is done, where the kind says so
    data       jsonb NOT NULL DEFAULT '{}',
    version    bigint NOT NULL DEFAULT 0,                       -- one more with each put: what runs meanwhile is of an older one, and rolled back
    attempts   int NOT NULL DEFAULT 0,                          -- that failed, one after the other
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, key)
);
CREATE INDEX job_by_due ON crm.job (due_at, id);
