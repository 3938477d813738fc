"""Push (XEP-0357) with a stand-in push service that is attached to the same Prosody: whoever is away is told that something came, never what or by whom; only
that service can be told, and only staff can have it told."""

import asyncio
import os
import secrets
import shutil

import pytest
import pytest_asyncio
import slixmpp

from support import staff
from support.heard import Heard, Inbox

PUBSUB = "http://jabber.org/protocol/pubsub"


class PushService(slixmpp.ComponentXMPP):
    """Keeps what is published, and says thank you."""

    def __init__(self, address, secret, port):
        super().__init__(address, secret, "127.0.0.1", port)
        self.published = Inbox(address)
        self.add_filter("in", self._take)

    def _take(self, stanza):
        if isinstance(stanza, slixmpp.Iq) and stanza["type"] == "set":
            self.published.add(Heard(stanza.xml))
            stanza.reply().send()
        return stanza


@pytest_asyncio.fixture
async def service(stack):
    address, secret = f"push.{stack.domain}", secrets.token_hex(16)
    folder = stack.env["CRM_SECRETS_DIR"]
    path = os.path.join(folder, "push_secret")
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(secret + "\n")
    owner = os.stat(folder)
    if os.geteuid() == 0:
        shutil.chown(path, owner.st_uid, owner.st_gid)
    stack.restart("prosody", env={"CRM_PUSH_SERVICE": address})
    push = PushService(address, secret, stack.port("COMPONENT"))
    started = asyncio.get_running_loop().create_future()
    push.add_event_handler("session_start", lambda _: started.set_result(None))
    push.connect()
    await asyncio.wait_for(started, 30)
    yield push
    push.abort()
    stack.restart("prosody")
    os.unlink(path)


def enable(address, node="phone-1"):
    return (f"<iq id='ID' type='set'><enable xmlns='urn:xmpp:push:0' jid='{address}' node='{node}'><x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
            "<field var='secret'><value>device secret</value></field></x></enable></iq>")


def is_discreet(published, *words):
    text = "".join(published.element.itertext()) + str([dict(e.attrib) for e in published.element.iter()])
    return not [word for word in words if word in text]


async def test_who_is_offline_or_hibernates_is_told_that_something_came(account, login, stack, service, monkeypatch):
    ravi, words = await login(account("ravi")), "the customer has signed " + secrets.token_hex(4)
    offline = account("priya")
    phone = await login(offline)
    assert (await phone.exchange(enable(service.boundjid.bare))).type == "result"
    await phone.logout()
    ravi.say(offline.address, words)
    told = await service.published.expect(lambda s: s.element.find(f".//{{{PUBSUB}}}publish[@node='phone-1']") is not None)
    assert told.sender == stack.domain and is_discreet(told, words, ravi.account.username)
    assert "device secret" in "".join(told.element.itertext())

    monkeypatch.setattr(staff, "PLUGINS", (*staff.PLUGINS, "xep_0198"))
    sleeper = account("asha")
    phone = await login(sleeper)
    assert (await phone.exchange(enable(service.boundjid.bare, "phone-2"))).type == "result"
    phone.drop()
    ravi.say(sleeper.address, words)
    told = await service.published.expect(lambda s: s.element.find(f".//{{{PUBSUB}}}publish[@node='phone-2']") is not None)
    assert is_discreet(told, words, ravi.account.username)


async def test_a_visitor_s_message_is_pushed_and_does_not_name_the_visitor(account, login, stack, service, visitor):
    guest, seller = await visitor(), account("priya")
    phone = await login(seller)
    assert (await phone.exchange(enable(service.boundjid.bare, "phone-3"))).type == "result"
    await guest.say_and_wait("is anybody there?")
    offered = await phone.messages.expect(body="is anybody there?")
    phone.say(offered.bare, "yes, Priya here")
    await guest.messages.expect(body="yes, Priya here")
    await phone.logout()
    await guest.say_and_wait("my number is 98765")
    told = await service.published.expect(lambda s: s.element.find(f".//{{{PUBSUB}}}publish[@node='phone-3']") is not None)
    assert is_discreet(told, "98765", "visitor-")


@pytest.mark.parametrize("target", ["{other}", "{guest}", "bot@{component}", "push.elsewhere.example", "crm.{domain}"])
async def test_no_other_address_can_be_told(account, login, stack, service, target):
    priya, other = await login(account("priya")), account("ravi")
    address = target.format(other=other.address, guest=f"x@guest.{stack.domain}", component=stack.component, domain=stack.domain)
    assert (await priya.exchange(enable(address))).condition == "item-not-found"


@pytest.mark.parametrize("kind", ["customer", "visitor"])
async def test_outsiders_have_no_push(account, login, stack, service, visitor, kind):
    other = account("ravi")
    outsider = await visitor() if kind == "visitor" else await login(account("uma", "customer"))
    for address in (service.boundjid.bare, other.address):
        assert (await outsider.exchange(enable(address))).condition == "forbidden"
