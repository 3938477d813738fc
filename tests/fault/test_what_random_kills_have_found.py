"""What the random runs brought to light, each as a scenario of its own."""

from faults import until_rows
from talk import live_count, persist


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
