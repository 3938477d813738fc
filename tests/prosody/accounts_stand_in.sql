-- A minimal stand-in for the account functions that Prosody may call (the real ones are in schema/).
CREATE EXTENSION pgcrypto;
CREATE SCHEMA crm;
CREATE TABLE crm.account (
    username text, kind text, name text, role text, group_name text, enabled boolean NOT NULL DEFAULT true,
    salt text, iterations int, stored_sha1 text, server_sha1 text, stored_sha256 text, server_sha256 text, bcrypt text,
    PRIMARY KEY (username, kind)
);

CREATE FUNCTION crm.prosody_account(wanted text, wanted_kind text)
RETURNS TABLE (enabled boolean, salt text, iterations int, stored_sha1 text, server_sha1 text,
               stored_sha256 text, server_sha256 text, has_bcrypt boolean)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT a.enabled, a.salt, a.iterations, a.stored_sha1, a.server_sha1, a.stored_sha256, a.server_sha256, a.bcrypt IS NOT NULL
    FROM crm.account a WHERE a.username = wanted AND a.kind = wanted_kind
$$;

CREATE FUNCTION crm.prosody_verify_bcrypt(wanted text, wanted_kind text, password text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT coalesce(bool_or(crypt(password, '$2a$' || substr(bcrypt, 5)) = '$2a$' || substr(bcrypt, 5)), false)
    FROM crm.account WHERE username = wanted AND kind = wanted_kind
$$;

CREATE FUNCTION crm.prosody_store_keys(wanted text, wanted_kind text, new_salt text, new_iterations int,
    new_stored_sha1 text, new_server_sha1 text, new_stored_sha256 text, new_server_sha256 text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER AS $$
    WITH changed AS (
        UPDATE crm.account SET salt = new_salt, iterations = new_iterations, stored_sha1 = new_stored_sha1, server_sha1 = new_server_sha1,
            stored_sha256 = new_stored_sha256, server_sha256 = new_server_sha256, bcrypt = NULL
        WHERE username = wanted AND kind = wanted_kind RETURNING 1)
    SELECT EXISTS (SELECT FROM changed)
$$;

CREATE FUNCTION crm.prosody_staff_roster() RETURNS TABLE (username text, name text, role text, group_name text)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT username, name, role, group_name FROM crm.account WHERE kind = 'staff' AND enabled ORDER BY username
$$;

-- The room of all, and one of a team whose people tests choose.
CREATE TABLE crm.room_member (username text PRIMARY KEY, affiliation text NOT NULL DEFAULT 'member', bookmarked boolean NOT NULL DEFAULT true);
CREATE TABLE crm.team_room (name text);
INSERT INTO crm.team_room VALUES ('North');

CREATE FUNCTION crm.prosody_rooms()
RETURNS TABLE (room text, name text, description text, username text, affiliation text, bookmarked boolean)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT 'team', 'Team', 'Everyone who works here', a.username, 'member', true FROM crm.account a WHERE a.kind = 'staff' AND a.enabled
     UNION ALL
    SELECT 'team-1', t.name, 'The team ' || t.name, m.username, m.affiliation, m.bookmarked FROM crm.team_room t LEFT JOIN crm.room_member m ON true
$$;

CREATE FUNCTION crm.prosody_profile(wanted text) RETURNS TABLE (name text, role text, email text, phone text, time_zone text, languages text)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT a.name, a.role, wanted || '@mail.example', '+919876543210', 'Asia/Kolkata', 'en, hi' FROM crm.account a
     WHERE a.kind = 'staff' AND a.enabled AND a.username = wanted
$$;

-- Links are kept by the hash of their token; redeeming stores the keys.
CREATE TABLE crm.link (token_sha256 text PRIMARY KEY, username text, kind text);

CREATE FUNCTION crm.prosody_link(hash text) RETURNS TABLE (username text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT l.username, l.kind FROM crm.link l WHERE l.token_sha256 = hash $$;

CREATE FUNCTION crm.prosody_redeem_link(hash text, new_salt text, new_iterations int, new_stored_sha1 text, new_server_sha1 text,
    new_stored_sha256 text, new_server_sha256 text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER AS $$
    WITH used AS (DELETE FROM crm.link l WHERE l.token_sha256 = hash RETURNING l.username, l.kind), changed AS (
        UPDATE crm.account a SET salt = new_salt, iterations = new_iterations, stored_sha1 = new_stored_sha1, server_sha1 = new_server_sha1,
            stored_sha256 = new_stored_sha256, server_sha256 = new_server_sha256, bcrypt = NULL
        FROM used u WHERE a.username = u.username AND a.kind = u.kind RETURNING 1)
    SELECT EXISTS (SELECT FROM changed)
$$;

-- Leads that were erased: what a test puts here.
CREATE TABLE crm.erasure (id bigint, leads text, words text, hints text, uploads text, chats bigint);
CREATE FUNCTION crm.prosody_erasures() RETURNS TABLE (id bigint, leads text, words text, hints text, uploads text)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT e.id, e.leads, e.words, e.hints, e.uploads FROM crm.erasure e WHERE e.chats IS NULL ORDER BY e.id
$$;
CREATE FUNCTION crm.prosody_erased(wanted bigint, messages bigint, files bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER AS $$
    WITH done AS (UPDATE crm.erasure e SET chats = messages WHERE e.id = wanted AND e.chats IS NULL RETURNING 1) SELECT EXISTS (SELECT FROM done)
$$;

CREATE ROLE crm_prosody LOGIN PASSWORD 'prosody-test-password';
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA crm FROM public;
GRANT USAGE ON SCHEMA crm TO crm_prosody;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA crm TO crm_prosody;
