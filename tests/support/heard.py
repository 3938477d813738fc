"""What a client has heard: stanzas wrapped for easy looking at, kept in an inbox that tests wait on."""

import asyncio
import os
import uuid
import xml.etree.ElementTree as ET

CLIENT = "jabber:client"
RECEIPTS = "urn:xmpp:receipts"
MARKERS = "urn:xmpp:chat-markers:0"
CHAT_STATES = "http://jabber.org/protocol/chatstates"
CORRECTION = "urn:xmpp:message-correct:0"
STANZA_ID = "urn:xmpp:sid:0"
CARBONS = "urn:xmpp:carbons:2"
FORWARD = "urn:xmpp:forward:0"
DELAY = "urn:xmpp:delay"
NICK = "http://jabber.org/protocol/nick"
CRM = "urn:traincape:crm:0"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
# How much longer than on an idle machine an event may take; sanitizer builds are slow. It costs time only where a test fails.
PATIENCE = 6 if "san" in os.environ.get("CRM_BUILD", "") else 3
STATES = ("active", "composing", "paused", "inactive", "gone")


class Heard:
    """One stanza. carbon is None, "sent" or "received"; a carbon is already unwrapped."""

    def __init__(self, element):
        self.carbon = None
        for direction in ("sent", "received"):
            inner = element.find(f"{{{CARBONS}}}{direction}/{{{FORWARD}}}forwarded/{{{CLIENT}}}message")
            if inner is not None:
                self.carbon, element = direction, inner
        self.element = element
        self.name = element.tag.rpartition("}")[2]

    def attribute(self, name):
        return self.element.get(name)

    id = property(lambda self: self.element.get("id"))
    sender = property(lambda self: self.element.get("from"))
    recipient = property(lambda self: self.element.get("to"))
    type = property(lambda self: self.element.get("type", "available" if self.name == "presence" else "normal"))
    bare = property(lambda self: (self.sender or "").partition("/")[0])
    body = property(lambda self: self.element.findtext(f"{{{CLIENT}}}body"))

    def child(self, namespace, name):
        return self.element.find(f"{{{namespace}}}{name}")

    def child_id(self, namespace, name):
        found = self.child(namespace, name)
        return None if found is None else found.get("id")

    receipt = property(lambda self: self.child_id(RECEIPTS, "received"))
    delivered = property(lambda self: self.child_id(MARKERS, "received"))
    displayed = property(lambda self: self.child_id(MARKERS, "displayed"))
    replaces = property(lambda self: self.child_id(CORRECTION, "replace"))
    origin_id = property(lambda self: self.child_id(STANZA_ID, "origin-id"))
    nick = property(lambda self: self.element.findtext(f"{{{NICK}}}nick"))
    wants_receipt = property(lambda self: self.child(RECEIPTS, "request") is not None)
    show = property(lambda self: self.element.findtext(f"{{{CLIENT}}}show"))
    status = property(lambda self: self.element.findtext(f"{{{CLIENT}}}status"))
    delayed = property(lambda self: self.child(DELAY, "delay") is not None)

    @property
    def state(self):
        """The chat state, if there is one."""
        return next((name for name in STATES if self.child(CHAT_STATES, name) is not None), None)

    @property
    def notice(self):
        """The kind of a system notice."""
        found = self.child(CRM, "notice")
        return None if found is None else found.get("kind")

    @property
    def condition(self):
        """The defined condition of a stanza of type error (RFC 6120, 8.3)."""
        found = self.element.find(f"{{{CLIENT}}}error")
        if found is None:
            return None
        return next((child.tag.rpartition("}")[2] for child in found if child.tag.startswith(f"{{{STANZAS}}}")
                     and not child.tag.endswith("}text")), None)

    def __repr__(self):
        text = ET.tostring(self.element, encoding="unicode")
        return f"<{'carbon ' + self.carbon + ' ' if self.carbon else ''}{text[:400]}>"


class Inbox:
    """Stanzas in the order in which they came. `all` keeps every one; expect() takes each at most once."""

    def __init__(self, owner):
        self.owner = owner
        self.all = []
        self._untaken = []
        self._arrived = asyncio.Event()

    def add(self, heard):
        self.all.append(heard)
        self._untaken.append(heard)
        self._arrived.set()

    @staticmethod
    def _matches(heard, match, wanted):
        return all(getattr(heard, key) == value for key, value in wanted.items()) and (match is None or match(heard))

    async def expect(self, match=None, timeout=10, **wanted):
        """Waits for, takes and returns the first untaken stanza for which match(heard) holds and whose properties are
        as given: expect(body="hello", carbon=None). Fails with everything that came instead."""
        end = asyncio.get_running_loop().time() + timeout * PATIENCE
        while True:
            for heard in self._untaken:
                if self._matches(heard, match, wanted):
                    self._untaken.remove(heard)
                    return heard
            self._arrived.clear()
            left = end - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._arrived.wait(), max(left, 0))
            except asyncio.TimeoutError:
                raise AssertionError(f"{self.owner} waited {timeout} s for {wanted or match} and has "
                                     f"{self._untaken or 'nothing'}") from None

    async def expect_nothing(self, match=None, seconds=1.0, **wanted):
        """Waits that long and fails when a matching stanza is there."""
        await asyncio.sleep(seconds)
        unwanted = [heard for heard in self._untaken if self._matches(heard, match, wanted)]
        assert not unwanted, f"{self.owner} should not have got {unwanted}"

    def bodies(self):
        """The texts of all messages so far, carbons too."""
        return [heard.body for heard in self.all if heard.body is not None]

    def forget(self):
        """Takes everything that has come so far."""
        self._untaken.clear()


def text_stanza(recipient, body, message_id, replaces=None, receipt=True):
    """A chat message as a good client sends it: request for a receipt, markable, active, origin-id."""
    message = ET.Element(f"{{{CLIENT}}}message", {"to": recipient, "type": "chat", "id": message_id})
    ET.SubElement(message, f"{{{CLIENT}}}body").text = body
    if receipt:
        ET.SubElement(message, f"{{{RECEIPTS}}}request")
        ET.SubElement(message, f"{{{MARKERS}}}markable")
    ET.SubElement(message, f"{{{CHAT_STATES}}}active")
    ET.SubElement(message, f"{{{STANZA_ID}}}origin-id", {"id": message_id})
    if replaces:
        ET.SubElement(message, f"{{{CORRECTION}}}replace", {"id": replaces})
    return message


def state_stanza(recipient, state):
    message = ET.Element(f"{{{CLIENT}}}message", {"to": recipient, "type": "chat"})
    ET.SubElement(message, f"{{{CHAT_STATES}}}{state}")
    return message


def marker_stanza(recipient, marker, message_id):
    message = ET.Element(f"{{{CLIENT}}}message", {"to": recipient, "type": "chat"})
    ET.SubElement(message, f"{{{MARKERS}}}{marker}", {"id": message_id})
    return message


def receipt_stanza(recipient, message_id):
    message = ET.Element(f"{{{CLIENT}}}message", {"to": recipient, "type": "chat"})
    ET.SubElement(message, f"{{{RECEIPTS}}}received", {"id": message_id})
    return message


async def exchange(client, stanza, timeout):
    """Sends a stanza with its ID replaced, and returns what comes back under that id, unwrapped as ever."""
    stanza_id = str(uuid.uuid4())
    client.send_raw(stanza.replace("'ID'", f"'{stanza_id}'"))
    return await client.stanzas.expect(timeout=timeout, id=stanza_id)
