"""The database away, or a lane full: visitors are told to wait and send again, a form says try again, the bot keeps what it was told; and when all is well
again everything arrives, once and in order."""

import asyncio

import pytest

from support import heard


async def taken(asha, visitor):
    """A visitor whose conversation asha has."""
    guest = await visitor()
    await guest.say_and_wait(f"hello {guest.bare}")
    contact = (await asha.messages.expect(body=f"hello {guest.bare}", carbon=None)).bare
    asha.say(contact, "I am here")
    await guest.messages.expect(body="I am here")
    return guest, contact


async def say_until_taken(guest, body, message_id=None, timeout=20):
    """As the widget does: the same id again while the answer is `wait`."""
    end = asyncio.get_running_loop().time() + timeout
    while True:
        message_id = guest.say(body, message_id)
        answer = await guest.messages.expect(lambda m: m.receipt == message_id or m.id == message_id and m.type == "error", timeout)
        if answer.receipt:
            return message_id
        assert kind_of(answer) == "wait", answer
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.2)


def kind_of(error):
    return error.element.find(f"{{{heard.CLIENT}}}error").get("type")


async def test_with_the_database_away_nothing_is_lost_and_everybody_is_told(account, login, visitor, stack):
    asha, meera = await login(account("asha")), await login(account("meera", "manager"))
    guest, contact = await taken(asha, visitor)
    form = await meera.commands.execute("lead.add")
    assert form.status == "executing"
    stack.kill("postgres")
    try:
        stranger = await visitor()
        for each in guest, stranger:
            message_id = each.say("are you there?")
            error = await each.messages.expect(id=message_id, type="error")
            assert (kind_of(error), error.condition) == ("wait", "resource-constraint")
        with pytest.raises(Exception) as refused:
            await guest.history(before="")
        assert refused.value.condition == "resource-constraint"
        for refusal in await form.complete(name="Kept in the form"), await meera.commands.execute("lead.list"):
            assert (refusal.status, refusal.condition) == ("error", "resource-constraint")
            assert "again" in refusal.text
        assert "kept" in await meera.ask_bot("lead add name=\"Kept by the bot\"")
        asha.say(contact, "written while it was away")
    finally:
        stack.start("postgres")
    await guest.messages.expect(body="written while it was away", timeout=30)
    await meera.messages.expect(lambda m: "Kept by the bot" in (m.body or "") and m.bare.startswith("bot@"), timeout=30)
    for each in guest, stranger:
        await say_until_taken(each, "are you there?", message_id if each is stranger else None)
    await asha.messages.expect(body="are you there?", bare=contact, carbon=None)
    done = await form.complete(name="Kept in the form")
    assert done.status == "completed"
    assert stack.sql("SELECT name, count(*) FROM crm.lead WHERE name IN ('Kept by the bot', 'Kept in the form') GROUP BY 1 ORDER BY 1") == [("Kept by the bot", 1), ("Kept in the form", 1)]


@pytest.fixture
def narrow(stack):
    """crmd with one lane of each kind, each of which holds 60 jobs: a little more than a page of what a reconciliation reads from archives.
    Nothing waits from tests before this one: it would fill the lane."""
    stack.sql("UPDATE crm.conversation SET state = 'closed', taken_by = NULL WHERE state <> 'closed'")
    stack.restart("crmd", env={"CRMD_LANES_CHAT": "1", "CRMD_LANES_COMMAND": "1", "CRMD_LANES_QUEUE": "60"})
    yield
    stack.restart("crmd")


async def test_a_full_lane_says_wait_and_takes_everything_in_afterwards(account, login, visitor, stack, narrow):
    asha, meera = await login(account("asha")), await login(account("meera", "manager"))
    pairs = [await taken(asha, visitor) for _ in range(4)]
    holder = stack.connect()
    holder.autocommit = False
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE crm.inbound, crm.form_session, crm.dialogue IN ACCESS EXCLUSIVE MODE")
    said = [(guest, contact, f"turn {turn} {guest.bare}") for turn in range(25) for guest, contact in pairs]
    ids = [guest.say(body) for guest, _, body in said]
    errors = [asyncio.ensure_future(guest.messages.expect(type="error")) for guest, _ in pairs]
    first = (await asyncio.wait(errors, return_when=asyncio.FIRST_COMPLETED))[0].pop().result()
    assert (kind_of(first), first.condition) == ("wait", "resource-constraint")
    asha.say(pairs[0][1], "from asha")
    forms = [asyncio.ensure_future(meera.commands_of(stack.component).execute("lead.add")) for _ in range(90)]
    done, _ = await asyncio.wait(forms, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    refused = next(iter(done)).result()
    assert (refused.status, refused.condition) == ("error", "resource-constraint") and "again" in refused.text
    for turn in range(3):
        meera.say(f"bot@{stack.component}", f"lead add name=\"Lane {turn}\"")
    holder.rollback()
    holder.close()
    assert {answer.status for answer in await asyncio.gather(*forms)} == {"executing", "error"}
    for error in errors:
        error.cancel()
    await pairs[0][0].messages.expect(body="from asha", timeout=30)
    for (guest, _, body), message_id in zip(said, ids):
        await say_until_taken(guest, body, message_id)
    for turn in range(3):
        await meera.messages.expect(lambda m: f"Lane {turn}" in (m.body or "") and m.bare.startswith("bot@"), timeout=30)
    for _, contact, body in said:
        await asha.messages.expect(body=body, bare=contact, carbon=None)
    assert stack.sql("SELECT count(*), count(DISTINCT body) FROM crm.message WHERE client_id = ANY (%s)", ids) == [(100, 100)]
    assert stack.sql("SELECT name, count(*) FROM crm.lead WHERE name LIKE 'Lane %%' GROUP BY 1 ORDER BY 1") == [(f"Lane {turn}", 1) for turn in range(3)]


async def test_a_refusal_names_the_field_what_is_wrong_and_an_example(account, login):
    meera = await login(account("meera", "manager"))
    for line, words in {"lead add name=Asha budget=lots": ("Budget", "lots"), "lead add name=Asha email=nowhere": ("Email", "nowhere"),
                        "lead add name=Asha phone=12": ("Phone", "12")}.items():
        answer = await meera.ask_bot(line)
        assert all(word in answer for word in words), answer
        await meera.ask_bot("cancel")
    step = await (await meera.commands.execute("lead.add")).complete(name="Asha", budget="lots")
    assert step.status == "executing" and "Budget" in step.fields[0].value and "lots" in step.fields[0].value


async def refused(guest, body):
    """Says it until it is refused: what Prosody writes to a crmd of whose death it has not heard yet comes back never."""
    message_id = guest.say(body)
    for _ in range(20):
        try:
            return await guest.messages.expect(timeout=0.5, type="error", id=message_id)
        except AssertionError:
            guest.say(body, message_id=message_id)
    raise AssertionError(f"nobody refused {body}")


async def test_while_crmd_is_away_no_address_of_a_visitor_goes_into_the_log(visitor, stack):
    guest = await visitor()
    await guest.say_and_wait("before")
    stack.kill("crmd")
    error = await refused(guest, "not now")
    assert error.condition == "remote-server-timeout" and error.element.find(".//*[@type='wait']") is not None
    stack.start("crmd")
    assert guest.bare not in stack.log("prosody")
