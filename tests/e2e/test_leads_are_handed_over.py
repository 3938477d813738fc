"""lead.handover: a Sales Person leaves, and all that they still work on is somebody else's; one undo takes it back."""

import asyncio

import pytest

from support.records import add_lead


def owners(stack, account):
    return stack.sql("SELECT count(*) FROM crm.lead WHERE assignee = %s", account.id)[0][0]


async def hand_over(client, former, heir):
    """Asked and answered with yes; what is said in between, and at the end."""
    asked = await client.ask_bot(f"hand over {former.username} to {heir.username}")
    return asked, await client.ask_bot("yes")


async def test_what_is_open_goes_and_what_is_over_stays(stack, account, login):
    manager, ravi, priya = await login(account("manoj", "manager")), await login(account("ravi", "sales")), await login(account("priya", "sales"))
    former, heir = ravi.account, priya.account
    moved = [add_lead(stack, f"Open {n}", former.id, status=status, follow_up_at="2030-12-01 10:30+05:30")
             for n, status in enumerate(("assigned", "contacted", "qualified"))]
    won = add_lead(stack, "Won", former.id, status="won")
    deleted = add_lead(stack, "Deleted", former.id, status="assigned", deleted_at="2026-11-01")
    asked, said = await hand_over(manager, former, heir)
    assert "has 3 open leads; all of them go to" in asked
    assert "3 open leads of" in said and "who has been told. Say undo" in said
    assert stack.sql("SELECT id, status FROM crm.lead WHERE assignee = %s ORDER BY id", heir.id) == list(zip(moved, ("assigned", "contacted", "qualified")))
    assert stack.sql("SELECT id FROM crm.lead WHERE assignee = %s ORDER BY id", former.id) == [(won,), (deleted,)]
    assert "3 open leads of" in (await priya.messages.expect(lambda m: "over to you" in (m.body or ""))).body
    told = (await ravi.messages.expect(lambda m: "off your list" in (m.body or ""))).body
    assert heir.name not in told, "to whom they went is not theirs to know"
    assert "assigned to" in await manager.ask_bot(f"history {moved[0]}")
    assert "Open 0" in await priya.ask_bot(f"lead {moved[0]}")


async def test_one_undo_takes_many_back_and_tells_each_person_once(stack, account, login):
    manager, ravi, priya = await login(account("manoj", "manager")), await login(account("ravi", "sales")), await login(account("priya", "sales"))
    stack.sql("INSERT INTO crm.lead (name, status, assignee) SELECT 'Many ' || n, 'assigned', %s FROM generate_series(1, 1100) n", ravi.account.id)
    asked, said = await hand_over(manager, ravi.account, priya.account)
    assert "has 1100 open leads; the 1000 oldest go to" in asked and "still has 100 open leads: say it again" in said
    assert (owners(stack, ravi.account), owners(stack, priya.account)) == (100, 1000)
    priya.messages.forget()
    assert "Undone. 1000 leads are as before." in await manager.ask_bot("undo")
    assert (owners(stack, ravi.account), owners(stack, priya.account)) == (1100, 0)
    await ravi.messages.expect(lambda m: "1000 leads are yours again" in (m.body or ""))
    await priya.messages.expect(lambda m: "has taken 1000 leads back from you" in (m.body or ""))
    assert "Put back. 1000 leads are as changed." in await manager.ask_bot("redo")
    assert (owners(stack, ravi.account), owners(stack, priya.account)) == (100, 1000)
    stack.sql("UPDATE crm.lead SET deleted_at = now() WHERE assignee IN (%s, %s)", ravi.account.id, priya.account.id)


async def test_an_account_that_is_disabled_hands_over_and_is_not_told(stack, account, login):
    admin, heir, leaving = await login(account("anita", "admin")), account("priya", "sales"), account("ravi", "sales")
    lead = add_lead(stack, "Left", leaving.id, status="contacted")
    await admin.ask_bot(f"user disable {leaving.username}")
    assert f"hand over {leaving.username} to <name>" in await admin.ask_bot("yes")
    _, said = await hand_over(admin, leaving, heir)
    assert "1 open lead of" in said
    assert stack.sql("SELECT assignee, status FROM crm.lead WHERE id = %s", lead) == [(heir.id, "contacted")]
    assert stack.sql("SELECT count(*) FROM crm.outbox WHERE recipient LIKE %s || '@%%'", leaving.username) == [(0,)]
    assert (f"{leaving.name}, who had lead {lead}, takes no leads any more. Nothing was changed. Give it to somebody else: assign {lead} to <name>. "
            f"Or undo again when an Admin has enabled the account: user enable {leaving.username}." in await admin.ask_bot("undo"))


@pytest.mark.parametrize("many", [3, 23])
async def test_who_cannot_get_their_leads_back_had_so_many(stack, account, login, many):
    manager, heir, leaving = await login(account("manoj", "manager")), account("priya"), account("ravi")
    leads = [add_lead(stack, f"Left {n}", leaving.id) for n in range(many)]
    await hand_over(manager, leaving, heir)
    stack.sql("UPDATE crm.person SET enabled = false WHERE id = %s", leaving.id)
    said = await manager.ask_bot("undo")
    assert f"who had {many} leads, takes no leads any more. Nothing was changed." in said
    numbers = ", ".join(str(lead) for lead in leads[:20])
    assert f"somebody else{', 20 at once' if many > 20 else ''}: assign {numbers} to <name>." in said
    assert owners(stack, heir) == many
    stack.sql("UPDATE crm.person SET enabled = true WHERE id = %s", leaving.id)
    assert "Undone." in await manager.ask_bot("undo")


async def test_nobody_who_takes_no_leads_gets_them_and_nothing_to_hand_over_is_said(stack, account, login):
    manager, ravi, lead_person = await login(account("manoj", "manager")), account("ravi", "sales"), account("leela", "lead")
    priya = account("priya", "sales")
    assert "has no open leads. Nothing was changed." in await manager.ask_bot(f"hand over {ravi.username} to {priya.username}")
    lead = add_lead(stack, "Stays", ravi.id, status="assigned")
    assert "has them already" in await manager.ask_bot(f"hand over {ravi.username} to {ravi.username}")
    assert lead_person.name in await manager.ask_bot(f"hand over {ravi.username} to {lead_person.username}")
    await manager.ask_bot("cancel")
    assert stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", lead) == [(ravi.id,)]


async def test_who_may_not_is_refused(stack, account, login):
    ravi, priya = await login(account("ravi", "sales")), account("priya", "sales")
    lead_person = await login(account("leela", "lead"))
    lead = add_lead(stack, "Stays", ravi.account.id, status="assigned")
    for client in (ravi, lead_person):
        assert "is for Admins and Managers" in await client.ask_bot(f"hand over {ravi.account.username} to {priya.username}")
        assert (await client.commands.execute("lead.handover")).condition == "forbidden"
    assert stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", lead) == [(ravi.account.id,)]


@pytest.mark.parametrize("taken, left", [(5, 0), (3, 2)])
async def test_what_somebody_else_gives_away_meanwhile_is_not_counted(stack, account, login, taken, left):
    manager, ravi, priya, uma = await login(account("manoj", "manager")), await login(account("ravi")), await login(account("priya")), account("uma")
    for n in range(5):
        add_lead(stack, f"Both want {n}", ravi.account.id)
    await manager.ask_bot(f"hand over {ravi.account.username} to {priya.account.username}")
    other = stack.connect()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE crm.lead SET assignee = %s WHERE id IN (SELECT id FROM crm.lead WHERE assignee = %s ORDER BY id LIMIT %s)", (uma.id, ravi.account.id, taken))
            answer = asyncio.create_task(manager.ask_bot("yes"))
            await asyncio.to_thread(stack.sql_until, "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
            cursor.execute("COMMIT")
    finally:
        other.close()
    said = await answer
    assert (owners(stack, priya.account), owners(stack, uma)) == (left, taken)
    assert "still has" not in said, "nothing is left"
    if left == 0:
        assert "has no open leads. Nothing was changed." in said
        # Visitors who wait, of other tests, are shown to whoever of Sales comes: only what is said of leads counts.
        assert stack.sql("SELECT recipient, body FROM crm.outbox WHERE recipient LIKE ANY (%s) AND sender = 'bot' AND body LIKE '%%lead%%'",
                         [f"{c.account.username}@%" for c in (ravi, priya)]) == []
    else:
        assert "2 open leads of" in said


async def test_the_heir_is_named_as_people_name_them(stack, account, login):
    manager, ravi, priya = await login(account("manoj", "manager")), account("ravi", full_name="Ravi O'Brien"), account("priya", full_name="Priya Nair")
    add_lead(stack, "Named", ravi.id)
    asked, said = await hand_over(manager, ravi, priya)
    assert f"Ravi O'Brien has 1 open lead; it goes to Priya Nair ({priya.username})." in asked
    assert "1 open lead of Ravi O'Brien is Priya Nair's now" in said


async def test_who_leaves_out_to_whom_is_asked(stack, account, login):
    manager, ravi, priya = await login(account("manoj", "manager")), account("ravi"), account("priya")
    lead = add_lead(stack, "Asked", ravi.id)
    assert "Hand over to?" in await manager.ask_bot(f"hand over {ravi.username}")
    assert "has 1 open lead" in await manager.ask_bot(priya.username)
    await manager.ask_bot("no")
    assert "Assign" in await manager.ask_bot(f"hand over {lead}")
    assert "is assigned to Priya" in await manager.ask_bot(priya.username)


async def test_who_hands_their_own_leads_over_says_so(stack, account, login):
    manager, priya = await login(account("manoj", "manager")), account("priya", full_name="Priya Nair")
    lead = add_lead(stack, "Own", manager.account.id)
    for said in ("hand over my leads to", "hand over me to", f"hand over {manager.account.username}'s leads to", f"hand {manager.account.username} over to"):
        assert "has 1 open lead; it goes to Priya Nair" in await manager.ask_bot(f"{said} {priya.username}"), said
        await manager.ask_bot("no")
    assert "lead handover" in (await manager.ask_bot("help hand over")).splitlines()[0]
    assert owners(stack, priya) == 0 and stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", lead) == [(manager.account.id,)]


async def test_each_person_hears_once_which_leads_came_back_and_went_again(stack, account, login):
    manager = await login(account("manoj", "manager", full_name="Manoj Verma"))
    ravi, priya = await login(account("ravi")), await login(account("priya"))
    leads = [add_lead(stack, f"Several {n}", ravi.account.id) for n in range(7)]
    await hand_over(manager, ravi.account, priya.account)
    for person in (ravi, priya):
        await person.messages.expect(lambda m: "7 open leads" in (m.body or ""))
        person.messages.forget()
    named = ", ".join(f"{lead} Several {n}" for n, lead in enumerate(leads[:5])) + " and 2 more"
    for said, of_ravi, of_priya in (
        ("undo", f"7 leads are yours again: Manoj Verma took the last change back. They are {named}.", f"Manoj Verma has taken 7 leads back from you: {named}."),
        ("redo", f"Manoj Verma has taken 7 leads off your list again: {named}.", f"Manoj Verma has given you 7 leads again: {named}."),
    ):
        await manager.ask_bot(said)
        for person, told in ((ravi, of_ravi), (priya, of_priya)):
            assert (await person.messages.expect(lambda m: "leads" in (m.body or ""))).body == told
            await person.messages.expect_nothing(lambda m: "lead" in (m.body or ""))
