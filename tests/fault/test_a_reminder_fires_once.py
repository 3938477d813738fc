"""crmd, Prosody or PostgreSQL dies while a reminder is being written: its person hears it once."""

import pytest

from faults import locked, until_held_up
from support.records import add_lead


def reminds(number):
    return lambda m: f"lead {number}, Killed once" in (m.body or "")


@pytest.mark.parametrize("process", ["crmd", "prosody", "postgres"])
@pytest.mark.parametrize("table", ["crm.outbox", "crm.job"])
async def test_a_reminder_is_heard_once(account, login, stack, process, table):
    priya = account("priya", "sales")
    client = await login(priya)
    number = add_lead(stack, name="Killed once", status="assigned", assignee=priya.id)
    stack.sql("UPDATE crm.lead SET follow_up_at = now() + interval '2 seconds' WHERE id = %s", number)
    with locked(stack, table):
        await until_held_up(stack, table)
        stack.kill(process)
    stack.start(process)
    stack.wait()
    if process == "prosody":
        client = await login(priya)
    await client.messages.expect(reminds(number), timeout=30)
    await client.messages.expect_nothing(reminds(number))
    assert stack.sql("SELECT count(*) FROM crm.outbox WHERE recipient = %s AND body LIKE '%%Killed once%%'", priya.address) == [(1,)]
    assert stack.sql("SELECT data->>'stage' FROM crm.job WHERE kind = 'lead.remind' AND key = %s", str(number)) == [("missed",)]
