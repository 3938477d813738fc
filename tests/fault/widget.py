"""A visitor whose client does what the real widget does (web/src/widget): one message in flight, the same id until it is receipted,
resume or a new session with the same secret, catching up from the archive, repeated ids receipted again and dropped."""

import asyncio
import collections
import contextlib
import time
import uuid
import xml.etree.ElementTree as ET

import aiohttp

from faults import cancel
from support import heard
from support.visitor import SM, Refused, Visitor

OVERDUE = 1.5    # seconds; the widget waits 4, and longer each time
LOST = (Refused, aiohttp.ClientError, OSError, asyncio.TimeoutError, ConnectionError)
STANZAS = tuple(f"{{{heard.CLIENT}}}{name}" for name in ("message", "presence", "iq"))


class ResumableVisitor(Visitor):
    """Says again, on a resumed stream, what the server had not got (XEP-0198 section 5), and tells each message to a listener."""

    def __init__(self, stack, listener):
        super().__init__(stack)
        self.listener = listener
        self._unconfirmed = []

    async def _bind(self):
        self._counting = False
        await super()._bind()
        self._unconfirmed = []

    async def resume(self):
        if self._resume_id is None:
            return False
        await self._open_stream()
        await self._authenticate()
        self._counting = False
        self._write(ET.Element(f"{{{SM}}}resume", {"previd": self._resume_id, "h": str(self._got)}))
        answer = await self._next_control()
        if answer.tag != f"{{{SM}}}resumed":
            return False
        self._counting = True
        again = self._unconfirmed[int(answer.get("h")):]
        self._unconfirmed = self._unconfirmed[:int(answer.get("h"))]
        for stanza in again:
            self._write(stanza)
        return True

    def _write(self, element):
        if self._counting and element.tag in STANZAS:
            self._unconfirmed.append(element)
        super()._write(element)

    def _take_stanza(self, name, element):
        with contextlib.suppress(ConnectionError):
            super()._take_stanza(name, element)
        if name == "message":
            self.listener(heard.Heard(element))

    async def closed(self):
        """Returns when the connection is gone."""
        await asyncio.wait({self._reader})


class Widget:
    """said: own ids in the order in which they were written; receipted: those that the desk has. shown: (archive id, id, body) of what
    came from the desk, each once; raw_doubles counts the repetitions that were dropped."""

    def __init__(self, stack, name, traffic, rng):
        self.name, self.traffic, self.rng = name, traffic, rng
        self.visitor = ResumableVisitor(stack, self._hear)
        self.said, self.receipted, self.shown, self.failed = [], [], [], []
        self.raw_doubles = self.sessions = self.resumed = self.told_to_wait = 0
        self._outbox = collections.deque()
        self._since = time.monotonic()    # since when the oldest of it waits
        self._changed = asyncio.Event()
        self._known = set()
        self._cursor, self._behind = "0", True
        self._held = None    # live messages that wait until the archive has answered
        self.up = False
        self._tasks = []

    # ------------------------------------------------------------ what a person does

    def say(self, body):
        message_id = str(uuid.uuid4())
        self.said.append(message_id)
        if not self._outbox:
            self._since = time.monotonic()
        self._outbox.append((message_id, body))
        self._changed.set()

    @property
    def idle(self):
        self.check()
        return not self._outbox and self.up

    def has_room(self):
        """People do not write on and on while nothing is confirmed."""
        self.check()
        return len(self._outbox) < 3

    def check(self):
        """Fails if this client itself is broken."""
        for task in self._tasks:
            if task.done():
                task.result()

    @property
    def waits(self):
        """For how many seconds its oldest message has had no receipt."""
        return time.monotonic() - self._since if self._outbox and self.is_open else 0

    def describe(self):
        """What it waits for, for whoever wonders why it does not come to rest."""
        waits = f"its oldest message, {self._outbox[0]}, waits for {self.waits:.1f} s" if self._outbox else "nothing to say"
        return (f"{self.name} ({self.visitor.jid}): {'connected' if self.up else 'not connected'}, {waits}, {len(self._outbox)} to say;"
                f" sessions: {self.sessions}, resumed: {self.resumed}, told to wait: {self.told_to_wait}, refused: {self.failed}")

    def lose_connection(self):
        """The phone goes through a tunnel."""
        if self.up:
            self.visitor.cut()

    # ------------------------------------------------------------ the stream

    def start(self):
        self._tasks = [asyncio.ensure_future(self._stay_connected()), asyncio.ensure_future(self._send())]

    async def stop(self):
        """Closes the page; start() opens it again."""
        tasks, self._tasks = self._tasks, []
        await cancel(tasks)
        self.up = False
        with contextlib.suppress(*LOST):
            await asyncio.wait_for(self.visitor.leave(), 5)

    @property
    def is_open(self):
        return bool(self._tasks)

    async def _stay_connected(self):
        while True:
            with contextlib.suppress(*LOST):
                await self._connect()
                self.up = True
                self._changed.set()
                await asyncio.gather(self._catch_up(), self.visitor.closed())
            self.up = False
            await asyncio.sleep(self.rng.uniform(0.02, 0.2))

    async def _connect(self):
        if await self.visitor.resume():
            self.resumed += 1
            return
        self._behind, self._held = True, []
        await self.visitor.connect()
        self.sessions += 1

    # ------------------------------------------------------------ the outbox

    async def _send(self):
        """Sends the head until it is settled, and only then the next."""
        while True:
            self._changed.clear()
            if self._outbox and self.up:
                message_id, body = self._outbox[0]
                with contextlib.suppress(*LOST):
                    self.visitor.say(body, message_id=message_id)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), OVERDUE)

    def _settle(self, message_id):
        if self._outbox and self._outbox[0][0] == message_id:
            self._outbox.popleft()
            self._since = time.monotonic()
            self.receipted.append(message_id)
            self._changed.set()
            self.traffic.happened()

    def _hear(self, message):
        if message.type == "error":
            self._refused(message)
        elif message.receipt is not None:
            self._settle(message.receipt)
        elif message.body is not None and self._held is not None:
            self._held.append(message)
        elif message.body is not None:
            self._show(message, message.child_id(heard.STANZA_ID, "stanza-id"))

    def _refused(self, message):
        if not self._outbox or message.id != self._outbox[0][0]:
            return
        if message.element.find(f"{{{heard.CLIENT}}}error").get("type") == "wait":
            self.told_to_wait += 1
        else:
            self.failed.append((message.id, message.condition))

    # ------------------------------------------------------------ the timeline

    def _show(self, message, archive_id):
        if not self._behind:
            self._cursor = archive_id
        if message.id in self._known:
            self.raw_doubles += 1
            return
        self._known.add(message.id)
        self.shown.append((int(archive_id), message.id, message.body))
        self.traffic.happened()

    async def _catch_up(self):
        """Asks until the archive has answered; live messages wait for it, but not for one that does not answer."""
        while self._behind:
            try:
                await self._read_archive()
                self._behind = False
            except LOST:
                if not self.up or self.visitor._reader is None or self.visitor._reader.done():
                    return
            held, self._held = self._held or [], None
            for message in held:
                self._show(message, message.child_id(heard.STANZA_ID, "stanza-id"))
            await asyncio.sleep(0.2)

    async def _read_archive(self):
        complete = False
        while not complete:
            page, complete = await asyncio.wait_for(self.visitor.history(after=self._cursor), 3)
            for archive_id, message in page:
                if message.bare == self.visitor.bare:
                    self._settle(message.id)
                elif message.id not in self._known:
                    self._show(message, archive_id)
                    self.visitor.receipt(message.id)
                self._cursor = archive_id
