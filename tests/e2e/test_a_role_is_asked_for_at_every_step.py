"""Role not allowed: "forbidden", in the same words on both surfaces and at every step of a form. Whoever loses a role or the account in the middle is
out at once, and what they had begun is of no use to them afterwards."""

import pytest

from support.staff import LoginFailed, Staff

ACTIONS = ["execute", "next", "complete", "prev"]


async def test_the_same_words_in_chat_and_in_forms(account, login):
    asha = await login(account("asha"))
    for node, line in ("lead.assign", "lead assign 1 to asha"), ("lead.add", "lead add name=\"X\""):
        refused = await asha.commands.execute(node)
        assert (refused.status, refused.condition) == ("error", "forbidden")
        assert await asha.ask_bot(line) == refused.text
        assert node not in await asha.commands.list()
        assert line.rsplit(" ", 1)[0].split(" 1")[0].split(" name")[0] not in (await asha.ask_bot("help"))


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_role_lost_in_the_middle_of_a_form(account, login, stack, action):
    meera = await login(account("meera", "manager"))
    step = await meera.commands.execute("lead.add")
    stack.sql("UPDATE crm.person SET role = 'sales' WHERE id = %s", meera.account.id)
    await meera.ended()
    again = await login(meera.account)
    words = (await again.commands.execute("lead.add")).text
    before = stack.sql("SELECT count(*) FROM crm.lead")
    refused = await again.commands.send("lead.add", action, step.session, {"name": ["Mine"]})
    assert (refused.status, refused.condition, refused.text) == ("error", "forbidden", words)
    assert stack.sql("SELECT count(*) FROM crm.lead") == before


async def test_a_role_lost_before_the_sessions_end_is_lost_already(account, login, stack):
    """The trigger that ends sessions is away: the role is asked for in the very transaction."""
    meera = await login(account("meera", "manager"))
    step = await meera.commands.execute("lead.add")
    await meera.ask_bot("lead add")
    stack.sql("ALTER TABLE crm.person DISABLE TRIGGER account_changed")
    try:
        stack.sql("UPDATE crm.person SET role = 'sales' WHERE id = %s", meera.account.id)
        refused = await step.complete(name="Mine")
        assert (refused.status, refused.condition) == ("error", "forbidden")
        assert await meera.ask_bot("Mine") == refused.text
        assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Mine'") == [(0,)]
        stack.sql("UPDATE crm.person SET enabled = false WHERE id = %s", meera.account.id)
        refused = await step.complete(name="Mine")
        assert (refused.status, refused.condition) == ("error", "forbidden")
        meera.say(f"bot@{stack.component}", "lead list")
        await meera.messages.expect_nothing(lambda m: m.bare.startswith("bot@") and m.body, seconds=1)
    finally:
        stack.sql("ALTER TABLE crm.person ENABLE TRIGGER account_changed")


async def test_a_disabled_account_is_out_at_once_on_every_device(account, login, visitor, stack):
    asha, phone = (await login(account("asha")), None)
    phone = await login(asha.account, resource="phone")
    guest = await visitor()
    await guest.say_and_wait(f"hello {guest.bare}")
    contact = (await asha.messages.expect(body=f"hello {guest.bare}", carbon=None)).bare
    step = await asha.commands.execute("lead.show")
    assert step.status == "executing"
    stack.sql("UPDATE crm.person SET enabled = false WHERE id = %s", asha.account.id)
    await asha.ended()
    await phone.ended()
    with pytest.raises(LoginFailed) as failure:
        await Staff.login(stack, asha.account)
    assert failure.value.condition == "not-authorized"
    assert contact and not guest.saw(asha.account.username)


async def test_a_form_belongs_to_the_session_that_began_it(account, login, stack):
    meera = await login(account("meera", "manager"))
    step = await meera.commands.execute("lead.add")
    for other in await login(meera.account, resource="other"), await login(account("mala", "manager")):
        stolen = await other.commands.send("lead.add", "complete", step.session, {"name": ["Stolen"]})
        made_up = await other.commands.send("lead.add", "complete", "no such session", {"name": ["Stolen"]})
        assert (stolen.condition, stolen.text) == (made_up.condition, made_up.text) and stolen.status == "error"
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Stolen'") == [(0,)]
