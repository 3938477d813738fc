"""A conversation that goes on beside whatever a test does, over crmd's one stream."""

import asyncio
import contextlib
import itertools


def epochs(stack):
    """How often crmd has connected to Prosody."""
    return stack.log("crmd").count("connected to Prosody")


@contextlib.asynccontextmanager
async def beside(stack, staff, guest, pause=0.5):
    """Fails at its end when crmd's stream was lost meanwhile, or a message of either side did not arrive in time. Yields a
    coroutine function that waits until both have heard each other once more."""
    before = epochs(stack)
    await guest.say_and_wait(f"beside {guest.bare}")
    contact = (await staff.messages.expect(body=f"beside {guest.bare}", carbon=None)).bare
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
