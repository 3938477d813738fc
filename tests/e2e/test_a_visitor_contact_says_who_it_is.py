"""visitor.show: on the contact's own address, to the bot and as a form; what somebody was only shown, they learn nothing else of."""


async def offered(login, account, visitor, *names):
    """A visitor who waits, those who were shown them, and the contact's address."""
    staff = [await login(account(name)) for name in names]
    guest = await visitor()
    await guest.say_and_wait("hello there")
    heard = await staff[0].messages.expect(body="hello there", carbon=None)
    for each in staff[1:]:
        await each.messages.expect(body="hello there", carbon=None)
    return guest, staff, heard.element.get("from").partition("/")[0]


async def shown(staff, contact):
    return (await staff.commands_of(contact).execute("visitor.show")).words


async def test_who_waits_and_then_who_talks_to_them(account, login, visitor):
    _, (asha, ravi), contact = await offered(login, account, visitor, "asha", "ravi")
    assert "visitor.show" in await asha.commands_of(contact).list()
    assert "Waits for an answer" in await shown(ravi, contact) and "Here now" in await shown(ravi, contact)
    asha.say(contact, "how can I help?")
    await ravi.messages.expect(lambda m: m.body is not None and asha.account.name in m.body, carbon=None)
    assert f"With {asha.account.name}" in await shown(asha, contact)
    number = contact.partition("@")[0].rpartition("-")[2]
    assert f"With {asha.account.name}" in await asha.ask_bot(f"visitor {number}")
    manager = await login(account("manoj", "manager"))
    assert f"With {asha.account.name}" in await manager.ask_bot(f"visitor {number}")


async def test_whose_contact_it_is_not_gets_what_an_absent_one_gives(account, login, visitor):
    _, (asha,), contact = await offered(login, account, visitor, "asha")
    asha.say(contact, "how can I help?")
    meera = await login(account("meera"))
    number = contact.partition("@")[0].rpartition("-")[2]
    answers = [await meera.ask_bot(f"visitor {n}") for n in (number, 99999999)]
    assert answers[0].replace(number, "N") == answers[1].replace("99999999", "N") and "no visitor" in answers[0]
    steps = [await meera.commands_of(f"visitor-{n}@{contact.partition('@')[2]}").execute("visitor.show") for n in (number, 99999999)]
    assert [(step.status, step.condition) for step in steps] == [("error", "item-not-found")] * 2


async def test_a_lead_person_may_not_ask(account, login, visitor):
    _, _, contact = await offered(login, account, visitor, "asha")
    lead_person = await login(account("leela", "lead"))
    assert (await lead_person.commands.execute("visitor.show")).condition == "forbidden"
    assert "visitor.show" not in await lead_person.commands.list()
