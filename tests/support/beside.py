"""A conversation that goes on beside whatever a test does, over crmd's one stream."""

import asyncio
import contextlib
import itertools


def epochs(stack):
    """How often crmd has connected to Prosody."""
    return stack.log("crmd").count("connected to Prosody")


def what_became_of(stack, guest, staff):
    """For the report of a failure: where a visitor's first message has got to."""
    rows = stack.sql("SELECT v.id, v.present, c.state, o.recipient, o.state, o.body, o.created_at FROM crm.visitor v"
                     " LEFT JOIN crm.conversation c ON c.visitor_id = v.id LEFT JOIN crm.outbox o ON o.channel = 'visitor-' || v.id"
                     " WHERE v.address = %s ORDER BY o.id", guest.bare)
    there = stack.sql("SELECT available, changed_at, clock_timestamp() FROM crm.availability WHERE person_id = %s", staff.account.id)
    return f"crm.outbox: {rows}\n{staff.account.username}: {there}\ncrmd: {stack.log('crmd')[-4000:]}"


@contextlib.asynccontextmanager
async def beside(stack, staff, guest, pause=0.5):
    """Fails at its end when crmd's stream was lost meanwhile, or a message of either side did not arrive in time. Yields a
    coroutine function that waits until both have heard each other once more."""
    before = epochs(stack)
    await guest.say_and_wait(f"beside {guest.bare}")
    try:
        contact = (await staff.messages.expect(body=f"beside {guest.bare}", carbon=None)).bare
    except AssertionError as missing:
        raise AssertionError(f"{what_became_of(stack, guest, staff)}\n{missing}") from None
    numbers = itertools.count()

    async def turn():
        number = next(numbers)
        guest.say(f"question {number}")
        await staff.messages.expect(body=f"question {number}", bare=contact, carbon=None)
        staff.say(contact, f"answer {number}")
        await guest.messages.expect(body=f"answer {number}")

    over = asyncio.Event()

    async def talk():
        while not over.is_set():
            await turn()
            await asyncio.wait([asyncio.ensure_future(over.wait())], timeout=pause)  # what a visitor may write in a second is limited
    talking = asyncio.ensure_future(talk())
    try:
        yield turn
    finally:
        over.set()
        await talking
    await turn()
    assert epochs(stack) == before, "crmd lost its stream"
