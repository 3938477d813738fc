"""A visitor writes, every available salesperson sees it, the first to answer takes the conversation, and both sides see what a chat shows:
receipts, markers, typing, corrections. All through the real Prosody, PostgreSQL and crmd."""

import asyncio
import re
import xml.etree.ElementTree as ET

import pytest

from support import heard
from support.visitor import Visitor

VISITOR = re.compile(r"^visitor-\d+@")


async def first_contact(staff, body):
    """The message that a visitor wrote, as a salesperson's client gets it."""
    return await staff.messages.expect(lambda m: VISITOR.match(m.bare or ""), body=body, carbon=None)


async def begin(visitor, *staff, body="Hello, do you teach Python?"):
    """A visitor writes; returns the visitor and the contact's address as staff see it."""
    guest = await visitor()
    await guest.say_and_wait(body)
    contact = None
    for each in staff:
        contact = (await first_contact(each, body)).bare
    return guest, contact


async def test_a_visitor_is_answered_and_sees_no_address_of_staff(account, login, visitor, stack):
    asha = await login(account("asha", full_name="Asha Rao"))
    guest, contact = await begin(visitor, asha)
    asha.say(contact, "Yes, from Monday.")
    answer = await guest.messages.expect(body="Yes, from Monday.")
    assert answer.bare == f"support@{stack.component}"
    assert answer.nick == "Asha"
    assert answer.origin_id == answer.id
    assert not guest.saw(asha.account.username) and not guest.saw(f"@{stack.domain}")


async def test_the_first_to_answer_takes_the_conversation_and_the_others_are_told(account, login, visitor):
    asha, ravi = await login(account("asha", full_name="Asha Rao")), await login(account("ravi"))
    guest, contact = await begin(visitor, asha, ravi)
    asha.say(contact, "I am Asha.")
    await guest.messages.expect(body="I am Asha.")
    told = await ravi.messages.expect(notice="taken")
    assert told.body == "Asha Rao has taken this conversation."
    ravi.say(contact, "Me too!")
    refused = await ravi.messages.expect(lambda m: "not sent" in (m.body or ""))
    assert refused.body.startswith("Asha Rao is talking with")
    await guest.messages.expect_nothing(body="Me too!")
    await guest.say_and_wait("Thanks, Asha")
    await asha.messages.expect(body="Thanks, Asha", carbon=None)
    await ravi.messages.expect_nothing(body="Thanks, Asha")


async def test_two_who_answer_at_once_do_not_both_get_it(account, login, visitor):
    asha, ravi = await login(account("asha")), await login(account("ravi"))
    guest, contact = await begin(visitor, asha, ravi)
    asha.say(contact, "answer of asha")
    ravi.say(contact, "answer of ravi")
    first = await guest.messages.expect(lambda m: (m.body or "").startswith("answer of"))
    await guest.messages.expect_nothing(lambda m: (m.body or "").startswith("answer of"))
    loser = ravi if first.body.endswith("asha") else asha
    await loser.messages.expect(lambda m: "not sent" in (m.body or ""))


async def test_receipts_and_markers_go_both_ways_under_the_senders_own_ids(account, login, visitor):
    asha = await login(account("asha"))
    guest = await visitor()
    message_id = await guest.say_and_wait("tick tick")
    got = await first_contact(asha, "tick tick")
    assert got.id != message_id, "ids of one side are not shown to the other"
    await guest.messages.expect(delivered=message_id)
    asha.mark(got.bare, got.id)
    await guest.messages.expect(displayed=message_id)
    own = asha.say(got.bare, "seen?")
    said = await guest.messages.expect(body="seen?")
    await asha.messages.expect(receipt=own)
    guest.mark(said.id)
    await asha.messages.expect(displayed=own)


async def test_typing_is_shown_both_ways(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha)
    asha.say(contact, "hello")
    await guest.messages.expect(body="hello")
    guest.show_state("composing")
    await asha.messages.expect(state="composing", bare=contact, carbon=None)
    guest.show_state("paused")
    await asha.messages.expect(state="paused", bare=contact, carbon=None)
    asha.show_state(contact, "composing")
    await guest.messages.expect(state="composing")


async def test_what_a_session_has_not_receipted_for_long_comes_once_more_and_nothing_is_held_back(account, login, visitor):
    """A window full of rows whose receipts were lost would be the last that the visitor gets. What was receipted does not come again."""
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha)
    asha.say(contact, "receipted")
    await guest.messages.expect(body="receipted")
    guest.receipts = False
    for number in range(201):
        asha.say(contact, f"line {number}")
    await guest.messages.expect(body="line 199", timeout=30)
    guest.messages.forget()
    guest.receipts = True
    again = None
    for number in range(60):
        asha.say(contact, f"still there {number}")
        try:
            again = await guest.messages.expect(body="line 0", timeout=0.3)
            break
        except AssertionError:
            continue
    assert again, "what was not receipted came no second time"
    await guest.messages.expect(body="line 200", timeout=30)
    await guest.messages.expect(body=f"still there {number}", timeout=30)
    assert guest.messages.bodies().count("receipted") == 1


async def test_typing_that_nobody_ended_ends_by_itself(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha)
    asha.say(contact, "hello")
    await guest.messages.expect(body="hello")
    guest.show_state("composing")
    await asha.messages.expect(state="composing", bare=contact, carbon=None)
    await asha.messages.expect(state="paused", bare=contact, carbon=None, timeout=45)


async def test_a_visitor_who_leaves_while_typing_does_not_type_for_ever(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha)
    asha.say(contact, "hello")
    await guest.messages.expect(body="hello")
    guest.show_state("composing")
    await asha.messages.expect(state="composing", bare=contact, carbon=None)
    await guest.leave()
    await asha.messages.expect(state="gone", bare=contact, carbon=None)


async def test_corrections_name_the_message_as_the_other_side_knows_it(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha)
    first = await guest.say_and_wait("Pyton")
    seen = await first_contact(asha, "Pyton")
    await guest.say_and_wait("Python", replaces=first)
    assert (await first_contact(asha, "Python")).replaces == seen.id
    own = asha.say(contact, "Mondey")
    said = await guest.messages.expect(body="Mondey")
    asha.say(contact, "Monday", replaces=own)
    assert (await guest.messages.expect(body="Monday")).replaces == said.id


async def test_with_nobody_there_the_visitor_is_told_and_the_message_waits(account, login, visitor, stack):
    guest = await visitor()
    await guest.say_and_wait("Anybody?")
    told = await guest.messages.expect(notice="nobody-available")
    assert "when you come back" in told.body
    await guest.leave()
    stack.restart()
    asha = await login(account("asha"))
    got = await first_contact(asha, "Anybody?")
    asha.say(got.bare, "I am here now")
    await guest.connect()
    await guest.messages.expect(body="I am here now")


async def test_what_the_visitor_writes_while_its_salesperson_is_away_is_shown_at_the_next_login(account, login, visitor):
    """Also to a client that reads no archive by itself, as slixmpp does not."""
    salesperson = account("asha")
    asha = await login(salesperson)
    guest, contact = await begin(visitor, asha)
    asha.say(contact, "hello")
    await guest.messages.expect(body="hello")
    await asha.logout()
    await guest.say_and_wait("Still there?")
    back = await login(salesperson)
    await back.messages.expect(body="Still there?", bare=contact, carbon=None)


async def test_a_resent_message_is_receipted_again_and_arrives_once(account, login, visitor):
    asha = await login(account("asha"))
    guest = await visitor()
    message_id = await guest.say_and_wait("only once")
    guest.say("only once", message_id=message_id)
    await guest.messages.expect(receipt=message_id)
    await first_contact(asha, "only once")
    await asha.messages.expect_nothing(body="only once", carbon=None)


async def test_the_visitor_reads_the_whole_conversation_again(account, login, visitor):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha, body="one")
    asha.say(contact, "two")
    await guest.messages.expect(body="two")
    await guest.leave()
    await guest.connect()
    page, complete = await guest.history(before="")
    assert complete
    assert [message.body for _, message in page] == ["one", "two"]
    receipts = [message.child_id(heard.CRM, "archived") for message in guest.messages.all if message.receipt]
    assert receipts == [page[0][0]], "another window of the same browser puts it where the archive has it"
    newer, _ = await guest.history(after=page[0][0])
    assert [message.body for _, message in newer] == ["two"]
    assert not guest.saw(asha.account.username)


async def test_the_contact_is_named_in_its_group_and_shows_whether_the_visitor_is_there(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha)
    await asha.get_roster()
    item = asha.client_roster[contact]
    assert item["name"].startswith("Visitor ")
    assert "Visitors" in item["groups"]
    await guest.leave()
    await asyncio.wait_for(until(lambda: not asha.client_roster[contact].resources), 10)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.05)


async def open_window(stack, guest):
    """Another window of the same browser, which Prosody serves already and the desk has not heard of."""
    window = Visitor(stack, secret=guest.secret, receipts=False)
    await window.connect(show=False)
    window.send(ET.Element(f"{{{heard.CLIENT}}}presence"))
    await window.stanzas.expect(lambda s: s.sender == window.jid)    # its own presence: Prosody delivers to it from here on
    return window


@pytest.mark.parametrize("first_window", ["stays", "closes"])
async def test_a_window_that_opens_sees_what_is_unsettled_in_order(account, login, visitor, stack, first_window):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha, body=f"a window that {first_window}")
    guest.receipts = False
    for words in ("first", "second"):
        asha.say(contact, words)
        await guest.messages.expect(body=words)
    window = await open_window(stack, guest)
    try:
        if first_window == "closes":
            await guest.leave()
        own = asha.say(contact, "three")
        await until(lambda: stack.sql("SELECT 1 FROM crm.message WHERE client_id = %s", own))
        if first_window == "stays":
            await guest.messages.expect(body="three")
        window.send(ET.Element(f"{{{heard.CLIENT}}}presence", {"to": window.desk}))
        await window.messages.expect(body="three")
        assert window.messages.bodies() == ["first", "second", "three"]
        if first_window == "stays":
            assert guest.messages.bodies() == ["first", "second", "three"]
    finally:
        await window.leave()


@pytest.mark.parametrize("first_session", ["open", "asleep", "closed"])
async def test_a_window_that_takes_the_place_of_another_sees_what_is_unsettled_in_order(account, login, stack, first_session):
    """The same resource again, while Prosody still holds the session that had it, with or without a connection (XEP-0198)."""
    asha = await login(account("asha"))
    guest = await Visitor.arrive(stack, receipts=False, resource="same")
    window = Visitor(stack, secret=guest.secret, resource="same")
    try:
        words = f"the place of one that is {first_session}"
        await guest.say_and_wait(words)
        contact = (await first_contact(asha, words)).bare
        asha.say(contact, "first")
        await guest.messages.expect(body="first")
        if first_session != "open":
            await (guest.drop if first_session == "asleep" else guest.leave)()
        await window.connect()
        assert window.jid == guest.jid
        await window.ask(ET.Element("{urn:xmpp:ping}ping"), window.desk, kind="get")    # behind its presence: what was on its way then goes to either
        asha.say(contact, "second")
        await window.messages.expect(body="second")
        assert list(dict.fromkeys(window.messages.bodies())) == ["first", "second"]
    finally:
        await window.leave()
        await guest.leave()


async def test_a_message_over_the_limit_is_refused_with_the_limit(account, visitor):
    guest = await visitor()
    message_id = guest.say("x" * 4001)
    error = await guest.messages.expect(type="error", id=message_id)
    assert error.condition == "policy-violation"
    assert "4,000" in error.element.find(f".//{{{heard.STANZAS}}}text").text


@pytest.mark.parametrize("address", ["visitor-999999", "visitor-0", "visitor-x", "visitor-01"])
async def test_a_conversation_that_does_not_exist_is_not_found(account, login, stack, address):
    asha = await login(account("asha"))
    asha.say(f"{address}@{stack.component}", "hello?")
    error = await asha.messages.expect(type="error")
    assert error.condition in ("item-not-found", "service-unavailable")
