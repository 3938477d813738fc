"""Clients ask their own server for commands first: Gajim's account menu, profanity's `/cmd list`. What D answers is what crm.D answers."""

import pytest
from slixmpp.exceptions import IqError


async def test_the_server_lists_the_commands_of_the_crm_to_each_by_role(account, login, stack):
    for role, allowed in (("manager", True), ("sales", False)):
        client = await login(account("asha", role))
        offered = await client.commands_of(stack.domain).list()
        assert offered == await client.commands.list()
        assert ("lead.add" in offered) == allowed


async def test_a_command_can_be_executed_at_the_server(account, login, stack):
    manager = await login(account("meera", "manager"))
    form = await manager.commands_of(stack.domain).execute("lead.add")
    assert form.status == "executing"
    done = await form.complete(name="Menu Lead")
    assert done.status == "completed"
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Menu Lead'") == [(1,)]


async def test_what_is_forbidden_at_the_crm_is_forbidden_at_the_server(account, login, stack):
    sales = await login(account("ravi"))
    refused = await sales.commands_of(stack.domain).execute("lead.add")
    assert (refused.status, refused.condition) == ("error", "forbidden")


async def test_with_the_crm_away_the_server_says_wait(account, login, stack):
    manager = await login(account("meera", "manager"))
    stack.stop("crmd")
    try:
        with pytest.raises(IqError) as error:
            await manager.commands_of(stack.domain).list()
        assert error.value.etype == "wait"
    finally:
        stack.start("crmd")


async def test_customers_are_offered_nothing(account, login, stack):
    customer = await login(account("uma", "customer"))
    with pytest.raises(IqError):
        await customer.commands_of(stack.domain).list()
