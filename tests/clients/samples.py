"""What is typed into forms: a value for each type of the table, and for some commands better ones."""

import itertools
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


def deleted_lead(stack):
    number = lead(stack)
    stack.sql("UPDATE crm.lead SET deleted_at = now() WHERE id = %s", int(number))
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
TARGETS = {"lead": lead, "person": person}
BETTER_TARGETS = {"lead.restore": deleted_lead, "lead.status": assigned_lead, "user.enable": disabled_person}

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
    "lead.list": lambda stack: {"tag": "vip"},
    "help": lambda stack: {"command": "lead.add"},
    "audit.list": lambda stack: {"record": "lead-1"},
    "lead.status": lambda stack: {"status": "contacted", "reason": None},
    "lead.tag": lambda stack: {"tags": "vip, excel"},
    "profile": lambda stack: {"name": None, "time_zone": "Asia/Kolkata", "locale": "en-IN", "languages": "en, hi"},
    "settings.set": lambda stack: {"setting": "desk.away_seconds", "value": "90"},
    "team.join": lambda stack: {"team": team(stack)},
    "team.lead": lambda stack: {"team": team(stack)},
    "team.leave": leaver,
    "team.list": lambda stack: {"team": team(stack)},
    "user.add": lambda stack: {"account": "new" + uuid.uuid4().hex[:8], "role": "sales"},
}


class Typist:
    """Knows what to type into the fields of one command; makes the records that it acts on."""

    def __init__(self, stack, command):
        self.stack = stack
        self.command = command
        self.better = BETTER.get(command["name"], lambda stack: {})(stack)
        self.target = None
        if command["target"]:
            make = BETTER_TARGETS.get(command["name"]) or TARGETS.get(command["target"])
            assert make, f"samples.py has no {command['target']} for {command['name']} to act on"
            self.target = make(stack)

    def value(self, field):
        """What to type into this field; None: nothing. field.options are a list's values, "-" being none of them."""
        param = next((param for param in self.command["params"] if param["label"] == field.label), None)
        if param is None:
            return True if field.label == "Yes, do it" else self.target
        if param["name"] in self.better:
            return self.better[param["name"]]
        if field.options:
            return next((option for option in field.options if option != "-"), None)
        assert param["type"] in TYPES, f"samples.py has no value for the type {param['type']}, which {self.command['name']} has"
        return TYPES[param["type"]](self.stack)
