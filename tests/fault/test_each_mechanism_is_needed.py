"""One scenario for each mechanism of DESIGN section 5. README.md says which mechanism's deletion turns which of these red."""

import asyncio
import time

import pytest

from faults import freeze, kill_and_restart, locked, settling_held, unread_by_prosody, until, until_held_up, until_rows
from salesperson import LOST, port_open
from talk import archived_count, go_on_until_heard, live_count, persist, processed, said_in_order, talk, times_stored, until_settled


async def test_what_staff_said_to_a_crmd_that_stood_still_and_died_arrives_once(account, login, visitor, stack):
    guest, asha, contact = await talk(account, login, visitor)
    freeze(stack, "crmd")
    asha.say(contact, "into the void")
    await processed(asha)
    kill_and_restart(stack, "crmd")
    await guest.messages.expect(body="into the void", timeout=20)
    assert times_stored(stack, "into the void") == 1


async def test_what_staff_said_while_crmd_was_dead_arrives_in_order_before_what_they_say_afterwards(account, login, visitor, stack):
    guest, asha, contact = await talk(account, login, visitor)
    stack.kill("crmd")
    said = [f"to nobody {number}" for number in range(60)]    # more than a page of what was missed
    for body in said:
        asha.say(contact, body)
    await processed(asha)
    stack.start("crmd", wait=False)
    await go_on_until_heard(asha, contact, guest, said, "meanwhile")
    said.append("at last")
    asha.say(contact, "at last")
    await guest.messages.expect(body="at last", timeout=20)
    assert said_in_order(guest, *said) == said


async def test_what_is_read_again_from_an_archive_is_said_once(account, login, visitor, stack):
    guest, asha, contact = await talk(account, login, visitor)
    asha.say(contact, "said once")
    await guest.messages.expect(body="said once")
    kill_and_restart(stack, "crmd")    # which asks the archives from a few seconds before its mark
    asha.say(contact, "afterwards")
    await guest.messages.expect(body="afterwards", timeout=20)
    assert said_in_order(guest, "said once", "afterwards") == ["said once", "afterwards"]
    assert times_stored(stack, "said once") == 1


async def test_a_message_that_was_committed_without_its_receipt_is_taken_in_once(account, login, visitor, stack):
    guest, asha, _ = await talk(account, login, visitor)
    with locked(stack, "crm.inbound"):
        message_id = guest.say("committed")
        await until_held_up(stack, "crm.inbound")
        freeze(stack, "crmd")
    await until_rows(stack, "SELECT count(*) = 1 FROM crm.message WHERE client_id = %s", message_id)
    kill_and_restart(stack, "crmd")
    assert not any(message.receipt == message_id for message in guest.messages.all)
    await persist(guest, "committed", message_id)
    await persist(guest, "the next")
    await asha.messages.expect(body="the next", carbon=None)
    assert live_count(asha, "committed") == 1
    assert times_stored(stack, "committed") == 1


async def test_a_message_is_receipted_only_when_it_is_committed(account, login, visitor, stack):
    guest, asha, _ = await talk(account, login, visitor)
    with locked(stack, "crm.inbound"):
        message_id = guest.say("not committed")
        await until_held_up(stack, "crm.inbound")
        await guest.messages.expect_nothing(receipt=message_id, seconds=0.5)
        stack.kill("crmd")
        stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crmd'")
    stack.start("crmd")
    assert times_stored(stack, "not committed") == 0
    await persist(guest, "not committed", message_id)
    await asha.messages.expect(body="not committed", carbon=None)


async def test_a_message_that_prosody_never_read_goes_out_again(account, login, visitor, stack):
    guest, asha, _ = await talk(account, login, visitor)
    with locked(stack, "crm.inbound"):
        guest.say("never read")
        await until_held_up(stack, "crm.inbound")
        freeze(stack, "prosody")
    await until(lambda: unread_by_prosody(stack) > 0)
    await asyncio.sleep(1)    # for a crmd that would settle it without a barrier
    kill_and_restart(stack, "prosody")
    assert await archived_count(await login(asha.account), "never read") == 1
    await until_settled(stack, "never read")


async def test_what_was_committed_for_somebody_who_is_away_goes_out_by_itself_after_a_restart(account, login, visitor, stack):
    guest, asha, _ = await talk(account, login, visitor)
    body = f"for your archive, from {guest.bare}"
    await asha.logout()
    await until_rows(stack, "SELECT NOT available FROM crm.availability WHERE person_id = %s", asha.account.id)
    with locked(stack, "crm.inbound"):
        guest.say(body)
        await until_held_up(stack, "crm.inbound")
        freeze(stack, "crmd")
    await until_rows(stack, "SELECT count(*) = 1 FROM crm.outbox WHERE body = %s", body)
    await guest.leave()    # nobody's coming makes crmd look at this conversation
    kill_and_restart(stack, "crmd")
    await until_settled(stack, body)
    assert await archived_count(await login(asha.account), body) == 1


async def test_the_mark_does_not_pass_what_is_not_committed(account, login, visitor, stack):
    _, asha, contact = await talk(account, login, visitor)
    other_guest, other, other_contact = await talk(account, login, visitor)
    with locked(stack, "crm.inbound"):
        before = time.time()
        asha.say(contact, "held up")
        await until_held_up(stack, "crm.inbound")
        other.show_state(other_contact, "composing")
        await asyncio.sleep(1)    # for a barrier and its answer
        assert stack.sql("SELECT heard_until FROM crm.stream_mark")[0][0] < before
    await until_rows(stack, "SELECT heard_until > %s FROM crm.stream_mark", before)
    assert other_guest.jid


@pytest.mark.parametrize("dead", [("crmd",), ("prosody",), ("prosody", "crmd")], ids="-and-".join)
async def test_what_an_archive_holds_already_is_not_sent_again(account, login, visitor, stack, dead):
    guest, asha, _ = await talk(account, login, visitor)
    body = f"held before {' and '.join(dead)} died"
    with settling_held(stack):
        guest.say(body)
        await asha.messages.expect(body=body, carbon=None)
        stack.kill(*dead)
    if "prosody" in dead:
        stack.start("prosody")
        asha = await login(asha.account)
        await guest.connect()
    if "crmd" in dead:
        stack.start("crmd")
    await persist(guest, "what follows")
    await asha.messages.expect(body="what follows", carbon=None, timeout=20)
    assert live_count(asha, body) == (0 if "prosody" in dead else 1)
    assert await archived_count(asha, body) == 1
    await until_settled(stack, body)


async def test_what_a_visitor_has_not_receipted_comes_again_when_they_return(account, login, visitor, stack):
    guest, asha, contact = await talk(account, login, visitor)
    guest.receipts = False    # the page is closed just before it could
    asha.say(contact, "did you get this?")
    first = await guest.messages.expect(body="did you get this?")
    await guest.leave()
    guest.receipts = True
    await guest.connect()
    again = await guest.messages.expect(body="did you get this?")
    assert again.id == first.id
    await until_settled(stack, "did you get this?")


async def test_what_staff_said_while_the_visitor_was_away_comes_when_they_return(account, login, visitor, stack):
    guest, asha, contact = await talk(account, login, visitor)
    await guest.leave()
    await until_rows(stack, "SELECT NOT present FROM crm.visitor WHERE address = %s", guest.bare)
    for body in ("one", "two", "three"):
        asha.say(contact, f"while away {body}")
    await until_rows(stack, "SELECT count(*) = 3 FROM crm.outbox WHERE recipient = %s AND state = 'pending'", guest.bare)
    kill_and_restart(stack, "prosody", "crmd")
    await guest.connect()
    await guest.messages.expect(body="while away three", timeout=20)
    assert said_in_order(guest, "while away one", "while away two", "while away three") == [
        "while away one", "while away two", "while away three"]


async def test_a_salesperson_who_logs_in_while_crmd_reconnects_is_available_at_once(account, login, visitor, stack):
    asha = account("asha")
    for _ in range(3):
        stack.kill("prosody")
        stack.start("prosody", wait=False)
        client = await until_logged_in(stack, login, asha)
        stack.wait()
        guest = await visitor()
        await persist(guest, f"for {id(client)}")
        await client.messages.expect(body=f"for {id(client)}", carbon=None, timeout=10)


async def until_logged_in(stack, login, account):
    """Logs in as soon as Prosody lets it."""
    await port_open(stack)
    for _ in range(100):
        try:
            return await login(account)
        except LOST:
            await asyncio.sleep(0.05)
    raise AssertionError(f"{account.username} cannot log in")
