"""lead.duplicates lists pairs of leads that look alike, with why, the likeliest first, in chat and in forms; they are merged, or said to be two, and that can be taken
back. What a merge takes along is given back, too."""

import re

import pytest
import pytest_asyncio

from support.records import add_lead, quietly


@pytest_asyncio.fixture
async def manager(account, login, stack):
    """A manager; no lead of an earlier test looks like another."""
    quietly(stack, "DELETE FROM crm.twin; DELETE FROM crm.twin_key; DELETE FROM crm.twin_due; DELETE FROM crm.twin_apart")
    return await login(account("manoj", "manager", full_name="Manoj Verma"))


def compared(stack):
    """Waits until the bulk lane has compared all that is due."""
    stack.sql_until("SELECT count(*) = 0 FROM crm.twin_due")


def pairs(said):
    """[(number, number, why)] of what the bot lists, a pair on one line, or on two when it is too long for a phone."""
    said = said.replace("\n  ", " · ")
    return [(int(a), int(b), why) for a, b, why in re.findall(r"^(\d+) · [^·\n]+ · (\d+) · [^·\n]+ · (.*)$", said, re.MULTILINE)]


async def test_pairs_are_listed_with_why_and_the_likeliest_first(manager, stack):
    first = add_lead(stack, "Lakshmi Chowdhury", email="lakshmi@example.in", phone="+919876511111")
    add_lead(stack, "Somebody Else", email="else@example.in", phone="+919876522222")
    sounds, letters = add_lead(stack, "CHAUDHARI, Laxmi"), add_lead(stack, "Lakshmi Chowdhuyr")
    phone, both = add_lead(stack, "Front Desk", phone="+919876511111"), add_lead(stack, "L. Chowdhury", email="Lakshmi+new@example.in", phone="+919876511111")
    compared(stack)
    said = await manager.ask_bot("duplicates")
    found = pairs(said)
    assert found[0][:2] == (both, first) and found[0][2].startswith("same email and phone")
    why = {(a, b): reason for a, b, reason in found}
    assert why[(phone, first)] == "same phone" and why[(sounds, first)] == why[(letters, first)] == "names alike"
    assert f"merge {both} and {first}" in said and f"lead apart {both} from {first}" in said
    assert all(len(line) <= 120 for line in said.splitlines())
    assert {row[:2] for row in pairs(await manager.ask_bot(f"duplicates of {sounds}"))} == {(sounds, first), (letters, sounds)}
    assert await manager.ask_bot("duplicates of 999999") == "No other lead looks like lead 999999."


async def test_what_is_offered_merges_and_the_pair_is_gone(manager, stack):
    first, second = add_lead(stack, "Asha Rao", email="one@example.in"), add_lead(stack, "Asha Rao-Iyer", email="one@example.in")
    compared(stack)
    said = await manager.ask_bot("which leads look alike")
    line = re.search(rf"merge {second} and {first}", said)[0]
    assert "which stays" in await manager.ask_bot(line)
    assert f"Lead {second}, Asha Rao-Iyer, is now one with lead {first}" in await manager.ask_bot("yes")
    assert await manager.ask_bot("duplicates") in ("There are no leads that look alike.", "There are no leads that look alike.\nSome leads are still being compared: ask again in a while.")
    assert "is one of its own again" in await manager.ask_bot("undo")
    compared(stack)
    said = await manager.ask_bot("duplicates")
    assert pairs(said) == [(second, first, "same email, names alike")], said


async def test_two_that_are_two_do_not_come_back_until_it_is_taken_back(manager, stack):
    first, second = add_lead(stack, "Asha Rao", phone="+919876533333"), add_lead(stack, "Ravi Rao", phone="+919876533333")
    compared(stack)
    assert f"Lead {first}, Asha Rao, and lead {second}, Ravi Rao, are two" in await manager.ask_bot(f"lead apart {second} from {first}")
    assert await manager.ask_bot(f"apart {first} from {second}") == f"That lead {first}, Asha Rao, and lead {second}, Ravi Rao, are two is known already."
    stack.sql("UPDATE crm.lead SET phone = '+919876544444' WHERE id = ANY (%s)", [first, second])
    compared(stack)
    assert "no leads that look alike" in await manager.ask_bot("duplicates")
    assert f"is not the same as lead {second}" in await manager.ask_bot(f"history {first}")
    assert stack.sql("SELECT outcome FROM crm.audit WHERE command = 'lead.apart' AND person_id = %s ORDER BY id", manager.account.id) == [("done",), ("state",)]
    said = await manager.ask_bot("undo")
    assert f"perhaps the same as lead {second}" in said and f"perhaps the same as lead {first}" in said
    compared(stack)
    assert [row[:2] for row in pairs(await manager.ask_bot("duplicates"))] == [(second, first)]
    assert f"not the same as lead {second}" in await manager.ask_bot("redo")
    assert "no leads that look alike" in await manager.ask_bot("duplicates")


async def test_bad_numbers_are_refused_with_an_example(manager, stack):
    number = add_lead(stack, "Asha Rao")
    said = await manager.ask_bot(f"lead apart {number} from {number}")
    assert f"From: this is lead {number} itself. Give the other one, such as: lead apart {number} from {number + 1}." in said
    await manager.ask_bot("cancel")
    assert "From: there is no lead 999999. Give the number of the other one" in await manager.ask_bot(f"lead apart {number} from 999999")
    await manager.ask_bot("cancel")
    assert "There is no lead 999999." in await manager.ask_bot(f"lead apart 999999 from {number}")


async def test_a_long_list_has_pages_in_chat_and_in_forms(manager, stack):
    for n in range(13):
        add_lead(stack, f"Person {n}{n}{n}{n}{n}", email=f"page{n}@example.in")
        add_lead(stack, f"Another {n}{n}{n}{n}", email=f"page{n}@example.in")
    compared(stack)
    first = await manager.ask_bot("duplicates")
    assert len(pairs(first)) == 10 and first.endswith("There is more: say “more”.")
    assert len(pairs(await manager.ask_bot("more"))) == 3
    form = await manager.commands.execute("lead.duplicates")
    page = await form.next() if "next" in form.actions else await form.complete()
    assert "same email" in page.words and "Leads that look alike" in page.words


async def test_a_form_says_that_two_are_two(manager, stack):
    first, second = add_lead(stack, "Asha Rao", phone="+919876555555"), add_lead(stack, "Ravi Rao", phone="+919876555555")
    form = await manager.commands_of(f"lead-{second}@{stack.component}").execute("lead.apart")
    done = await form.complete(**{"from": str(first)})
    assert done.status == "completed" and "are two" in done.words
    assert stack.sql("SELECT one, other, person_id FROM crm.twin_apart") == [(first, second, manager.account.id)]


@pytest.mark.parametrize("role", ["lead", "sales"])
async def test_who_may_not_merge_is_shown_none(account, login, role):
    client = await login(account("leela", role))
    assert await client.ask_bot("duplicates") == "Forbidden: “lead duplicates” is for Admins and Managers."
    assert await client.ask_bot("lead apart 42 from 7") == "Forbidden: “lead apart” is for Admins and Managers."


async def test_a_merge_takes_a_running_poll_along_and_gives_it_back(account, login, manager, stack):
    priya = await login(account("priya"))
    gone, kept = add_lead(stack, "Poll Gone"), add_lead(stack, "Poll Kept")
    started = await manager.ask_bot(f"poll start lead-{gone}")
    poll = int(re.search(r"Poll (\d+) is open", started)[1])
    await priya.messages.expect(lambda m: m.bare == f"poll-{poll}@{stack.component}" and m.body)
    await manager.ask_bot(f"merge {gone} into {kept}")
    assert "is now one with" in await manager.ask_bot("yes")
    assert stack.sql("SELECT lead_id, state FROM crm.poll WHERE id = %s", poll) == [(kept, "open")]
    assert "Undone" in await manager.ask_bot("undo")
    assert stack.sql("SELECT lead_id, state FROM crm.poll WHERE id = %s", poll) == [(gone, "open")]
    await manager.ask_bot(f"merge {gone} into {kept}")
    await manager.ask_bot("yes")
    priya.say(f"poll-{poll}@{stack.component}", "1")
    await priya.messages.expect(lambda m: m.bare == f"poll-{poll}@{stack.component}" and "Your answer is taken" in (m.body or ""))
    await manager.ask_bot(f"poll close {poll}")
    stack.sql_until("SELECT assignee = %s FROM crm.lead WHERE id = %s", priya.account.id, kept)


async def test_whose_lead_goes_has_the_one_that_stays_when_that_was_nobodys(account, login, manager, stack):
    priya = await login(account("priya"))
    gone, kept = add_lead(stack, "Owned Gone", assignee=priya.account.id), add_lead(stack, "Nobody Kept")
    await manager.ask_bot(f"merge {gone} into {kept}")
    assert f"It is given to whoever had lead {gone}." in await manager.ask_bot("yes")
    await priya.messages.expect(lambda m: f"into lead {kept}, Nobody Kept, which is yours now" in (m.body or ""))
    assert "Nobody Kept" in await priya.ask_bot(f"lead {kept}")
    assert "Undone" in await manager.ask_bot("undo")
    assert stack.sql("SELECT assignee, status FROM crm.lead WHERE id = %s", kept) == [(None, "new")]
    assert stack.sql("SELECT assignee, status FROM crm.lead WHERE id = %s", gone) == [(priya.account.id, "assigned")]
