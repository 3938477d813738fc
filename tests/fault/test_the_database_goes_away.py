"""PostgreSQL dies while people talk: visitors are told to wait, staff's archives keep what they said, and all of it arrives once,
in order, when it is back."""

import asyncio

from support import heard

from faults import kill_and_restart, until, until_rows
from talk import go_on_until_heard, persist, processed, said_in_order, talk, times_stored


async def test_a_visitor_is_told_to_wait_and_the_message_arrives_once_afterwards(account, login, visitor, stack):
    guest, asha, _ = await talk(account, login, visitor)
    stack.kill("postgres")
    message_id = guest.say("while it is away")
    error = await guest.messages.expect(type="error", id=message_id, timeout=20)
    assert error.element.find(f"{{{heard.CLIENT}}}error").get("type") == "wait"
    stack.start("postgres")
    await persist(guest, "while it is away", message_id)
    await asha.messages.expect(body="while it is away", carbon=None)
    assert times_stored(stack, "while it is away") == 1


async def test_somebody_who_writes_for_the_first_time_is_told_to_wait_too(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest = await visitor()
    stack.kill("postgres")
    message_id = guest.say("my first words")
    await guest.messages.expect(type="error", id=message_id, timeout=20)
    stack.start("postgres")
    await persist(guest, "my first words", message_id)
    await asha.messages.expect(body="my first words", carbon=None, timeout=20)


async def test_what_staff_say_meanwhile_arrives_once_and_in_order_with_what_they_say_later(account, login, visitor, stack):
    guest, asha, contact = await talk(account, login, visitor)
    stack.kill("postgres")
    said = [f"while it is away {number}" for number in range(5)]
    for body in said:
        asha.say(contact, body)
    await processed(asha)
    starting = asyncio.get_running_loop().run_in_executor(None, stack.start, "postgres")
    await go_on_until_heard(asha, contact, guest, said, "while it returns")
    await starting
    said.append("it is back")
    asha.say(contact, "it is back")
    await guest.messages.expect(body="it is back", timeout=20)
    assert said_in_order(guest, *said) == said
    assert all(times_stored(stack, body) == 1 for body in said)


async def test_a_conversation_stays_with_its_salesperson_over_restarts_of_everything(account, login, visitor, stack):
    guest, asha, contact = await talk(account, login, visitor)
    for names in (("postgres",), ("crmd",), ("prosody",)):
        kill_and_restart(stack, *names)
    asha = await login(asha.account)
    await guest.connect()
    await until_rows(stack, "SELECT available FROM crm.availability WHERE person_id = %s", asha.account.id)
    await persist(guest, "still there?")
    await asha.messages.expect(body="still there?", carbon=None, timeout=20)
    taker = stack.sql("SELECT taken_by FROM crm.conversation c JOIN crm.visitor v ON v.id = c.visitor_id WHERE v.address = %s", guest.bare)
    assert taker == [(asha.account.id,)]


async def test_nothing_stays_in_the_outbox_once_all_are_there(stack, account, login, visitor):
    guest, asha, contact = await talk(account, login, visitor)
    asha.say(contact, "the last word")
    await guest.messages.expect(body="the last word")
    await until(lambda: stack.sql("SELECT count(*) FROM crm.outbox WHERE state = 'pending' AND channel = %s",
                                  contact.partition("@")[0]) == [(0,)])


async def test_the_log_says_once_that_it_is_away_and_once_that_it_is_back(account, login, visitor, stack):
    guest, asha, _ = await talk(account, login, visitor)
    before = stack.log("crmd")
    kill_and_restart(stack, "postgres")
    for number in range(8):  # every lane meets it
        other = await visitor()
        await persist(other, f"anybody of {number}?")
    said = stack.log("crmd")[len(before):].splitlines()
    about = [line for line in said if "database" in line]
    assert [line.split(" reason=")[0].split(" request=")[0].split(maxsplit=1)[1] for line in about] == ["the database is away", "the database is back"]
    assert len([line for line in said if line.startswith(("warn", "error"))]) == 1, said
    assert not any(guest.bare.partition("@")[0] in line or "anybody of" in line for line in stack.log("crmd").splitlines())
