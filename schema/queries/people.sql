-- Statements of people.

-- people_name(id bigint): name text, username text
-- What a person is called.
SELECT name, username FROM crm.person WHERE id = $1;

-- people_any(): one boolean
-- Whether there is anybody yet. Runs as crm_system.
SELECT EXISTS (SELECT 1 FROM crm.person);

-- people_add(kind text, username text, name text, role text, email text?, phone text?, time_zone text, salt text, iterations int, stored_sha1 text, server_sha1 text, stored_sha256 text, server_sha256 text): id bigint?
-- A new account with its SCRAM keys, audited by the function; no id when the user name is taken. Runs as crm_system.
SELECT crm.person_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- people_demo_lead(name text, email text?, phone text?, source text, budget_paise bigint?, requirements text?, follow_up_in text?, assignee bigint?, creator bigint)
-- A lead of the demo organisation, as its Manager.
INSERT INTO crm.lead (name, email, phone, source, status, budget_minor, budget_currency, requirements, follow_up_at, assignee, creator)
VALUES ($1, $2, $3, $4, CASE WHEN $8 IS NULL THEN 'new' ELSE 'assigned' END, $5, CASE WHEN $5 IS NULL THEN NULL ELSE 'INR' END, $6,
        date_trunc('hour', now() + $7::interval), $8, $9);

-- people_account_add(username text, name text, role text, email text?, phone text?): id bigint
-- A new member of staff, who cannot log in before they have set a password; no row when the user name is taken. The time zone is the installation's.
INSERT INTO crm.person (kind, username, name, role, email, phone, time_zone)
SELECT 'staff', $1, $2, $3, $4, $5, s.value FROM crm.setting s WHERE s.key = 'people.time_zone'
    ON CONFLICT (kind, username) DO NOTHING RETURNING id;

-- people_link(person bigint, token_sha256 text, time_zone text): until text
-- A one-time link to set a password; no row for a disabled account. The time is one of the reader's clock.
SELECT to_char(l.expires_at AT TIME ZONE $3, 'YYYY-MM-DD HH24:MI:SS') FROM crm.account_link_make($1, 'password', $2) l;

-- people_list(role text?, enabled boolean?, here boolean?, after text?, time_zone text, count bigint): username text, name text, role text, enabled boolean, available boolean, seen text?, unread bigint
-- Members of staff by user name, from after one; filters that are NULL take all.
SELECT p.username, p.name, p.role, p.enabled, coalesce(a.available, false), to_char(a.seen_at AT TIME ZONE $5, 'YYYY-MM-DD HH24:MI:SS'),
       (SELECT coalesce(sum(n.messages), 0)::bigint FROM crm.unread(p.id) n)
  FROM crm.person p LEFT JOIN crm.availability a ON a.person_id = p.id
 WHERE p.kind = 'staff' AND ($1::text IS NULL OR p.role = $1) AND ($2::boolean IS NULL OR p.enabled = $2) AND ($3::boolean IS NULL OR coalesce(a.available, false) = $3) AND p.username > coalesce($4, '')
 ORDER BY p.username LIMIT $6;

-- people_show(id bigint, time_zone text): username text, name text, role text, enabled boolean, email text?, phone text?, zone text, locale text, languages text?, created text, available boolean, seen text?, password text, link_until text?, teams text?, unread bigint, unread_in bigint
-- One member of staff, with what there is to know of how they log in.
SELECT p.username, p.name, p.role, p.enabled, p.email, p.phone, p.time_zone, p.locale, p.languages, to_char(p.created_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'),
       coalesce(a.available, false), to_char(a.seen_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), s.password,
       to_char(s.link_until AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'),
       (SELECT string_agg(t.name || CASE WHEN t.leader = p.id THEN ' (leads it)' ELSE '' END, ', ' ORDER BY t.name) FROM crm.team t
         WHERE t.leader = p.id OR EXISTS (SELECT 1 FROM crm.team_member m WHERE m.team_id = t.id AND m.person_id = p.id)),
       u.messages, u.conversations
  FROM crm.person p LEFT JOIN crm.availability a ON a.person_id = p.id, LATERAL crm.account_state(p.id) s,
       LATERAL (SELECT coalesce(sum(n.messages), 0)::bigint AS messages, count(*) AS conversations FROM crm.unread(p.id) n) u
 WHERE p.id = $1 AND p.kind = 'staff';

-- people_lock(id bigint): username text, name text, role text, enabled boolean
-- The account under whose lock it is changed.
SELECT username, name, role, enabled FROM crm.person WHERE id = $1 AND kind = 'staff' FOR UPDATE;

-- people_details(id bigint): username text, name text, email text?, phone text?, time_zone text
-- What an Admin may put right of a member of staff.
SELECT username, name, email, phone, time_zone FROM crm.person WHERE id = $1 AND kind = 'staff';

-- people_edit(id bigint, name text?, email text?, phone text?, time_zone text?)
-- Changes what is known of a member of staff; what is NULL stays, an empty email or phone is none.
UPDATE crm.person SET name = coalesce($2, name), email = nullif(coalesce($3, email), ''), phone = nullif(coalesce($4, phone), ''), time_zone = coalesce($5, time_zone)
 WHERE id = $1 AND kind = 'staff';

-- people_role(id bigint, role text)
-- Gives somebody another role; a trigger ends their sessions.
UPDATE crm.person SET role = $2 WHERE id = $1 AND kind = 'staff';

-- people_enabled(id bigint, enabled boolean)
-- Disables or enables an account; a trigger ends the sessions of one that is disabled.
UPDATE crm.person SET enabled = $2 WHERE id = $1 AND kind = 'staff';

-- people_open_leads(person bigint, count bigint): id bigint, name text, status text, total bigint
-- What somebody still works on, newest first, and how much it is in all.
SELECT id, name, status, count(*) OVER () FROM crm.lead
 WHERE assignee = $1 AND deleted_at IS NULL AND status NOT IN ('won', 'lost') ORDER BY lead.id DESC LIMIT $2;

-- people_sessions_end(id bigint): told text?
-- Has crmd end the sessions of an account (LISTEN crm_account), once this is committed.
SELECT pg_notify('crm_account', kind || ' ' || username) FROM crm.person WHERE id = $1;

-- people_seen(id bigint, time_zone text): name text, enabled boolean, available boolean, seen text?, since text?, unread bigint, unread_in bigint
-- When somebody was last there, and whether they are now.
SELECT p.name, p.enabled, coalesce(a.available, false), to_char(a.seen_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'),
       to_char(a.changed_at AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS'), u.messages, u.conversations
  FROM crm.person p LEFT JOIN crm.availability a ON a.person_id = p.id,
       LATERAL (SELECT coalesce(sum(n.messages), 0)::bigint AS messages, count(*) AS conversations FROM crm.unread(p.id) n) u
 WHERE p.id = $1;

-- people_profile(): username text, name text, role text, email text?, phone text?, time_zone text, locale text, languages text?, digest_hour int?, digest_set text
-- One's own profile, and the hour of the digest for those who have none of their own.
SELECT username, name, role, email, phone, time_zone, locale, languages, digest_hour, digest_set FROM crm.profile_own();

-- people_profile_lock(): done boolean
-- Nobody else changes one's own profile before this is committed.
SELECT crm.profile_lock();

-- people_profile_set(name text?, phone text?, time_zone text?, locale text?, languages text?, digest_hour text?): done boolean
-- Changes one's own profile; what is NULL stays.
SELECT crm.profile_set($1, $2, $3, $4, $5, $6);

-- people_time_zones(given text): name text
-- Time zones that somebody may mean, the best first: by their whole name, by the city, by a part.
SELECT name FROM pg_timezone_names
 WHERE name !~ '^(posix|right|Etc)/' AND strpos(lower(name), replace(lower($1), ' ', '_')) > 0
 ORDER BY lower(name) <> replace(lower($1), ' ', '_'), lower(split_part(name, '/', 2)) <> replace(lower($1), ' ', '_'), length(name), name LIMIT 4;

-- people_first_admin(username text, name text, token_sha256 text): outcome text, admin text, until text?
-- The first Admin with a one-time link, unless there is one. Runs as crm_system.
SELECT f.outcome, f.admin, to_char(f.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') FROM crm.first_admin($1, $2, $3) f;
