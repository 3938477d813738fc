-- Finding leads: by what is nearly right, by any field and in any order, page by page.
BEGIN;
\ir fixture.psql
SELECT plan(127);
CREATE FUNCTION pg_temp.ask(role text, who text, list jsonb, after bigint DEFAULT NULL, size bigint DEFAULT 11) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    names text;
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('role', role, true);
    SELECT string_agg(l.name || CASE WHEN f.nearly THEN '~' ELSE '' END, ', ' ORDER BY f.place) INTO names
      FROM (SELECT * FROM crm.lead_find('{"sort": "best"}'::jsonb || list, after, size) WITH ORDINALITY) AS f (id, nearly, cut, place) JOIN crm.lead l USING (id);
    PERFORM set_config('role', 'none', true);
    RETURN coalesce(names, 'none');
END $$;
CREATE FUNCTION pg_temp.page(role text, who text, list jsonb, after bigint DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    names text;
BEGIN
    PERFORM set_config('crm.person', pg_temp.person(who)::text, true), set_config('role', role, true);
    SELECT string_agg(l.name, ', ' ORDER BY p.place) || ' / ' || crm.lead_count('{"sort": "newest"}'::jsonb || list, 201) INTO names
      FROM crm.lead_page('{"sort": "newest"}'::jsonb || list, after, 11) WITH ORDINALITY AS p (id, place) JOIN crm.lead l ON l.id = p.id;
    PERFORM set_config('role', 'none', true);
    RETURN coalesce(names, 'none');
END $$;
CREATE FUNCTION pg_temp.count(role text, who text, list jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    total bigint;
BEGIN
    PERFORM set_config('crm.person', coalesce(pg_temp.person(who)::text, ''), true), set_config('role', role, true);
    total := crm.lead_count('{"sort": "newest"}'::jsonb || list, 201);
    PERFORM set_config('role', 'none', true);
    RETURN total;
END $$;

INSERT INTO crm.lead (name, email, phone, status, assignee, budget_minor, budget_currency, source, created_at)
VALUES ('Asha Rao', 'asha@example.in', '+919876500001', 'assigned', pg_temp.person('sales'), 5000000, 'INR', 'linkedin', now() - interval '1 hour'),
       ('Asha Rao-Iyer', 'iyer@example.in', NULL, 'contacted', pg_temp.person('sales'), 100, 'INR', 'website', now() - interval '2 hours'),
       ('Natasha Rao', NULL, NULL, 'new', NULL, NULL, NULL, 'website', now() - interval '3 hours'),
       ('Vikram Kulkarni', NULL, NULL, 'assigned', pg_temp.person('other'), 200, 'INR', 'website', now() - interval '4 hours');
UPDATE crm.lead SET score = CASE name WHEN 'Asha Rao' THEN 40 WHEN 'Natasha Rao' THEN 90 END;
CREATE FUNCTION pg_temp.lead(wanted text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM crm.lead WHERE name = wanted';

-- What is called so comes first, then what begins so, then what holds it; then what is nearly so.
SELECT is(pg_temp.ask(r, w, '{"text": "asha rao"}'), wanted, format('%s: called so first', r))
  FROM (VALUES ('crm_manager', 'manager', 'Asha Rao, Asha Rao-Iyer, Natasha Rao'), ('crm_lead', 'lead', 'Asha Rao, Asha Rao-Iyer, Natasha Rao'),
               ('crm_sales', 'sales', 'Asha Rao, Asha Rao-Iyer')) AS v (r, w, wanted);
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "iyer@example.in"}'), 'Asha Rao-Iyer', 'an email is what somebody is called too');
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "ahsa roa"}'), 'Asha Rao~, Asha Rao-Iyer~, Natasha Rao~', 'letters that changed places');
SELECT is(pg_temp.ask('crm_sales', 'sales', '{"text": "ahsa roa"}'), 'Asha Rao~, Asha Rao-Iyer~', 'among their own');
SELECT is(pg_temp.ask('crm_manager', 'manager', jsonb_build_object('text', wrong)), 'Vikram Kulkarni~', format('“%s” is nearly Kulkarni', wrong))
  FROM unnest('{kulkrani,kulkarny,kulkani,kullkarni}'::text[]) AS wrong;
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "vikram kulkrani"}'), 'Vikram Kulkarni~', 'one word is right, one is nearly');
SELECT is(pg_temp.ask('crm_sales', 'sales', '{"text": "kulkrani"}'), 'none', 'a word that only others'' leads have finds nobody');
SELECT is(pg_temp.ask('crm_manager', 'manager', jsonb_build_object('text', odd)), 'none', format('“%s” is nothing, and no error', odd))
  FROM unnest(ARRAY['zzzqqq', '%', '_', '\', 'a\', '(((', '    ', 'x'' OR 1=1', repeat('a ', 50)]) AS odd;
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT crm.lead_phrases(''kulkrani'')'), '42501', 'a Sales Person does not learn what others'' leads are called');
SELECT is(pg_temp.attempt('crm_manager', 'manager', 'SELECT * FROM crm.lead_word'), '42501', 'nor does anybody read the words');
-- A change of name counts, and 20 that have it are enough.
UPDATE crm.lead SET name = 'Vikram Deshpande' WHERE name = 'Vikram Kulkarni';
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "deshpnade"}'), 'Vikram Deshpande~', 'a new name is found with an error');
INSERT INTO crm.lead (name, assignee, status) SELECT 'Deshpnade ' || n, pg_temp.person('sales'), 'assigned' FROM generate_series(1, 20) n;
SELECT unalike(pg_temp.ask('crm_manager', 'manager', '{"text": "deshpnade"}', NULL, 50), '%~%', 'twenty that have it are enough');
UPDATE crm.lead SET deleted_at = now() WHERE name LIKE 'Deshpnade %';

-- Narrowed, sorted, and page by page.
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "rao", "source": "website"}'), 'Asha Rao-Iyer, Natasha Rao', 'a search can be narrowed');
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "rao", "nobody": "true"}'), 'Natasha Rao', 'to nobody''s');
SELECT is(pg_temp.ask('crm_manager', 'manager', jsonb_build_object('text', 'rao', 'sort', s)), wanted, 'a search sorted by ' || s)
  FROM (VALUES ('budget', 'Asha Rao, Asha Rao-Iyer, Natasha Rao'), ('score', 'Natasha Rao, Asha Rao, Asha Rao-Iyer'), ('oldest', 'Natasha Rao, Asha Rao-Iyer, Asha Rao'),
               ('newest', 'Asha Rao, Asha Rao-Iyer, Natasha Rao'), ('name', 'Asha Rao, Asha Rao-Iyer, Natasha Rao')) AS v (s, wanted);
SELECT is(pg_temp.ask(r, w, '{"text": "asha"}', pg_temp.lead('Asha Rao'), 1), 'Asha Rao-Iyer', format('%s: behind the first', r))
  FROM (VALUES ('crm_manager', 'manager'), ('crm_sales', 'sales')) AS v (r, w);
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "asha"}', pg_temp.lead('Natasha Rao')), 'none', 'behind the last is nothing');
SELECT is(pg_temp.page('crm_manager', 'manager', '{"sort": "score", "score_from": "40"}'), 'Natasha Rao, Asha Rao / 2', 'a list by score');
SELECT is(pg_temp.page('crm_manager', 'manager', '{"sort": "score", "score_to": "50"}'), 'Asha Rao / 1', 'up to one');
SELECT alike(pg_temp.page('crm_manager', 'manager', '{"sort": "score"}'), 'Natasha Rao, Asha Rao, %Asha Rao-Iyer%', 'what has no score comes last');
SELECT alike(pg_temp.page('crm_manager', 'manager', '{"sort": "score"}', pg_temp.lead('Natasha Rao')), 'Asha Rao, %', 'behind one with a score');

-- Frequent, so that the way through all is gone.
SET LOCAL session_replication_role = replica;
INSERT INTO crm.lead (name, created_at) SELECT 'Meera Frequent ' || n, now() - interval '1 day' FROM generate_series(1, 120) n;
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "frequent 1"}', NULL, 3), 'Meera Frequent 120, Meera Frequent 119, Meera Frequent 118', 'what many have');
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "meera"}', (SELECT id FROM crm.lead WHERE name = 'Meera Frequent 3'), 3), 'Meera Frequent 2, Meera Frequent 1', 'to its end');
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "frequent", "sort": "oldest"}', NULL, 2), 'Meera Frequent 1, Meera Frequent 2', 'in another order');

-- Added fields are compared as what they are.
INSERT INTO crm.lead_field (name, label, type, choices)
VALUES ('seats', 'Seats', 'number', NULL), ('deal', 'Deal', 'money', NULL), ('joins', 'Joins', 'date', NULL), ('course', 'Course', 'choice', '{Excel,Tally}');
INSERT INTO crm.lead_value (lead_id, field_id, value)
SELECT pg_temp.lead(l), f.id, v.value FROM (VALUES ('Asha Rao', 'seats', '9'), ('Natasha Rao', 'seats', '10'), ('Asha Rao', 'deal', '500.00 INR'), ('Natasha Rao', 'deal', '500.00 USD'),
    ('Asha Rao', 'joins', '2026-12-01 00:00+05:30'), ('Asha Rao', 'course', 'Excel'), ('Asha Rao-Iyer', 'course', 'Tally')) AS v (l, name, value) JOIN crm.lead_field f ON f.name = v.name;
CREATE FUNCTION pg_temp.field(wanted text) RETURNS text LANGUAGE sql AS 'SELECT id::text FROM crm.lead_field WHERE name = wanted';
SELECT is(pg_temp.page(r, w, jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('field', pg_temp.field(field)) || what))), wanted, format('%s: %s %s', r, field, what))
  FROM (VALUES ('crm_manager', 'manager', 'seats', '{"from": "10"}'::jsonb, 'Natasha Rao / 1'), ('crm_manager', 'manager', 'seats', '{"to": "9"}', 'Asha Rao / 1'),
               ('crm_manager', 'manager', 'deal', '{"from": "40000", "currency": "USD"}', 'Natasha Rao / 1'),
               ('crm_manager', 'manager', 'joins', '{"from": "1796063400", "to": "1796149799"}', 'Asha Rao / 1'),
               ('crm_manager', 'manager', 'course', '{"is": "TALLY"}', 'Asha Rao-Iyer / 1'), ('crm_sales', 'sales', 'course', '{"is": "excel"}', 'Asha Rao / 1'),
               ('crm_sales', 'sales', 'seats', '{"from": "1"}', 'Asha Rao / 1'), ('crm_sales', 'other', 'seats', '{"from": "1"}', 'none')) AS v (r, w, field, what, wanted);
SELECT is(pg_temp.page('crm_manager', 'manager', jsonb_build_object('fields', jsonb_build_array(
    jsonb_build_object('field', pg_temp.field('seats'), 'from', '1'), jsonb_build_object('field', pg_temp.field('course'), 'is', 'Excel')))), 'Asha Rao / 1', 'two fields at once');

-- A tag that thousands have: in each order, page by page, as if all had been sorted.
SET LOCAL session_replication_role = replica;
INSERT INTO crm.lead (name, created_at, budget_minor, budget_currency, score, assignee, status)
SELECT 'Fair ' || lpad(n::text, 4, '0'), now() - n * interval '1 minute', n * 37 % 4200, 'INR', n % 50, CASE WHEN n % 9 = 0 THEN pg_temp.person('sales') END,
       CASE WHEN n % 9 = 0 THEN 'assigned' ELSE 'new' END FROM generate_series(4200, 1, -1) n;
INSERT INTO crm.lead_tag (lead_id, tag) SELECT id, 'fair' FROM crm.lead WHERE name LIKE 'Fair %';
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.page('crm_manager', 'manager', list), wanted, format('a frequent tag: %s', list))
  FROM (SELECT jsonb_build_object('tag', 'fair', 'sort', s) || more AS list,
               (SELECT string_agg(name, ', ' ORDER BY place) || ' / 201'
                  FROM (SELECT l.name, row_number() OVER (ORDER BY CASE s WHEN 'newest' THEN -l.id WHEN 'oldest' THEN l.id WHEN 'budget' THEN -l.budget_minor
                                                                     WHEN 'score' THEN -l.score WHEN 'follow-up' THEN l.id ELSE right(l.name, 4)::bigint END, -l.id) AS place
                          FROM crm.lead l WHERE l.name LIKE 'Fair %' AND (more = '{}' OR l.assignee IS NOT NULL)) AS all_of_them WHERE place <= 11) AS wanted
          FROM unnest('{newest,oldest,budget,score,follow-up,name}'::text[]) AS s,
               (VALUES ('{}'::jsonb), (jsonb_build_object('assignee', pg_temp.person('sales')))) AS m (more)) AS v;
SELECT is(pg_temp.page('crm_manager', 'manager', jsonb_build_object('tag', 'fair', 'sort', s), pg_temp.lead('Fair 0002')), wanted, format('a frequent tag by %s, further on', s))
  FROM (VALUES ('newest', 'Fair 0003, Fair 0004, Fair 0005, Fair 0006, Fair 0007, Fair 0008, Fair 0009, Fair 0010, Fair 0011, Fair 0012, Fair 0013 / 201'),
               ('oldest', 'Fair 0001 / 201'), ('name', 'Fair 0003, Fair 0004, Fair 0005, Fair 0006, Fair 0007, Fair 0008, Fair 0009, Fair 0010, Fair 0011, Fair 0012, Fair 0013 / 201')) AS v (s, wanted);
SELECT is(pg_temp.page('crm_sales', 'sales', '{"tag": "fair", "sort": "name"}', pg_temp.lead('Fair 4176')), 'Fair 4185, Fair 4194 / 201', 'and among their own, to the end');
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "fair", "tag": "fair"}', NULL, 2), 'Fair 0001, Fair 0002', 'a search for what many have, with such a tag');
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "fair", "tag": "fair", "sort": "budget"}', NULL, 2), 'Fair 0227, Fair 0454', 'in another order');

-- That none of the first thousands in the order have it: all that have it are looked through, with whatever else is asked for.
SET LOCAL session_replication_role = replica;
INSERT INTO crm.lead (name, created_at, budget_minor, budget_currency, score, follow_up_at, status, source)
SELECT 'Ahead ' || n, now() - interval '1 day', 900000, 'INR', 99, now() - interval '1 day', 'new', 'website' FROM generate_series(1, 3400) n;
UPDATE crm.lead SET follow_up_at = now() + right(name, 4)::int * interval '1 minute', source = 'referral' WHERE name LIKE 'Fair %';
SET LOCAL session_replication_role = origin;
INSERT INTO crm.lead_value (lead_id, field_id, value) SELECT l.id, pg_temp.field('seats')::bigint, '77' FROM crm.lead l WHERE l.name LIKE 'Fair %0';
SELECT is(pg_temp.page('crm_manager', 'manager', list), wanted, format('a tag of those far behind: %s', list))
  FROM (SELECT jsonb_build_object('tag', 'fair', 'sort', s) || more AS list,
               (SELECT string_agg(name, ', ' ORDER BY place) || ' / 201'
                  FROM (SELECT l.name, row_number() OVER (ORDER BY CASE s WHEN 'budget' THEN -l.budget_minor WHEN 'score' THEN -l.score ELSE right(l.name, 4)::bigint END,
                                                                   CASE WHEN s IN ('budget', 'score') THEN -l.id ELSE l.id END) AS place
                          FROM crm.lead l WHERE l.name LIKE 'Fair %' AND (NOT more ? 'fields' OR l.name LIKE '%0')) AS all_of_them WHERE place <= 11) AS wanted
          FROM unnest('{budget,score,follow-up,name}'::text[]) AS s,
               (VALUES ('{}'::jsonb), ('{"source": "referral"}'), (jsonb_build_object('fields', jsonb_build_array(jsonb_build_object('field', pg_temp.field('seats'), 'from', '77'))))) AS m (more)) AS v;
SELECT is(pg_temp.page('crm_manager', 'manager', '{"tag": "fair", "sort": "budget"}', pg_temp.lead('Fair 0227')),
          (SELECT string_agg(name, ', ' ORDER BY place) || ' / 201'
             FROM (SELECT l.name, row_number() OVER (ORDER BY l.budget_minor DESC, l.id DESC) - 1 AS place FROM crm.lead l WHERE l.name LIKE 'Fair %') AS all_of_them
            WHERE place BETWEEN 1 AND 11), 'and behind the first of them');

-- The leads of the Sales Person with that tag, in their order; `more` leaves all of them.
CREATE FUNCTION pg_temp.fair(s text, more jsonb) RETURNS TABLE (id bigint, name text, place bigint) LANGUAGE sql AS $$
    SELECT l.id, l.name, row_number() OVER (ORDER BY CASE s WHEN 'newest' THEN -extract(epoch FROM l.created_at) WHEN 'oldest' THEN extract(epoch FROM l.created_at) WHEN 'budget' THEN -l.budget_minor
                                                       WHEN 'score' THEN -l.score WHEN 'follow-up' THEN extract(epoch FROM l.follow_up_at) ELSE right(l.name, 4)::bigint END, l.id DESC)
      FROM crm.lead l WHERE l.name LIKE 'Fair %' AND l.assignee = pg_temp.person('sales')
$$;
-- A Sales Person's own are gathered by a function of the owner: never another's, and nobody's for whoever is nobody.
SELECT is(pg_temp.count('crm_sales', who, list), wanted::bigint, format('%s counts their own: %s', who, list))
  FROM (VALUES ('sales', '{"tag": "fair"}'::jsonb, 201), ('sales', '{"tag": "fair", "score_to": "4"}', 46), ('sales', '{"tag": "fair", "nobody": "true"}', 0), ('other', '{"tag": "fair"}', 0),
               ('other', '{"tag": "vip"}', 1), ('sales', jsonb_build_object('tag', 'vip', 'assignee', pg_temp.person('other')), 0),
               ('sales', jsonb_build_object('tag', 'fair', 'fields', jsonb_build_array(jsonb_build_object('field', pg_temp.field('seats'), 'from', '77'))), 46)) AS v (who, list, wanted);
UPDATE crm.lead SET deleted_at = now() WHERE name = 'Lead of other';
SELECT is(pg_temp.count('crm_sales', 'other', '{"tag": "vip"}'), 0::bigint, 'nor one that is deleted');
SELECT is(pg_temp.count('crm_sales', NULL, '{"tag": "fair"}'), 0::bigint, 'nobody has none');
SELECT is(pg_temp.attempt(r, w, 'SELECT crm.lead_picked_own(crm.lead_filter_of(''{"tag": "fair"}''), 9)'), wanted, format('%s: lead_picked_own()', r))
  FROM (VALUES ('crm_sales', 'sales', '1'), ('crm_manager', 'manager', '42501'), ('crm_customer', 'customer', '42501')) AS v (r, w, wanted);

-- What a Sales Person looks for in an order, when many of their own have it, is met on the way through the order.
SELECT is(pg_temp.ask('crm_sales', 'sales', jsonb_build_object('text', 'fair', 'sort', s) || more, NULL, 3) || ' … ' ||
          pg_temp.ask('crm_sales', 'sales', jsonb_build_object('text', 'fair', 'sort', s) || more, (SELECT id FROM pg_temp.fair(s, more) WHERE place = 3), 2),
          (SELECT string_agg(name, ', ' ORDER BY place) FILTER (WHERE place <= 3) || ' … ' || string_agg(name, ', ' ORDER BY place) FILTER (WHERE place IN (4, 5)) FROM pg_temp.fair(s, more)),
          format('their own by %s %s', s, more))
  FROM unnest('{newest,oldest,budget,score,follow-up,name}'::text[]) AS s, (VALUES ('{}'::jsonb), ('{"source": "referral"}'), ('{"tag": "fair"}')) AS m (more);
UPDATE crm.lead SET email = 'Quarn@Example.in' WHERE name = 'Asha Rao-Iyer';
SELECT is(pg_temp.ask(r, w, '{"text": "quarn@ex"}'), 'Asha Rao-Iyer', format('%s: an address in capitals', r)) FROM (VALUES ('crm_manager', 'manager'), ('crm_sales', 'sales')) AS v (r, w);

CREATE TEMP TABLE everyone AS SELECT id FROM crm.lead;
GRANT SELECT ON everyone TO crm_sales, crm_manager, crm_customer;
-- Of a number the index is asked for the last five digits; all that were given have to be there, in the phone, the email or the name.
INSERT INTO crm.lead (name, email, phone) VALUES ('Number One', NULL, '+919811122233'), ('Number Two', 'n8811122233@example.in', '+917700022233'), ('Number 122233', NULL, NULL);
SELECT is(pg_temp.ask('crm_manager', 'manager', jsonb_build_object('text', v.said, 'digits', v.digits)), v.found, format('the number %s', v.said))
  FROM (VALUES ('98111 22233', '9811122233', 'Number One'), ('9811122233', '9811122233', 'Number One'), ('8811122233', '8811122233', 'Number Two'), ('1122233', '1122233', 'Number Two, Number One'),
               ('122233', '122233', 'Number 122233, Number Two, Number One'), ('70002 2233', '700022233', 'Number Two'), ('9911122233', '9911122233', 'none')) AS v (said, digits, found);
SELECT is(pg_temp.ask('crm_manager', 'manager', '{"text": "+917700"}'), 'Number Two', 'what is a text to the bot is looked for in numbers too');
-- The tags of a Sales Person's leads are asked for by a function of the owner, and of nobody else's.
SELECT is(pg_temp.attempt(r, w, format('SELECT unnest(crm.lead_narrowed_own(ARRAY(SELECT id FROM pg_temp.everyone), crm.lead_filter_of(%L)))', f)), wanted, format('%s %s: lead_narrowed_own()', w, f))
  FROM (VALUES ('crm_sales', 'other', '{"tag": "fair"}', '0'), ('crm_manager', 'manager', '{"tag": "fair"}', '42501'), ('crm_customer', 'customer', '{"tag": "fair"}', '42501')) AS v (r, w, f, wanted);
SELECT is(pg_temp.attempt('crm_sales', 'sales', 'SELECT 1 WHERE cardinality(crm.lead_narrowed_own(ARRAY(SELECT id FROM pg_temp.everyone), crm.lead_filter_of(''{"tag": "fair"}''))) > 100'), '1', 'their own are found');
SELECT is(pg_temp.ask('crm_sales', 'sales', '{"text": "fair", "tag": "vip"}'), 'none', 'and what has no such tag is not');

SELECT * FROM finish(true);
ROLLBACK;
