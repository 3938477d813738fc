"""A website visitor: XMPP over WebSocket (RFC 7395) written out with aiohttp, independent of the widget and of any
library of ours. Stable by its secret, resumable (XEP-0198), and it keeps every byte it is sent."""

import asyncio
import base64
import contextlib
import secrets
import time
import uuid
import xml.etree.ElementTree as ET

import aiohttp

from . import heard

FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
SM = "urn:xmpp:sm:3"
MAM = "urn:xmpp:mam:2"
RSM = "http://jabber.org/protocol/rsm"
FORMS = "jabber:x:data"


class Refused(Exception):
    """The server said no: to the WebSocket (an HTTP status), to the login, or to a request (a condition)."""

    def __init__(self, condition):
        super().__init__(str(condition))
        self.condition = condition


def new_secret():
    """256 bits in base64url, as the widget makes them."""
    return secrets.token_urlsafe(32)


class Visitor:
    """messages is an inbox; raw is everything received, as text. Receipts are sent by itself unless receipts=False."""

    def __init__(self, stack, secret=None, receipts=True, origin=None, address=None, resource=None):
        self.stack = stack
        self.resource = resource  # that it asks for; the widget asks for none
        self.address = address    # from which it connects: 127.0.0.2 is somebody else than 127.0.0.1
        self.secret = secret or new_secret()
        self.receipts = receipts
        self.origin = origin or f"http://127.0.0.1:{stack.port('HTTP')}"
        self.desk = f"support@{stack.component}"
        self.host = f"guest.{stack.domain}"
        self.messages = heard.Inbox("the visitor")
        self.presences = heard.Inbox("the visitor")
        self.stanzas = heard.Inbox("the visitor")
        self.raw = []
        self.jid = None
        self._http = self._socket = self._reader = self._resume_id = None
        self._control = asyncio.Queue()
        self._answers = {}
        self._got = 0       # stanzas of theirs that we have handled (XEP-0198 h)
        self._counting = False

    # ------------------------------------------------------------ the stream

    @classmethod
    async def arrive(cls, stack, **options):
        """Opens the chat: connects, logs in and shows itself to the desk."""
        self = cls(stack, **options)
        await self.connect()
        return self

    async def connect(self, show=True):
        """A new session of the same browser: same secret, same address."""
        await self._open_stream()
        await self._authenticate()
        await self._bind()
        if show:
            self.send(ET.Element(f"{{{heard.CLIENT}}}presence"))
            self.send(ET.Element(f"{{{heard.CLIENT}}}presence", {"to": self.desk}))
        return self

    async def resume(self):
        """Connects again and takes the old session up; False when the server no longer has it."""
        await self._open_stream()
        await self._authenticate()
        self._counting = False
        self._write(ET.Element(f"{{{SM}}}resume", {"previd": self._resume_id, "h": str(self._got)}))
        answer = await self._next_control()
        self._counting = answer.tag == f"{{{SM}}}resumed"
        return self._counting

    async def drop(self):
        """Loses the connection without closing the stream: the session lives on for a while on the server."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        self.cut()
        if self._http:
            await self._http.close()
        self._http = self._socket = self._reader = None

    def cut(self):
        """Ends the TCP connection itself: no WebSocket close frame."""
        connection = self._socket._response.connection if self._socket else None
        if connection is not None and connection.transport is not None:
            connection.transport.abort()

    async def leave(self):
        """Closes the stream properly."""
        if self._socket is not None and not self._socket.closed:
            with contextlib.suppress(ConnectionError):    # the server may be closing it at this moment
                await self._socket.send_str(f"<close xmlns='{FRAMING}'/>")
                await self._socket.close()
        await self.drop()

    async def _open_stream(self):
        await self.drop()
        self._control = asyncio.Queue()
        connector = aiohttp.TCPConnector(local_addr=(self.address, 0)) if self.address else None
        self._http = aiohttp.ClientSession(connector=connector)
        try:
            self._socket = await self._http.ws_connect(
                f"http://127.0.0.1:{self.stack.port('HTTP')}/xmpp-websocket", protocols=["xmpp"], origin=self.origin,
                max_msg_size=0)
        except aiohttp.WSServerHandshakeError as error:
            await self.drop()
            raise Refused(error.status) from None
        self._reader = asyncio.ensure_future(self._read())
        await self._restart()

    async def _restart(self):
        self._write(ET.Element(f"{{{FRAMING}}}open", {"to": self.host, "version": "1.0"}))
        await self._next_control("open")
        self.features = await self._next_control("features")

    async def _authenticate(self):
        auth = ET.Element(f"{{{SASL}}}auth", {"mechanism": "ANONYMOUS"})
        auth.text = base64.b64encode(self.secret.encode()).decode()
        self._write(auth)
        answer = await self._next_control()
        if answer.tag != f"{{{SASL}}}success":
            raise Refused(answer.findtext(f"{{{SASL}}}text") or (answer[0].tag.rpartition("}")[2] if len(answer) else answer.tag))
        await self._restart()

    async def _bind(self):
        bind = ET.Element(f"{{{BIND}}}bind")
        if self.resource:
            ET.SubElement(bind, f"{{{BIND}}}resource").text = self.resource
        answer = await self.ask(bind)
        self.jid = answer.findtext(f"{{{BIND}}}bind/{{{BIND}}}jid")
        self._write(ET.Element(f"{{{SM}}}enable", {"resume": "true"}))
        enabled = await self._next_control("enabled")
        self._resume_id, self._got, self._counting = enabled.get("id"), 0, True

    bare = property(lambda self: self.jid.partition("/")[0])

    async def _next_control(self, name=None, timeout=30):
        element = await asyncio.wait_for(self._control.get(), timeout)
        if name and element.tag.rpartition("}")[2] != name:
            raise Refused(ET.tostring(element, encoding="unicode"))
        return element

    async def _read(self):
        async for frame in self._socket:
            if frame.type != aiohttp.WSMsgType.TEXT:
                break
            self.raw.append(frame.data)
            self._take(ET.fromstring(frame.data))
        await self._control.put(ET.Element("closed"))

    def _take(self, element):
        name = element.tag.rpartition("}")[2]
        if element.tag == f"{{{SM}}}r":
            self._write(ET.Element(f"{{{SM}}}a", {"h": str(self._got)}))
        elif element.tag == f"{{{SM}}}a":
            pass
        elif name in ("message", "presence", "iq") and element.tag.startswith(f"{{{heard.CLIENT}}}"):
            self._got += self._counting
            self._take_stanza(name, element)
        else:
            self._control.put_nowait(element)

    def _take_stanza(self, name, element):
        stanza = heard.Heard(element)
        self.stanzas.add(stanza)
        if name == "iq":
            waiting = self._answers.pop(stanza.id, None)
            if waiting and not waiting.done():
                waiting.set_result(element)
        elif name == "presence":
            self.presences.add(stanza)
        else:
            self.messages.add(stanza)
            if self.receipts and stanza.wants_receipt and stanza.type != "error":
                self.receipt(stanza.id)

    def _write(self, element):
        self.send_raw(ET.tostring(element, encoding="unicode"))

    def send_raw(self, text):
        """Sends one frame as it is, well formed or not."""
        if self._socket is None or self._socket.closed:
            raise ConnectionError("the visitor is not connected")
        asyncio.ensure_future(self._socket._writer.send(text, binary=False))  # a text frame, also of bytes that are no UTF-8

    async def ended(self, timeout=30):
        """Waits until the server has ended the stream."""
        await asyncio.wait_for(asyncio.shield(self._reader), timeout)

    # ------------------------------------------------------------ stanzas

    def send(self, element):
        """Sends any stanza, given as an element with its namespace."""
        self._write(element)

    async def exchange(self, stanza, timeout=30):
        """Sends a stanza as it stands, but for ID, and returns what comes back under that id."""
        return await heard.exchange(self, stanza.replace(" ", " xmlns='jabber:client' ", 1), timeout)

    async def ask(self, payload, recipient=None, kind="set", timeout=30):
        """Sends an iq and returns the answer's element; Refused with the condition when it is an error."""
        iq = ET.Element(f"{{{heard.CLIENT}}}iq", {"type": kind, "id": str(uuid.uuid4())})
        if recipient:
            iq.set("to", recipient)
        iq.append(payload)
        waiting = self._answers[iq.get("id")] = asyncio.get_running_loop().create_future()
        self._write(iq)
        answer = await asyncio.wait_for(waiting, timeout)
        if answer.get("type") == "error":
            raise Refused(heard.Heard(answer).condition)
        return answer

    def say(self, body, message_id=None, replaces=None, recipient=None):
        """Sends a text to the desk and returns its id; the same id again is a resend."""
        message_id = message_id or str(uuid.uuid4())
        self.send(heard.text_stanza(recipient or self.desk, body, message_id, replaces))
        return message_id

    async def say_and_wait(self, body, timeout=30, **options):
        """Sends a text and waits until the desk has it (tick 1); returns its id. Told to wait, it says it again, as the widget does."""
        message_id = self.say(body, **options)
        end, told = time.monotonic() + timeout, 0
        while True:
            try:
                await self.messages.expect(timeout=0.5, receipt=message_id)
                return message_id
            except AssertionError:
                if time.monotonic() > end:
                    raise
            waits = sum(1 for message in self.messages.all if message.type == "error" and message.id == message_id
                        and message.element.find(f"{{{heard.CLIENT}}}error").get("type") == "wait")
            if waits > told:
                told = waits
                self.say(body, **{**options, "message_id": message_id})

    def receipt(self, message_id):
        self.send(heard.receipt_stanza(self.desk, message_id))

    def mark(self, message_id, marker="displayed"):
        self.send(heard.marker_stanza(self.desk, marker, message_id))

    def show_state(self, state):
        self.send(heard.state_stanza(self.desk, state))

    async def history(self, after=None, before=None, limit=50):
        """One page of the archive at the desk: ([(archive id, Heard)], complete). before="" is the last page."""
        query_id = str(uuid.uuid4())
        query = ET.Element(f"{{{MAM}}}query", {"queryid": query_id})
        page = ET.SubElement(query, f"{{{RSM}}}set")
        ET.SubElement(page, f"{{{RSM}}}max").text = str(limit)
        if after is not None:
            ET.SubElement(page, f"{{{RSM}}}after").text = after
        if before is not None:
            ET.SubElement(page, f"{{{RSM}}}before").text = before
        answer = await self.ask(query, self.desk)
        found = []
        for stanza in self.messages.all:
            result = stanza.child(MAM, "result")
            if result is not None and result.get("queryid") == query_id:
                inner = result.find(f"{{{heard.FORWARD}}}forwarded/{{{heard.CLIENT}}}message")
                found.append((result.get("id"), heard.Heard(inner)))
        return found, answer.find(f"{{{MAM}}}fin").get("complete") == "true"

    def saw(self, text):
        """Whether this text was in any byte received."""
        return any(text in frame for frame in self.raw)
