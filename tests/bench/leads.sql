-- Leads by the number %(count)s, a third of them with a tag, as years of work leave them: the newest are open, names and words repeat, one in five is nobody's. %(person)s has
-- %(own)s of them, evenly spread; the rest is shared by the other Sales Persons. Written without triggers: the history of a lead is not what is measured; the words of their names are (crm.lead_words()),
-- and they have scores, or crmd would work on a million of them meanwhile.
SET session_replication_role = replica;
INSERT INTO crm.lead (id, name, email, phone, source, status, reason, assignee, creator, budget_minor, budget_currency, requirements, follow_up_at, score, created_at, updated_at)
OVERRIDING SYSTEM VALUE SELECT n, first.name || ' ' || last.name || CASE WHEN n %% 7 = 0 THEN ' & Sons' ELSE '' END,
       lower(first.name) || n || '@example.in', '+91' || 7000000000 + n,
       (ARRAY['direct', 'website', 'linkedin', 'referral', 'chat'])[1 + n / 350 %% 5], status.now, CASE WHEN status.now = 'lost' THEN 'No budget' END,
       owner.id, %(creator)s, CASE WHEN n %% 3 > 0 THEN (n %% 997) * 100000 END, CASE WHEN n %% 3 > 0 THEN 'INR' END,
       'Wants training number ' || n, CASE WHEN status.now = 'follow-up' THEN now() + (n %% 90) * interval '1 day' END, n %% 101, made.at, made.at
  FROM generate_series(1, %(count)s) n
  JOIN unnest(ARRAY['Asha', 'Kiran', 'Ravi', 'Meera', 'Vikram', 'Anita', 'Suresh', 'Divya', 'Arjun', 'Leela']) WITH ORDINALITY AS first (name, number)
    ON first.number = 1 + n %% 10
  JOIN unnest(ARRAY['Rao', 'Patel', 'Sharma', 'Iyer', 'Khan', 'Das', 'Nair', 'Singh', 'Mehta', 'Bose', 'Gupta', 'Joshi', 'Reddy']) WITH ORDINALITY AS last (name, number)
    ON last.number = 1 + n %% 13
 CROSS JOIN LATERAL (SELECT now() - (%(count)s - n) * interval '1 minute' AS at) made
 CROSS JOIN LATERAL (SELECT CASE WHEN n %% (%(count)s / %(own)s) = 0 THEN %(person)s::bigint
                                 WHEN n %% 5 = 1 THEN NULL
                                 ELSE (%(others)s::bigint[])[1 + n %% cardinality(%(others)s::bigint[])] END AS id) owner
 CROSS JOIN LATERAL (SELECT CASE WHEN owner.id IS NULL THEN 'new' WHEN n / 50 %% 10 < 4 THEN 'won' WHEN n / 50 %% 10 < 8 THEN 'lost'
                                 WHEN n / 50 %% 10 = 8 THEN 'follow-up' ELSE 'contacted' END AS now) status;
INSERT INTO crm.lead_tag (lead_id, tag) SELECT n, (ARRAY['vip', 'excel', 'german', 'fair'])[1 + drawn] FROM generate_series(1, %(count)s) n, LATERAL (SELECT abs(hashint8(n)::bigint) %% 12 AS drawn) d WHERE drawn < 4;
INSERT INTO crm.lead_tag (lead_id, tag) SELECT n, 'rare' FROM generate_series(1, %(count)s) n WHERE n %% 4950 = 0;
INSERT INTO crm.lead_word (word) SELECT DISTINCT w FROM crm.lead l, regexp_split_to_table(l.sort_name, '[^[:alpha:]]+') AS w WHERE length(w) BETWEEN 3 AND 40;
RESET session_replication_role;
SELECT setval(pg_get_serial_sequence('crm.lead', 'id'), %(count)s);
