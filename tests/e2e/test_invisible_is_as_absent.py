"""A record that somebody may not see is answered byte for byte as one that does not exist: on every surface and for every stanza that can name one."""

import re
import xml.etree.ElementTree as ET

import pytest

from support.records import put_poll

ABSENT = 9876543    # as many digits as the others: forms are padded
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

QUESTIONS = {
    "info": "<iq id='ID' to='TO' type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "info of commands": "<iq id='ID' to='TO' type='get'><query xmlns='http://jabber.org/protocol/disco#info' node='http://jabber.org/protocol/commands'/></iq>",
    "info of a command": "<iq id='ID' to='TO' type='get'><query xmlns='http://jabber.org/protocol/disco#info' node='lead.show'/></iq>",
    "items": "<iq id='ID' to='TO' type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
    "commands": "<iq id='ID' to='TO' type='get'><query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/></iq>",
    "a command": "<iq id='ID' to='TO' type='set'><command xmlns='http://jabber.org/protocol/commands' node='lead.show' action='execute'/></iq>",
    "a forbidden command": "<iq id='ID' to='TO' type='set'><command xmlns='http://jabber.org/protocol/commands' node='lead.assign' action='execute'/></iq>",
    "an unknown command": "<iq id='ID' to='TO' type='set'><command xmlns='http://jabber.org/protocol/commands' node='x' action='execute'/></iq>",
    "a session": "<iq id='ID' to='TO' type='set'><command xmlns='http://jabber.org/protocol/commands' node='lead.show' sessionid='x' action='next'/></iq>",
    "vCard": "<iq id='ID' to='TO' type='get'><vCard xmlns='vcard-temp'/></iq>",
    "vCard 4": "<iq id='ID' to='TO' type='get'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/></iq>",
    "picture": "<iq id='ID' to='TO' type='get'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'/></pubsub></iq>",
    "version": "<iq id='ID' to='TO' type='get'><query xmlns='jabber:iq:version'/></iq>",
    "ping": "<iq id='ID' to='TO' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
    "last": "<iq id='ID' to='TO' type='get'><query xmlns='jabber:iq:last'/></iq>",
    "archive": "<iq id='ID' to='TO' type='set'><query xmlns='urn:xmpp:mam:2'/></iq>",
    "nonsense": "<iq id='ID' to='TO' type='set'><x xmlns='urn:x'/></iq>",
    "a text": "<message id='ID' to='TO' type='chat'><body>hello</body></message>",
    "a text to a resource": "<message id='ID' to='TO/x' type='chat'><body>hello</body></message>",
}
# What may come back or not, and under no id of ours.
SIGNS = ["<presence to='TO' type='probe'/>", "<presence to='TO' type='subscribe'/>", "<presence to='TO' type='unsubscribe'/>", "<presence to='TO'/>",
         "<message to='TO' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
         "<message to='TO' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='00000000-0000-0000-0000-000000000000'/></message>"]


def levelled(stanza, number):
    """The whole stanza as text, its own number and all ids made equal. Attributes in one order: Prosody writes them in that of a Lua table."""
    text = ET.canonicalize(ET.tostring(stanza.element, encoding="unicode")).replace(str(number), "N")
    return UUID.sub("ID", re.sub(r" id=\"[^\"]*\"", " id='ID'", text))


@pytest.fixture
async def world(account, login, visitor, stack):
    """A lead and a conversation of Ravi's, and who may see neither."""
    # Numbers that occur nowhere else in a stanza; rows, because crmd closes gaps before what has no row.
    stack.sql("INSERT INTO crm.lead (id, name) OVERRIDING SYSTEM VALUE VALUES (7000000, 'The last') ON CONFLICT DO NOTHING")
    stack.sql("INSERT INTO crm.visitor (id, address) OVERRIDING SYSTEM VALUE VALUES (8000000, 'the last') ON CONFLICT DO NOTHING")
    put_poll(stack, 9000000, account("asked").id)
    for table in "lead", "visitor", "poll":
        stack.sql(f"SELECT setval(pg_get_serial_sequence('crm.{table}', 'id'), (SELECT max(id) FROM crm.{table}))")
    ravi, guest = await login(account("ravi")), await visitor()
    await guest.say_and_wait(f"for Ravi {guest.bare}")
    contact = (await ravi.messages.expect(body=f"for Ravi {guest.bare}", carbon=None)).bare
    ravi.say(contact, "mine")
    await guest.messages.expect(body="mine")
    lead = stack.sql("INSERT INTO crm.lead (name, assignee, status) VALUES ('Somebody', %s, 'assigned') RETURNING id", ravi.account.id)[0][0]
    poll = stack.sql("SELECT max(id) + 1 FROM crm.poll")[0][0]
    put_poll(stack, poll, ravi.account.id)
    return {"lead": lead, "visitor": int(contact.removeprefix("visitor-").partition("@")[0]), "poll": poll}, guest


@pytest.mark.parametrize("kind,role", [("lead", "sales"), ("visitor", "sales"), ("visitor", "lead"), ("poll", "sales")])
async def test_at_its_own_address(account, login, stack, world, kind, role):
    numbers, guest = world
    asha = await login(account("asha", role))
    answers = {}
    for number in numbers[kind], ABSENT:
        address = f"{kind}-{number}@{stack.component}"
        for what, question in QUESTIONS.items():
            answer = await asha.exchange(question.replace("TO", address))
            assert answer.type == "error" and answer.condition in ("item-not-found", "service-unavailable")
            answers.setdefault(what, []).append(levelled(answer, number))
        asha.stanzas.forget()
        first = len(asha.stanzas.all)
        for sign in SIGNS:
            asha.send_raw(sign.replace("TO", address))
            # Both kinds of lanes have dealt with it when these have, and Prosody with what it did to the contact list.
            await asha.exchange(f"<message id='ID' to='{address}' type='chat'><body>last</body></message>")
            await asha.exchange(f"<iq id='ID' to='{address}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>")
        # Two lanes answer these, in no order of their own.
        answers.setdefault("signs", []).append(sorted(levelled(s, number) for s in asha.stanzas.all[first:] if kind in (s.sender or "")))
    for what, (invisible, absent) in answers.items():
        assert invisible == absent, what
    assert not guest.saw("hello")


@pytest.mark.parametrize("line", ["lead show N", "lead N", "lead-N", "lead show lead-N", "show lead #N", "lead assign N to asha"])
async def test_for_the_bot(account, login, stack, world, line):
    asha = await login(account("asha"))
    numbers, _ = world
    invisible, absent = [(await asha.ask_bot(line.replace("N", str(number)))).replace(str(number), "N") for number in (numbers["lead"], ABSENT)]
    assert invisible == absent
    assert "Somebody" not in invisible


async def test_in_a_form(account, login, stack, world):
    asha = await login(account("asha"))
    numbers, _ = world
    answers = []
    for number in numbers["lead"], ABSENT:
        step = await (await asha.commands.execute("lead.show")).complete(lead=number)
        text = ET.tostring(step.element, encoding="unicode").replace(str(number), "N")
        answers.append(UUID.sub("ID", text))
    assert answers[0] == answers[1]
    assert (await asha.ask_bot("lead list")).count("Somebody") == 0


async def test_those_who_may_do_see_it(account, login, stack, world):
    """Else what is above would prove nothing."""
    meera = await login(account("meera", "manager"))
    for kind, number in world[0].items():
        answer = await meera.exchange(QUESTIONS["vCard"].replace("TO", f"{kind}-{number}@{stack.component}"))
        assert answer.type == "result"
