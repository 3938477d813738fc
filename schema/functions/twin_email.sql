-- The mailbox behind an address: without what follows a plus, and at Google, where dots mean nothing, without dots.
CREATE OR REPLACE FUNCTION crm.twin_email(email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN domain IN ('gmail.com', 'googlemail.com') THEN replace(local, '.', '') || '@gmail.com' ELSE local || '@' || domain END
      FROM (SELECT split_part(split_part(lower($1), '@', 1), '+', 1) AS local, split_part(lower($1), '@', 2) AS domain) AS parts
$$;
REVOKE ALL ON FUNCTION crm.twin_email(text) FROM PUBLIC;
