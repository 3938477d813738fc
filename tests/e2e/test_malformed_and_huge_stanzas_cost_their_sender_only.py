"""Bombs, broken XML and what XMPP forbids: an error to the sender where one is due, else the end of the sender's own stream. crmd's stream stays up,
and the conversation beside goes on."""

import random
import uuid

import pytest

from support.beside import beside
from support.visitor import Visitor

DEEP = "<a>" * 5000 + "</a>" * 5000
MANY_ATTRIBUTES = " ".join(f"a{n}='{n}'" for n in range(3000))
MANY_CHILDREN = "<a/>" * 10000
LONG = "x" * 60000

# To the desk, as a visitor: the outside of the stanza, and what is the answer: a condition, None for "arrives", "end" of the stream.
FROM_VISITORS = {
    "1 MB of text": ("<message id='ID' to='DESK' type='chat'><body>" + "x" * 1048576 + "</body></message>", "end"),
    "60 KB of text": (f"<message id='ID' to='DESK' type='chat'><body>{LONG}</body></message>", "policy-violation"),
    "depth beside the text": (f"<message id='ID' to='DESK' type='chat'><body>TEXT</body><origin-id xmlns='urn:xmpp:sid:0' id='x'>{DEEP}</origin-id></message>", None),
    "depth in the text": (f"<message id='ID' to='DESK' type='chat'><body>TEXT<a>{DEEP}</a></body></message>", "nothing"),
    "depth in an IQ": (f"<iq id='ID' to='DESK' type='get'><query xmlns='http://jabber.org/protocol/disco#info'>{DEEP}</query></iq>", "forbidden"),
    "attributes outside": (f"<message id='ID' to='DESK' type='chat' {MANY_ATTRIBUTES}><body>TEXT</body></message>", None),
    "attributes inside": (f"<message id='ID' to='DESK' type='chat'><body {MANY_ATTRIBUTES}>TEXT</body></message>", "policy-violation"),
    "a huge attribute": (f"<message id='ID' to='DESK' type='chat'><body>TEXT</body><origin-id xmlns='urn:xmpp:sid:0' id='{LONG}'/></message>", "policy-violation"),
    "a huge namespace": (f"<message id='ID' to='DESK' type='chat'><body>TEXT</body><a xmlns='{LONG}'/></message>", None),
    "a huge name": (f"<message id='ID' to='DESK' type='chat'><body>TEXT</body><{LONG}/></message>", None),
    "children in an IQ": (f"<iq id='ID' to='DESK' type='set'><query xmlns='urn:xmpp:mam:2'>{MANY_CHILDREN}</query></iq>", "answer"),
    "newlines": ("<message id='ID' to='DESK' type='chat'><thread>" + "\n" * 60000 + "</thread><body>TEXT</body></message>", None),
    "prefixes": ("<x:message xmlns:x='jabber:client' id='ID' to='DESK' type='chat'><x:body>TEXT</x:body></x:message>", None),
    "a body of another namespace": ("<message id='ID' to='DESK' type='chat'><body xmlns='urn:x'>TEXT</body></message>", "nothing"),
    "a component's message": ("<message xmlns='jabber:component:accept' id='ID' to='DESK' type='chat'><body>TEXT</body></message>", "end"),
    "a server's message": ("<message xmlns='jabber:server' id='ID' to='DESK' type='chat'><body>TEXT</body></message>", "end"),
    "CDATA": ("<message id='ID' to='DESK' type='chat'><body><![CDATA[TEXT]]></body></message>", None),
    "a document type": ("<!DOCTYPE message [<!ENTITY a 'aaaa'>]><message id='ID' to='DESK' type='chat'><body>&a;</body></message>", "end"),
    "a comment": ("<message id='ID' to='DESK' type='chat'><body>a<!-- b -->c</body></message>", "end"),
    "a processing instruction": ("<message id='ID' to='DESK' type='chat'><?php x ?><body>TEXT</body></message>", "end"),
    "no end": ("<message id='ID' to='DESK' type='chat'><body>TEXT", "nothing"),
    "a wrong end": ("<message id='ID' to='DESK' type='chat'><body>TEXT</message></body>", "end"),
    "the stream's end": ("</stream:stream>", "end"),
    "an unknown stanza": ("<query xmlns='urn:x' id='ID' to='DESK'/>", "end"),
    "an unknown type": ("<iq id='ID' to='DESK' type='fetch'><query xmlns='urn:x'/></iq>", "bad-request"),
    "an IQ without a payload": ("<iq id='ID' to='DESK' type='get'/>", "bad-request"),
    "an IQ with two": ("<iq id='ID' to='DESK' type='get'><ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/></iq>", "bad-request"),
    "a long id": ("<iq id='ID' to='DESK' type='get'><ping xmlns='urn:xmpp:ping' id='" + "x" * 9000 + "'/></iq>", "policy-violation"),
    "an address that is none": ("<message id='ID' to='@@' type='chat'><body>TEXT</body></message>", "jid-malformed"),
}


@pytest.mark.parametrize("what", FROM_VISITORS)
async def test_of_a_visitor(account, login, visitor, stack, what):
    stanza, outcome = FROM_VISITORS[what]
    asha, guest = await login(account("asha")), await visitor()
    async with beside(stack, asha, guest) as turn:
        stranger, text, stanza_id = await visitor(), str(uuid.uuid4()), str(uuid.uuid4())
        if "xmlns='" not in stanza.split(">")[0]:
            stanza = stanza.replace(" ", " xmlns='jabber:client' ", 1)
        stranger.send_raw(stanza.replace("'DESK'", f"'{stranger.desk}'").replace("TEXT", text).replace("'ID'", f"'{stanza_id}'"))
        if outcome == "end":
            await stranger.ended()
        elif outcome is None:
            await asha.messages.expect(body=text, carbon=None)
        elif outcome == "answer":
            await stranger.stanzas.expect(id=stanza_id)
        elif outcome != "nothing":
            assert (await stranger.stanzas.expect(id=stanza_id, type="error")).condition == outcome
        await turn()
    assert outcome is None or text not in asha.messages.bodies()


LEAVES = f"<x xmlns='urn:x'>{MANY_CHILDREN}</x>"
FROM_STAFF = {
    "1 MB of text": ("<message id='ID' to='bot@CRM' type='chat'><body>" + "x" * 1048576 + "</body></message>", "end"),
    "250 KB for the bot": ("<message id='ID' to='bot@CRM' type='chat'><body>" + "x" * 250000 + "</body></message>", "policy-violation"),
    "newlines for the bot": ("<message id='ID' to='bot@CRM' type='chat'><body>x" + "\n" * 100000 + "x</body></message>", "policy-violation"),
    "quotes for the bot": ("<message id='ID' to='bot@CRM' type='chat'><body>" + "\"" * 240000 + "</body></message>", "policy-violation"),
    "20,000 characters of three bytes for the bot": ("<message id='ID' to='bot@CRM' type='chat'><body>" + "क" * 20000 + "</body></message>", "too long"),
    "quotes for a visitor": ("<message id='ID' to='CONTACT' type='chat'><body>" + ">" * 240000 + "</body></message>", "policy-violation"),
    "17,000 characters for a visitor": ("<message id='ID' to='CONTACT' type='chat'><body>" + "x" * 17000 + "</body></message>", "policy-violation"),
    "depth in a message": (f"<message id='ID' to='bot@CRM' type='chat'><body>help</body>{DEEP}</message>", "policy-violation"),
    "depth in an IQ": (f"<iq id='ID' to='CRM' type='set'><command xmlns='http://jabber.org/protocol/commands' node='me'>{DEEP}</command></iq>", "policy-violation"),
    "a huge attribute": (f"<iq id='ID' to='CRM' type='get'><query xmlns='http://jabber.org/protocol/disco#info' node='{LONG}'/></iq>", "policy-violation"),
    "many attributes": (f"<iq id='ID' to='CRM' type='get'><query xmlns='http://jabber.org/protocol/disco#info' {MANY_ATTRIBUTES}/></iq>", "policy-violation"),
    "many children": (f"<iq id='ID' to='CRM' type='get'><query xmlns='http://jabber.org/protocol/disco#info'>{LEAVES}</query></iq>", "answer"),
    "a form's field as large as can be": ("<iq id='ID' to='CRM' type='set'><command xmlns='http://jabber.org/protocol/commands' node='lead.add' sessionid='SESSION'>"
                                          "<x xmlns='jabber:x:data' type='submit'><field var='name'><value>" + ">" * 200000 + "</value></field></x></command></iq>", "policy-violation"),
    "a form of a thousand fields": ("<iq id='ID' to='CRM' type='set'><command xmlns='http://jabber.org/protocol/commands' node='lead.add' sessionid='SESSION'>"
                                    "<x xmlns='jabber:x:data' type='submit'>" + "<field var='name'><value>x</value></field>" * 1000 + "</x></command></iq>", "bad-request"),
    "an unknown type": ("<iq id='ID' to='CRM' type='fetch'><query xmlns='urn:x'/></iq>", "bad-request"),
    "no payload": ("<iq id='ID' to='CRM' type='get'/>", "bad-request"),
    "an unknown payload": ("<iq id='ID' to='CRM' type='get'><query xmlns='urn:x'/></iq>", "service-unavailable"),
    "a lead with a long number": ("<iq id='ID' to='lead-99999999999999999999999@CRM' type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", "item-not-found"),
    "a text for nobody": ("<message id='ID' to='nobody@CRM' type='chat'><body>x</body></message>", "service-unavailable"),
    "a comment": ("<message id='ID' to='bot@CRM' type='chat'><body>a<!-- b -->c</body></message>", "end"),
}


@pytest.mark.parametrize("what", FROM_STAFF)
async def test_of_staff(account, login, visitor, stack, what):
    stanza, outcome = FROM_STAFF[what]
    asha, guest, meera = await login(account("asha")), await visitor(), await login(account("meera", "manager"))
    async with beside(stack, asha, guest) as turn:
        await turn()
        sender, stanza_id = (asha if "CONTACT" in stanza else meera), str(uuid.uuid4())
        contact = next(m.bare for m in asha.messages.all if m.bare.startswith("visitor-"))
        if "SESSION" in stanza:
            stanza = stanza.replace("SESSION", (await meera.commands.execute("lead.add")).session)
        sender.send_raw(stanza.replace("CRM'", f"{stack.component}'").replace("CONTACT", contact).replace("'ID'", f"'{stanza_id}'"))
        if outcome == "end":
            await sender.ended()
        elif outcome == "too long":
            await sender.messages.expect(lambda m: "too long" in (m.body or ""), timeout=20)
        elif outcome == "answer":
            await sender.stanzas.expect(timeout=20, id=stanza_id)
        else:
            assert (await sender.stanzas.expect(timeout=20, id=stanza_id, type="error")).condition == outcome


async def test_random_bytes_end_the_streams_that_they_come_from(account, login, visitor, stack):
    asha, guest = await login(account("asha")), await visitor()
    chance = random.Random(8)
    async with beside(stack, asha, guest):
        for turn in range(40):
            stranger = await Visitor.arrive(stack)
            whole = f"<message xmlns='jabber:client' to='{stranger.desk}' type='chat' id='r{turn}'><body>random</body></message>".encode()
            cut = chance.randrange(1, len(whole) - 1)
            stranger.send_raw(chance.choice([chance.randbytes(chance.randrange(1, 2000)),
                                             whole[:cut] + chance.randbytes(3) + b"\xff" + whole[cut:],
                                             b"<" + bytes(chance.choices(b"<>&;'\"/=! ?a\0", k=300))]))
            await stranger.ended()
            await stranger.leave()


@pytest.mark.parametrize("size", [3900, 6000, 8000, 8050])
async def test_a_large_tag_does_not_lie_there_until_somebody_else_writes(account, login, visitor, stack, size):
    """crmd reads 4 KB at a time. Nobody else sends anything here: the tag must be looked at when its own end has come."""
    asha, guest = await login(account("asha"), receipts=False), await visitor(receipts=False)
    await asha.ask_bot("help")
    text = str(uuid.uuid4())
    guest.send_raw(f"<message xmlns='jabber:client' to='{guest.desk}' type='chat' id='{uuid.uuid4()}'><body>{text}</body>"
                   f"<origin-id xmlns='urn:xmpp:sid:0' id='{'x' * size}'/></message>")
    await asha.messages.expect(body=text, carbon=None, timeout=5)
