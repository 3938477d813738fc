"""Small things that the scenarios say again and again."""

import asyncio

from faults import until
from salesperson import read_archive


async def talk(account, login, visitor, **options):
    """A conversation that has begun: (visitor, salesperson who has taken it, its address as staff see it)."""
    asha = await login(account("asha"))
    guest = await visitor(**options)
    greeting = f"hello, I am {guest.bare}"    # conversations of earlier tests may be shown to her too
    await persist(guest, greeting)
    contact = (await asha.messages.expect(body=greeting, carbon=None)).bare
    asha.say(contact, "hello yourself")
    await guest.messages.expect(body="hello yourself")
    return guest, asha, contact


async def persist(guest, body, message_id=None):
    """Says it with the same id until it is receipted, as the widget does; returns the id."""
    for _ in range(60):
        message_id = guest.say(body, message_id=message_id)
        try:
            await guest.messages.expect(timeout=0.5, receipt=message_id)
            return message_id
        except AssertionError:
            continue
    raise AssertionError(f"no receipt for {body}")


async def go_on_until_heard(staff, contact, guest, said, word):
    """The salesperson says more and more, adding it to `said`, until the first of it has reached the visitor."""
    for number in range(400):
        if any(message.body == said[0] for message in guest.messages.all):
            return
        said.append(f"{word} {number}")
        staff.say(contact, said[-1])
        await asyncio.sleep(0.05)
    raise AssertionError(f"{said[0]} has not arrived within 20 s")


async def processed(client):
    """Prosody handles a client's stanzas in order: when this is answered it has archived all that was sent before."""
    await client["xep_0199"].ping(client.boundjid.domain, timeout=10)


def times_stored(stack, body):
    return stack.sql("SELECT count(*) FROM crm.message WHERE body = %s", body)[0][0]


def said_in_order(guest, *bodies):
    """These texts as the visitor first got them, repeated ids dropped."""
    seen, order = set(), []
    for message in guest.messages.all:
        if message.body in bodies and message.id not in seen:
            seen.add(message.id)
            order.append(message.body)
    return order


def live_count(client, body):
    """How often the text came to this client, repetitions counted."""
    return sum(message.body == body and not message.carbon for message in client.messages.all)


async def archived_count(client, body, timeout=20):
    """How often the salesperson's archive has the text, once it is there at all."""
    for _ in range(int(timeout / 0.2)):
        count = sum(message.body == body for _, message in await read_archive(client))
        if count:
            return count
        await asyncio.sleep(0.2)
    raise AssertionError(f"{body} has not reached {client.account.username}'s archive")


async def until_settled(stack, body):
    await until(lambda: stack.sql("SELECT count(*) FROM crm.outbox WHERE body = %s AND state IN ('routed', 'delivered')", body)[0][0] == 1,
                what=f"the end of the outbox row of {body!r}")
