"""Staff see one another and the bot without adding anyone, and meet in the team room: mod_crm_roster, mod_crm_team_room."""

import xml.etree.ElementTree as ET

from private_stack import COMPONENT, DOMAIN
from wire import body_of, error_of, local

ROSTER = "{jabber:iq:roster}"
BOT = f"bot@{COMPONENT}"
GET = "<query xmlns='jabber:iq:roster'/>"


async def roster_of(client):
    reply = await client.iq("get", None, GET)
    return {item.get("jid"): (item.get("name"), item.get("subscription"), [g.text for g in item]) for item in reply.iter(f"{ROSTER}item")}


async def test_staff_see_each_other_grouped_by_role_and_the_bot(people):
    alice = await people.staff(name="Alice", role="Manager", group="Managers")
    bob = await people.staff(name="Bob", group="Sales")
    roster = await roster_of(bob)
    assert roster[alice.bare] == ("Alice", "both", ["Managers"])
    assert roster[BOT] == ("TrainCape bot", "both", ["TrainCape"])
    assert bob.bare not in roster


async def test_the_presence_of_colleagues_arrives_without_a_subscription(people, crmd):
    alice, bob = await people.staff(), await people.staff()
    for person in (alice, bob):
        person.send("<presence/>")
        await person.settle()
    for person, colleague in ((alice, bob), (bob, alice)):
        await person.expect(lambda e: local(e) == "presence" and e.get("from") == colleague.jid)


async def test_the_bot_is_told_and_asked_about_presence_and_its_own_arrives(people, crmd):
    staff = await people.staff()
    staff.send("<presence/>")
    await crmd.expect(lambda e: local(e) == "presence" and e.get("type") == "probe" and e.get("to") == BOT)
    crmd.send(f"<presence from='{BOT}' to='{staff.bare}'/>")
    await staff.expect(lambda e: local(e) == "presence" and e.get("from") == BOT)


async def test_crmd_is_told_the_presence_of_staff_and_gets_it_again_on_connect(people, crmd):
    staff = await people.staff()
    staff.send("<presence><show>away</show></presence>")
    await crmd.expect(lambda e: local(e) == "presence" and e.get("from") == staff.jid and e.get("to") == COMPONENT)
    again = await people.crmd()
    await again.expect(lambda e: local(e) == "presence" and e.get("from") == staff.jid)


async def test_a_new_colleague_appears_to_those_who_are_online(people, crmd):
    alice = await people.staff()
    await roster_of(alice)
    username, _ = people.account(name="Newcomer")
    await crmd.ask("set", DOMAIN, "<staff-changed xmlns='urn:traincape:crm:0'/>")
    push = await alice.expect(lambda e: e.get("type") == "set" and f"{username}@{DOMAIN}" in ET.tostring(e).decode())
    assert push.find(f".//{ROSTER}item").get("name") == "Newcomer"


async def test_a_disabled_colleague_disappears_at_once(people, stack, crmd):
    alice, bob = await people.staff(), await people.staff()
    assert bob.bare in await roster_of(alice) or await crmd.ask("set", DOMAIN, "<staff-changed xmlns='urn:traincape:crm:0'/>") is None
    username = bob.bare.partition("@")[0]
    stack.set_enabled(username, False)
    await crmd.ask("set", DOMAIN, f"<end-sessions xmlns='urn:traincape:crm:0' user='{username}'/>")
    await alice.expect(lambda e: e.get("type") == "set" and any(i.get("jid") == bob.bare and i.get("subscription") == "remove" for i in e.iter(f"{ROSTER}item")))
    assert bob.bare not in await roster_of(alice)


async def test_colleagues_cannot_be_removed_and_unsubscribing_changes_nothing(people):
    alice, bob = await people.staff(), await people.staff()
    reply = await bob.iq("set", None, f"<query xmlns='jabber:iq:roster'><item jid='{alice.bare}' subscription='remove'/></query>")
    assert error_of(reply)[1] == "not-allowed"
    bob.send(f"<presence type='unsubscribe' to='{alice.bare}'/><presence type='unsubscribed' to='{BOT}'/>")
    roster = await roster_of(bob)
    assert roster[alice.bare][1] == roster[BOT][1] == "both"


async def test_shared_contacts_are_not_written_to_disk_but_renamed_ones_and_those_of_crmd_are(people, stack, crmd):
    alice, bob = await people.staff(), await people.staff()
    username, visitor = bob.bare.partition("@")[0], f"visitor-1@{COMPONENT}"
    await bob.iq("set", None, f"<query xmlns='jabber:iq:roster'><item jid='{alice.bare}' name='Ally'/></query>")
    reply = await crmd.iq("set", bob.bare, f"<query xmlns='jabber:iq:roster'><item jid='{visitor}' name='A visitor' subscription='both'><group>Visitors</group></item></query>")
    assert reply.get("type") == "result"
    [path] = stack.dir.glob(f"prosody/data/*/roster/{username}.dat")
    stored = path.read_text()
    assert visitor in stored and alice.bare in stored and BOT not in stored
    roster = await roster_of(bob)
    assert roster[visitor] == ("A visitor", "both", ["Visitors"]) and roster[alice.bare][:2] == ("Ally", "both")


async def test_crmd_may_read_and_write_rosters_of_staff_who_are_offline(people, crmd):
    username, _ = people.account()
    item = f"<item jid='visitor-2@{COMPONENT}' name='V' subscription='both'><group>Visitors</group></item>"
    assert (await crmd.iq("set", f"{username}@{DOMAIN}", f"<query xmlns='jabber:iq:roster'>{item}</query>")).get("type") == "result"
    reply = await crmd.iq("get", f"{username}@{DOMAIN}", GET)
    assert {f"visitor-2@{COMPONENT}", BOT} <= {i.get("jid") for i in reply.iter(f"{ROSTER}item")}


async def test_the_roster_stays_whole_while_the_database_is_down(people, stack):
    alice, bob = await people.staff(), await people.staff()
    before = await roster_of(bob)
    stack.kill_postgres()
    try:
        assert await roster_of(bob) == before and alice.bare in before
    finally:
        stack.start_postgres()
    await people.database_works_again()


async def test_the_team_room_is_listed_bookmarked_and_keeps_its_history(people):
    alice, bob = await people.staff(), await people.staff()
    room = f"team@rooms.{DOMAIN}"
    rooms = await alice.iq("get", f"rooms.{DOMAIN}", "<query xmlns='http://jabber.org/protocol/disco#items'/>")
    assert room in ET.tostring(rooms).decode()
    bookmarks = await alice.iq("get", None, "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub>")
    conference = bookmarks.find(".//{urn:xmpp:bookmarks:1}conference")
    assert conference.get("autojoin") == "true" and conference.get("name") == "Team" and room in ET.tostring(bookmarks).decode()
    for person in (alice, bob):
        nick = person.bare.partition("@")[0]
        person.send(f"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        await person.expect(lambda e: local(e) == "message" and e.find("{jabber:client}subject") is not None)
    alice.send(f"<message type='groupchat' id='g1' to='{room}'><body>morning</body></message>")
    assert body_of(await bob.expect(lambda e: e.get("id") == "g1")) == "morning"
    alice.send(f"<iq type='set' id='history' to='{room}'><query xmlns='urn:xmpp:mam:2'/></iq>")
    await alice.expect_id("history")
    assert any("morning" in ET.tostring(e).decode() for e in alice.inbox)


async def test_a_message_reaches_every_device_of_a_member_of_staff(people, crmd):
    username, password = people.account()
    phone, laptop = [await (await people.stream()).login(username, password, r) for r in ("phone", "laptop")]
    for device in (phone, laptop):
        await device.iq("set", None, "<enable xmlns='urn:xmpp:carbons:2'/>")
        device.send("<presence/>")
        await device.settle()
    crmd.message(phone.jid, "for one device", "carbon")
    await phone.expect_id("carbon")
    await laptop.expect(lambda e: "for one device" in ET.tostring(e).decode())
    phone.send(f"<message type='chat' to='{BOT}'><body>help</body></message>")
    await laptop.expect(lambda e: "help" in ET.tostring(e).decode())


async def test_a_dropped_stream_is_resumed_with_what_arrived_meanwhile(people, crmd):
    username, password = people.account()
    first = await (await people.stream()).login(username, password)
    first.send("<presence/><enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    token = (await first.expect(lambda e: local(e) == "enabled")).get("id")
    first.writer.transport.abort()
    crmd.message(first.jid, "while you were gone", "gone")
    await crmd.barrier()
    second = await people.stream()
    await second.scram_final(password, await second.scram_first(username))
    await second.restart()
    second.send(f"<resume xmlns='urn:xmpp:sm:3' h='0' previd='{token}'/>")
    await second.expect(lambda e: local(e) == "resumed")
    assert body_of(await second.expect_id("gone")) == "while you were gone"
