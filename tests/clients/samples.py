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


TARGETS = {"lead": lead, "user": person, "person": person}

# A list takes the first of its choices that is one; these are for what is typed.
TYPES = {
    "text": lambda stack: f"Sample {next(_count)}",
    "longtext": lambda stack: "Needs 20 seats\nby March",
    "email": lambda stack: f"asha{next(_count)}@example.in",
    "phone": lambda stack: f"+91 98765 {43210 + next(_count)}",
    "money": lambda stack: "50000 INR",
    "date": lambda stack: "2030-12-01 10:30",
    "person": person,
    "number": lambda stack: "1000000",
    "boolean": lambda stack: True,
}

# Where a sample of the type is well formed and makes no sense: {command: {parameter: value}}; None leaves it as it is.
BETTER = {
    "help": {"command": "lead.add"},
}


def value(stack, command, param, field):
    """What to type into this field; None: nothing. field.options are a list's values, "-" being none of them."""
    better = BETTER.get(command.name, {})
    if param.name in better:
        return better[param.name]
    if field.options:
        return next((option for option in field.options if option != "-"), None)
    assert param.type in TYPES, f"samples.py has no value for the type {param.type}, which {command.name} has"
    return TYPES[param.type](stack)


def target(stack, command):
    assert command.target in TARGETS, f"samples.py has no {command.target} for {command.name} to act on"
    return TARGETS[command.target](stack)
