"""Presence of the desk and of visitors: said as soon as it is known, also when a connection is lost without a word, and not at each page."""

import asyncio
import re
import xml.etree.ElementTree as ET

from support import heard

VISITOR = re.compile(r"^visitor-\d+@")


def nobody_else(stack):
    """Staff of other tests are gone, as far as the desk knows."""
    stack.sql("UPDATE crm.availability SET available = false")


def desk_of(guest, resource):
    return f"{guest.desk}/{resource}"


async def begin(visitor, asha, body):
    guest = await visitor()
    await guest.say_and_wait(body)
    contact = (await asha.messages.expect(lambda m: VISITOR.match(m.bare or ""), body=body, carbon=None)).bare
    await asha.presences.expect(bare=contact, type="available", show=None)
    return guest, contact


async def processed(*people):
    """Returns when what they sent so far has reached crmd: the answers of crmd's stream thread come behind it."""
    for each in people:
        crm = each.stack.component
        recipient = each.desk if hasattr(each, "desk") else crm
        await each.exchange(f"<iq type='get' id='ID' to='{recipient}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")


async def taken(visitor, asha, body):
    guest, contact = await begin(visitor, asha, body)
    asha.say(contact, f"I answer: {body}")
    await guest.messages.expect(body=f"I answer: {body}")
    return guest, contact


async def test_a_visitor_who_has_not_written_yet_sees_whether_somebody_is_there(account, login, visitor, stack):
    nobody_else(stack)
    guest = await visitor()
    away = await guest.presences.expect(sender=guest.desk, show="away")
    assert away.status == "Nobody is here right now. Write, and we will answer."
    asha = await login(account("asha"))
    assert (await guest.presences.expect(sender=guest.desk, show=None)).status is None
    later = await visitor()
    await later.presences.expect(sender=guest.desk, show=None)
    await asha.logout()
    for each in (guest, later):
        await each.presences.expect(sender=guest.desk, show="away")
        assert not each.saw(asha.account.username)


async def test_those_who_take_no_conversations_do_not_count(account, login, visitor, stack):
    nobody_else(stack)
    salesperson = account("asha")
    await login(account("manoj", "manager"))
    asha = await login(salesperson)
    asha.send_presence(pshow="dnd")
    guest = await visitor()
    await guest.presences.expect(sender=guest.desk, show="away")
    asha.send_presence()
    await guest.presences.expect(sender=guest.desk, show=None)


async def test_a_visitor_sees_at_once_that_its_salesperson_has_gone_and_is_back(account, login, visitor):
    salesperson = account("asha", full_name="Asha Rao")
    asha = await login(salesperson)
    guest, _ = await taken(visitor, asha, "one")
    here = await guest.presences.expect(sender=desk_of(guest, "agent"), show=None)
    assert here.nick == "Asha"
    await asha.logout()
    await guest.presences.expect(sender=desk_of(guest, "agent"), show="away")
    await login(salesperson)
    await guest.presences.expect(sender=desk_of(guest, "agent"), show=None, type="available")
    await guest.leave()
    await guest.connect()
    await guest.presences.expect(sender=desk_of(guest, "agent"), show=None, nick="Asha")
    assert not guest.saw(f"@{guest.stack.domain}")


async def test_a_salesperson_whose_connection_is_lost_is_away_before_the_session_ends(account, login, visitor, stack):
    asha = await login(account("asha"), resumes=True)
    guest, _ = await taken(visitor, asha, "two")
    await guest.presences.expect(sender=desk_of(guest, "agent"), show=None)
    asha.drop()
    await guest.presences.expect(sender=desk_of(guest, "agent"), show="away", timeout=15)
    assert stack.sql("SELECT available FROM crm.availability WHERE person_id = %s", asha.account.id) == [(False,)]


async def test_a_closed_browser_is_shown_as_away_soon_and_as_there_again_when_it_resumes(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await taken(visitor, asha, "three")
    await guest.drop()
    await asha.presences.expect(bare=contact, show="away", timeout=15)
    assert await guest.resume()
    await asha.presences.expect(bare=contact, type="available", show=None)


async def test_turning_to_the_next_page_changes_nothing_but_the_place(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await taken(visitor, asha, "four")
    asha.presences.forget()
    for page in ("/courses", "/prices"):
        await guest.drop()
        await asyncio.sleep(1)  # as long as a page may take
        assert await guest.resume()
        presence = ET.Element(f"{{{heard.CLIENT}}}presence", {"to": guest.desk})
        ET.SubElement(presence, f"{{{heard.CLIENT}}}status").text = page
        guest.send(presence)
        assert (await asha.presences.expect(bare=contact)).status == f"On the page {page}"
    await asha.presences.expect_nothing(lambda p: p.bare == contact and (p.show or p.type != "available"), seconds=10)


async def test_a_place_that_is_too_long_or_no_path_is_left_out(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await taken(visitor, asha, "five")
    lies = ("/" + "x" * 200, "Your manager: call 0900", "/\u202eevil", "/two\nlines")
    for place, shown in (*((lie, None) for lie in lies), ("/short · en", "On the page /short · en")):
        presence = ET.Element(f"{{{heard.CLIENT}}}presence", {"to": guest.desk})
        ET.SubElement(presence, f"{{{heard.CLIENT}}}status").text = place
        guest.send(presence)
        if shown:
            assert (await asha.presences.expect(lambda p: p.bare == contact and p.status is not None)).status == shown


async def test_somebody_to_whom_a_conversation_is_offered_again_has_the_contact_again(account, login, visitor, stack):
    """The first time it left the contact list when a colleague took it."""
    def pushed(person, contact, subscription):
        return person.stanzas.expect(lambda s: s.name == "iq" and any(
            item.get("jid") == contact and item.get("subscription") == subscription for item in s.element.iter("{jabber:iq:roster}item")))

    nobody_else(stack)
    asha, ravi = await login(account("asha")), await login(account("ravi"))
    guest = await visitor()
    await guest.say_and_wait("six")
    contact = (await ravi.messages.expect(body="six", carbon=None)).bare
    await pushed(ravi, contact, "to")
    asha.say(contact, "mine")
    await pushed(ravi, contact, "remove")
    await asha.logout()
    await guest.presences.expect(sender=desk_of(guest, "agent"), show="away")
    stack.sql("UPDATE crm.availability SET changed_at = now() - interval '1 hour' WHERE person_id = %s", asha.account.id)
    await guest.say_and_wait("still there?")
    await ravi.messages.expect(body="still there?", carbon=None)
    await pushed(ravi, contact, "to")
    await guest.presences.expect(sender=desk_of(guest, "agent"), type="unavailable")


async def test_a_correction_that_comes_with_its_message_is_one(account, login, visitor, stack):
    """A widget that was offline sends both at once, and they meet in one transaction: here because the conversation is locked until they are there."""
    asha = await login(account("asha"))
    guest = await visitor()
    await guest.say_and_wait("seven")
    contact = (await asha.messages.expect(body="seven", carbon=None)).bare
    asha.say(contact, "yes?")
    await guest.messages.expect(body="yes?")
    own = asha.say(contact, "Mondey")
    said = await guest.messages.expect(body="Mondey")
    lock = stack.connect()
    lock.autocommit = False
    lock.cursor().execute("SELECT FROM crm.visitor WHERE address = %s FOR UPDATE", [guest.bare])
    guest.say("seven, held")
    await processed(guest)
    first = guest.say("wrogn")
    guest.say("right", replaces=first)
    asha.say(contact, "Monday", replaces=own)
    await processed(guest, asha)
    lock.close()
    wrong = await asha.messages.expect(body="wrogn", carbon=None)
    assert (await asha.messages.expect(body="right", carbon=None)).replaces == wrong.id
    assert (await guest.messages.expect(body="Monday")).replaces == said.id


async def test_whose_conversation_it_is_not_learns_no_more_whether_the_visitor_is_there(account, login, visitor):
    asha, ravi = await login(account("asha")), await login(account("ravi"))
    guest, contact = await begin(visitor, asha, "whose am I")
    await ravi.messages.expect(body="whose am I", carbon=None)
    await ravi.presences.expect(bare=contact, type="available")
    asha.say(contact, "mine")
    await guest.messages.expect(body="mine")
    await processed(ravi)
    ravi.presences.forget()
    # Prosody keeps an "unsubscribed" that answers no request to itself; one conversation's answers come in order.
    for kind in ("probe", "subscribe"):
        ravi.send_raw(f"<presence to='{contact}' type='{kind}'/>")
    assert (await ravi.presences.expect(lambda p: p.bare == contact)).type == "unsubscribed"
    asha.presences.forget()
    asha.send_raw(f"<presence to='{contact}' type='probe'/>")
    assert (await asha.presences.expect(bare=contact)).type == "available"


async def test_a_message_that_is_refused_begins_no_conversation(visitor, stack):
    guest = await visitor()
    stack.sql("INSERT INTO crm.visitor (address, present) VALUES (%s, true)", guest.bare)
    guest.send_raw(f"<message xmlns='jabber:client' to='{guest.desk}' type='error' id='e1'><body>no</body>"
                   "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
    other = await visitor()
    await other.say_and_wait("behind it")
    assert stack.sql("SELECT count(*) FROM crm.conversation c JOIN crm.visitor v ON v.id = c.visitor_id WHERE v.address = %s", guest.bare) == [(0,)]


async def test_only_what_has_waited_says_when_it_was_written(account, login, visitor, stack):
    nobody_else(stack)
    guest = await visitor()
    await guest.say_and_wait("eight, an hour ago")
    assert not (await guest.messages.expect(notice="nobody-available")).delayed
    stack.sql("UPDATE crm.message SET created_at = '2026-01-05 10:30:00+00' WHERE body = 'eight, an hour ago'")
    asha = await login(account("asha"))
    late = await asha.messages.expect(body="eight, an hour ago", carbon=None)
    assert late.child(heard.DELAY, "delay").get("stamp").startswith("2026-01-05T10:30:00")
    await guest.say_and_wait("eight, now")
    assert not (await asha.messages.expect(body="eight, now", carbon=None)).delayed
    asha.say(late.bare, "an answer at once")
    assert not (await guest.messages.expect(body="an answer at once")).delayed
    await guest.leave()
    await asha.presences.expect(bare=late.bare, type="unavailable")
    waits = asha.say(late.bare, "an answer that waits")
    await asha.messages.expect_nothing(receipt=waits, seconds=0.5)
    assert stack.sql("UPDATE crm.outbox SET written_at = '2026-01-05 11:00:00+00' WHERE body = 'an answer that waits' RETURNING 1") == [(1,)]
    await guest.connect()
    assert (await guest.messages.expect(body="an answer that waits")).child(heard.DELAY, "delay").get("stamp").startswith("2026-01-05T11:00:00")


async def test_numbers_of_visitors_go_on_after_postgresql_was_killed(visitor, stack):
    """People see them; a sequence that was killed goes on up to 32 later."""
    first, second = await visitor(), await visitor()

    async def number(guest, body):
        while not guest.messages.all or not any(m.receipt for m in guest.messages.all):
            guest.say(body, message_id=body)
            await guest.messages.expect(lambda m: m.receipt or m.type == "error")
        return stack.sql("SELECT id FROM crm.visitor WHERE address = %s", guest.bare)[0][0]

    before = await number(first, "nine")
    stack.kill("postgres")
    stack.start("postgres")
    assert await number(second, "ten") == before + 1


def times_heard(session, *contacts):
    """How often it has heard of each of them."""
    return [len([p for p in session.presences.all if p.bare == contact]) for contact in contacts]


async def test_whoever_comes_hears_of_each_contact_once(account, login, visitor, stack):
    stack.restart("crmd")    # nothing of an earlier test is left to be agreed on: that tells every session again
    nobody_else(stack)
    who, bot = account("asha"), f"bot@{stack.component}"
    waits = await visitor()
    await waits.say_and_wait("is anybody there")
    first = await login(who, resource="first")
    waiting = (await first.messages.expect(body="is anybody there", carbon=None)).bare
    await first.presences.expect(bare=waiting)
    guest, contact = await taken(visitor, first, "another one")
    await processed(first, guest)
    assert times_heard(first, bot, waiting) == [1, 1], "one that waited, and was no contact yet"
    before = times_heard(first, bot, waiting, contact)
    second = await login(who, resource="second")
    second.send_presence(pshow="dnd")
    second.send_presence()
    for each in (bot, waiting, contact):
        await second.presences.expect(bare=each, type="available")
    guest.say("is it you again")    # comes behind whatever its lane had to tell
    for each in (first, second):
        await each.messages.expect(body="is it you again", carbon=None)
    assert times_heard(second, bot, waiting, contact) == [1, 1, 1]
    assert times_heard(first, bot, waiting, contact) == before, "who was there hears nothing again"
    await second.logout()
    await first.logout()
    busy = await login(who, resource="busy", available=False)
    busy.send_presence(pshow="dnd")
    for each in (bot, waiting, contact):
        await busy.presences.expect(bare=each, type="available")
    await processed(busy)
    assert times_heard(busy, bot, waiting, contact) == [1, 1, 1]


async def test_a_restarted_crmd_shows_each_session_its_contacts(account, login, visitor, stack):
    asha, other = await login(account("asha")), None
    guest, contact = await taken(visitor, asha, "before the restart")
    other = await login(asha.account, resource="other")
    await other.presences.expect(bare=contact)
    for each in (asha, other):
        each.presences.forget()
    stack.restart("crmd")
    for each in (asha, other):
        await each.presences.expect(bare=contact, type="available")
        await each.presences.expect(bare=f"bot@{stack.component}", type="available")
