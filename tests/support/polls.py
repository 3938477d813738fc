"""Polls as tests need them: a company of a manager and some Sales Persons, and what they say to a poll's address."""

import asyncio
import re

NUMBER = re.compile(r"Poll (\d+)")


def poll_address(stack, number):
    return f"poll-{number}@{stack.component}"


async def here(stack, *clients):
    """Waits until crmd knows that they are here; the loop goes on meanwhile, for their presence is not sent yet."""
    people = [client.account.id for client in clients]
    await until(stack, "SELECT count(*) = %s FROM crm.availability WHERE available AND person_id = ANY (%s)", len(people), people)


async def until(stack, statement, *values, timeout=60):
    """Repeats a query until its first column is true."""
    for _ in range(timeout * 20):
        rows = stack.sql(statement, *values)
        if rows and rows[0][0]:
            return rows
        await asyncio.sleep(0.05)
    raise AssertionError(f"still not true after {timeout} s: {statement} {values}")


async def asked(client, timeout=30):
    """The question of a poll, as this client gets it."""
    return await client.messages.expect(lambda m: m.bare.startswith("poll-") and "until" in (m.body or ""), timeout, carbon=None)


async def answer(client, number, text, timeout=30):
    """Says something to a poll; returns what it answers."""
    client.say(poll_address(client.stack, number), text)
    said = await client.messages.expect(lambda m: m.sender == poll_address(client.stack, number) and m.body is not None, timeout, carbon=None)
    return said.body


async def start(manager, line):
    """Starts a poll by the bot; returns its number."""
    said = await manager.ask_bot(line)
    assert "is open" in said, said
    return int(NUMBER.search(said).group(1))


async def over(client, number, timeout=30):
    """What somebody is told of the end of a poll."""
    said = await client.messages.expect(lambda m: m.bare.startswith("bot@") and re.search(rf"[Pp]oll {number}\b.*", m.body or "") is not None
                                        and ("over" in m.body or "Thank you" in m.body), timeout, carbon=None)
    return said.body
