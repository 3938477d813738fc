"""Rows that tests begin with, written straight into the database."""


def add_lead(stack, name="Asha Rao", assignee=None, **columns):
    """A lead; returns its number."""
    columns = {"name": name, "source": "direct", "assignee": assignee, "status": "assigned" if assignee else "new", **columns}
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    return stack.sql(f"INSERT INTO crm.lead ({names}) VALUES ({places}) RETURNING id", *columns.values())[0][0]


def quietly(stack, statement, *values):
    """Changes rows without triggers: no notice ends anybody's sessions, and no rule about moves is asked."""
    stack.sql(f"SET session_replication_role = replica; {statement}; RESET session_replication_role", *values)


def forget_additions(stack):
    """No lead has an email or phone any more: who gives one is not asked whether it is the same lead. Leads have no fields but their own. And none
    waits for somebody to come online: who did would be given it, and told so in the midst of the bot's answers."""
    quietly(stack, "DELETE FROM crm.assign_waiting")
    quietly(stack, "DELETE FROM crm.lead_value; DELETE FROM crm.lead_field; UPDATE crm.defined SET version = version + 1")
    quietly(stack, "UPDATE crm.lead SET email = NULL, phone = NULL WHERE email IS NOT NULL OR phone IS NOT NULL")


def change_role(stack, account, role):
    """The account keeps its sessions: what a next step may do must not depend on their end."""
    quietly(stack, "UPDATE crm.person SET role = %s WHERE id = %s", role, account.id)


def put_visitor(stack, number, taker=None):
    """The visitor of that number, whose conversation is that person's (an id) or waits."""
    stack.sql("INSERT INTO crm.visitor (id, address) OVERRIDING SYSTEM VALUE VALUES (%s, %s) ON CONFLICT DO NOTHING", number, f"put-{number}")
    stack.sql("INSERT INTO crm.conversation (visitor_id) VALUES (%s) ON CONFLICT DO NOTHING", number)
    stack.sql("UPDATE crm.conversation SET state = CASE WHEN %s::bigint IS NULL THEN 'waiting' ELSE 'open' END, taken_by = %s WHERE visitor_id = %s",
              taker, taker, number)


def put_lead(stack, number, assignee, name="Asha Rao"):
    """Makes this very lead as if it had just been assigned, or were nobody's, whatever happened to it before."""
    quietly(stack, "INSERT INTO crm.lead (id, name, assignee, status) OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, assignee = excluded.assignee, status = excluded.status, reason = NULL,"
            " deleted_at = NULL, merged_into = NULL, erased_at = NULL",
            number, name, assignee, "assigned" if assignee else "new")
    quietly(stack, "SELECT setval(pg_get_serial_sequence('crm.lead', 'id'), greatest((SELECT max(id) FROM crm.lead), 1000))")


def put_source(stack, name, label):
    """A source that an Admin has added."""
    stack.sql("INSERT INTO crm.lead_source (name, label) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET retired = false", name, label)


def put_field(stack, name, label):
    """A field of leads that an Admin has added."""
    stack.sql("INSERT INTO crm.lead_field (name, label, type) VALUES (%s, %s, 'text') ON CONFLICT DO NOTHING", name, label)


def put_saved(stack, name, person, command="lead.list", arguments="{}"):
    """A search that somebody has saved."""
    stack.sql("INSERT INTO crm.saved_search (person_id, name, command, arguments) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", person, name, command, arguments)


def put_person(stack, username, role="sales", name=None):
    """A person of exactly this user name, enabled; returns the number. Nobody can log in as them."""
    rows = stack.sql("INSERT INTO crm.person (kind, username, name, role) VALUES ('staff', %s, %s, %s) ON CONFLICT (kind, username)"
                     " DO UPDATE SET role = excluded.role, enabled = true, name = excluded.name RETURNING id",
                     username, name or username.capitalize(), role)
    return rows[0][0]


def retire_sales(stack, *staying):
    """Disables all Sales Persons but these, left behind by other tests: lists of people are as short as in a small company."""
    quietly(stack, "UPDATE crm.person SET enabled = false WHERE role = 'sales' AND id <> ALL (%s)", [account.id for account in staying])


def put_import(stack, number, person):
    """A spreadsheet that was read, of that person, and waits for a yes."""
    stack.sql("DELETE FROM crm.import WHERE id = %s", number)
    stack.sql("INSERT INTO crm.import (id, person_id, file, state, headers, fields, rows, good) OVERRIDING SYSTEM VALUE "
              "VALUES (%s, %s, 'leads.csv', 'waiting', E'Name\\x1fMobile', 'name\x1f', 1, 1)", number, person)
    stack.sql("INSERT INTO crm.import_row (import_id, number, cells) VALUES (%s, 2, E'Asha\\x1f9876500000')", number)


def put_poll(stack, number, *asked):
    """This very general poll, which runs, and asks these people (ids). A room hears how it ends, so that nothing comes between the bot's answers to them."""
    stack.sql("SELECT pg_advisory_xact_lock(hashtext('crm.poll'), %s); DELETE FROM crm.poll WHERE id = %s", number, number)  # it may be counted just now
    stack.sql("INSERT INTO crm.poll (id, question, choices, audience, room, started_by, deadline) OVERRIDING SYSTEM VALUE"
              " VALUES (%s, 'Tea?', '{yes,no}', 'all', 'team', %s, now() + interval '1 hour')", number, asked[0])
    stack.sql("INSERT INTO crm.poll_person (poll_id, person_id, told_at) SELECT %s, person, now() FROM unnest(%s) AS person", number, list(asked))
    stack.sql("INSERT INTO crm.vote (poll_id, person_id) SELECT %s, person FROM unnest(%s) AS person", number, list(asked))
    quietly(stack, "SELECT setval(pg_get_serial_sequence('crm.poll', 'id'), greatest((SELECT max(id) FROM crm.poll), 1000))")
