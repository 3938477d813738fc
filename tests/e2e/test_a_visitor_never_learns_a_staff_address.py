"""Not a byte that a visitor is sent names a member of staff, an address of the installation beside the desk's, or a resource of theirs."""

import re
import xml.etree.ElementTree as ET

from support import heard
from support.visitor import Refused

QUESTIONS = ["<query xmlns='http://jabber.org/protocol/disco#info'/>", "<query xmlns='http://jabber.org/protocol/disco#items'/>", "<vCard xmlns='vcard-temp'/>",
             "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>", "<query xmlns='jabber:iq:last'/>", "<query xmlns='jabber:iq:version'/>",
             "<time xmlns='urn:xmpp:time'/>", "<query xmlns='jabber:iq:roster'/>", "<ping xmlns='urn:xmpp:ping'/>",
             "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>",
             "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:metadata'/></pubsub>"]


def addresses(stack, raw):
    """Everything in it that looks like an address of this installation, without resources."""
    return set(re.findall(r"[^\s'\"<>]*" + re.escape(stack.domain) + r"[^\s'\"<>]*", raw))


async def test_in_a_long_conversation_with_everything_in_it(account, login, visitor, stack):
    asha = await login(account("asharani", full_name="Asha Rao"), resource="secretphone")
    ravi = await login(account("ravikumar", full_name="Ravi Kumar"), resource="secretlaptop")
    meera = await login(account("meeranair", "manager", full_name="Meera Nair"), resource="secrettablet")
    guest = await visitor()
    own = await guest.say_and_wait("good morning from nowhere else")
    contact = (await asha.messages.expect(body="good morning from nowhere else", carbon=None)).bare
    seen = await ravi.messages.expect(body="good morning from nowhere else", carbon=None)
    ravi.mark(contact, seen.id)
    asha.show_state(contact, "composing")
    first = asha.say(contact, "Helo!")
    answer = await guest.messages.expect(body="Helo!")
    asha.say(contact, "Hello!", replaces=first)
    await guest.messages.expect(body="Hello!")
    for state in "composing", "paused", "gone":
        asha.show_state(contact, state)
        await guest.messages.expect(state=state)
    asha.mark(contact, seen.id)
    await guest.messages.expect(displayed=own)
    asha.send_raw(f"<message to='{contact}' type='chat' id='r1'><body>about that</body><reply xmlns='urn:xmpp:reply:0' to='{contact}' id='{seen.id}'/>"
                  f"<x xmlns='jabber:x:oob'><url>xmpp:{asha.account.address}</url></x><origin-id xmlns='urn:xmpp:sid:0' id='{asha.boundjid.full}'/></message>")
    await guest.messages.expect(body="about that")
    asha.send_raw(f"<message to='{contact}' type='chat' id='{asha.boundjid.full}'><body>my id is my address</body></message>")
    named = await guest.messages.expect(body="my id is my address")
    guest.mark(named.id)
    guest.receipt(named.id)
    await guest.say_and_wait("corrected", replaces=own)
    await guest.say_and_wait("a reply", replaces=answer.id)
    for other in ravi, meera:
        other.say(contact, "may I?")
        await other.messages.expect(lambda m: "not sent" in (m.body or "") or m.type == "error")
    guest.say("x" * 5000)
    await guest.messages.expect(type="error")
    for target in guest.desk, f"guest.{stack.domain}", guest.bare:
        for question in QUESTIONS:
            for kind in "get", "set":
                await guest.exchange(f"<iq id='ID' to='{target}' type='{kind}'>{question}</iq>")
    for kind in "subscribe", "probe", "unsubscribe":
        guest.send(ET.Element(f"{{{heard.CLIENT}}}presence", {"to": guest.desk, "type": kind}))
    for options in {"before": ""}, {"after": "1"}, {"after": "99999999999999999999"}, {"limit": 0}:
        await guest.history(**options)
    try:
        await guest.history(after="no such entry")
    except Refused as refused:
        assert refused.condition == "item-not-found"
    await asha.logout()
    await ravi.logout()
    await guest.say_and_wait("are you still there?")
    await guest.leave()
    await guest.connect()
    await guest.say_and_wait("back again")
    await guest.history(before="")

    everything = "\n".join(guest.raw)
    for name in "asharani", "ravikumar", "meeranair", "secret", "Rao", "Kumar", "Nair", "visitor-", "bot@", "lead-", "/crm":
        assert name not in everything, everything[max(0, everything.index(name) - 500):everything.index(name) + 100]
    known = {guest.desk, f"{guest.desk}/agent", stack.component, f"guest.{stack.domain}", f"files.{stack.domain}"}
    for address in addresses(stack, everything):
        assert address in known or address.startswith(guest.bare.partition("@")[0]), address
