-- Sources of leads are what Admins make of them; and whoever has read them knows when they have changed.

-- Those that every installation has stay. One that is retired is offered no more, and stays with the leads that came from it.
ALTER TABLE crm.lead_source
    ADD COLUMN built_in boolean NOT NULL DEFAULT false,
    ADD COLUMN retired boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT lead_source_name CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    ADD CONSTRAINT lead_source_label CHECK (length(label) BETWEEN 1 AND 40 AND label !~ '[,\n]'),
    ADD CONSTRAINT lead_source_kept CHECK (NOT (built_in AND retired));
UPDATE crm.lead_source SET built_in = true;
CREATE UNIQUE INDEX lead_source_by_label ON crm.lead_source (lower(label));

-- Counts the changes of what Admins define (functions/defined_touch.sql): who has read it at this number has it as it is.
CREATE TABLE crm.defined (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO crm.defined DEFAULT VALUES;
