"""A day of a small team, in chat alone: a fair's spreadsheet of 500 leads, polls about three of them, the rest given out, follow-ups, and one sale."""

import csv
import io
import re

from support.polls import answer, asked, here, over, start as start_poll, until
from support.records import retire_sales
from support.spreadsheets import fetch, heard, send_file, start

FIRST = "Asha Ravi Meera Kiran Deepa Imran Sunita Joseph Farah Gopal".split()
LAST = "Rao Nair Iyer Khan Singh Das Patel Menon Roy Joshi".split()
CAPACITY = 30


def fair():
    """500 rows as somebody typed them at a stand: three of no use, two twice."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["Name", "Mobile", "E-mail", "Budget", "Requirements", "Tags"])
    for n in range(500):
        name = f"{FIRST[n % 10]} {LAST[n // 10 % 10]} {n}"
        phone, email = f"+91 99{n:03} 4{n:04}", f"fair{n}@example.in"
        if n in (100, 200, 300):
            phone, email = "12", "see the card"
        if n in (400, 401):
            phone, email = f"+91 99{n - 10:03} 4{n - 10:04}", f"fair{n - 10}@example.in"
        writer.writerow([name, phone, email, f"{(500 - n) * 1000} INR", "Excel, 20 seats", "fair"])
    return file.getvalue().encode("utf-8-sig")


async def said(client, part, timeout=30):
    return (await client.messages.expect(lambda m: part in (m.body or ""), timeout, carbon=None)).body


def of_fair(stack, what="count(*)", where="true"):
    return stack.sql(f"SELECT {what} FROM crm.lead l JOIN crm.lead_tag t ON t.lead_id = l.id AND t.tag = 'fair' WHERE {where}")


async def test_a_day(stack, account, login):
    manager = await login(account("manoj", "manager", full_name="Manoj Verma"))
    sales = [await login(account(name, "sales", full_name=name.capitalize())) for name in ("priya", "ravi")]
    retire_sales(stack, *(client.account for client in sales))
    await here(stack, *sales)

    # Morning: the spreadsheet.
    number = await send_file(manager, "fair.csv", fair())
    found = await heard(manager, "fair.csv has 500 rows")
    assert "497 can be imported; 3 cannot; 2 are in the file more than once" in found, found
    ended = await start(manager, number, "fair.csv")
    assert "495 leads added" in ended and "3 rejected" in ended, ended
    assert of_fair(stack) == [(495,)]
    status, rejected = await fetch(re.search(r"http\S+/download/\S+", ended)[0])
    assert status == 200 and rejected.decode("utf-8-sig").count("see the card") >= 3

    # The three that are worth most are asked about; whoever wants one gets it.
    manager.messages.forget()
    best = [row[0] for row in of_fair(stack, "l.id", "l.budget_minor >= 49800000 ORDER BY l.budget_minor DESC")]
    assert len(best) == 3
    for turn, lead in enumerate(best):
        poll = await start_poll(manager, f"poll start {lead}")
        wants, passes = sales[turn % 2], sales[1 - turn % 2]
        for client, word in ((wants, "1 5"), (passes, "2")):
            assert f"lead {lead}?" in (await asked(client)).body
            assert "is taken" in await answer(client, poll, word)
        assert "is closed" in await manager.ask_bot(f"poll close {poll}")
        assert f"lead {lead} is yours" in await over(wants, poll)
        assert "it is assigned to" in await over(manager, poll)
        assert stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", lead) == [(wants.account.id,)]

    # The rest goes to whoever has room, and what is too much waits.
    asked_back = await manager.ask_bot(f"distribute leads of import {number}")
    room = len(sales) * CAPACITY - len(best)
    assert f"It is about {495 - len(best)} leads" in asked_back and f"with room for {room}." in asked_back, asked_back
    assert f"{495 - len(best)} leads are on the way" in await manager.ask_bot("yes")
    await until(stack, f"SELECT count(*) = {len(sales) * CAPACITY} FROM crm.lead l JOIN crm.lead_tag t ON t.lead_id = l.id AND t.tag = 'fair'"
                " WHERE l.assignee IS NOT NULL")
    assert f"{495 - len(sales) * CAPACITY} leads wait for somebody who is free." in await manager.ask_bot("queue")
    seller = sales[0]
    assert "leads are yours:" in await said(seller, "leads are yours:")

    # Afternoon: one is worked on, and its follow-up comes back by itself.
    mine = best[0]
    seller.messages.forget()
    assert "is contacted now" in await seller.ask_bot(f"{mine} contacted")
    assert "noted" in (await seller.ask_bot(f"note {mine} called, wants a demo")).lower()
    assert "follow-up" in await seller.ask_bot(f"followup {mine} tomorrow 10:30, send the offer")
    stack.sql("UPDATE crm.lead SET follow_up_at = now() WHERE id = %s", mine)
    assert "send the offer" in await said(seller, "Now:")
    assert "is done" in await seller.ask_bot(f"done {mine}")

    # Evening: a sale, and the room that it leaves is filled from the queue.
    before = stack.sql("SELECT count(*) FROM crm.assign_waiting")[0][0]
    for step in ("qualified", "converted", "won"):
        assert f"is {step} now" in await seller.ask_bot(f"{mine} {step}")
    await until(stack, f"SELECT count(*) = {before - 1} FROM crm.assign_waiting")
    history = await manager.ask_bot(f"history {mine}")
    assert "won" in history.lower() and "Priya" in history, history
    shown = await manager.ask_bot(f"lead {mine}")
    assert "won" in shown.lower() and "Priya" in shown, shown
    stats = await manager.ask_bot("stats")
    assert "won" in stats.lower(), stats

    # What was not given out waits no more, and nobody is told of it tomorrow.
    asked_back = await manager.ask_bot("queue clear")
    assert "Reply yes" in asked_back, asked_back
    assert f"{before - 1} leads wait no more" in await manager.ask_bot("yes")
