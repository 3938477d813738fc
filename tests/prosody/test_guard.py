"""Visitors and customers reach support@crm.D and file uploads, and nobody but crmd reaches them: mod_crm_guard."""

import contextlib
import re
import secrets
import xml.etree.ElementTree as ET

import pytest
import pytest_asyncio

from private_stack import COMPONENT, DOMAIN
from wire import body_of, error_of, local, new_id

DESK = f"support@{COMPONENT}"
BODY = "<body>hello</body>"


async def send_and_get_error(stream, stanza):
    stanza_id = new_id()
    stream.send(stanza.replace("ID", stanza_id))
    return error_of(await stream.expect(lambda e: e.get("id") == stanza_id and e.get("type") == "error"))


@pytest_asyncio.fixture(params=["guest", "customer"])
async def outsider(request, people):
    return await getattr(people, request.param)()


async def forbidden_targets(people, own):
    staff, guest, customer = await people.staff(), await people.guest(), await people.customer()
    return [staff.bare, staff.jid, guest.bare, guest.jid, customer.jid, f"nobody@{DOMAIN}", DOMAIN, f"team@rooms.{DOMAIN}",
            f"team@rooms.{DOMAIN}/nick", f"rooms.{DOMAIN}", COMPONENT, f"bot@{COMPONENT}", f"visitor-1@{COMPONENT}", f"lead-1@{COMPONENT}",
            "someone@elsewhere.example", "elsewhere.example", f"my.{DOMAIN}" if "guest" in own else f"guest.{DOMAIN}"]


async def test_every_other_target_is_forbidden_for_every_kind_of_stanza(people, crmd, outsider):
    for target in await forbidden_targets(people, outsider.jid):
        for stanza in (f"<message id='ID' type='chat' to='{target}'>{BODY}</message>",
                       f"<message id='ID' type='groupchat' to='{target}'>{BODY}</message>",
                       f"<presence id='ID' to='{target}'/>",
                       f"<presence id='ID' type='subscribe' to='{target}'/>",
                       f"<iq id='ID' type='get' to='{target}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
                       f"<iq id='ID' type='set' to='{target}'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='x'/></pubsub></iq>"):
            assert (await send_and_get_error(outsider, stanza))[:2] == ("auth", "forbidden"), stanza
    await crmd.barrier()
    assert not [e for e in crmd.inbox if e.get("from") == outsider.jid]


@pytest.mark.parametrize("payload", [
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:avatar:data'/></pubsub>",
    "<privileged_iq xmlns='urn:xmpp:privilege:2'/>",
    "<barrier xmlns='urn:traincape:crm:0'/>",
    "<command xmlns='http://jabber.org/protocol/commands' node='x'/>",
    "<query xmlns='jabber:iq:register'/>",
])
async def test_of_their_own_server_they_get_only_what_a_client_needs(outsider, payload):
    for target in ("", f"to='{outsider.host}'", f"to='{outsider.bare}'"):
        assert (await send_and_get_error(outsider, f"<iq id='ID' type='set' {target}>{payload}</iq>"))[:2] == ("auth", "forbidden")


async def test_a_privileged_message_of_an_outsider_goes_nowhere(people, crmd, outsider):
    staff = await people.staff()
    forged = (f"<message id='ID' to='{DOMAIN}'><privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'>"
              f"<message xmlns='jabber:client' from='{staff.bare}' to='{staff.bare}'>{BODY}</message></forwarded></privilege></message>")
    assert (await send_and_get_error(outsider, forged))[1] == "forbidden"
    await staff.settle()
    assert not [e for e in staff.inbox if local(e) == "message"]


async def test_a_message_to_the_desk_arrives_with_what_the_desk_understands(crmd, outsider):
    outsider.send(f"<message id='m1' type='chat' to='{DESK}'>{BODY}<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>"
                  "<active xmlns='http://jabber.org/protocol/chatstates'/><origin-id xmlns='urn:xmpp:sid:0' id='m1'/>"
                  "<replace xmlns='urn:xmpp:message-correct:0' id='m0'/></message>")
    message = await crmd.expect_id("m1")
    assert (message.get("from"), message.get("to"), body_of(message)) == (outsider.jid, DESK, "hello")
    assert [local(child) for child in message] == ["body", "request", "markable", "active", "origin-id", "replace"]


SPOOFS = ["<delay xmlns='urn:xmpp:delay' stamp='2001-01-01T00:00:00Z'/>", "<stanza-id xmlns='urn:xmpp:sid:0' by='crm.crm.test' id='1'/>",
          "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></forwarded></received>",
          "<forwarded xmlns='urn:xmpp:forward:0'/>", "<privilege xmlns='urn:xmpp:privilege:2'/>", "<x xmlns='http://jabber.org/protocol/muc#user'/>",
          "<event xmlns='http://jabber.org/protocol/pubsub#event'/>", "<addresses xmlns='http://jabber.org/protocol/address'/>",
          "<result xmlns='urn:xmpp:mam:2'/>", "<x xmlns='jabber:x:delay'/>", "<anything xmlns='urn:invented:later'/>", "<body>second</body>"]


async def test_whatever_could_spoof_is_gone_and_the_text_still_arrives(crmd, outsider):
    outsider.send(f"<message id='s1' type='chat' to='{DESK}' evil='1' xmlns:e='urn:e' e:evil='2'>{BODY}{''.join(SPOOFS)}stray text</message>")
    message = await crmd.expect_id("s1")
    assert [local(child) for child in message] == ["body"] and body_of(message) == "hello"
    assert sorted(message.attrib) == ["from", "id", "to", "type", "{http://www.w3.org/XML/1998/namespace}lang"]
    assert "stray" not in ET.tostring(message).decode()


async def test_a_spoofed_sender_is_replaced_by_the_real_one(crmd, outsider):
    outsider.send(f"<message id='s2' type='chat' from='boss@{DOMAIN}' to='{DESK}'>{BODY}</message>")
    assert (await crmd.expect_id("s2")).get("from") == outsider.jid


async def test_a_depth_bomb_loses_the_bomb_and_leaves_both_streams_up(crmd, outsider):
    bomb = "<origin-id xmlns='urn:xmpp:sid:0' id='x'>" + "<a>" * 4000 + "</a>" * 4000 + "</origin-id>"
    outsider.send(f"<message id='d1' type='chat' to='{DESK}'>{BODY}{bomb}</message>")
    assert [local(child) for child in await crmd.expect_id("d1")] == ["body"]
    deep = "<a>" * 4000 + "</a>" * 4000
    assert (await send_and_get_error(outsider, f"<iq id='ID' type='set' to='{DESK}'><query xmlns='urn:xmpp:mam:2'>{deep}</query></iq>"))[1] == "forbidden"
    await crmd.barrier()


async def test_a_body_of_4000_characters_passes_and_one_more_is_refused_with_a_sentence(crmd, outsider):
    outsider.send(f"<message id='l1' type='chat' to='{DESK}'><body>{'₹' * 4000}</body></message>")
    assert len(body_of(await crmd.expect_id("l1"))) == 4000
    kind, condition, text = await send_and_get_error(outsider, f"<message id='ID' type='chat' to='{DESK}'><body>{'₹' * 4001}</body></message>")
    assert (kind, condition) == ("modify", "policy-violation") and "4,000" in text and "4,001" in text


async def test_a_stanza_over_64_kib_ends_the_stream_of_a_visitor(people, crmd):
    guest = await people.guest()
    guest.send(f"<message id='b1' type='chat' to='{DESK}'><body>{'x' * 70000}</body></message>")
    await guest.expect_closed()
    await crmd.barrier()


async def test_too_many_messages_are_told_to_wait_and_less_pass(crmd, people):
    guest = await people.guest()
    for n in range(60):
        guest.send(f"<message id='r{n}' type='chat' to='{DESK}'>{BODY}</message>")
    await guest.settle()
    errors = [error_of(e)[:2] for e in guest.inbox if e.get("type") == "error"]
    await crmd.barrier()
    passed = [e for e in crmd.inbox if (e.get("id") or "").startswith("r")]
    assert errors and set(errors) == {("wait", "resource-constraint")}
    assert len(passed) + len(errors) == 60 and len(passed) >= 20


def show(state, extra=""):
    return f"<message id='{state}' type='chat' to='{DESK}'><{state} xmlns='http://jabber.org/protocol/chatstates'/>{extra}</message>"


async def test_of_much_typing_a_person_s_pace_is_shown_and_nobody_is_told(crmd, outsider):
    outsider.send("".join(show(state) for state in ("composing", "paused") * 25))
    receipt = "<received xmlns='urn:xmpp:receipts' id='6d0eb4e5-6b1b-4d59-9ad9-5a1ea0ea3e42'/>"
    outsider.send(show("active", receipt) + f"<message id='empty' type='chat' to='{DESK}'/>")
    await outsider.settle()
    await crmd.barrier()
    assert not [e for e in outsider.inbox if e.get("type") == "error"]
    shown = [e for e in crmd.inbox if e.get("id") in ("composing", "paused")]
    assert 10 <= len(shown) <= 25
    [acknowledged] = [e for e in crmd.inbox if e.get("id") == "active"]
    assert [local(child) for child in acknowledged] == ["received"]
    assert not [e for e in crmd.inbox if e.get("id") == "empty"]


async def test_typing_far_over_the_rate_of_stanzas_is_answered_by_nothing(people, crmd):
    guest = await people.guest()
    guest.send("".join(show(state) for state in ("composing", "paused") * 400))
    receipt = "<received xmlns='urn:xmpp:receipts' id='0f2c1d4e-0000-4000-8000-000000000001'/>"
    guest.send(f"<message id='receipt' type='chat' to='{DESK}'>{receipt}</message>")    # this is, so that it is sent again: the bucket is empty
    assert error_of(await guest.expect(lambda e: e.get("id") == "receipt"))[:2] == ("wait", "resource-constraint")
    assert not [e for e in guest.inbox if local(e) == "message" and e.get("id") != "receipt"]
    await crmd.barrier()


async def test_who_comes_and_goes_all_the_time_is_told_to_wait_and_can_go(people, crmd):
    secret = secrets.token_urlsafe(32)
    guest = await people.guest(secret)
    for number in range(30):
        guest.send(f"<presence id='p{number}' to='{DESK}'>{'<show>away</show>' if number % 2 else ''}</presence>")
    guest.send(f"<presence id='gone' type='unavailable' to='{DESK}'/>")
    await guest.settle()
    await crmd.barrier()
    heard = [e.get("id") for e in crmd.inbox if local(e) == "presence" and e.get("from") == guest.jid]
    assert 10 <= len(heard) <= 25 and heard[-1] == "gone"
    errors = [error_of(e)[:2] for e in guest.inbox if e.get("type") == "error"]
    assert len(errors) == 31 - len(heard) and set(errors) == {("wait", "resource-constraint")}
    again = await people.guest(secret)    # another window of theirs is heard of
    again.send(f"<presence id='again' to='{DESK}'/>")
    assert (await crmd.expect_id("again")).get("from") == again.jid


FLOODS = {
    "pings of the stream": "<r xmlns='urn:xmpp:sm:3'/>",
    "addresses that are none": "<iq id='x' type='get' to='@'/>",
    "pings of the server": "<iq id='x' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
}


@pytest.mark.parametrize("logged_in", [True, False])
@pytest.mark.parametrize("flood", FLOODS)
async def test_a_stream_that_floods_with_whatever_is_ended(people, flood, logged_in):
    address = f"127.0.6.{2 * list(FLOODS).index(flood) + logged_in + 1}"
    stream = await people.stream(f"guest.{DOMAIN}", tls=False, address=address)
    if logged_in:
        await stream.sasl("auth mechanism='ANONYMOUS'", secrets.token_urlsafe(32).encode())
        await stream.bind()
        stream.send("<enable xmlns='urn:xmpp:sm:3'/>")
    with contextlib.suppress(ConnectionError):
        for _ in range(130):    # the limit is 800 a second, and 12,000 at once; Prosody reads 256 KB a second, and a megabyte at once
            stream.send(FLOODS[flood] * 200)
            await stream.writer.drain()
    await stream.expect_closed()


async def test_staff_who_are_logged_in_are_not_counted_as_strangers(people):
    staff = await people.staff()
    staff.send(FLOODS["pings of the server"] * 13000)
    assert (await staff.settle()).get("type") == "result"


async def test_presence_to_the_desk_keeps_only_show_status_and_caps(crmd, outsider):
    outsider.send(f"<presence id='p1' to='{DESK}'><show>away</show><x xmlns='vcard-temp:x:update'/><status>here</status></presence>")
    assert [local(child) for child in await crmd.expect_id("p1")] == ["show", "status"]


async def test_an_archive_query_reaches_the_desk(crmd, outsider):
    outsider.send(f"<iq id='q1' type='set' to='{DESK}'><query xmlns='urn:xmpp:mam:2'/></iq>")
    query = await crmd.expect_id("q1")
    crmd.send(f"<iq id='q1' type='result' from='{DESK}' to='{query.get('from')}'><fin xmlns='urn:xmpp:mam:2'/></iq>")
    assert (await outsider.expect_id("q1")).get("type") == "result"


async def test_an_upload_slot_is_granted_and_nothing_else_of_the_file_service(outsider):
    slot = await outsider.iq("get", f"files.{DOMAIN}", "<request xmlns='urn:xmpp:http:upload:0' filename='a.png' size='10' content-type='image/png'/>")
    assert slot.get("type") == "result" and "http" in slot.find(".//{urn:xmpp:http:upload:0}put").get("url")
    assert (await send_and_get_error(outsider, f"<message id='ID' to='files.{DOMAIN}'>{BODY}</message>"))[1] == "forbidden"


async def test_nobody_but_crmd_reaches_an_outsider(people, crmd, outsider):
    outsider.send("<presence/>")
    await outsider.settle()
    for sender in (await people.staff(), await people.guest(), await people.customer()):
        for target in (outsider.bare, outsider.jid, outsider.host):
            for stanza in (f"<message id='ID' type='chat' to='{target}'>{BODY}</message>", f"<presence id='ID' to='{target}'/>",
                           f"<iq id='ID' type='get' to='{target}'><ping xmlns='urn:xmpp:ping'/></iq>"):
                if sender.host != target:
                    assert (await send_and_get_error(sender, stanza))[1] == "forbidden", stanza
    outsider.inbox.clear()
    await outsider.settle()
    assert not [e for e in outsider.inbox if "ID" in (e.get("id") or "") or local(e) == "message"]
    crmd.message(outsider.bare, "welcome", "w1", sender=DESK)
    assert body_of(await outsider.expect_id("w1")) == "welcome"


async def test_two_windows_of_one_visitor_see_no_more_than_presence_of_each_other(people):
    secret = secrets.token_urlsafe(32)
    one, two = await people.guest(secret, "one"), await people.guest(secret, "two")
    one.send("<presence/>")
    two.send("<presence/>")
    await one.expect(lambda e: local(e) == "presence" and e.get("from") == two.jid)
    assert (await send_and_get_error(one, f"<message id='ID' type='chat' to='{two.jid}'>{BODY}</message>"))[1] == "forbidden"


async def test_an_eleventh_window_of_one_visitor_is_refused(people):
    secret = secrets.token_urlsafe(32)
    for _ in range(10):
        await people.guest(secret)
    eleventh = await people.stream(f"guest.{DOMAIN}", tls=False)
    await eleventh.sasl("auth mechanism='ANONYMOUS'", secret.encode())
    assert error_of(await eleventh.bind())[1] == "resource-constraint"


async def test_a_message_to_a_visitor_without_a_session_bounces_to_crmd(crmd):
    stanza_id = crmd.message(f"{'0' * 32}@guest.{DOMAIN}", "anyone?", sender=DESK)
    assert error_of(await crmd.expect_id(stanza_id))[1] == "service-unavailable"


async def test_without_crmd_an_outsider_is_told_to_try_again(outsider):
    error = await send_and_get_error(outsider, f"<message id='ID' type='chat' to='{DESK}'>{BODY}</message>")
    assert error[:2] == ("wait", "remote-server-timeout")


async def test_not_a_byte_that_a_visitor_gets_from_the_server_names_a_member_of_staff(people):
    staff, guest = await people.staff(), await people.guest()
    info = await guest.iq("get", f"guest.{DOMAIN}", "<query xmlns='http://jabber.org/protocol/disco#items'/>")
    assert not re.search(rf"@{re.escape(DOMAIN)}\b", ET.tostring(info).decode()) and staff.bare not in ET.tostring(info).decode()


async def test_a_visitor_s_dropped_stream_is_resumed_with_what_the_desk_wrote_meanwhile(people, crmd):
    secret = secrets.token_urlsafe(32)
    first = await people.guest(secret)
    first.send("<presence/><enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    token = (await first.expect(lambda e: local(e) == "enabled")).get("id")
    first.writer.transport.abort()
    crmd.message(first.bare, "still there?", "meanwhile", sender=DESK)
    await crmd.barrier()
    second = await people.stream(first.host, tls=False)
    await second.sasl("auth mechanism='ANONYMOUS'", secret.encode())
    await second.restart()
    second.send(f"<resume xmlns='urn:xmpp:sm:3' h='0' previd='{token}'/>")
    await second.expect(lambda e: local(e) == "resumed")
    assert body_of(await second.expect_id("meanwhile")) == "still there?"


async def test_the_desk_learns_that_a_visitor_left_even_after_a_flood(people, crmd):
    guest = await people.guest()
    guest.send(f"<presence/><presence to='{DESK}'/>" + "<presence/>" * 400)
    await crmd.expect(lambda e: local(e) == "presence" and e.get("from") == guest.jid)
    guest.writer.transport.abort()
    await crmd.expect(lambda e: local(e) == "presence" and e.get("from") == guest.jid and e.get("type") == "unavailable")
