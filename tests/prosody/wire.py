"""XMPP on the wire, by hand: what a library would refuse to send, and steps that it hides.

`Stream` is the common part (send text, wait for an element that fits); `Client` is a TCP client with STARTTLS and the
SASL steps one by one; `FakeCrmd` is a component (XEP-0114). Elements are ElementTree elements with {namespace}names.
"""

import asyncio
import base64
import hashlib
import itertools
import secrets
import ssl
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

from private_stack import COMPONENT, DOMAIN, hmac, wait_for

SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
STREAMS = "{http://etherx.jabber.org/streams}"
CRM = "{urn:traincape:crm:0}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
ids = (f"t{n}" for n in itertools.count())


def new_id():
    return next(ids)


def local(element):
    return element.tag.rpartition("}")[2]


def error_of(stanza):
    """(type, condition, text) of an error stanza."""
    error = next(child for child in stanza if local(child) == "error")
    condition = next(local(child) for child in error if child.tag.startswith(STANZAS) and local(child) != "text")
    return error.get("type"), condition, error.findtext(f"{STANZAS}text")


def body_of(stanza):
    return next((child.text for child in stanza if local(child) == "body"), None)


class Stream:
    def __init__(self, address=None):
        self.inbox, self.changed, self.closed = [], asyncio.Event(), False
        self.address = address    # from which it connects: 127.0.0.2 is somebody else than 127.0.0.1

    async def open_connection(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(self.address, 0) if self.address else None)

    def start_reading(self):
        self.parser, self.depth = ET.XMLPullParser(["start", "end"]), 0
        self.task = asyncio.create_task(self.read(self.reader, self.parser))

    async def read(self, reader, parser):
        depth = 0
        try:
            while data := await reader.read(65536):
                parser.feed(data)
                for event, element in parser.read_events():
                    depth += 1 if event == "start" else -1
                    if event == "start" and depth == 1:
                        self.header = element
                    if event == "end" and depth == 1:
                        self.inbox.append(element)
                        self.changed.set()
        except (OSError, ET.ParseError, ssl.SSLError):
            pass
        self.closed = True
        self.changed.set()

    async def stop_reading(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.closed = False

    def send(self, text):
        self.writer.write(text.encode())

    def take(self, fits):
        for i, element in enumerate(self.inbox):
            if fits(element):
                return self.inbox.pop(i)
        return None

    async def expect(self, fits, seconds=10):
        """The first element, received already or to come, that fits; others stay in the inbox."""
        async def search():
            while True:
                self.changed.clear()
                if (found := self.take(fits)) is not None:
                    return found
                if self.closed:
                    raise ConnectionError("the stream is closed")
                await self.changed.wait()
        try:
            return await wait_for(search(), seconds)
        except asyncio.TimeoutError:
            raise AssertionError(f"not received; inbox: {[ET.tostring(e).decode() for e in self.inbox]}") from None

    async def expect_id(self, stanza_id):
        return await self.expect(lambda e: e.get("id") == stanza_id)

    async def expect_closed(self):
        async def closed():
            while not self.closed:
                self.changed.clear()
                await self.changed.wait()
        await wait_for(closed())

    async def iq(self, kind, to, payload):
        stanza_id = new_id()
        self.send(f"<iq type='{kind}' id='{stanza_id}'" + (f" to={quoteattr(to)}" if to else "") + f">{payload}</iq>")
        return await self.expect(lambda e: local(e) == "iq" and e.get("id") == stanza_id and e.get("type") in ("result", "error"))

    async def close(self):
        self.writer.close()
        await self.expect_closed()


class Client(Stream):
    def __init__(self, stack, host=DOMAIN, address=None):
        super().__init__(address)
        self.stack, self.host, self.jid = stack, host, None

    async def open(self):
        await self.open_connection(self.stack.c2s_port)
        return await self.restart()

    async def restart(self):
        if hasattr(self, "task"):
            await self.stop_reading()
        self.inbox.clear()
        self.start_reading()
        self.send(f"<?xml version='1.0'?><stream:stream to='{self.host}' version='1.0' xmlns='jabber:client' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>")
        self.features = await self.expect(lambda e: e.tag == f"{STREAMS}features")
        return self.features

    async def starttls(self):
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await self.expect(lambda e: local(e) == "proceed")
        await self.stop_reading()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        loop, transport = asyncio.get_running_loop(), self.writer.transport
        self.reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(self.reader)
        transport = await loop.start_tls(transport, protocol, context)
        protocol.connection_made(transport)
        self.writer = asyncio.StreamWriter(transport, protocol, self.reader, loop)
        return await self.restart()

    def mechanisms(self):
        return {e.text for e in self.features.iter(f"{SASL}mechanism")}

    async def sasl(self, element, content):
        name = element.partition(" ")[0]
        self.send(f"<{element} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{base64.b64encode(content).decode() or '='}</{name}>")
        return await self.expect(lambda e: e.tag.startswith(SASL))

    async def plain(self, username, password):
        return await self.sasl("auth mechanism='PLAIN'", f"\0{username}\0{password}".encode())

    async def scram_first(self, username, digest="sha256"):
        """The server's first message as a dict, or the failure element."""
        mechanism = {"sha1": "SCRAM-SHA-1", "sha256": "SCRAM-SHA-256"}[digest]
        self.scram = (digest, f"n={username},r={secrets.token_hex(8)}")
        reply = await self.sasl(f"auth mechanism='{mechanism}'", f"n,,{self.scram[1]}".encode())
        if reply.tag != f"{SASL}challenge":
            return reply
        text = base64.b64decode(reply.text).decode()
        return {"text": text, **{part[0]: part[2:] for part in text.split(",")}}

    async def scram_final(self, password, first):
        digest, bare = self.scram
        salted = hashlib.pbkdf2_hmac(digest, password.encode(), base64.b64decode(first["s"]), int(first["i"]))
        final = f"c=biws,r={first['r']}"
        message = f"{bare},{first['text']},{final}".encode()
        key = hmac(digest, salted, b"Client Key")
        signature = hmac(digest, hashlib.new(digest, key).digest(), message)
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
        reply = await self.sasl("response", f"{final},p={proof}".encode())
        if reply.tag == f"{SASL}success":
            assert base64.b64decode(reply.text) == b"v=" + base64.b64encode(hmac(digest, hmac(digest, salted, b"Server Key"), message))
        return reply

    async def bind(self, resource=""):
        await self.restart()
        wanted = f"<resource>{resource}</resource>" if resource else ""
        reply = await self.iq("set", None, f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{wanted}</bind>")
        self.jid = reply.findtext(".//{urn:ietf:params:xml:ns:xmpp-bind}jid")
        return reply

    async def login(self, username, password, resource=""):
        await self.open()
        await self.starttls()
        assert (await self.scram_final(password, await self.scram_first(username))).tag == f"{SASL}success"
        await self.bind(resource)
        self.bare = self.jid.partition("/")[0]
        return self

    async def login_as_guest(self, secret, resource=""):
        await self.open()
        reply = await self.sasl("auth mechanism='ANONYMOUS'", secret.encode())
        assert reply.tag == f"{SASL}success", ET.tostring(reply)
        await self.bind(resource)
        self.bare = self.jid.partition("/")[0]
        return self

    async def settle(self):
        """Returns when the server has handled all that was sent before."""
        return await self.iq("get", None, "<ping xmlns='urn:xmpp:ping'/>")


class FakeCrmd(Stream):
    def __init__(self, stack):
        super().__init__()
        self.stack = stack

    async def connect(self):
        await self.open_connection(self.stack.component_port)
        self.start_reading()
        self.send(f"<stream:stream to='{COMPONENT}' xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>")
        while not hasattr(self, "header"):
            await asyncio.sleep(0)
        token = hashlib.sha1((self.header.get("id") + self.stack.secret("component_secret")).encode()).hexdigest()
        self.send(f"<handshake>{token}</handshake>")
        await self.expect(lambda e: local(e) == "handshake")
        return self

    async def iq(self, kind, to, payload):
        stanza_id = new_id()
        self.send(f"<iq type='{kind}' id='{stanza_id}' from='{COMPONENT}' to='{to}'>{payload}</iq>")
        return await self.expect(lambda e: local(e) == "iq" and e.get("id") == stanza_id and e.get("type") in ("result", "error"))

    async def ask(self, kind, to, request):
        """The answer's element inside the result."""
        reply = await self.iq(kind, to, request)
        assert reply.get("type") == "result", ET.tostring(reply)
        return reply[0] if len(reply) else None

    async def barrier(self):
        return await self.ask("get", DOMAIN, "<barrier xmlns='urn:traincape:crm:0'/>")

    def message(self, to, body, stanza_id=None, sender=f"bot@{COMPONENT}", extra=""):
        stanza_id = stanza_id or new_id()
        self.send(f"<message type='chat' from='{sender}' to='{to}' id='{stanza_id}'><body>{body}</body>{extra}</message>")
        return stanza_id
