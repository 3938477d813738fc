"""The matrix: command × role × way in × step, generated from the program's own table (support/table.py), so that a new row is covered without
another line. Where the table opens a command to a role, no step of it says "forbidden"; where it does not, every one does, in the same sentence."""

import itertools

import pytest
import pytest_asyncio

from support.records import add_lead, put_person
from support.staff import Staff
from support.table import ROLES, at_a_lead, commands

CASES = list(itertools.product(commands(), ROLES))
WAYS_IN = [(name, role, way_in) for name, role in CASES for way_in in ("service", "bot", "record")
           if way_in != "record" or name in at_a_lead()]
CLOSED = [(name, role) for name, role in CASES if role not in commands()[name]["roles"]]
PAGES = 12    # more than any form has


@pytest.fixture(scope="module")
def example(stack):
    """Something right to put into a field, by its name, for a row."""
    put_person(stack, "priya", name="Priya Nair")
    number = add_lead(stack, "Of the matrix")

    def make(row, var):
        param = next((param for param in row["params"] if param["name"] == var), None)
        if param is None:
            return {"lead": str(number), "visitor": "17", "person": "priya", "poll": "9"}.get(var, "")
        known = {"person": "priya", "command": "me"}.get(param["type"])
        return known or next(iter(param["choices"]), param["example"])
    return make


def address_of(stack, way_in, person):
    """Where to ask for it."""
    if way_in == "record":
        return f"lead-{add_lead(stack, 'Of the matrix', person.id)}@{stack.component}"
    return {"service": stack.component, "bot": f"bot@{stack.component}"}[way_in]


def is_forbidden(step):
    return step.condition == "forbidden" or any(text.startswith("Forbidden") for _, text in step.notes)


def fill(step, row, example):
    return {field.var: example(row, field.var) for field in step.fields if field.var and field.var != "confirm"}


@pytest.mark.parametrize("name, role, way_in", WAYS_IN)
async def test_forms(chameleon, stack, example, name, role, way_in):
    row, client = commands()[name], chameleon(role)
    address = address_of(stack, way_in, client.account)
    step = await client.commands_of(address).execute(name)
    if role not in row["roles"]:
        assert (step.status, step.condition) == ("error", "forbidden") and step.text.startswith("Forbidden")
        assert (await client.ask_bot(row["examples"][0])) == step.text, "one sentence wherever it is asked for"
        return
    for _ in range(PAGES):
        assert not is_forbidden(step), step.text
        if step.status != "executing" or any(field.type == "fixed" for field in step.fields):
            break
        step = await step.next(**fill(step, row, example))
    assert step.status in ("completed", "executing"), step.text


@pytest.mark.parametrize("name, role", CLOSED)
async def test_a_role_that_is_lost_on_the_way_is_forbidden_at_each_step(chameleon, stack, example, name, role):
    row = commands()[name]
    owner = row["roles"][0]
    for pages in range(PAGES):
        client = chameleon(owner)
        step = await client.commands.execute(name)
        for _ in range(pages):
            # Never the last page: what it does is another test's.
            step = await step.next(**fill(step, row, example))
        if step.status != "executing":
            break
        chameleon(role)
        words = (await client.commands.execute(name)).text
        for action in ("next", "prev", "complete"):
            lost = await step.go(action, **fill(step, row, example))
            assert (lost.status, lost.condition, lost.text) == ("error", "forbidden", words) and words.startswith("Forbidden")
        if "next" not in step.actions:
            break


@pytest_asyncio.fixture(scope="module")
async def customer(stack):
    client = await Staff.login(stack, stack.add_account("customer.of.the.matrix", "customer"))
    yield client
    await client.logout()


@pytest.mark.parametrize("name", commands())
async def test_customers_are_refused_every_command(customer, stack, name):
    for address in (stack.component, f"bot@{stack.component}", f"lead-{add_lead(stack)}@{stack.component}"):
        step = await customer.commands_of(address).execute(name)
        assert (step.status, step.condition) == ("error", "forbidden"), address
