"""A registered customer with an ordinary client (slixmpp): known by name, answered, with all that a chat shows, also while they are away."""

import asyncio


async def begin(login, account, body="Is my invoice ready?"):
    """A customer writes to the desk; returns the customer, the salesperson and the contact's address as staff see it."""
    asha = await login(account("asha", full_name="Asha Rao"))
    customer = await login(account("kiran", "customer", full_name="Kiran Shah"))
    body += f" I am {customer.account.username}." # others who wrote in other tests may wait still
    customer.say(desk(customer), body)
    got = await asha.messages.expect(body=body, carbon=None)
    return customer, asha, got.bare


def desk(customer):
    return f"support@{customer.stack.component}"


async def roster_push(staff, address):
    """The item that a roster push names."""
    def item(stanza):
        return next((i for i in stanza.element.iter("{jabber:iq:roster}item") if i.get("jid") == address and i.get("name")), None)
    return item(await staff.stanzas.expect(lambda s: s.name == "iq" and item(s) is not None))


async def test_staff_see_a_customer_by_name(account, login):
    _, asha, contact = await begin(login, account)
    item = await roster_push(asha, contact)
    assert item.get("name") == "Kiran Shah"
    assert [group.text for group in item] == ["Customers"]
    assert (await asha.presences.expect(bare=contact, type="available")).nick == "Kiran Shah"


async def test_their_contact_has_their_name_for_those_who_may_see_it(account, login):
    _, asha, contact = await begin(login, account)
    manoj, ravi = await login(account("manoj", "manager")), await login(account("ravi", "lead"))
    question = f"<iq id='ID' to='{contact}' type='get'><vCard xmlns='vcard-temp'/></iq>"

    async def called(staff):
        return (await staff.exchange(question)).element.findtext(".//{vcard-temp}FN")
    assert await called(asha) == await called(manoj) == "Kiran Shah"
    assert await called(ravi) is None
    asha.say(contact, "It is.")
    number = contact.partition("@")[0].rpartition("-")[2]
    assert "Name: Kiran Shah" in await asha.ask_bot(f"visitor {number}")


async def test_a_customer_is_answered_and_sees_no_address_of_staff(account, login):
    customer, asha, contact = await begin(login, account)
    asha.say(contact, "It is.")
    answer = await customer.messages.expect(body="It is.", carbon=None)
    assert answer.bare == desk(customer)
    assert answer.nick == "Asha"
    own = f"@{customer.stack.domain}"
    assert not any(own in str(stanza) for stanza in customer.stanzas.all)


async def test_receipts_markers_typing_and_corrections_go_both_ways(account, login):
    customer, asha, contact = await begin(login, account)
    own = customer.say(desk(customer), "Mondey?")
    await customer.messages.expect(receipt=own)
    said = await asha.messages.expect(body="Mondey?", carbon=None)
    customer.say(desk(customer), "Monday?", replaces=own)
    assert (await asha.messages.expect(body="Monday?", carbon=None)).replaces == said.id
    theirs = asha.say(contact, "Yess")
    await customer.messages.expect(delivered=own)
    heard_by_customer = await customer.messages.expect(body="Yess", carbon=None)
    await asha.messages.expect(receipt=theirs)
    customer.mark(desk(customer), heard_by_customer.id)
    await asha.messages.expect(displayed=theirs)
    asha.say(contact, "Yes", replaces=theirs)
    assert (await customer.messages.expect(body="Yes", carbon=None)).replaces == heard_by_customer.id
    asha.mark(contact, said.id)
    await customer.messages.expect(displayed=own)
    asha.show_state(contact, "composing")
    await customer.messages.expect(state="composing")
    customer.show_state(desk(customer), "composing")
    await asha.messages.expect(state="composing", bare=contact, carbon=None)


async def test_an_answer_waits_in_the_customers_own_archive(account, login, stack):
    """What Prosody holds for the customer is settled: it is theirs whether or not their client ever sends a receipt, and comes once."""
    customer, asha, contact = await begin(login, account)
    await customer.logout()
    await asha.presences.expect(bare=contact, type="unavailable")
    asha.say(contact, "Here it is.")
    await asyncio.to_thread(stack.sql_until, "SELECT state = 'routed' FROM crm.outbox WHERE body = 'Here it is.' AND recipient = %s",
                            customer.account.address)
    stack.restart()
    back = await login(customer.account, receipts=False)
    got = await back.messages.expect(body="Here it is.", carbon=None)
    assert got.delayed
    await back.messages.expect_nothing(body="Here it is.")
    assert [body for body in back.messages.bodies() if body == "Here it is."] == ["Here it is."]


async def test_staff_see_whether_the_customer_is_there(account, login):
    customer, asha, contact = await begin(login, account)
    await asha.presences.expect(bare=contact, type="available")
    customer.send_presence(pshow="away", pstatus="At lunch")
    away = await asha.presences.expect(lambda p: p.bare == contact and p.show == "away")
    assert away.status == "At lunch"
    customer.send_presence()
    await asha.presences.expect(lambda p: p.bare == contact and p.type == "available" and p.show is None)
    await customer.logout()
    await asha.presences.expect(bare=contact, type="unavailable")


async def test_a_customer_has_the_desk_as_a_contact_and_sees_whether_somebody_is_there(account, login, stack):
    stack.sql("UPDATE crm.availability SET available = false")
    customer = await login(account("kiran", "customer"))
    assert customer.client_roster[desk(customer)]["subscription"] == "both"
    nobody = await customer.presences.expect(lambda p: p.bare == desk(customer) and p.show == "away")
    assert nobody.status == "Nobody is here right now. Write, and we will answer."
    asha = await login(account("asha"))
    await customer.presences.expect(lambda p: p.bare == desk(customer) and p.type == "available" and p.show is None)
    await asha.logout()
    await customer.presences.expect(lambda p: p.bare == desk(customer) and p.show == "away")


async def test_a_second_client_of_the_customer_sees_the_conversation_too(account, login):
    customer, asha, contact = await begin(login, account)
    phone = await login(customer.account, resource="phone")
    asha.say(contact, "On both")
    for client in (customer, phone):
        await client.messages.expect(body="On both")
    customer.say(desk(customer), "From the desk")
    await phone.messages.expect(body="From the desk", carbon="sent")
    await asyncio.gather(customer.logout(), asha.presences.expect(bare=contact, type="available"))


async def test_another_customer_learns_nothing_of_it(account, login, stack):
    _, _, contact = await begin(login, account, body="Only between us")
    other = await login(account("uma", "customer"))
    other.say(contact, "hello?")
    assert (await other.messages.expect(type="error")).condition == "forbidden"
    await other.messages.expect_nothing(body="Only between us")
