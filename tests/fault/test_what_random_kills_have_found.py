"""What the random runs brought to light, each as a scenario of its own."""

import contextlib
import xml.etree.ElementTree as ET

from faults import MessageHeld, locked, until, until_held_up, until_rows
from support import heard
from support.visitor import Visitor
from talk import live_count, persist, processed, talk


async def test_who_takes_a_conversation_gets_what_was_said_while_nobody_was_available(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest = await visitor()
    first, second = f"first of {guest.bare}", f"second of {guest.bare}"
    await persist(guest, first)
    contact = (await asha.messages.expect(body=first, carbon=None)).bare
    asha.send_presence(pshow="dnd")
    await until_rows(stack, "SELECT NOT available FROM crm.availability WHERE person_id = %s", asha.account.id)
    await persist(guest, second)
    asha.say(contact, "I am busy, but I am here")
    await asha.messages.expect(body=second, carbon=None)
    assert live_count(asha, first) == 1


async def test_an_answer_and_the_next_message_in_one_turn_leave_the_conversation_with_who_took_it(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest = await visitor()
    bodies = [f"{word} of {guest.bare}" for word in ("first", "second", "third")]
    await persist(guest, bodies[0])
    contact = (await asha.messages.expect(body=bodies[0], carbon=None)).bare
    asha.send_presence(pshow="dnd")
    await until_rows(stack, "SELECT NOT available FROM crm.availability WHERE person_id = %s", asha.account.id)
    with locked(stack, "crm.inbound"):
        guest.say(bodies[1])
        await until_held_up(stack, "crm.inbound")
        asha.say(contact, "it is mine")
        await processed(asha)
        guest.say(bodies[2])
        await guest.ask(ET.Element("{urn:xmpp:ping}ping"), guest.desk, kind="get")    # crmd has both; they wait for the same lane
    await asha.messages.expect(body=bodies[2], carbon=None)
    assert stack.sql("SELECT c.state, c.taken_by FROM crm.conversation c JOIN crm.visitor v ON v.id = c.visitor_id WHERE v.address = %s",
                     guest.bare) == [("open", asha.account.id)]


async def test_several_messages_of_a_waiting_conversation_at_once_are_one_turn_without_an_error(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest = await visitor()
    await persist(guest, f"begin of {guest.bare}")
    said = [f"{number} of {guest.bare}" for number in range(20)]
    for body in said:
        guest.say(body)
    await asha.messages.expect(body=said[-1], carbon=None)
    assert [message.body for message in asha.messages.all if message.body in said] == said
    assert "sqlstate=21000" not in stack.log("crmd")


def lane(key):
    """Which of crmd's two chat lanes a visitor's contact or a kind of work belongs to (base/hash.h)."""
    number = 0xcbf29ce484222325
    for byte in key.encode():
        number = (number ^ byte) * 0x100000001b3 % 2 ** 64
    return number % 2


async def visitor_of_lane(visitor, stack, same):
    """A visitor whose turns are all in the lane of the reconciliation (or in the other one), and who has begun a conversation; with its number."""
    while True:
        guest = await visitor()
        await persist(guest, f"begin of {guest.bare}")
        number, = stack.sql("SELECT id FROM crm.visitor WHERE address = %s", guest.bare)[0]
        if {lane(f"visitor-{number}") == lane("reconcile"), lane(guest.bare) == lane("reconcile")} == {same}:
            return guest, number


async def test_a_message_that_is_written_while_crmd_agrees_with_a_new_prosody_goes_out(account, login, visitor, stack):
    """Its turn begins before the connection is open, and is committed only after all waiting channels were sent: what another visitor says in
    the lane of the reconciliation is receipted behind that."""
    person = account("asha")
    asha = await login(person)
    guest, number = await visitor_of_lane(visitor, stack, same=False)
    other, _ = await visitor_of_lane(visitor, stack, same=True)
    await asha.messages.expect(body=f"begin of {other.bare}", carbon=None)
    await asha.logout()
    await until_rows(stack, "SELECT NOT available FROM crm.availability WHERE person_id = %s", person.id)
    await until_rows(stack, "SELECT count(*) = 0 FROM crm.outbox WHERE state = 'pending' AND NOT to_visitor AND channel = %s", f"visitor-{number}")
    agreed = stack.log("crmd").count("reconciled with Prosody")
    held = MessageHeld(stack, f"meanwhile of {guest.bare}")
    try:
        with locked(stack, "crm.stream_mark", "ACCESS EXCLUSIVE"):
            stack.restart("prosody")
            await until_held_up(stack, "crm.stream_mark")
            await until_rows(stack, "SELECT NOT present FROM crm.visitor WHERE id = %s", number)
            asha = await login(person)
            await until_rows(stack, "SELECT available FROM crm.availability WHERE person_id = %s", person.id)
            await guest.connect()
            await until_rows(stack, "SELECT present FROM crm.visitor WHERE id = %s", number)
            guest.say(f"meanwhile of {guest.bare}")
            await held.until_held_up()
        await until(lambda: stack.log("crmd").count("reconciled with Prosody") > agreed, 30, "an agreement with Prosody")
        await other.connect()
        await persist(other, f"all channels were sent, says {other.bare}")
        held.let_go()
        await asha.messages.expect(body=f"meanwhile of {guest.bare}", carbon=None)
    finally:
        held.close()


async def test_a_database_that_dies_while_crmd_looks_at_its_version_is_not_one_without_a_schema(stack):
    """The question was sent, and the connection is lost before the answer comes."""
    stack.kill("crmd")
    migrating = stack.connect()
    migrating.cursor().execute("SELECT pg_advisory_lock(hashtext('crm.schema'))")
    stack.start("crmd", wait=False)
    await until_rows(stack, "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    stack.kill("postgres")
    migrating.close()
    stack.start("postgres")
    stack.wait("crmd")
    assert "no schema of ours" not in stack.log("crmd")


@contextlib.contextmanager
def conflict_once(stack, body):
    """Storing this text fails once as if another transaction had been in its way (40001): crmd runs the whole turn again."""
    stack.sql("CREATE SEQUENCE public.conflicts")
    stack.sql("CREATE FUNCTION public.conflict_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN IF nextval('public.conflicts') = 1 "
              "THEN RAISE EXCEPTION 'once' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$")
    stack.sql("CREATE TRIGGER conflict_once BEFORE INSERT ON crm.message FOR EACH ROW "
              f"WHEN (NEW.body = '{body}') EXECUTE FUNCTION public.conflict_once()")
    try:
        yield
    finally:
        stack.sql("DROP TRIGGER conflict_once ON crm.message")
        stack.sql("DROP FUNCTION public.conflict_once()")
        stack.sql("DROP SEQUENCE public.conflicts")


async def test_a_session_first_heard_of_in_a_turn_that_is_run_again_is_sent_what_waits_for_it(account, login, visitor, stack):
    """What a lane knows of sessions is not rolled back with the transaction. Another visitor's message makes the turn run again: typing writes nothing."""
    guest, asha, contact = await talk(account, login, visitor)
    number = contact.partition("@")[0]
    while True:
        other = await visitor()
        begin = f"begin of {other.bare}"
        await persist(other, begin)
        if lane((await asha.messages.expect(body=begin, carbon=None)).bare.partition("@")[0]) == lane(number):
            break
    guest.receipts = False
    asha.say(contact, "unsettled")
    await guest.messages.expect(body="unsettled")
    window = Visitor(stack, secret=guest.secret)
    await window.connect(show=False)
    try:
        window.send(ET.Element(f"{{{heard.CLIENT}}}presence"))
        await window.stanzas.expect(lambda s: s.sender == window.jid)    # its own presence: Prosody delivers to it from here on
        again = f"again of {other.bare}"
        with conflict_once(stack, again):
            with locked(stack, "crm.inbound"):
                other.say(f"holds up {other.bare}")
                await until_held_up(stack, "crm.inbound")
                window.show_state("composing")
                await window.ask(ET.Element("{urn:xmpp:ping}ping"), window.desk, kind="get")    # crmd has it; it waits for the lane
                other.say(again)
                await other.ask(ET.Element("{urn:xmpp:ping}ping"), other.desk, kind="get")
            await window.messages.expect(body="unsettled")
            await asha.messages.expect(body=again, carbon=None)
            assert stack.sql("SELECT last_value FROM public.conflicts") == [(2,)], "the turn was not run again"
    finally:
        await window.leave()
