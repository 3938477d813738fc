"""A follow-up is set in words, reminds its person in chat when it is due, with answers to choose from, and goes to the manager when nobody ticks it
off; what is past is refused. With the real Prosody, PostgreSQL and crmd."""

import re

import pytest_asyncio

from support.records import add_lead

OPTIONS = "urn:xmpp:tmp:quick-response"


@pytest_asyncio.fixture
async def people(account, login, stack):
    manager = await login(account("manoj", "manager", full_name="Manoj Verma"))
    owner = await login(account("priya", "sales", full_name="Priya Nair"))
    number = add_lead(stack, name="Asha Rao", status="assigned", assignee=owner.account.id)
    return manager, owner, number


def due(stack, number, when="interval '0'"):
    """Its time has come."""
    stack.sql(f"UPDATE crm.lead SET follow_up_at = now() + {when} WHERE id = %s", number)


def of(number, *words):
    return lambda m: f"lead {number}," in (m.body or "") and all(word in m.body for word in words)


async def test_a_reminder_comes_when_it_is_due_and_offers_what_to_do(people, stack):
    _, owner, number = people
    assert re.search(r"follow-up .*10:30 \(Asia/Kolkata\)", await owner.ask_bot(f"followup {number} tomorrow 10:30, call about the price"))
    due(stack, number, "interval '1 second'")
    reminder = await owner.messages.expect(of(number, "Now:", "call about the price"))
    assert f"“done {number}”" in reminder.body and f"“snooze {number} 1 hour”" in reminder.body
    offered = [option.get("value") for option in reminder.element.iter(f"{{{OPTIONS}}}response")]
    assert offered == [f"done {number}", f"snooze {number} 1 hour", f"snooze {number} tomorrow", f"lead {number}"]
    for line, words in zip(offered[1:], ["follow-up", "follow-up", "Asha Rao"]):
        assert words in await owner.ask_bot(line)
    assert "the follow-up is done" in await owner.ask_bot(offered[0])
    assert "follow-up done" in await owner.ask_bot(f"history {number}")
    await owner.messages.expect_nothing(of(number, "Now:"))


async def test_what_is_past_or_in_no_words_is_refused_with_an_example(people):
    _, owner, number = people
    refused = await owner.ask_bot(f"followup {number} 2020-01-01 10:30")
    assert "Wed 1 Jan 2020, 10:30 is past" in refused and "tomorrow 10:30" in refused
    await owner.ask_bot("cancel")
    form = await owner.commands_of(f"lead-{number}@{owner.stack.component}").execute("lead.followup")
    wrong = await form.complete(when="2020-01-01 10:30")
    assert wrong.status == "executing" and "is past" in wrong.words and "tomorrow 10:30" in wrong.words
    done = await wrong.complete(when="2030-07-01 10:30")
    assert done.status == "completed" and "Mon 1 Jul 2030, 10:30" in done.words


async def test_a_missed_one_reaches_the_manager(people, stack):
    manager, owner, number = people
    due(stack, number)
    await owner.messages.expect(of(number, "Now:"))
    await until_waiting(stack, number)
    stack.sql("SELECT crm.job_put('lead.remind', %s, now(), NULL, '{\"stage\": \"missed\"}')", str(number))  # hours later
    await manager.messages.expect(of(number, "Priya Nair has missed a follow-up", "assign"))
    await owner.messages.expect(of(number, "Missed:"))
    assert "missed" in await manager.ask_bot(f"history {number}")


async def until_waiting(stack, number):
    import asyncio
    for _ in range(200):
        if stack.sql("SELECT 1 FROM crm.job WHERE kind = 'lead.remind' AND key = %s AND data <> '{}'", str(number)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(stack.sql("SELECT * FROM crm.job"))


async def test_it_fires_once_over_a_restart(people, stack):
    _, owner, number = people
    due(stack, number, "interval '3 seconds'")
    stack.kill("crmd")
    stack.start("crmd")
    await owner.messages.expect(of(number), timeout=30)
    stack.stop("crmd")
    stack.start("crmd")
    await owner.messages.expect_nothing(of(number))
    assert stack.sql("SELECT count(*) FROM crm.outbox WHERE recipient = %s AND body LIKE 'Now: %%' OR body LIKE 'Overdue: %%'", owner.account.address) == [(1,)]
