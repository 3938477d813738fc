"""A salesperson with a stock client: connects again when it must, catches up from the own archive (XEP-0313), never sends twice what
was lost on the way, and answers every message of a visitor."""

import asyncio
import collections
import contextlib
import re
import time
import uuid
import xml.etree.ElementTree as ET

from slixmpp.exceptions import IqError, IqTimeout

from faults import cancel
from support import heard
from support.staff import LoginFailed, Staff
from support.visitor import MAM, RSM

LOST = (LoginFailed, IqError, IqTimeout, asyncio.TimeoutError, OSError, ConnectionError)
VISITOR = re.compile(r"^visitor-\d+@")


async def port_open(stack):
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", stack.port("C2S"))
            writer.close()
            return
        await asyncio.sleep(0.05)


async def read_archive(client, after=""):
    """Everything that the own archive has after an entry: [(archive id, Heard)]."""
    found, complete = [], False
    while not complete:
        query_id = str(uuid.uuid4())
        iq = client.make_iq_set()
        query = ET.SubElement(iq.xml, f"{{{MAM}}}query", {"queryid": query_id})
        page = ET.SubElement(query, f"{{{RSM}}}set")
        ET.SubElement(page, f"{{{RSM}}}max").text = "50"
        if after:
            ET.SubElement(page, f"{{{RSM}}}after").text = after
        answer = await iq.send(timeout=10)
        for message in client.messages.all:
            result = message.child(MAM, "result")
            if result is not None and result.get("queryid") == query_id:
                inner = result.find(f"{{{heard.FORWARD}}}forwarded/{{{heard.CLIENT}}}message")
                found.append((result.get("id"), heard.Heard(inner)))
                after = result.get("id")
        fin = answer.xml.find(f"{{{MAM}}}fin")
        complete = fin.get("complete") == "true" or not found
    return found


class Salesperson:
    """got: ids of visitors' messages in the order in which this client first had them; doubles: (id, how often) that came live more
    than once; refusals: how often it was told that an answer was not sent."""

    def __init__(self, stack, account, traffic, rng):
        self.stack, self.account, self.traffic, self.rng = stack, account, traffic, rng
        self.client, self._away_since = None, time.monotonic()
        self.got, self.doubles, self.answered, self.refusals = [], collections.Counter(), 0, set()
        self.logins, self.failures = 0, collections.Counter()
        self._doing = ("nothing yet", time.monotonic())
        self._trying = None    # the client that is logging in or reading the archive
        self._live = collections.Counter()
        self._known = set()
        self._last_archived = ""
        self._to_answer = collections.deque()
        self._tasks = []

    @property
    def idle(self):
        self.check()
        return self.client is not None and not self._to_answer

    def check(self):
        """Fails if this client itself is broken."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()
            if task.done():
                raise AssertionError(f"{self.account.username}'s client has ended by itself")

    @property
    def waits(self):
        """For how many seconds it has not been connected."""
        self.check()
        return time.monotonic() - self._away_since if self.client is None else 0

    def describe(self):
        """What it does and since when, for whoever wonders why it does not come to rest."""
        what, since = self._doing
        if what == "logging in" and self._trying is not None:
            what, since = f"logging in, waits for {self._trying.doing}", self._trying.since
        return (f"{self.account.username}: {what} for {time.monotonic() - since:.1f} s; to answer: {len(self._to_answer)}; logins: {self.logins};"
                f" failures: {dict(self.failures.most_common(8))}; last archive id: {self._last_archived or 'none'}")

    def start(self):
        self._tasks = [asyncio.ensure_future(self._stay_connected()), asyncio.ensure_future(self._answer())]

    async def stop(self):
        await cancel(self._tasks)
        if self.client is not None:
            await self.client.logout()

    def _do(self, what):
        self._doing = (what, time.monotonic())

    async def _stay_connected(self):
        while True:
            try:
                self._do("waiting for Prosody's port")
                await port_open(self.stack)
                await self._session()
            except LOST as problem:
                self.failures[f"{self._doing[0]}: {problem!r:.200}"] += 1
            self._do("pausing")
            await asyncio.sleep(self.rng.uniform(0.05, 0.3))

    async def _session(self):
        self._do("logging in")
        client = self._trying = Staff(self.stack, self.account, resource="desk")
        client.add_event_handler("message", lambda stanza: self._hear(heard.Heard(stanza.xml)))
        try:
            await client.log_in(available=False, timeout=8)
            client.send_presence()
            self.logins += 1
            self._do("reading the archive")
            for archive_id, message in await client.unless_lost("archive", read_archive(client, self._last_archived), 60):
                self._last_archived = archive_id
                self._take(message)
            self.client = client
            self._do("connected")
            await client.lost
        finally:
            if self.client is not None:
                self.client, self._away_since = None, time.monotonic()
            client.drop()

    def _hear(self, message):
        if message.carbon or message.type == "error" or message.body is None or not VISITOR.match(message.bare):
            return
        self._live[message.id] += 1
        if self._live[message.id] > 1:
            self.doubles[message.id] += 1
        if self.client is not None:    # until the archive has been read there may be a gap before this one
            self._last_archived = message.child_id(heard.STANZA_ID, "stanza-id") or self._last_archived
        self._take(message)

    def _take(self, message):
        if message.body is None or not VISITOR.match(message.bare or "") or message.id in self._known:
            return
        self._known.add(message.id)
        if message.notice == "taken" and "not sent" in message.body:
            self.refusals.add(message.id)
        if message.notice is None:
            self.got.append(message.id)
            self._to_answer.append((message.bare, message.body))
        self.traffic.happened()

    async def _answer(self):
        while True:
            if self.idle or self.client is None:
                await asyncio.sleep(0.02)
                continue
            contact, body = self._to_answer.popleft()
            self.client.say(contact, f"answer to {body}")
            self.answered += 1
            await asyncio.sleep(self.rng.uniform(0, 0.1))
