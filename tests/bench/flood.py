#!/usr/bin/python3
"""How much a conversation slows down while a stranger floods the server: for each kind of flood the median turn (visitor, salesperson, visitor) during it over
the median turn before and after it, in one run, on one stack with the limits of a server.

usage: flood.py FILE [KIND…]      one line {"flood_latency_ratio_KIND": value} each; the table goes to standard output

The flooder is a process of its own, from another address, at the lowest priority: a stranger's machine is not this one. It goes on as fast as it is let."""

import asyncio
import base64
import contextlib
import json
import logging
import os
import pathlib
import signal
import ssl
import statistics
import subprocess
import sys
import time
import types
import uuid
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import stack as stacks  # noqa: E402  pylint: disable=wrong-import-position
from support.staff import Staff  # noqa: E402  pylint: disable=wrong-import-position
from support.visitor import Visitor  # noqa: E402  pylint: disable=wrong-import-position

QUIET, FLOODED = 6, 12   # seconds
PAUSE = 0.6              # between turns: a visitor may write two lines a second, however long the whole takes
STRANGER = "127.0.0.66"
LOST = (Exception,)      # whatever the server says to a flood, it goes on

logging.getLogger("asyncio").setLevel(logging.CRITICAL)


# ---------------------------------------------------------------- the stranger

class Flooder:
    """Each method floods for ever, in one of several tasks."""

    def __init__(self, place):
        self.place = place
        self.done = 0

    async def visitor(self):
        made = Visitor(self.place, address=STRANGER)
        await made.connect(show=False)
        return made

    async def connections(self):
        held = []
        while True:
            with contextlib.suppress(OSError):
                held.append(await asyncio.open_connection("127.0.0.1", self.place.port("HTTP"), local_addr=(STRANGER, 0)))
                self.done += 1
            if len(held) > 100:
                held.pop(0)[1].close()
            await asyncio.sleep(0)

    async def logins(self):
        while True:
            with contextlib.suppress(*LOST):
                guest = await self.visitor()
                await guest.drop()
            self.done += 1

    async def conversations(self):
        while True:
            with contextlib.suppress(*LOST):
                guest = await self.visitor()
                guest.say("hello")
                self.done += 1
                await asyncio.sleep(0.05)
                await guest.drop()

    async def forever(self, send):
        """One visitor after another, each until it is thrown out."""
        while True:
            with contextlib.suppress(*LOST):
                guest = await self.visitor()
                while True:
                    await send(guest)
                    self.done += 1
                    await asyncio.sleep(0.001)    # far over any limit, and not more than this process can hold

    async def messages(self):
        async def send(guest):
            guest.say("flood " * 20)
        await self.forever(send)

    async def sizes(self):
        """As large as a stream bears, of which nothing is taken."""
        async def send(guest):
            guest.say("flood " * 10000)
        await self.forever(send)

    async def passwords(self):
        """Wrong ones, for the account of somebody who is here."""
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        wrong = base64.b64encode(b"\0asha\0not the password").decode()
        header = (f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{self.place.domain}'"
                  " version='1.0'>").encode()
        while True:
            with contextlib.suppress(*LOST):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.place.port("C2S"), local_addr=(STRANGER, 0))
                writer.write(header)
                await reader.readuntil(b"</stream:features>")
                writer.write(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                await reader.readuntil(b"/>")
                await writer.start_tls(trust)
                writer.write(header)
                await reader.readuntil(b"</stream:features>")
                writer.write(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{wrong}</auth>".encode())
                await reader.readuntil(b"</failure>")
                self.done += 1
                writer.close()

    async def stanzas(self):
        async def send(guest):
            guest.show_state("composing")
        await self.forever(send)

    async def uploads(self):
        async def send(guest):
            slot = ET.Element("{urn:xmpp:http:upload:0}request", {"filename": f"{uuid.uuid4()}.png", "size": "100", "content-type": "image/png"})
            with contextlib.suppress(*LOST):
                await guest.ask(slot, f"files.{self.place.domain}", kind="get")
        await self.forever(send)


    async def requests(self, request, end, at_once=20):
        """Over connections that stay open."""
        while True:
            with contextlib.suppress(*LOST):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.place.port("HTTP"), local_addr=(STRANGER, 0))
                while True:
                    writer.write(request * at_once)
                    for _ in range(at_once):
                        await reader.readuntil(end)
                        self.done += 1

    async def pages(self):
        await self.requests(b"GET /widget.js HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\n", b"HTTP/1.1 ")

    async def polls(self):
        """Sessions over BOSH (XEP-0124) that nobody logs in to."""
        body = f"<body xmlns='http://jabber.org/protocol/httpbind' to='guest.{self.place.domain}' rid='1' wait='60' hold='1' ver='1.6'/>".encode()
        await self.requests(b"POST /http-bind HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body), b"</body>")

    async def aborts(self):
        """Logins of staff that are given up before the password."""
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        header = (f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{self.place.domain}'"
                  " version='1.0'>").encode()
        begin = base64.b64encode(b"n,,n=asha,r=fyko+d2lbbFgONRv9qkxdawL").decode()
        request = (f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>{begin}</auth>"
                   "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").encode()
        while True:
            with contextlib.suppress(*LOST):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.place.port("C2S"), local_addr=(STRANGER, 0))
                writer.write(header)
                await reader.readuntil(b"</stream:features>")
                writer.write(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                await reader.readuntil(b"/>")
                await writer.start_tls(trust)
                writer.write(header)
                await reader.readuntil(b"</stream:features>")
                while True:
                    writer.write(request * 20)
                    for _ in range(20):
                        await reader.readuntil(b"</failure>")
                        self.done += 1


KINDS = ("connections", "logins", "passwords", "aborts", "conversations", "messages", "sizes", "stanzas", "uploads", "pages", "polls")


async def flood(kind, domain, http, c2s):
    os.nice(19)
    place = types.SimpleNamespace(domain=domain, component=f"crm.{domain}", port={"HTTP": int(http), "C2S": int(c2s)}.__getitem__)
    flooder = Flooder(place)

    def end(*_):
        os.write(1, f"{flooder.done}\n".encode())
        os._exit(0)
    signal.signal(signal.SIGALRM, end)    # however busy the event loop is
    signal.alarm(FLOODED)
    await asyncio.gather(*(getattr(flooder, kind)() for _ in range(4)))


# ---------------------------------------------------------------- the conversation

class Conversation:
    def __init__(self, staff, guest, contact):
        self.staff, self.guest, self.contact = staff, guest, contact
        self.count = 0

    @classmethod
    async def begin(cls, stack):
        staff = await Staff.login(stack, stack.add_account("asha"))
        guest = await Visitor.arrive(stack)
        await guest.say_and_wait("hello")
        return cls(staff, guest, (await staff.messages.expect(body="hello")).bare)

    async def turn(self):
        """Seconds."""
        self.count += 1
        begin = time.perf_counter()
        self.guest.say(f"question {self.count}")
        await self.staff.messages.expect(body=f"question {self.count}", bare=self.contact, timeout=60)
        self.staff.say(self.contact, f"answer {self.count}")
        await self.guest.messages.expect(body=f"answer {self.count}", timeout=60)
        return time.perf_counter() - begin

    async def talk(self, seconds):
        end, turns = time.monotonic() + seconds, []
        while time.monotonic() < end:
            turns.append(await self.turn())
            await asyncio.sleep(PAUSE)
        return turns


async def measure(stack, conversation, kind):
    before = await conversation.talk(QUIET)
    flooder = subprocess.Popen([sys.executable, __file__, "--flood", kind, stack.domain, str(stack.port("HTTP")), str(stack.port("C2S"))],
                               stdout=subprocess.PIPE, text=True)
    await asyncio.sleep(1.5)    # until it floods
    during = await conversation.talk(FLOODED - 2)
    done = int((await asyncio.get_running_loop().run_in_executor(None, flooder.communicate))[0] or 0)
    await asyncio.sleep(2)      # until what it has left behind is dealt with
    after = await conversation.talk(QUIET)
    quiet, flooded = statistics.median(before + after), statistics.median(during)
    print(f"{kind:<14} {1000 * quiet:8.1f} {1000 * flooded:8.1f} {1000 * max(during):8.1f} {flooded / quiet:7.2f} {done:9}", flush=True)
    assert done > 0, f"the flood of {kind} did nothing"
    return flooded / quiet


async def main(path, kinds):
    for name in [name for name in os.environ if name.startswith(("CRM_ADDRESS_", "CRM_VISITOR_"))]:
        del os.environ[name]    # which support.stack sets for tests: here the limits are a server's
    stack = stacks.Stack()
    try:
        stack.start()
        conversation = await Conversation.begin(stack)
        await conversation.talk(2)
        print(f"{'flood':<14} {'quiet ms':>8} {'flood ms':>8} {'worst':>8} {'ratio':>7} {'attempts':>9}")
        with open(path, "w", encoding="utf-8") as out:
            for kind in kinds:
                print(json.dumps({f"flood_latency_ratio_{kind}": round(await measure(stack, conversation, kind), 3)}), file=out, flush=True)
    finally:
        stack.close()


if __name__ == "__main__":
    if sys.argv[1] == "--flood":
        asyncio.run(flood(*sys.argv[2:]))
    else:
        asyncio.run(main(sys.argv[1], sys.argv[2:] or KINDS))
