"""Several leads at once, by two people who name the same ones in another order: each lead is moved once for each, nobody waits for the other for ever, and
what a person may not see stays as absent."""

import asyncio

from support.records import add_lead


async def test_two_managers_give_the_same_leads_to_two_people(account, login, stack):
    first, second = await login(account("manoj", "manager")), await login(account("meera", "manager"))
    ravi, priya = account("ravi"), account("priya")
    leads = [add_lead(stack, f"Both {n}") for n in range(20)]
    forwards, backwards = ", ".join(map(str, leads)), ", ".join(map(str, reversed(leads)))
    for turn in range(3):
        said = await asyncio.gather(first.ask_bot(f"assign {forwards} to {ravi.username}", 30),
                                    second.ask_bot(f"assign {backwards} to {priya.username}", 30))
        for answer in said:
            assert answer.count("assigned to") == 20 and "Not done" not in answer, turn
        owners = {row[0] for row in stack.sql("SELECT DISTINCT assignee FROM crm.lead WHERE id = ANY (%s)", leads)}
        assert len(owners) == 1 and owners <= {ravi.id, priya.id}
    assert "at most 20 at once" in await first.ask_bot(f"assign {forwards}, {leads[-1] + 100} to {ravi.username}")


async def test_who_gets_several_leads_has_one_message(account, login, stack):
    manager, priya, ravi = await login(account("manoj", "manager")), await login(account("priya")), await login(account("ravi"))
    leads = [add_lead(stack, f"Together {n}", owner.account.id) for n, owner in enumerate((ravi, ravi, priya, ravi))]
    await manager.ask_bot(f"assign {', '.join(map(str, leads))} to {priya.account.username}")
    told = (await priya.messages.expect(lambda m: "Together 0" in (m.body or ""))).body
    assert [told.count(f"Together {n}") for n in range(4)] == [1, 1, 0, 1], told
    lost = (await ravi.messages.expect(lambda m: "Together 0" in (m.body or ""))).body
    assert [lost.count(f"Together {n}") for n in range(4)] == [1, 1, 0, 1], lost
    assert len([body for body in priya.messages.bodies() + ravi.messages.bodies() if "Together" in body]) == 2


async def test_two_who_enter_the_same_contact_at_once_are_asked_whether_it_is_one_lead(account, login, stack):
    clients = [await login(account("manoj", "manager")), await login(account("meera", "manager"))]
    for turn in range(3):
        email, phone = f"at.once{turn}@example.in", f"+91 98765 7790{turn}"
        said = await asyncio.gather(clients[0].ask_bot(f"lead add One {turn}, {email}, {phone}"), clients[1].ask_bot(f"lead add Other {turn}, {phone}, {email}"))
        assert sorted("is added" in line for line in said) == [False, True], said
        late = next(index for index, line in enumerate(said) if "is added" not in line)
        assert "has the same email and phone: lead-" in said[late], said
        await clients[late].ask_bot("no" if turn else "yes")
        assert stack.sql("SELECT count(*) FROM crm.lead WHERE email = %s", email) == [(1 if turn else 2,)]


async def test_what_is_invisible_among_several_is_as_absent(account, login, stack):
    priya = await login(account("priya"))
    ravi = account("ravi")
    mine = [add_lead(stack, f"Mine {n}", priya.account.id) for n in range(3)]
    theirs, gone = add_lead(stack, "Theirs", ravi.id), add_lead(stack, "Gone", priya.account.id, deleted_at="now")
    never = gone + 1_000_000
    for line in ("note {}, {} called", "tag {}, {} hot", "{}, {} contacted", "status {}, {} lost because late", "assign {}, {} to nobody"):
        said = []
        for other in (never, theirs, gone):
            answer = await priya.ask_bot(line.format(mine[0], other))
            said.append([words.replace(str(other), "N") for words in answer.splitlines() if str(other) in words])
        assert said[0] == said[1] == said[2], line
    for line in ("note {}, {} called", "{}, {} contacted"):
        pairs = ((never, never + 1), (theirs, gone), (theirs, never))
        answers = []
        for one, other in pairs:
            answers.append((await priya.ask_bot(line.format(one, other))).replace(str(one), "N").replace(str(other), "M"))
        assert len(set(answers)) == 1, (line, answers)
    assert stack.sql("SELECT count(*) FROM crm.lead_note WHERE lead_id = ANY (%s)", [theirs, gone])[0][0] == 0
