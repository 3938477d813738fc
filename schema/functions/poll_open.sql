-- Begins a poll among `people`: the poll, whom it asks, and a vote of nothing for each, in no order that means anything. Returns its number; NULL, and
-- nothing is changed, when the lead has one that runs. The caller tells those who are here, which is noted already; others are told when they come
-- (crm.poll_come_online()). The clock closes it (component/poll/).
CREATE OR REPLACE FUNCTION crm.poll_open(lead bigint, question text, choices text[], audience text, room text, deadline timestamptz, people bigint[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO poll (lead_id, question, choices, audience, room, deadline, started_by)
    VALUES ($1, $2, $3, $4, $5, $6, nullif(current_setting('crm.person', true), '')::bigint)
        ON CONFLICT (lead_id) WHERE state <> 'closed' DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO poll_person (poll_id, person_id, told_at)
    SELECT made, person, CASE WHEN a.available THEN now() END FROM unnest($7) AS person LEFT JOIN availability a ON a.person_id = person ORDER BY person;
    INSERT INTO vote (poll_id, person_id) SELECT made, person FROM unnest($7) AS person ORDER BY random();
    PERFORM job_put('poll.close', made::text, $6);
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION crm.poll_open(bigint, text, text[], text, text, timestamptz, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.poll_open(bigint, text, text[], text, text, timestamptz, bigint[]) TO crm_admin, crm_manager, crm_lead;
