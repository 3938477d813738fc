-- The desk: customers are known by their account, a visitor may be away and somewhere on the website.

-- A customer's account; NULL for visitors of the website. What staff see of a customer is the account's name, as it is now.
ALTER TABLE crm.visitor ADD COLUMN person_id bigint REFERENCES crm.person;
UPDATE crm.visitor v SET person_id = p.id FROM crm.person p WHERE p.kind = 'customer' AND v.address LIKE p.username || '@my.%';

-- All sessions are away: the browser was closed or lost its network a moment ago, or a customer's client says so.
ALTER TABLE crm.visitor ADD COLUMN away boolean NOT NULL DEFAULT false;

-- Where on the website the visitor is, as the widget says: a path, or NULL.
ALTER TABLE crm.visitor ADD COLUMN place text CHECK (length(place) <= 200);
