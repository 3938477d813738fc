"""200 people answer one poll at the same moment, ten times over, changing their minds: how many votes a second are taken, and whether each person has one in
the end. Each is an ordinary client on a connection of its own; the time is from the first that is sent to the last that is told it was taken."""

import asyncio
import time

import figures
from support.polls import here, over, poll_address, start
from support.staff import Staff
from support.stack import Stack

PEOPLE = 200
ROUNDS = 10
AT_ONCE = 20  # who log in

FIGURES = ("poll_votes_per_s",)


async def log_in(stack, accounts):
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(account):
        async with gate:
            return await Staff.login(stack, account, timeout=120, carbons=False)
    return await asyncio.gather(*map(one, accounts))


async def vote(people, number, turn):
    """One round; returns its seconds. All but one in four change their minds each time."""
    begin = time.monotonic()
    for place, client in enumerate(people):
        client.messages.forget()
        client.say(poll_address(client.stack, number), str(1 + (place // 4 + turn * (place % 4 != 0)) % 3))
    for client in people:
        await client.messages.expect(lambda m, client=client: m.sender == poll_address(client.stack, number) and "taken" in (m.body or ""), timeout=60)
    return time.monotonic() - begin


async def measure(stack):
    manager = await Staff.login(stack, stack.add_account("manager", "manager"))
    people = await log_in(stack, [stack.add_account(f"voter{n}", "sales") for n in range(PEOPLE)])
    await here(stack, *people)
    number = await start(manager, 'poll ask "Which one?" red, green, blue whom=sales')
    seconds = [await vote(people, number, turn) for turn in range(ROUNDS)]
    expected = [sum((place // 4 + (ROUNDS - 1) * (place % 4 != 0)) % 3 == choice for place in range(PEOPLE)) for choice in range(3)]
    kept = stack.sql("SELECT count(*), count(*) FILTER (WHERE answer > 0) FROM crm.vote WHERE poll_id = %s", number)[0]
    await manager.ask_bot(f"poll close {number}")
    result = await over(manager, number, timeout=60)
    counted = stack.sql("SELECT counts FROM crm.poll WHERE id = %s", number)[0][0]
    if kept != (PEOPLE, PEOPLE) or counted != expected:
        raise RuntimeError(f"{PEOPLE} people, {kept} votes, {counted} counted and {expected} cast: {result}")
    for client in (manager, *people):
        client.abort()
    return seconds


def run(stacks):
    stack = Stack()
    stacks.append(stack)
    stack.start()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    seconds = loop.run_until_complete(measure(stack))
    figures.keep("poll_votes_per_s", PEOPLE * ROUNDS / sum(seconds), people=PEOPLE, rounds=[round(each, 3) for each in seconds], lost=0, doubled=0)
