"""Rooms and the bot in them, with a stand-in for crmd: mod_crm_rooms, mod_crm_room_bot, mod_crm_bookmarks, mod_crm_disco."""

import re
import xml.etree.ElementTree as ET

import pytest

from private_stack import COMPONENT, DOMAIN
from wire import body_of, error_of, local

ROOM = f"team-1@rooms.{DOMAIN}"
CHANGED = "<staff-changed xmlns='urn:traincape:crm:0'/>"
BOOKMARKS = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub>"
MENTION = "{urn:traincape:crm:0}mention"


@pytest.fixture
def north(stack, people, crmd):
    """north(client, …) makes these, and nobody else, the people of the team's room."""
    async def choose(*clients, affiliation="member"):
        names = "".join(f"INSERT INTO crm.room_member VALUES ('{c.bare.partition('@')[0]}', '{affiliation}', true);" for c in clients)
        stack.psql("crm", "DELETE FROM crm.room_member;" + names)
        await crmd.ask("set", DOMAIN, CHANGED)
    return choose


async def join(client, room=ROOM, nick=None):
    client.send(f"<presence to='{room}/{nick or client.bare.partition('@')[0]}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    return await client.expect(lambda e: local(e) == "presence" and e.get("from", "").startswith(room)
                               and (e.get("type") == "error" or "code=\"110\"" in ET.tostring(e).decode()))


def say(client, body, stanza_id="m", extra="", room=ROOM):
    client.send(f"<message type='groupchat' id='{stanza_id}' to='{room}'><body>{body}</body>{extra}</message>")


async def mention(crmd):
    return await crmd.expect(lambda e: e.find(MENTION) is not None)


def thank(crmd, request):
    crmd.send(f"<iq type='result' id='{request.get('id')}' from='{COMPONENT}' to='rooms.{DOMAIN}'/>")


async def test_crmd_is_told_what_is_said_to_the_bot_and_by_whom(people, crmd, north):
    alice = await people.staff()
    await north(alice)
    await join(alice, nick="Somebody")
    say(alice, "not for it")
    say(alice, "bot: lead 42", extra="<mention xmlns='urn:traincape:crm:0' room='x'><message from='admin@x'/></mention>")
    request = await mention(crmd)
    assert (request.get("from"), request.get("to"), request.get("type")) == (f"rooms.{DOMAIN}", COMPONENT, "set")
    assert (request[0].get("room"), request[0].get("nick")) == ("team-1", "Somebody") and request[0].get("id")
    [message] = request[0]
    assert message.get("from") == alice.bare and message.get("to") == f"bot@{COMPONENT}" and body_of(message) == "lead 42" and len(message) == 1
    thank(crmd, request)
    await crmd.barrier()
    assert not [e for e in crmd.inbox if "not for it" in ET.tostring(e).decode() or e.get("from", "").startswith(ROOM)]


async def test_what_crmd_cannot_take_in_comes_again_in_order(people, crmd, north):
    alice = await people.staff()
    await north(alice)
    await join(alice)
    say(alice, "bot: one")
    say(alice, "bot: two")
    first = await mention(crmd)
    crmd.send(f"<iq type='error' id='{first.get('id')}' from='{COMPONENT}' to='rooms.{DOMAIN}'><error type='wait'>"
              "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
    assert "away" in body_of(await alice.expect(lambda e: e.get("from") == f"{ROOM}/bot" and local(e) == "message"))
    again = await mention(crmd)
    assert body_of(again[0][0]) == "one" and again[0].get("id") == first[0].get("id")
    thank(crmd, again)
    second = await mention(crmd)
    assert body_of(second[0][0]) == "two"
    crmd.send(f"<iq type='error' id='{second.get('id')}' from='{COMPONENT}' to='rooms.{DOMAIN}'><error type='modify'>"
              "<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
    assert "The CRM did not take this: “two”" in body_of(await alice.expect(of_bot))
    say(alice, "bot: three")
    third = await mention(crmd)
    assert body_of(third[0][0]) == "three"
    thank(crmd, third)
    await crmd.barrier()


def of_bot(heard):
    """What the bot says now: not the room's history."""
    return local(heard) == "message" and heard.get("from") == f"{ROOM}/bot" and heard.find("{urn:xmpp:delay}delay") is None


async def test_more_than_is_kept_while_crmd_is_away_is_said_to_be_lost(people, crmd, north):
    alice, bob = await people.staff(), await people.staff()
    await north(alice, bob)
    await join(alice)
    await join(bob)
    await crmd.close()
    for number in range(50):
        say(bob if number % 2 else alice, f"bot: lead {number}")
    for each in (alice, bob):
        assert "kept this, and will do it" in body_of(await each.expect(of_bot))
        assert "kept this, and will do it" in body_of(await each.expect(of_bot))
    say(alice, "bot: one too many", "last")
    await bob.expect_id("last")
    lost = body_of(await bob.expect(of_bot))    # behind the line that it is about
    assert lost.startswith(alice.bare.partition("@")[0] + ": I have not kept this")
    crmd = await people.crmd()
    done = []
    while len(done) < 50:
        request = await mention(crmd)
        done.append(body_of(request[0][0]))
        thank(crmd, request)
    assert sorted(done) == sorted(f"lead {number}" for number in range(50))
    say(alice, "bot: again")
    request = await mention(crmd)
    assert body_of(request[0][0]) == "again"
    thank(crmd, request)
    await crmd.barrier()


async def test_what_is_given_up_after_an_hour_is_said_to_be_lost(people, stack, crmd, north):
    alice = await people.staff()
    await north(alice)
    await join(alice)
    await crmd.close()
    say(alice, "bot: lead   42 " + "x" * 200)
    await alice.expect(of_bot)
    stack.prosody.terminate()
    stack.prosody.wait(20)
    [kept] = stack.dir.glob("prosody/data/rooms*/crm_mentions/pending.dat")
    kept.write_text(re.sub(r"\b1\d{9}(\.\d+)?", lambda time: str(float(time[0]) - 3600), kept.read_text()))
    stack.start_prosody()
    alice = await people.staff()
    stack.psql("crm", f"INSERT INTO crm.room_member VALUES ('{alice.bare.partition('@')[0]}')")
    crmd = await people.crmd()
    await crmd.ask("set", DOMAIN, CHANGED)
    await join(alice)
    lost = await alice.expect(lambda e: local(e) == "message" and "I have given this up: “lead 42 xxx" in (body_of(e) or ""))
    assert "xx…”. Say it again" in body_of(lost)
    assert not [e for e in crmd.inbox if e.find(MENTION) is not None]


async def test_what_nobody_has_answered_survives_a_kill_of_prosody(people, stack, north):
    alice = await people.staff()
    await north(alice)
    await join(alice)
    say(alice, "bot: keep this")
    await alice.expect(lambda e: body_of(e) == "bot: keep this" if local(e) == "message" else False)
    stack.kill_prosody()
    stack.start_prosody()
    crmd = await people.crmd()
    request = await mention(crmd)
    assert body_of(request[0][0]) == "keep this" and request[0][0].get("from") == alice.bare
    thank(crmd, request)
    await crmd.barrier()
    stack.kill_prosody()
    stack.start_prosody()
    crmd = await people.crmd()
    await crmd.barrier()
    assert not [e for e in crmd.inbox if e.find(MENTION) is not None]


async def test_the_bot_s_words_are_heard_once_even_after_a_kill(people, stack, crmd, north):
    alice = await people.staff()
    await north(alice)
    await join(alice)
    line = f"<message type='groupchat' from='bot@{COMPONENT}/crm' to='{ROOM}' id='answer-1'><body>Lead 42</body></message>"
    crmd.send(line + line)
    await crmd.barrier()
    await alice.settle()
    assert len([e for e in alice.inbox if e.get("id") == "answer-1"]) == 1
    stack.kill_prosody()
    stack.start_prosody()
    crmd = await people.crmd()
    crmd.send(line)
    await crmd.barrier()
    bob = await people.staff()
    stack.psql("crm", f"INSERT INTO crm.room_member VALUES ('{bob.bare.partition('@')[0]}')")
    await crmd.ask("set", DOMAIN, CHANGED)
    await join(bob)
    await bob.expect(lambda e: local(e) == "message" and e.find("{jabber:client}subject") is not None)
    assert len([e for e in bob.inbox if e.get("id") == "answer-1"]) == 1


async def test_nobody_but_crmd_speaks_as_the_bot(people, crmd, north):
    alice, bob = await people.staff(), await people.staff()
    await north(alice, bob)
    await join(alice)
    assert error_of(await join(bob, nick="bot"))[1] == "conflict"
    crmd.send(f"<message type='groupchat' from='visitor-1@{COMPONENT}' to='{ROOM}' id='other'><body>I am a visitor</body></message>")
    assert error_of(await crmd.expect_id("other"))[1] == "item-not-found"
    await alice.settle()
    assert not [e for e in alice.inbox if e.get("id") == "other"]


@pytest.mark.parametrize("nick", ["bot ", " bot", "BOT", "b\u043et", "b.ot", "b o t"])
async def test_nobody_looks_like_the_bot(people, north, nick):
    alice = await people.staff()
    await north(alice)
    answer = await join(alice, nick=nick)
    allowed = nick == "b.ot"
    assert (answer.get("type") is None) if allowed else (error_of(answer)[1] == "conflict")


async def test_nobody_looks_like_a_colleague_and_everybody_has_their_own_name(people, north):
    alice, bob = await people.staff(name="Zoë O''Brien"), await people.staff(name="Bob")
    await north(alice, bob)
    for nick in ("Zoë  O'Brien", "ZOË O'BRIEN", "zoë o'brien ", alice.bare.partition("@")[0] + " "):
        assert error_of(await join(bob, nick=nick.replace("'", "&#39;")))[1] == "conflict", nick
    assert (await join(alice, nick="Zoë O&#39;Brien")).get("type") is None


async def test_what_an_occupant_says_claims_nothing_in_the_room_s_name(people, north):
    """Who is who, who was put out, and when something was said is the server's to say (XEP-0045, XEP-0203)."""
    alice, bob = await people.staff(), await people.staff()
    await north(alice, bob)
    await join(alice)
    await join(bob)
    forged = ("<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' jid='boss@x'/><status code='110'/></x>"
              f"<delay xmlns='urn:xmpp:delay' from='{ROOM}/boss' stamp='2020-01-01T00:00:00Z'/><x xmlns='jabber:x:delay' from='{ROOM}' stamp='20200101T00:00:00'/>")
    say(alice, "forged", "f1", forged)
    alice.send(f"<message type='chat' id='f2' to='{ROOM}/{bob.bare.partition('@')[0]}'><body>forged</body>{forged}</message>")
    for message_id in ("f1", "f2"):
        heard = await bob.expect_id(message_id)
        assert body_of(heard) == "forged"
        assert not [e for e in heard.iter() if local(e) in ("item", "status", "delay") or e.tag == "{jabber:x:delay}x"], ET.tostring(heard)


async def test_who_lost_the_room_is_put_out_and_the_database_s_silence_changes_nothing(people, stack, crmd, north):
    alice, bob = await people.staff(), await people.staff()
    await north(alice, bob)
    await join(alice)
    await join(bob)
    stack.psql("crm", f"DELETE FROM crm.room_member WHERE username = '{bob.bare.partition('@')[0]}'")
    stack.kill_postgres()
    try:
        await crmd.ask("set", DOMAIN, CHANGED)
        say(alice, "still here", "here")
        await bob.expect_id("here")
    finally:
        stack.start_postgres()
    # No word from crmd: the module asks again by itself, because the database had not answered.
    out = await bob.expect(lambda e: local(e) == "presence" and e.get("type") == "unavailable" and "code=\"321\"" in ET.tostring(e).decode(), seconds=30)
    assert out.get("from").startswith(ROOM)
    assert error_of(await join(bob))[1] == "item-not-found"
    assert ROOM not in ET.tostring(await bob.iq("get", None, BOOKMARKS)).decode()


async def test_a_bookmark_of_one_s_own_is_left_alone(people, stack, crmd, north):
    alice = await people.staff()
    await north()
    publish = (f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:bookmarks:1'><item id='{ROOM}'>"
               "<conference xmlns='urn:xmpp:bookmarks:1' name='My North' autojoin='false'><nick>Ally</nick></conference></item></publish></pubsub>")
    assert (await alice.iq("set", None, publish)).get("type") == "result"
    await north(alice)
    kept = ET.tostring(await alice.iq("get", None, BOOKMARKS)).decode()
    assert "My North" in kept and "Ally" in kept and "autojoin=\"false\"" in kept
    stack.psql("crm", "UPDATE crm.team_room SET name = 'North-East'")
    try:
        await crmd.ask("set", DOMAIN, CHANGED)
        assert "My North" in ET.tostring(await alice.iq("get", None, BOOKMARKS)).decode()
    finally:
        stack.psql("crm", "UPDATE crm.team_room SET name = 'North'")
    await north()
    assert ROOM not in ET.tostring(await alice.iq("get", None, BOOKMARKS)).decode()
