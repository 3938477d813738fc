"""What the random runs brought to light, each as a scenario of its own."""

import xml.etree.ElementTree as ET

from faults import locked, until_held_up, until_rows
from talk import live_count, persist, processed


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
