"""crmd or PostgreSQL dies while a poll closes at its deadline, is counted, or is told of: it is over once, its lead is given once, and each hears of it once."""

import asyncio

import pytest

from faults import locked, until_held_up
from support.polls import answer, here, over, start
from support.records import add_lead, retire_sales


@pytest.mark.parametrize("process, table", [("crmd", "crm.poll_frozen"), ("crmd", "crm.vote"), ("crmd", "crm.outbox"), ("postgres", "crm.vote"),
                                            ("postgres", "crm.outbox")])
async def test_a_poll_is_over_once(account, login, stack, process, table):
    manager = await login(account("manoj", "manager"))
    sales = [await login(account("voter", "sales")) for _ in range(3)]
    retire_sales(stack, *(client.account for client in sales))
    await here(stack, *sales)
    lead = add_lead(stack, name="Polled once")
    number = await start(manager, f"poll start {lead}")
    for client, text in zip(sales, ("1", "1", "2")):
        await answer(client, number, text)
    with locked(stack, table):
        stack.sql("UPDATE crm.poll SET deadline = now() WHERE id = %s", number)
        stack.sql("SELECT crm.job_put('poll.close', %s, now())", str(number))
        await until_held_up(stack, table)
        stack.kill(process)
    stack.start(process)
    stack.wait()
    told = await asyncio.gather(*(over(client, number, timeout=30) for client in (*sales, manager)))
    assert sum("is yours" in text for text in told[:3]) == 1 and "is yours" not in told[2], told
    assert stack.sql("SELECT state, outcome FROM crm.poll WHERE id = %s", number) == [("closed", "assigned")]
    assert stack.sql("SELECT count(*) FROM crm.assignment WHERE lead_id = %s", lead) == [(1,)]
    assert stack.sql("SELECT count(*) FROM crm.vote WHERE poll_id = %s", number) == [(0,)]
    for client in (*sales, manager):
        rows = stack.sql("SELECT count(*) FROM crm.outbox WHERE recipient = %s AND body ~ %s AND body ~ 'over|Thank you'", client.account.address, f"[Pp]oll {number}\\M")
        assert rows == [(1,)], (client.account.username, told)
