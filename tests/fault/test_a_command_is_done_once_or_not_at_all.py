"""crmd, Prosody or PostgreSQL dies in the middle of a command: of several leads at once, of an undo, of a form's last step. It is done once or not at all,
for all leads alike, and the person hears which."""

import asyncio

import pytest

from faults import locked, until_held_up
from support.records import add_lead

PROCESSES = ["crmd", "prosody", "postgres"]


@pytest.fixture
def leads(stack):
    """Four leads of nobody, named so that no other test has them."""
    return [add_lead(stack, name=f"Killed {n}") for n in range(4)]


def state(stack, leads):
    return [row[0] for row in stack.sql("SELECT status FROM crm.lead WHERE id = ANY (%s) ORDER BY id", leads)]


def moves(stack, leads):
    """How often these leads have changed their status."""
    return stack.sql("SELECT count(*) FROM crm.lead_event WHERE lead_id = ANY (%s) AND field = 'status'", leads)[0][0]


async def hears(account, login, client, process, words):
    """The answer, on the connection of before, or on the next one when Prosody has died."""
    if process == "prosody":
        client = await login(account)
    await client.messages.expect(lambda m: m.bare.startswith("bot@") and words in (m.body or ""), timeout=30)


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("table", ["crm.lead_event", "crm.outbox"])
async def test_several_leads_are_all_moved_once_and_said_so(account, login, stack, leads, process, table):
    ravi, manager = account("ravi", "sales"), account("manoj", "manager")
    client = await login(manager)
    line = f"assign {leads[0]}, {leads[1]} and {leads[2]} to {ravi.username}"
    with locked(stack, table):
        client.say(f"bot@{stack.component}", line)
        await until_held_up(stack, table)
        stack.kill(process)
    stack.start(process)
    stack.wait()
    await hears(manager, login, client, process, f"Lead {leads[2]}, Killed 2, is assigned")
    assert state(stack, leads) == ["assigned"] * 3 + ["new"]
    assert moves(stack, leads) == 3


@pytest.mark.parametrize("process", PROCESSES)
async def test_an_undo_takes_back_once(account, login, stack, leads, process):
    manager = account("manoj", "manager")
    client = await login(manager)
    await client.ask_bot(f"assign {leads[0]}, {leads[1]} to {account('ravi', 'sales').username}")
    with locked(stack, "crm.audit"):
        client.say(f"bot@{stack.component}", "undo")
        await until_held_up(stack, "crm.audit")
        stack.kill(process)
    stack.start(process)
    stack.wait()
    await hears(manager, login, client, process, "Undone.")
    assert state(stack, leads) == ["new"] * 4
    assert moves(stack, leads) == 4


@pytest.mark.parametrize("process", ["crmd", "postgres"])
async def test_a_forms_last_step_can_be_sent_again(account, login, stack, leads, process):
    """Prosody's death ends the stream, and with it the form."""
    client = await login(account("manoj", "manager"))
    ravi = account("ravi", "sales")
    page = await (await client.commands.execute("lead.assign")).next(lead=f"{leads[0]}, {leads[1]}")
    page.adhoc.timeout = 20 if process == "postgres" else 3
    with locked(stack, "crm.audit"):
        first = asyncio.ensure_future(page.complete(assignee=ravi.username))
        await until_held_up(stack, "crm.audit")
        stack.kill(process)
    stack.start(process)
    stack.wait()
    if process == "postgres":
        assert "Nothing was changed; try again in a moment." in (await first).text
        assert moves(stack, leads) == 0
    else:
        assert (await first).condition == "remote-server-timeout"    # mod_crm_link answers for a crmd that has died
    page.adhoc.timeout = 20
    again = await page.complete(assignee=ravi.username)
    assert again.status == "completed" and f"Lead {leads[1]}, Killed 1, is assigned" in again.words
    once_more = await page.complete(assignee=ravi.username)
    assert once_more.words == again.words
    assert state(stack, leads) == ["assigned"] * 2 + ["new"] * 2
    assert moves(stack, leads) == 2
