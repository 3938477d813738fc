"""What is typed into forms: a value for each type of the table, and for some commands better ones."""

import itertools
import re
import uuid

_count = itertools.count(1)


def lead(stack, assignee=None):
    """A lead to act on; returns its number as text."""
    status = "assigned" if assignee else "new"
    return str(stack.sql("INSERT INTO crm.lead (name, status, assignee) VALUES (%s, %s, %s) RETURNING id",
                         f"Lead to act on {next(_count)}", status, assignee and assignee.id)[0][0])


def person(stack, role="sales"):
    """A colleague to act on; returns the user name."""
    return stack.add_account("sample" + uuid.uuid4().hex[:8], role, name=f"Sample {next(_count)}").username


def assigned_lead(stack):
    return lead(stack, stack.add_account("owner" + uuid.uuid4().hex[:8]))


def owner(stack):
    """A Sales Person who has a lead; returns the user name."""
    account = stack.add_account("owner" + uuid.uuid4().hex[:8])
    lead(stack, account)
    return account.username


def deleted_lead(stack):
    number = lead(stack)
    stack.sql("UPDATE crm.lead SET deleted_at = now() WHERE id = %s", int(number))
    return number


def awaited_lead(stack):
    """A lead that somebody is to follow up."""
    number = assigned_lead(stack)
    stack.sql("UPDATE crm.lead SET follow_up_at = '2030-11-01 10:00+05:30' WHERE id = %s", int(number))
    return number


def disabled_person(stack):
    username = person(stack)
    stack.sql("UPDATE crm.person SET enabled = false WHERE username = %s", username)
    return username


def team(stack, *members):
    """A team with these people in it; returns its name."""
    name = f"Team {next(_count)}"
    number = stack.sql("INSERT INTO crm.team (name) VALUES (%s) RETURNING id", name)[0][0]
    for username in members:
        stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT %s, id FROM crm.person WHERE username = %s", number, username)
    return name


# What a command acts on, by the table's word for it; then the commands that need one in a certain state.
def visitor(stack):
    return str(stack.sql("INSERT INTO crm.visitor (address, present) VALUES (%s, true) RETURNING id", f"sample{next(_count)}@guest.{stack.domain}")[0][0])


def spreadsheet(stack, state="waiting"):
    """An import of one row, and what it is."""
    number = stack.sql("INSERT INTO crm.import (person_id, file, state, headers, fields, rows, good) SELECT min(id), 'leads.csv', %s, E'Name\\x1fMobile',"
                       " E'name\\x1f', 1, 1 FROM crm.person WHERE username = 'profanity-manager' RETURNING id", state)[0][0]
    stack.sql("INSERT INTO crm.import_row (import_id, number, cells) VALUES (%s, 2, E'Sample\\x1f9876500000')", number)
    return str(number)


def done_spreadsheet(stack):
    return spreadsheet(stack, "done")


def poll(stack):
    """A poll that asks everybody there is."""
    number = stack.sql("INSERT INTO crm.poll (question, choices, audience, started_by, deadline) SELECT 'Tea?', '{yes,no}', 'everyone', min(id),"
                       " now() + interval '1 hour' FROM crm.person WHERE kind = 'staff' RETURNING id")[0][0]
    stack.sql("INSERT INTO crm.poll_person (poll_id, person_id, told_at) SELECT %s, id, now() FROM crm.person WHERE kind = 'staff'", number)
    stack.sql("INSERT INTO crm.vote (poll_id, person_id) SELECT poll_id, person_id FROM crm.poll_person WHERE poll_id = %s", number)
    return str(number)


def defined(stack, table):
    """A source or a field that an Admin has added; returns its name, which is what a list has."""
    name = f"made{next(_count)}"
    more = ", type) VALUES (%s, %s, 'text')" if table == "lead_field" else ") VALUES (%s, %s)"
    stack.sql(f"INSERT INTO crm.{table} (name, label" + more, name, name.capitalize())
    return name


def saved(stack):
    """A search that everybody has saved under the same name, which this returns."""
    name = f"Hot {next(_count)}"
    stack.sql("INSERT INTO crm.saved_search (person_id, name, command, arguments)"
              " SELECT id, %s, 'lead.list', jsonb_build_object('tag', %s) FROM crm.person WHERE kind = 'staff'", name, waiting_tag(stack))
    return name


def asked_for_a_list(stack):
    """Everybody has just asked for a list, which they can save."""
    stack.sql("INSERT INTO crm.audit (person_id, who, surface, request, command, outcome)"
              " SELECT id, username, 'chat', 'sample', 'lead.list', 'done' FROM crm.person WHERE kind = 'staff'")
    return {"name": f"Hot {next(_count)}"}


def waiting(stack):
    """A lead that waits for somebody who is free, while nobody is."""
    stack.sql("INSERT INTO crm.assign_waiting (lead_id) VALUES (%s)", int(lead(stack)))
    return {}


def rule(stack):
    return str(stack.sql("INSERT INTO crm.assign_rule (tag, language) VALUES ('vip', 'de') RETURNING id")[0][0])


def waiting_tag(stack):
    """A tag of one lead that is nobody's."""
    tag = f"fair{next(_count)}"
    stack.sql("INSERT INTO crm.lead_tag VALUES (%s, %s)", int(lead(stack)), tag)
    return tag


TARGETS = {"lead": lead, "person": person, "visitor": visitor, "import": spreadsheet, "poll": poll}
BETTER_TARGETS = {"import.undo": done_spreadsheet, "lead.done": awaited_lead, "lead.handover": owner, "lead.restore": deleted_lead, "lead.snooze": awaited_lead, "lead.status": assigned_lead,
                  "user.enable": disabled_person}

# A list takes the first of its choices that is one; these are for what is typed.
TYPES = {
    "text": lambda stack: f"Sample {next(_count)}",
    "longtext": lambda stack: "Needs 20 seats\nby March",
    "email": lambda stack: f"asha{next(_count)}@example.in",
    "phone": lambda stack: f"+91 98765 {43210 + next(_count)}",
    "money": lambda stack: "50000 INR",
    "date": lambda stack: "2030-12-01 10:30",
    "age": lambda stack: "3 days",
    "person": person,
    "command": lambda stack: "lead.add",
    "number": lambda stack: "1000000",
    "boolean": lambda stack: True,
}


def leaver(stack):
    username = person(stack)
    return {"team": team(stack, username), "member": username}


# Where a sample of the type is well formed and makes no sense: {command: values by parameter}, made before the form opens, because its
# lists are. None leaves a field as it is.
BETTER = {
    "lead.assign": lambda stack: {"assignee": person(stack)},    # the first of the list is nobody
    "lead.find": lambda stack: {"tag": waiting_tag(stack), "show": None, "score_from": "1", "score_to": "99"},
    "lead.handover": lambda stack: {"to": person(stack)},
    "lead.list": lambda stack: {"tag": waiting_tag(stack), "show": None, "score_from": "1", "score_to": "99"},
    "help": lambda stack: {"command": "lead.add"},
    "audit.list": lambda stack: {"record": "lead-1"},
    "lead.export": lambda stack: {"tag": waiting_tag(stack), "show": None, "score_from": "1", "score_to": "99"},
    "lead.merge": lambda stack: {"into": lead(stack)},
    "lead.distribute": lambda stack: {"source": None, "tag": waiting_tag(stack), "import": None},
    "lead.apart": lambda stack: {"from": lead(stack)},
    "lead.duplicates": lambda stack: {"of": lead(stack)},
    "lead.status": lambda stack: {"status": "contacted", "reason": None},
    "field.add": lambda stack: {"choices": None},
    "field.remove": lambda stack: {"field": defined(stack, "lead_field")},
    "import.columns": lambda stack: {"columns": "Mobile = phone"},
    "import.file": lambda stack: {"link": f"http://127.0.0.1:{stack.port('HTTP')}/file_share/sample/leads.csv"},
    "poll.ask": lambda stack: {"choices": "yes, no, later", "deadline": "in 30 minutes", "team": None, "tag": None, "room": None},
    "poll.start": lambda stack: {"deadline": "in 30 minutes", "team": None, "tag": None},
    "rule.add": lambda stack: {"tag": "vip", "person": None, "team": None, "people": None, "language": "de"},
    "rule.drop": lambda stack: {"rule": rule(stack)},
    "source.remove": lambda stack: {"source": defined(stack, "lead_source")},
    "lead.tag": lambda stack: {"tags": "vip, excel"},
    "profile": lambda stack: {"name": None, "time_zone": "Asia/Kolkata", "locale": "en-IN", "languages": "en, hi", "digest_hour": "8"},
    "queue.clear": waiting,
    "saved.add": asked_for_a_list,
    "saved.remove": lambda stack: {"name": saved(stack)},
    "saved.run": lambda stack: {"name": saved(stack)},
    "settings.set": lambda stack: {"setting": "desk.away_seconds", "value": "90"},
    "team.join": lambda stack: {"team": team(stack)},
    "team.lead": lambda stack: {"team": team(stack)},
    "team.leave": leaver,
    "team.list": lambda stack: {"team": team(stack)},
    "team.delete": lambda stack: {"team": team(stack)},
    "team.rename": lambda stack: {"team": team(stack)},
    "user.tag": lambda stack: {"tags": "excel, german"},
    "user.edit": lambda stack: {"time_zone": "Asia/Dubai"},
    "user.add": lambda stack: {"account": "new" + uuid.uuid4().hex[:8], "role": "sales"},
}


# What a command that changes something leaves in the database: a question that is true afterwards. %(target)s is what it acts on, the others are
# what was typed, by parameter. A new row of the table needs a line here.
LEAD = "SELECT count(*) = 1 FROM crm.lead WHERE id = %(target)s::bigint AND "
PERSON = "SELECT count(*) = 1 FROM crm.person WHERE username = %(target)s AND "
MEMBER = "EXISTS (SELECT 1 FROM crm.team_member m JOIN crm.team t ON t.id = m.team_id JOIN crm.person p ON p.id = m.person_id" \
         " WHERE t.name = %(team)s AND p.username = %(member)s)"
NOTED = " AND EXISTS (SELECT 1 FROM crm.lead_note n WHERE n.lead_id = %(target)s::bigint AND n.body = %(note)s)"
AWAITED = "to_char(follow_up_at AT TIME ZONE 'Asia/Kolkata', 'YYYY-MM-DD HH24:MI') = "
STORED = {
    # Taken away again: the forms of leads would have it.
    "field.add": "WITH gone AS (DELETE FROM crm.lead_field WHERE label = %(name)s RETURNING 1) SELECT count(*) = 1 FROM gone",
    "field.remove": "SELECT count(*) = 0 FROM crm.lead_field WHERE name = %(field)s",
    "import.columns": "SELECT fields LIKE '%%phone%%' FROM crm.import WHERE id = %(target)s::bigint",
    "import.file": "SELECT count(*) = 1 FROM crm.import WHERE link = %(link)s",
    "import.start": "SELECT state IN ('running', 'done') FROM crm.import WHERE id = %(target)s::bigint",
    "import.undo": "SELECT state IN ('undoing', 'undone') FROM crm.import WHERE id = %(target)s::bigint",
    "lead.autoassign": LEAD + "(assignee IS NOT NULL OR id IN (SELECT lead_id FROM crm.assign_waiting))",
    "lead.distribute": "SELECT l.assignee IS NOT NULL OR EXISTS (SELECT FROM crm.assign_waiting w WHERE w.lead_id = l.id)"
                       " FROM crm.lead l JOIN crm.lead_tag t ON t.lead_id = l.id WHERE t.tag = %(tag)s",
    "queue.clear": "SELECT count(*) = 0 FROM crm.assign_waiting",
    "lead.erase": LEAD + "erased_at IS NOT NULL",
    "lead.export": "SELECT count(*) > 0 FROM (SELECT kind FROM crm.job WHERE kind = 'lead.export' UNION ALL SELECT name FROM crm.file) AS made",
    "lead.merge": LEAD + "merged_into = %(into)s::bigint",
    "lead.apart": "SELECT count(*) = 1 FROM crm.twin_apart WHERE one = least(%(target)s::bigint, %(from)s::bigint)"
                  " AND other = greatest(%(target)s::bigint, %(from)s::bigint)",
    "poll.ask": "SELECT count(*) = 1 FROM crm.poll WHERE question = %(question)s",
    "poll.close": "SELECT state <> 'open' FROM crm.poll WHERE id = %(target)s::bigint",
    "poll.start": "SELECT count(*) = 1 FROM crm.poll WHERE lead_id = %(target)s::bigint",
    "poll.vote": "SELECT count(*) = 1 FROM crm.vote WHERE poll_id = %(target)s::bigint AND answer > 0",
    "rule.add": "SELECT count(*) > 0 FROM crm.assign_rule WHERE tag = %(tag)s AND language = %(language)s",
    "rule.drop": "SELECT count(*) = 0 FROM crm.assign_rule WHERE id = %(rule)s::bigint",
    "saved.add": "SELECT count(*) = 1 FROM crm.saved_search WHERE name = %(name)s AND removed_at IS NULL",
    "saved.remove": "SELECT count(*) = 1 FROM crm.saved_search s JOIN crm.person p ON p.id = s.person_id"
                    " WHERE p.username = %(self)s AND s.name = %(name)s AND s.removed_at IS NOT NULL",
    "source.add": "SELECT count(*) = 1 FROM crm.lead_source WHERE label = %(name)s",
    "source.remove": "SELECT count(*) = 0 FROM crm.lead_source WHERE name = %(source)s AND NOT retired",
    "user.tag": "SELECT count(*) = 2 FROM crm.person_tag t JOIN crm.person p ON p.id = t.person_id WHERE p.username = %(target)s",
    "lead.add": "SELECT count(*) = 1 FROM crm.lead WHERE name = %(name)s AND email = %(email)s AND phone = translate(%(phone)s, ' ', '')"
                " AND source = %(source)s AND budget_minor = 5000000 AND requirements = %(requirements)s"
                " AND assignee = (SELECT id FROM crm.person WHERE username = %(assignee)s)"
                " AND " + AWAITED + "%(follow_up)s",
    "lead.assign": LEAD + "assignee = (SELECT id FROM crm.person WHERE username = %(assignee)s) AND status = 'assigned'",
    "lead.delete": LEAD + "deleted_at IS NOT NULL",
    "lead.done": LEAD + "followed_up_at IS NOT NULL AND " + AWAITED + "%(next)s" + NOTED,
    "lead.edit": LEAD + "name = %(name)s AND email = %(email)s AND phone = translate(%(phone)s, ' ', '') AND source = %(source)s"
                        " AND budget_minor = 5000000 AND requirements = %(requirements)s"
                        " AND " + AWAITED + "%(follow_up)s",
    "lead.followup": LEAD + AWAITED + "%(when)s" + NOTED,
    "lead.handover": "SELECT count(*) = 1 FROM crm.lead l JOIN crm.person p ON p.id = l.assignee WHERE p.username = %(to)s",
    "lead.note": "SELECT count(*) = 1 FROM crm.lead_note WHERE lead_id = %(target)s::bigint AND body = %(text)s",
    "lead.restore": LEAD + "deleted_at IS NULL",
    "lead.snooze": LEAD + AWAITED + "%(until)s",
    "lead.status": LEAD + "status = %(status)s",
    "lead.tag": "SELECT array_agg(tag ORDER BY tag) = ARRAY['excel', 'vip'] FROM crm.lead_tag WHERE lead_id = %(target)s::bigint",
    "profile": "SELECT count(*) = 1 FROM crm.person WHERE username = %(self)s AND phone = translate(%(phone)s, ' ', '')"
               " AND time_zone = %(time_zone)s AND locale = %(locale)s AND languages = %(languages)s",
    "settings.set": "SELECT value = %(value)s FROM crm.setting WHERE key = %(setting)s",
    "team.add": "SELECT count(*) = 1 FROM crm.team t JOIN crm.person p ON p.id = t.leader WHERE t.name = %(name)s AND p.username = %(leader)s",
    "team.join": "SELECT " + MEMBER,
    "team.lead": "SELECT count(*) = 1 FROM crm.team t JOIN crm.person p ON p.id = t.leader WHERE t.name = %(team)s AND p.username = %(leader)s",
    "team.leave": "SELECT NOT " + MEMBER,
    "team.delete": "SELECT count(*) = 0 FROM crm.team WHERE name = %(team)s",
    "team.rename": "SELECT count(*) = 1 FROM crm.team WHERE name = %(name)s",
    "user.add": "SELECT count(*) = 1 FROM crm.person WHERE kind = 'staff' AND username = %(account)s AND name = %(name)s AND role = %(role)s"
                " AND email = %(email)s AND phone = translate(%(phone)s, ' ', '')",
    "user.disable": PERSON + "NOT enabled",
    "user.edit": PERSON + "name = %(name)s AND email = %(email)s AND phone = translate(%(phone)s, ' ', '') AND time_zone = %(time_zone)s",
    "user.enable": PERSON + "enabled",
    "user.password": "SELECT count(*) = 1 FROM crm.account_link l JOIN crm.person p ON p.id = l.person_id WHERE p.username = %(target)s",
    "user.role": PERSON + "role = %(role)s",
    "user.sessions": PERSON + "enabled",    # who has no session: what it ends is another test's
}


class Typist:
    """Knows what to type into the fields of one command; makes the records that it acts on."""

    def __init__(self, stack, command):
        self.stack = stack
        self.command = command
        self.better = BETTER.get(command["name"], lambda stack: {})(stack)
        self.target = None
        self.typed = {}
        if command["target"]:
            make = BETTER_TARGETS.get(command["name"]) or TARGETS.get(command["target"])
            assert make, f"samples.py has no {command['target']} for {command['name']} to act on"
            self.target = make(stack)

    def stored(self, username):
        """Whether the database has what was typed; of a command that changes nothing there is nothing to have."""
        if self.command["effect"] == "read":
            return True
        assert self.command["name"] in STORED, f"samples.py does not say what {self.command['name']} leaves in the database"
        question, known = STORED[self.command["name"]], {**self.typed, "target": self.target, "self": username}
        values = [known[name] for name in re.findall(r"%\((\w+)\)s", question)]
        return self.stack.sql(re.sub(r"%\(\w+\)s", "%s", question), *values) == [(True,)]

    def value(self, field):
        """What to type into this field; None: nothing. field.options are a list's values, "-" being none of them."""
        param = next((param for param in self.command["params"] if param["label"] == field.label), None)
        value = self._value(field)
        if param is not None:
            self.typed[param["name"]] = field.value if value is None else value
        return value

    def _value(self, field):
        param = next((param for param in self.command["params"] if param["label"] == field.label), None)
        if param is None:
            return True if field.label == "Yes, do it" else self.target
        if param["name"] in self.better:
            return self.better[param["name"]]
        if field.options:
            return next((option for option in field.options if option != "-"), None)
        assert param["type"] in TYPES, f"samples.py has no value for the type {param['type']}, which {self.command['name']} has"
        return TYPES[param["type"]](self.stack)
