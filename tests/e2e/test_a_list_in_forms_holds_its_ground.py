"""The pages of a list are stages of a form: what somebody sees who forges one, sends it twice, goes on as another one or in another role, or whose list
changes meanwhile."""

import asyncio

import pytest_asyncio

from support.records import add_lead, change_role, quietly

PAGE = 20    # rows of a list of leads in a form


@pytest_asyncio.fixture
async def priya(account, login):
    return await login(account("priya", "sales", full_name="Priya Nair"))


@pytest_asyncio.fixture
def leads(stack, priya):
    """Two pages and a bit of Priya's leads, the newest first."""
    return [add_lead(stack, f"Page {n}", priya.account.id) for n in range(2 * PAGE + 5)][::-1]


async def first_page(client):
    form = await client.commands.execute("lead.list")
    page = await form.complete()
    assert page.status == "executing" and "go_to" in page.values
    return page


def shown(page, leads):
    return [number for number in leads if f"lead-{number}:" in page.words]


async def test_every_lead_is_on_one_page(priya, leads):
    first = await first_page(priya)
    second = await first.next()
    third = await second.next()
    assert [shown(page, leads) for page in (first, second, third)] == [leads[:PAGE], leads[PAGE:2 * PAGE], leads[2 * PAGE:]]
    assert (await third.complete()).status == "completed"


async def test_a_forged_place_in_the_list_is_not_read(priya, leads):
    first = await first_page(priya)
    forged = await priya.commands.send("lead.list", "next", first.session, {"go_to": ["next"], "after": ["1"], "assignee": ["nobody"], "page": ["7"]})
    assert shown(forged, leads) == leads[PAGE:2 * PAGE]
    strange = await priya.commands.send("lead.list", "next", forged.session, {"go_to": ["-1"]})
    assert strange.status == "completed" and not shown(strange, leads)


async def test_a_page_is_nobody_elses(priya, leads, account, login):
    first = await first_page(priya)
    for other in (await login(account("ravi", "sales")), await login(account("manoj", "manager")), await login(priya.account, resource="elsewhere")):
        for action in ("next", "prev", "complete", "cancel", "execute"):
            answer = await other.commands.send("lead.list", action, first.session, {"go_to": ["next"]})
            absent = await other.commands.send("lead.list", action, "no-such-session", {"go_to": ["next"]})
            assert (answer.status, answer.condition, answer.text) == (absent.status, absent.condition, absent.text)
            assert answer.status == "error" and not shown(answer, leads)
    assert shown(await first.next(), leads) == leads[PAGE:2 * PAGE]


async def test_a_page_of_one_command_is_none_of_another(priya, leads):
    first = await first_page(priya)
    for node in ("lead.find", "lead.add", "visitor.list", "profile"):
        answer = await priya.commands.send(node, "next", first.session, {"go_to": ["next"]})
        assert answer.status == "error", node


async def test_the_role_is_asked_for_on_each_page(leads, stack, account, login):
    manager = await login(account("manoj", "manager"))
    first = await first_page(manager)
    assert shown(first, leads) == leads[:PAGE]
    change_role(stack, manager.account, "sales")
    second = await first.next()
    assert "The list has changed" in second.words and not shown(second, leads)
    quietly(stack, "UPDATE crm.person SET enabled = false WHERE id = %s", manager.account.id)
    answer = await second.previous()
    assert (answer.status, answer.condition) == ("error", "forbidden")


async def test_a_command_that_was_taken_away_shows_no_further_page(priya, leads, stack, account, login):
    admin = await login(account("asha", "admin"))
    for number in leads[:11]:
        await priya.ask_bot(f"note {number} hello")
    first = await (await admin.commands.execute("audit.list")).complete()
    assert first.status == "executing" and "lead.note" in first.words
    change_role(stack, admin.account, "manager")
    for action in ("next", "prev", "complete"):
        answer = await first.go(action)
        assert (answer.status, answer.condition) == ("error", "forbidden")


async def test_a_lead_that_went_meanwhile_is_on_no_page(priya, leads, stack, account):
    first = await first_page(priya)
    quietly(stack, "UPDATE crm.lead SET assignee = %s WHERE id = %s", account("ravi", "sales").id, leads[PAGE + 2])
    second = await first.next()
    assert shown(second, leads) == [number for number in leads[PAGE:2 * PAGE + 1] if number != leads[PAGE + 2]]
    quietly(stack, "UPDATE crm.lead SET deleted_at = now() WHERE id = %s", leads[2 * PAGE])
    third = await second.next()
    assert "The list has changed" in third.words and not shown(third, leads)
    assert shown(await third.previous(), leads)


async def test_a_page_that_is_sent_twice_at_once_is_shown_twice(priya, leads):
    first = await first_page(priya)
    pages = await asyncio.gather(*(first.next() for _ in range(4)))
    for page in pages:
        assert page.status in ("executing", "completed")
        assert shown(page, leads) in ([], leads[PAGE:2 * PAGE], leads[2 * PAGE:])


async def test_a_list_whose_time_is_over_says_so(priya, leads, stack):
    first = await first_page(priya)
    stack.sql("UPDATE crm.form_session SET expires_at = now() WHERE id = %s", first.session)
    answer = await first.next()
    assert answer.status == "error" and "expired" in answer.text
