"""What crmd asks of Prosody, and what keeps messages from being lost or doubled: mod_crm_admin, _archive, _link, _dedupe."""

import time
import xml.etree.ElementTree as ET

import pytest

from private_stack import COMPONENT, DOMAIN
from wire import CRM, FakeCrmd, body_of, error_of, local, new_id

BOT = f"bot@{COMPONENT}"
SID = "{urn:xmpp:sid:0}stanza-id"


def request(name, **attributes):
    pairs = "".join(f" {key.replace('_', '-')}='{value}'" for key, value in attributes.items())
    return f"<{name} xmlns='urn:traincape:crm:0'{pairs}/>"


async def missed(crmd, since, maximum=50):
    """All pages as a list of (archive id, sender, body)."""
    found, cursor = [], {}
    while True:
        page = await crmd.ask("get", DOMAIN, request("missed", since=since, max=maximum, **cursor))
        found += [(sent.get("archive-id"), sent.get("by"), body_of(sent[0])) for sent in page]
        if page.get("complete") == "true":
            return found
        assert len(page) <= maximum
        cursor = {"after": page.get("last")}


# -- who may ask

@pytest.mark.parametrize("payload", [request("barrier"), request("sessions"), request("missed", since=0), request("held", since=0)])
async def test_staff_may_not_ask_what_crmd_asks(people, payload):
    staff = await people.staff()
    assert error_of(await staff.iq("get", DOMAIN, payload))[1] == "forbidden"


async def test_staff_may_not_end_sessions(people):
    staff = await people.staff()
    assert error_of(await staff.iq("set", DOMAIN, request("end-sessions", user="alice")))[1] == "forbidden"


# -- barrier

async def test_the_barrier_comes_after_everything_sent_before_it(people, crmd):
    staff = await people.staff()
    staff.send("<presence/>")
    await staff.settle()
    sent = [crmd.message(staff.jid, f"text {n}") for n in range(500)]
    bounced = crmd.message(f"nobody@{DOMAIN}", "bounces")
    barrier = await crmd.barrier()
    assert any(e.get("id") == bounced for e in crmd.inbox)
    assert abs(float(barrier.get("now")) - time.time()) < 5 and barrier.get("boot")
    await staff.expect_id(sent[-1])
    assert [e.get("id") for e in staff.inbox if local(e) == "message" and e.get("type") == "chat"] == sent[:-1]


async def test_the_boot_id_changes_with_the_process_and_only_then(people, stack, crmd):
    boots = [(await crmd.barrier()).get("boot") for _ in range(2)]
    stack.kill_prosody()
    stack.start_prosody()
    assert boots[0] == boots[1] != (await (await people.crmd()).barrier()).get("boot")


# -- sessions

async def test_sessions_tell_presence_and_hibernation(people, crmd):
    available, silent, hibernating = await people.staff(), await people.staff(), await people.staff()
    available.send("<presence><show>dnd</show><priority>5</priority></presence>")
    await available.settle()
    hibernating.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    await hibernating.expect(lambda e: local(e) == "enabled")
    hibernating.writer.transport.abort()
    sessions = {}
    while not sessions.get(hibernating.jid, {}).get("hibernating") == "true":
        answer = await crmd.ask("get", DOMAIN, request("sessions"))
        sessions = {e.get("jid"): e.attrib for e in answer}
    assert answer.get("complete") == "true"
    assert (sessions[available.jid]["show"], sessions[available.jid]["priority"], sessions[available.jid]["available"]) == ("dnd", "5", "true")
    assert sessions[silent.jid]["available"] == "false"
    await crmd.ask("set", DOMAIN, request("end-sessions", user=hibernating.bare.partition("@")[0]))


@pytest.mark.parametrize("kind", ["guest", "customer"])
async def test_sessions_of_visitors_and_customers_are_asked_of_their_hosts(people, crmd, kind):
    outsider = await getattr(people, kind)()
    answer = await crmd.ask("get", outsider.host, request("sessions"))
    assert outsider.jid in [e.get("jid") for e in answer]


async def test_sessions_after_an_address_begin_behind_it(people, crmd):
    await people.guest(), await people.guest()
    everyone = [e.get("jid") for e in await crmd.ask("get", f"guest.{DOMAIN}", request("sessions"))]
    rest = [e.get("jid") for e in await crmd.ask("get", f"guest.{DOMAIN}", request("sessions", after=everyone[0]))]
    assert everyone == sorted(everyone) and rest == everyone[1:]


# -- end-sessions

async def test_end_sessions_ends_every_device_at_once_and_only_of_that_account(people, stack, crmd):
    username, password = people.account()
    devices = [await (await people.stream()).login(username, password, r) for r in ("phone", "laptop")]
    other = await people.staff()
    stack.set_enabled(username, False)
    answer = await crmd.ask("set", DOMAIN, request("end-sessions", user=username, reason="Your account is disabled."))
    assert answer.get("count") == "2"
    for device in devices:
        error = await device.expect(lambda e: local(e) == "error")
        assert "Your account is disabled." in ET.tostring(error).decode()
        await device.expect_closed()
    await other.settle()


async def test_an_ended_session_that_hibernated_cannot_be_resumed(people, crmd):
    username, password = people.account()
    first = await (await people.stream()).login(username, password)
    first.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    token = (await first.expect(lambda e: local(e) == "enabled")).get("id")
    first.writer.transport.abort()
    await crmd.ask("set", DOMAIN, request("end-sessions", user=username))
    second = await people.stream()
    await second.scram_final(password, await second.scram_first(username))
    await second.restart()
    second.send(f"<resume xmlns='urn:xmpp:sm:3' h='0' previd='{token}'/>")
    assert local(await second.expect(lambda e: local(e) in ("resumed", "failed"))) == "failed"


@pytest.mark.parametrize("kind", ["guest", "customer"])
async def test_end_sessions_works_on_the_other_hosts(people, crmd, kind):
    outsider = await getattr(people, kind)()
    await crmd.ask("set", outsider.host, request("end-sessions", user=outsider.bare.partition("@")[0]))
    await outsider.expect_closed()


async def test_end_sessions_without_a_user_is_a_bad_request(crmd):
    assert error_of(await crmd.iq("set", DOMAIN, request("end-sessions")))[1] == "bad-request"


# -- the archive of what staff send

async def test_what_staff_send_carries_the_genuine_archive_id(people, crmd):
    staff = await people.staff()
    forged = f"<stanza-id xmlns='urn:xmpp:sid:0' by='{staff.bare}' id='forged'/><stanza-id xmlns='urn:xmpp:sid:0' by='{COMPONENT}' id='forged'/>"
    since = time.time()
    for target in (BOT, f"visitor-1@{COMPONENT}/x", COMPONENT):
        stanza_id = new_id()
        staff.send(f"<message type='chat' id='{stanza_id}' to='{target}'><body>to {target}</body>{forged}</message>")
        message = await crmd.expect_id(stanza_id)
        live = [(e.get("by"), e.get("id")) for e in message.iter(SID)]
        assert len(live) == 1 and live[0][0] == staff.bare and live[0][1] != "forged"
        [archived] = [entry for entry in await missed(crmd, since) if entry[2] == f"to {target}"]
        assert archived[:2] == (live[0][1], staff.bare)


async def test_no_preference_and_no_hint_keeps_a_body_for_crm_out_of_the_archive(people, crmd):
    staff, since = await people.staff(), time.time()
    prefs = await staff.iq("set", None, f"<prefs xmlns='urn:xmpp:mam:2' default='never'><always/><never><jid>{BOT}</jid></never></prefs>")
    assert prefs.find("{urn:xmpp:mam:2}prefs").get("default") == "always"
    for hint in ("no-store", "no-permanent-store", "no-copy"):
        staff.send(f"<message type='chat' to='{BOT}'><body>{hint}</body><{hint} xmlns='urn:xmpp:hints'/></message>")
    staff.send(f"<message type='headline' to='{BOT}'><body>headline</body></message>")
    staff.send(f"<message to='{BOT}'><body>normal</body></message>")
    await staff.settle()
    assert {entry[2] for entry in await missed(crmd, since) if entry[1] == staff.bare} == {"no-store", "no-permanent-store", "no-copy", "headline", "normal"}


async def test_chat_states_and_receipts_for_crmd_are_not_archived_and_markers_are(people, crmd):
    staff, since = await people.staff(), time.time()
    staff.send(f"<message type='chat' to='{BOT}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    staff.send(f"<message type='chat' to='{BOT}'><received xmlns='urn:xmpp:receipts' id='a'/></message>")
    staff.send(f"<message type='chat' to='{BOT}'><displayed xmlns='urn:xmpp:chat-markers:0' id='a'/></message>")
    staff.send(f"<message type='chat' to='{BOT}'><body>and</body><received xmlns='urn:xmpp:receipts' id='a'/></message>")
    await staff.settle()
    page = await crmd.ask("get", DOMAIN, request("missed", since=since))
    own = [local(sent[0][0]) for sent in page if sent.get("by") == staff.bare]
    assert own == ["displayed", "body"]


async def test_a_receipt_from_crmd_is_in_the_archive_for_another_device(people, crmd):
    staff, since = await people.staff(), time.time()
    crmd.send(f"<message type='chat' id='tick' from='{BOT}' to='{staff.bare}'><received xmlns='urn:xmpp:receipts' id='a'/></message>")
    await crmd.barrier()
    asked = f"<held xmlns='urn:traincape:crm:0' since='{since}'><message to='{staff.bare}' id='tick'/></held>"
    assert len(await crmd.ask("get", DOMAIN, asked)) == 1


async def test_missed_pages_are_complete_and_in_the_order_of_sending(people, crmd):
    since, staff = time.time(), [await people.staff() for _ in range(3)]
    for n in range(40):
        for sender in staff:
            sender.send(f"<message type='chat' to='{BOT}'><body>{n}</body></message>")
    for sender in staff:
        await sender.settle()
    found = [entry for entry in await missed(crmd, since, maximum=7) if entry[1] in {s.bare for s in staff}]
    assert len(found) == 120 == len({entry[0] for entry in found})
    for sender in staff:
        assert [body for _, by, body in found if by == sender.bare] == [str(n) for n in range(40)]


async def test_missed_holds_only_what_staff_sent_to_crm(people, crmd):
    alice, bob, since = await people.staff(), await people.staff(), time.time()
    alice.send(f"<message type='chat' to='{bob.bare}'><body>private</body></message>")
    await alice.settle()
    crmd.message(alice.bare, "from the bot")
    await crmd.barrier()
    assert not [entry for entry in await missed(crmd, since) if entry[1] in (alice.bare, bob.bare)]


async def test_missed_with_an_unknown_cursor_or_without_a_time_is_refused(crmd):
    assert error_of(await crmd.iq("get", DOMAIN, request("missed", since=0, after="gone")))[1] == "item-not-found"
    assert error_of(await crmd.iq("get", DOMAIN, request("missed")))[1] == "bad-request"


async def test_what_staff_send_while_crmd_is_away_gives_no_error_and_is_missed_later(people):
    staff, since = await people.staff(), time.time()
    staff.send("<presence/>")
    staff.send(f"<message type='chat' id='away' to='{BOT}'><body>are you there?</body></message>")
    staff.send(f"<message type='chat' id='tick' to='{BOT}'><received xmlns='urn:xmpp:receipts' id='a'/></message>")
    staff.send(f"<presence to='{BOT}'/>")
    assert error_of(await staff.iq("get", BOT, "<query xmlns='http://jabber.org/protocol/disco#info'/>"))[:2] == ("wait", "remote-server-timeout")
    assert not [e for e in staff.inbox if e.get("type") == "error"]
    crmd = await people.crmd()
    assert ("are you there?" in [entry[2] for entry in await missed(crmd, since)])


async def test_whoever_waits_for_an_answer_when_crmd_ends_is_told_so_once(people, crmd):
    staff = await people.staff()
    question = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
    for stanza_id, to in (("answered", COMPONENT), ("open", BOT), ("open-too", COMPONENT)):
        staff.send(f"<iq type='get' id='{stanza_id}' to='{to}'>{question}</iq>")
        await crmd.expect_id(stanza_id)
    crmd.send(f"<iq type='result' id='answered' from='{COMPONENT}' to='{staff.jid}'/>")
    await staff.expect_id("answered")
    stranger = people.keep(FakeCrmd(crmd.stack))    # one that never proves who it is ends too: nobody waits for it
    await stranger.open_connection(crmd.stack.component_port)
    stranger.start_reading()
    stranger.send(f"<stream:stream to='{COMPONENT}' xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'></stream:stream>")
    await stranger.expect_closed()
    await staff.settle()
    assert not [e for e in staff.inbox if e.get("id") == "open"]
    crmd.writer.transport.abort()
    for stanza_id in ("open", "open-too"):
        assert error_of(await staff.expect_id(stanza_id))[:2] == ("wait", "remote-server-timeout")
    await people.crmd()
    await staff.settle()
    assert not [e for e in staff.inbox if e.get("id") in ("answered", "open", "open-too")]


async def test_what_staff_sent_survives_kill_9_of_prosody(people, stack):
    staff, since = await people.staff(), time.time()
    staff.send(f"<message type='chat' to='{BOT}'><body>before the crash</body></message>")
    await staff.settle()
    stack.kill_prosody()
    stack.start_prosody()
    assert "before the crash" in [entry[2] for entry in await missed(await people.crmd(), since)]


@pytest.mark.parametrize("torn", [b"item({\n\t[\"name\"] = \"mess", b"\0" * 200, b"item({ [1] = \"a\\\n);\\\nb"], ids=["half", "zeros", "line-end-inside"])
async def test_a_list_torn_by_a_crash_is_readable_after_the_restart(people, stack, torn):
    username, password = people.account()
    bookmarks = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub>"
    staff = await (await people.stream()).login(username, password)
    before = ET.tostring(await staff.iq("get", None, bookmarks))
    stack.kill_prosody()
    [path] = stack.dir.glob(f"prosody/data/*/pep_*bookmarks*/{username}.list")
    with path.open("ab") as file:
        file.write(torn)
    stack.start_prosody()
    again = await (await people.stream()).login(username, password)
    assert b"team@rooms" in before and b"team@rooms" in ET.tostring(await again.iq("get", None, bookmarks))


async def test_a_depth_bomb_of_staff_is_refused_and_every_stream_stays_up(people, crmd):
    staff = await people.staff()
    staff.send(f"<message type='chat' id='bomb' to='{BOT}'><body>x</body>{'<a>' * 9000}{'</a>' * 9000}</message>")
    assert error_of(await staff.expect_id("bomb"))[1] == "policy-violation"
    await staff.settle()
    await crmd.barrier()


# -- held

async def test_held_tells_which_messages_the_recipients_archives_have(people, crmd):
    alice, bob, since = await people.staff(), await people.staff(), time.time()
    one, two = crmd.message(alice.bare, "one"), crmd.message(bob.bare, "two")
    await crmd.barrier()
    asked = [(alice.bare, one), (bob.bare, two), (alice.bare, two), (bob.bare, "never-sent"), (f"nobody@{DOMAIN}", one)]
    elements = "".join(f"<message to='{to}' id='{i}'/>" for to, i in asked)
    answer = await crmd.ask("get", DOMAIN, f"<held xmlns='urn:traincape:crm:0' since='{since}'>{elements}</held>")
    assert [(e.get("to"), e.get("id")) for e in answer.iter(f"{CRM}message")] == asked[:2]


# -- dedupe

@pytest.mark.parametrize("online", [True, False])
async def test_a_repeated_message_reaches_staff_once(people, crmd, online):
    staff = await people.staff()
    if online:
        staff.send("<presence/>")
        await staff.settle()
    for _ in range(3):
        crmd.message(staff.bare, "once", "twin-" + staff.bare[:9])
    await crmd.barrier()
    await staff.settle()
    live = [e for e in staff.inbox if e.get("type") == "chat"]
    assert len(live) == (1 if online else 0)
    staff.send("<iq type='set' id='mam'><query xmlns='urn:xmpp:mam:2'/></iq>")
    await staff.expect_id("mam")
    assert len([e for e in staff.inbox if "once" in ET.tostring(e).decode()]) == len(live) + 1


async def test_the_same_id_to_another_person_or_another_id_to_the_same_is_delivered(people, crmd):
    alice, bob = await people.staff(), await people.staff()
    for person in (alice, bob):
        person.send("<presence/>")
        await person.settle()
        crmd.message(person.bare, "shared", "shared-id")
        crmd.message(person.bare, "other", "other-id")
    await crmd.barrier()
    for person in (alice, bob):
        await person.settle()
        assert [e.get("id") for e in person.inbox if e.get("type") == "chat"] == ["shared-id", "other-id"]


async def test_a_message_that_bounced_may_be_sent_again(people, stack, crmd):
    username, password = "late" + new_id(), "secret"
    crmd.message(f"{username}@{DOMAIN}", "hello", "bounces-first")
    assert error_of(await crmd.expect_id("bounces-first"))[1] == "service-unavailable"
    stack.add_account(username, password)
    staff = await (await people.stream()).login(username, password)
    staff.send("<presence/>")
    await staff.settle()
    crmd.message(staff.bare, "hello", "bounces-first")
    assert body_of(await staff.expect_id("bounces-first")) == "hello"


async def test_a_message_that_a_lost_device_never_took_may_be_sent_again(people, crmd):
    username, password = people.account()
    other = await (await people.stream()).login(username, password, "other")
    lost = await (await people.stream()).login(username, password, "desk")
    for device in (other, lost):
        device.send("<presence/>")
        await device.settle()
    lost.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    await lost.expect(lambda e: local(e) == "enabled")
    lost.writer.transport.abort()
    crmd.message(lost.jid, "never taken", "never-taken")
    await crmd.barrier()
    again = await (await people.stream()).login(username, password, "desk")  # replaces the hibernating session
    assert error_of(await crmd.expect_id("never-taken"))[1] == "recipient-unavailable"
    crmd.message(again.jid, "never taken", "never-taken")
    assert body_of(await again.expect_id("never-taken")) == "never taken"


async def test_visitors_get_every_repetition_because_only_their_receipt_counts(people, crmd):
    guest = await people.guest()
    guest.send("<presence/>")
    await guest.settle()
    for _ in range(2):
        crmd.message(guest.bare, "again", "again", sender=f"support@{COMPONENT}")
    await guest.expect_id("again")
    await guest.expect_id("again")


# -- the component

async def test_a_second_crmd_replaces_the_first(people, crmd):
    second = await people.crmd()
    await crmd.expect_closed()
    await second.barrier()


async def test_staff_chat_while_the_database_is_down_is_archived_and_delivered(people, stack, crmd):
    alice, bob, away = await people.staff(), await people.staff(), await people.staff()
    bob.send("<presence/>")
    await bob.settle()
    await away.close()
    since = time.time()
    stack.kill_postgres()
    try:
        for to in (bob.bare, away.bare):
            alice.send(f"<message type='chat' id='{to}' to='{to}'><body>no database</body></message>")
        assert body_of(await bob.expect_id(bob.bare)) == "no database"
        stanza_id = crmd.message(away.bare, "for later")
        await crmd.barrier()
        await alice.settle()
        assert not [e for e in alice.inbox + crmd.inbox if e.get("type") == "error"]
        answer = await crmd.ask("get", DOMAIN, f"<held xmlns='urn:traincape:crm:0' since='{since}'><message to='{away.bare}' id='{stanza_id}'/></held>")
        assert len(answer) == 1
    finally:
        stack.start_postgres()
    await people.database_works_again()
