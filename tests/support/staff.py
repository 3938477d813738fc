"""A member of staff (or a customer) with an ordinary client: slixmpp over STARTTLS, the server's certificate verified."""

import asyncio
import time
import uuid

from slixmpp import ClientXMPP, Message, Presence

from . import heard
from .adhoc import AdHoc

PLUGINS = ("xep_0030", "xep_0045", "xep_0115", "xep_0184", "xep_0199", "xep_0280", "xep_0313")


class LoginFailed(Exception):
    """The server refused; condition is SASL's word for it (RFC 6120, 6.5), such as "not-authorized"."""

    def __init__(self, condition):
        super().__init__(condition)
        self.condition = condition


class Disconnected(LoginFailed):
    """The connection was lost while the client logged in, or while it waited for an answer; condition says what it waited for."""


class Staff(ClientXMPP):
    """messages, presences and stanzas (both and IQs) are inboxes (heard.Inbox). Carbons are on; a message that asks gets its receipt, as any
    client does, unless receipts=False."""

    def __init__(self, stack, account, resource="test", mechanism=None, receipts=True, password=None, resumes=False):
        super().__init__(f"{account.address}/{resource}", password or account.password, sasl_mech=mechanism)
        self.stack = stack
        self.account = account
        self.messages = heard.Inbox(account.username)
        self.presences = heard.Inbox(account.username)
        self.stanzas = heard.Inbox(account.username)
        self.ca_certs = stack.certificate
        self.loop = asyncio.get_running_loop()
        self.lost = self.loop.create_future()
        self.doing, self.since = "nothing yet", time.monotonic()
        self.add_event_handler("disconnected", self._lose)
        for plugin in PLUGINS:
            self.register_plugin(plugin, {"auto_ack": receipts} if plugin == "xep_0184" else None)
        self["xep_0030"].add_feature("urn:xmpp:bookmarks:1+notify")  # XEP-0163: bookmarks that change are pushed to us
        if resumes: # XEP-0198: the server keeps the session when the connection is lost
            self.register_plugin("xep_0198")
        self.add_filter("in", self._hear)

    @classmethod
    async def login(cls, stack, account, timeout=30, available=True, carbons=True, **options):
        """Connects and logs in; LoginFailed when the server says no, asyncio.TimeoutError when nothing comes."""
        self = cls(stack, account, **options)
        await self.log_in(timeout, available, carbons)
        return self

    async def log_in(self, timeout=30, available=True, carbons=True):
        """As login(), of a client that has handlers already."""
        outcome = self.loop.create_future()

        def settle(value):
            if not outcome.done():
                outcome.set_result(value)

        self.add_event_handler("session_start", lambda _: settle(None))
        self.add_event_handler("failed_auth", lambda failure: settle(LoginFailed(failure["condition"])))
        self.connect(address=("127.0.0.1", self.stack.port("C2S")))
        try:
            problem = await self.unless_lost("session", outcome, timeout)
            if problem:
                raise problem
            if carbons:
                await self.unless_lost("carbons", self["xep_0280"].enable(), timeout)
            await self.unless_lost("roster", self.get_roster(), timeout)
            if available:
                self.send_presence()
        except BaseException:
            self.drop()
            raise

    def _lose(self, _):
        if not self.lost.done():
            self.lost.set_result(True)

    async def unless_lost(self, what, awaited, timeout):
        """What `awaited` returns; Disconnected as soon as the connection is lost, TimeoutError after that many seconds. slixmpp itself lets a
        request wait two minutes for an answer that cannot come any more."""
        self.doing, self.since = what, time.monotonic()
        answer = asyncio.ensure_future(awaited)
        try:
            await asyncio.wait({answer, self.lost}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done() and self.lost.done():
                raise Disconnected(f"disconnected without {what}")
            if not answer.done():
                raise asyncio.TimeoutError(f"no {what} within {timeout} s")
            self.doing, self.since = f"nothing, it has {what}", time.monotonic()
            return answer.result()
        finally:
            answer.cancel()

    def _hear(self, stanza):
        self.stanzas.add(heard.Heard(stanza.xml))
        if isinstance(stanza, Message):
            self.messages.add(heard.Heard(stanza.xml))
        elif isinstance(stanza, Presence):
            self.presences.add(heard.Heard(stanza.xml))
        return stanza

    def _send(self, element):
        self.send(Message(stream=self, xml=element))

    def say(self, recipient, body, message_id=None, replaces=None):
        """Sends a text and returns its id; replaces: the id of the message that it corrects (XEP-0308)."""
        message_id = message_id or str(uuid.uuid4())
        self._send(heard.text_stanza(recipient, body, message_id, replaces))
        return message_id

    async def exchange(self, stanza, timeout=30):
        """Sends a stanza as it stands, but for ID, and returns what comes back under that id."""
        return await heard.exchange(self, stanza, timeout)

    def show_state(self, recipient, state):
        self._send(heard.state_stanza(recipient, state))

    def mark(self, recipient, message_id, marker="displayed"):
        self._send(heard.marker_stanza(recipient, marker, message_id))

    async def ask_bot(self, text, timeout=30, begins=""):
        """Sends one line to the bot and returns the text of its next answer; begins: that begins so, past what jobs tell people meanwhile."""
        self.say(f"bot@{self.stack.component}", text)
        answer = await self.messages.expect(lambda m: m.bare.startswith("bot@") and m.body is not None and m.body.startswith(begins), timeout, carbon=None)
        return answer.body

    @property
    def commands(self):
        """The forms of crm.D; commands_of() for those of a record's address."""
        return AdHoc(self, self.stack.component)

    def commands_of(self, address):
        return AdHoc(self, address)

    async def logout(self):
        """Says unavailable and ends the stream."""
        await self.disconnect(wait=2.0)

    async def ended(self, timeout=30):
        """Waits until the server has ended the stream."""
        if self.is_connected():
            await self.wait_until("disconnected", timeout)

    def abort(self):
        """In place of slixmpp's, which first closes the connection: what TLS is closing already, Python 3.11.2 cannot abort after that
        (AttributeError). Nor does that end an attempt to connect."""
        self.cancel_connection_attempt()
        if self.transport is not None:
            self.transport.abort()
            self.event("killed")

    def drop(self):
        """Loses the connection without a word, as a phone in a tunnel does."""
        self.abort()
