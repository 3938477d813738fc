"""Visitors and salespeople who talk while a test does something to the system, and what must be true of it afterwards: nothing that was receipted is
lost, nothing is there twice, and the order is the same on both sides."""

import asyncio
import collections
import contextlib
import random
import time

import psycopg2

from faults import Traffic, until
from salesperson import Salesperson, VISITOR, read_archive
from support.stack import NAMES
from support.staff import Staff
from widget import Widget

VISITORS = 4
STARVING = 20           # seconds
BUSY = "SELECT usename, application_name, state, wait_event, now() - state_change, left(query, 100) FROM pg_stat_activity WHERE usename <> 'postgres'"
MESSAGES_OF_ONE = 25    # then the visitor closes the page until the end, and somebody new comes: conversations begin under fire too


class World:
    """All who talk."""

    def __init__(self, stack, accounts, seed):
        self.stack = stack
        self.rng = random.Random(seed)
        self.traffic = Traffic()
        self.salespeople = [Salesperson(stack, account, self.traffic, self.rng) for account in accounts]
        self.widgets = []
        self.talking = True

    async def talk(self, seat):
        """One visitor after another writes from this seat."""
        while self.talking:
            widget = Widget(self.stack, f"visitor {seat}.{len(self.widgets)}", self.traffic, self.rng)
            self.widgets.append(widget)
            widget.start()
            for number in range(MESSAGES_OF_ONE):
                await until(widget.has_room, 200, f"a receipt for {widget.name}")
                if not self.talking:
                    return
                widget.say(f"{widget.name} #{number}")
                await asyncio.sleep(self.rng.uniform(0.02, 0.4))
                if self.rng.random() < 0.05:
                    widget.lose_connection()
            await until(lambda: widget.idle, 200, f"a receipt for {widget.name}")
            await widget.stop()

    def unsettled(self):
        """What is still under way, in words; empty when all is settled."""
        left = [widget.name for widget in self.widgets if not widget.idle]
        left += [person.account.username for person in self.salespeople if not person.idle]
        if left:
            return left
        ours = [widget.visitor.bare for widget in self.widgets] + [person.account.address for person in self.salespeople]
        return self.stack.sql("SELECT channel, recipient, body FROM crm.outbox WHERE state = 'pending' AND recipient = ANY (%s) ORDER BY id"
                              " LIMIT 5", ours)    # visitors of other tests never come back

    async def settle(self):
        """All come back; until nothing is under way, and still is not a moment later."""
        for widget in self.widgets:
            if not widget.is_open:
                widget.start()
        end, calm = time.monotonic() + 120, 0
        while calm < 4:
            with contextlib.suppress(OSError):
                left = self.unsettled()
                calm = 0 if left else calm + 1
                assert time.monotonic() < end, f"after two minutes there is still {left}"
            await asyncio.sleep(0.5)

    def starving(self):
        """Names of those who have waited for very long: for a receipt, or to be connected."""
        return ([widget.name for widget in self.widgets if widget.waits > STARVING]
                + [person.account.username for person in self.salespeople if person.waits > STARVING])

    def describe(self):
        """Who does what at this moment: clients, processes, PostgreSQL's sessions, the ends of the logs."""
        yield from (person.describe() for person in self.salespeople)
        yield from (widget.describe() for widget in self.widgets if widget.is_open)
        yield "running: " + ", ".join(name for name in NAMES if self.stack.alive(name))
        with contextlib.suppress(psycopg2.Error):
            yield from (f"PostgreSQL: {row}" for row in self.stack.sql(BUSY))
        for name in ("prosody", "crmd", "postgres"):
            yield f"--- the end of {name}'s log\n" + "\n".join(self.stack.log(name).splitlines()[-40:])

    @property
    def receipts(self):
        return sum(len(widget.receipted) for widget in self.widgets)

    async def more_receipts(self, number):
        """Waits for so many from now on."""
        wanted = self.receipts + number
        await until(lambda: self.receipts >= wanted, 60, f"{number} more receipts")

    async def run(self, meanwhile):
        """Talks until the coroutine `meanwhile` is done, and all is settled. A failure says what everybody was doing."""
        try:
            await self._run(meanwhile)
        except AssertionError as problem:
            raise AssertionError("\n".join([str(problem), *self.describe()])) from None

    async def _run(self, meanwhile):
        for person in self.salespeople:
            person.start()
        await until(lambda: all(person.idle for person in self.salespeople))
        talking = [asyncio.ensure_future(self.talk(seat)) for seat in range(VISITORS)]
        happening = asyncio.ensure_future(meanwhile)
        try:
            done, _ = await asyncio.wait([happening, *talking], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(*done)
            self.talking = False
            await asyncio.gather(*talking)
            self.stack.wait()
            await self.settle()
        finally:
            for task in (happening, *talking):
                task.cancel()

    async def stop(self):
        await asyncio.gather(*(each.stop() for each in (*self.widgets, *self.salespeople)))


def stored(stack, widget):
    """What crm.message says of this visitor: [(sequence, id, author, client id)] in the order of sequence."""
    return stack.sql("SELECT m.sequence, m.id::text, m.author, m.client_id FROM crm.message m JOIN crm.visitor v ON v.id = m.visitor_id"
                     " WHERE v.address = %s ORDER BY m.sequence", widget.visitor.bare)


def visitor_side_agrees(stack, widget):
    assert not widget.failed, f"{widget.name}: refused for good: {widget.failed}"
    assert widget.receipted == widget.said, f"{widget.name}: not receipted, or not in order"
    rows = stored(stack, widget)
    assert [row[3] for row in rows if row[2] == "visitor"] == widget.said, f"{widget.name}: the table has it otherwise"
    expected = [(row[0], row[1]) for row in rows if row[2] != "visitor"]
    assert sorted(entry[:2] for entry in widget.shown) == expected, f"{widget.name}: did not see exactly what was said"
    assert [entry[0] for entry in widget.shown] == [row[0] for row in expected], f"{widget.name}: saw it in another order"
    return rows


def staff_side_agrees(rows, archives, salespeople, widget):
    """Each message of the visitor is in a salesperson's archive and client, in order, once."""
    ours = {row[1]: row[0] for row in rows if row[2] == "visitor"}
    for username, archive in archives.items():
        sequences = [ours[message.id] for _, message in archive if message.id in ours]
        assert sequences == sorted(set(sequences)), f"{widget.name}: not in order, or twice, with {username}"
    arrived = {message_id for person in salespeople for message_id in person.got}
    assert set(ours) <= arrived, f"{widget.name}: receipted but never shown to staff: {[ours[i] for i in set(ours) - arrived]}"


def accepted_from(archive, address):
    """Ids of what this person wrote to visitors, as Prosody has archived it."""
    return [message.id for _, message in archive if message.body and message.bare == address and VISITOR.match(message.recipient or "")]


async def read_archives(world):
    """Their whole archives, with a fresh client each."""
    archives = {}
    for person in world.salespeople:
        client = await Staff.login(world.stack, person.account, resource="reader", available=False)
        archives[person.account.username] = await read_archive(client)
        await client.logout()
    return archives


def staff_messages_agree(world, archives):
    """Whatever Prosody accepted from staff was taken in once and in order, or its sender was told that it was not sent."""
    accepted_count = 0
    for person in world.salespeople:
        accepted = accepted_from(archives[person.account.username], person.account.address)
        taken = [row[0] for row in world.stack.sql("SELECT client_id FROM crm.message WHERE person_id = %s ORDER BY created_at, sequence",
                                                   person.account.id)]
        assert len(taken) == len(set(taken)), f"taken in twice from {person.account.username}"
        assert set(taken) <= set(accepted)
        refused = len(set(accepted) - set(taken))
        assert refused == len(person.refusals), f"{refused} of {person.account.username}'s were not sent, told {len(person.refusals)} times"
        accepted_count += len(accepted)
        in_order_of_each_conversation(world, archives[person.account.username], person)
    return accepted_count


def in_order_of_each_conversation(world, archive, person):
    sequence = dict(world.stack.sql("SELECT client_id, sequence FROM crm.message WHERE person_id = %s", person.account.id))
    sent = collections.defaultdict(list)
    for _, message in archive:
        if message.id in sequence and message.bare == person.account.address:
            sent[message.recipient].append(sequence[message.id])
    for contact, sequences in sent.items():
        assert sequences == sorted(sequences), f"what {person.account.username} said to {contact} was taken in in another order"


async def all_agree(world):
    """Both sides and the table; returns how much Prosody accepted from staff."""
    archives = await read_archives(world)
    for widget in world.widgets:
        rows = visitor_side_agrees(world.stack, widget)
        staff_side_agrees(rows, archives, world.salespeople, widget)
    accepted = staff_messages_agree(world, archives)
    assert not sum((person.doubles for person in world.salespeople), collections.Counter()), "doubles with staff that nothing explains"
    return accepted
