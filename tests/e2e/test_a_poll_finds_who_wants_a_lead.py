"""A poll about a lead, from its start to the lead's assignment, with the real Prosody, PostgreSQL and crmd: who is asked, how people answer, what they are
told, and what is refused."""

import asyncio
import re

import pytest
import pytest_asyncio

from support.polls import answer, asked, here, over, poll_address, start, until
from support.records import add_lead, retire_sales


class Company:
    def __init__(self, stack, manager, sales):
        self.stack, self.manager, self.sales = stack, manager, sales

    def lead(self, **columns):
        return add_lead(self.stack, "Asha Rao", None, **columns)

    def assignee(self, lead):
        return self.stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", lead)[0][0]


@pytest_asyncio.fixture
async def company(stack, account, login):
    manager = await login(account("manoj", "manager", full_name="Manoj Verma"))
    sales = [await login(account(f"sales{n}", "sales", full_name=f"Sales {n}")) for n in range(4)]
    retire_sales(stack, *(client.account for client in sales))
    await here(stack, *sales)
    return Company(stack, manager, sales)


async def test_who_is_here_is_asked_without_contact_details_and_the_winner_gets_the_lead(company):
    first, second, third, fourth = company.sales
    lead = company.lead(email="asha@example.in", phone="+919876543210", requirements="Excel for 20, call +91 98765 43210 or asha@example.in")
    number = await start(company.manager, f"poll start lead-{lead}")
    for client in company.sales:
        question = await asked(client)
        assert question.bare == poll_address(company.stack, number) and f"who wants lead {lead}?" in question.body
        assert "Excel for 20" in question.body
        assert not re.search(r"asha|9876|43210|Rao", question.body, re.IGNORECASE), question.body
    assert "Your answer is taken" in await answer(first, number, "1 5")
    assert "Your answer is taken" in await answer(second, number, "pass")
    assert await answer(third, number, "interested 1") == await answer(third, number, "2"), "the same whatever is said, and said again"
    assert "is closed" in await company.manager.ask_bot(f"poll close {number}")
    won = await over(first, number)
    assert f"lead {lead} is yours" in won and "+91 98765 43210" in won and "asha@example.in" in won
    assert company.assignee(lead) == first.account.id
    told = {await over(client, number) for client in (second, third, fourth)}
    assert told == {f"Lead {lead} has been assigned. Thank you. (Poll {number})"}, "who voted, who passed and who did nothing hear the same"
    result = await over(company.manager, number)
    assert "assigned to Sales 0" in result
    why = await company.manager.ask_bot(f"why {lead}")
    assert "poll" in why and "keen" in why and "average" in why and "Was nobody's for" in why
    assert "Lead" in await first.ask_bot(f"lead why {lead}")


async def test_changing_ones_mind_works_until_the_close(company):
    first, second = company.sales[:2]
    lead = company.lead()
    number = await start(company.manager, f"poll start {lead}")
    await answer(first, number, "1")
    await answer(second, number, "1")
    await answer(first, number, "no")
    await company.manager.ask_bot(f"poll close {number}")
    await over(second, number)
    assert company.assignee(lead) == second.account.id
    late = await answer(first, number, "1")
    assert "takes no such answer from you" in late


async def test_answers_by_form_and_by_quick_response(company):
    first, second = company.sales[:2]
    lead = company.lead()
    number = await start(company.manager, f"poll start {lead}")
    question = await asked(second)
    options = [option.get("value") for option in question.element.iter("{urn:xmpp:tmp:quick-response}response")]
    assert options == ["1 interested", "2 pass"]
    await answer(second, number, options[1])
    form = await first.commands_of(poll_address(company.stack, number)).execute("poll.vote")
    assert list(form.field("answer").options.values())[-2:] == ["1 interested", "2 pass"]
    done = await form.complete(answer="1", strength="4")
    assert done.status == "completed" and "Your answer is taken" in done.words
    await company.manager.ask_bot(f"poll close {number}")
    await over(first, number)
    assert company.assignee(lead) == first.account.id


async def test_two_who_start_one_on_the_same_lead_at_once_get_one(company, account, login):
    other = await login(account("mina", "manager"))
    lead = company.lead()
    said = await asyncio.gather(company.manager.ask_bot(f"poll start {lead}"), other.ask_bot(f"poll start {lead}"))
    assert sorted("is open" in line for line in said) == [False, True], said
    assert any("has a poll that runs already" in line for line in said)
    assert company.stack.sql("SELECT count(*) FROM crm.poll WHERE lead_id = %s", lead) == [(1,)]


async def test_who_is_away_is_told_when_they_come_and_not_when_it_is_over(company, account, login):
    late = account("latecomer", "sales")
    company.stack.sql("INSERT INTO crm.availability (person_id, available) VALUES (%s, false)", late.id)
    lead = company.lead()
    number = await start(company.manager, f"poll start {lead}")
    gone = await start(company.manager, f"poll start {company.lead()}")
    await company.manager.ask_bot(f"poll close {gone}")
    await over(company.manager, gone)
    client = await login(late)
    question = await asked(client)
    assert question.bare == poll_address(company.stack, number)
    await answer(client, number, "1")
    await company.manager.ask_bot(f"poll close {number}")
    await over(client, number)
    assert not [m for m in client.messages.all if m.bare == poll_address(company.stack, gone)]


async def test_who_does_not_want_to_be_disturbed_is_asked_when_they_do(company):
    busy, first = company.sales[0], company.sales[1]
    busy.send_presence(pshow="dnd")
    await until(company.stack, "SELECT NOT available FROM crm.availability WHERE person_id = %s", busy.account.id)
    number = await start(company.manager, f"poll start {company.lead()}")
    assert (await asked(first)).bare == poll_address(company.stack, number)
    assert company.stack.sql("SELECT told_at FROM crm.poll_person WHERE poll_id = %s AND person_id = %s", number, busy.account.id) == [(None,)]
    assert not [m for m in busy.messages.all if m.bare == poll_address(company.stack, number)]
    busy.send_presence()
    assert (await asked(busy)).bare == poll_address(company.stack, number)
    assert "taken" in await answer(busy, number, "1")


async def test_until_when_and_whom_to_ask_are_settings_unless_something_is_said(company, account, login):
    stack, manager = company.stack, company.manager
    admin = await login(account("anita", "admin"))
    await admin.ask_bot(f"user tag {company.sales[0].account.username} tally")
    await admin.ask_bot("settings set poll.audience to tag tally")
    await admin.ask_bot("settings set poll.minutes to 7")
    number = await start(manager, f"poll start {company.lead()}")
    assert stack.sql("SELECT person_id FROM crm.poll_person WHERE poll_id = %s", number) == [(company.sales[0].account.id,)]
    assert stack.sql("SELECT deadline = started_at + interval '7 minutes', audience FROM crm.poll WHERE id = %s", number) == [(True, "people tagged tally")]
    number = await start(manager, f"poll start {company.lead()} until in 3 hours, in team {team_of(company, company.sales[1])}")
    assert stack.sql("SELECT person_id FROM crm.poll_person WHERE poll_id = %s", number) == [(company.sales[1].account.id,)]
    assert stack.sql("SELECT deadline - started_at BETWEEN '2:59' AND '3:00' FROM crm.poll WHERE id = %s", number) == [(True,)]
    await admin.ask_bot("settings set poll.audience to all")
    await admin.ask_bot("settings set poll.minutes to 30")
    lead = company.lead()
    assert "this is over already" in await manager.ask_bot(f"poll start {lead} until 2020-01-01 10:00")
    await manager.ask_bot("cancel")
    assert stack.sql("SELECT count(*) FROM crm.poll WHERE lead_id = %s", lead) == [(0,)]


def team_of(company, client):
    name = f"Askers{client.account.id}"
    company.stack.sql("INSERT INTO crm.team (name) VALUES (%s)", name)
    company.stack.sql("INSERT INTO crm.team_member SELECT id, %s FROM crm.team WHERE name = %s", client.account.id, name)
    return name


async def test_the_deadline_closes_it_once(company):
    first = company.sales[0]
    lead = company.lead()
    number = await start(company.manager, f"poll start {lead}")
    await answer(first, number, "1")
    company.stack.sql("UPDATE crm.poll SET deadline = now() WHERE id = %s", number)
    company.stack.sql("SELECT crm.job_put('poll.close', %s, now())", str(number))
    await over(first, number)
    assert company.assignee(lead) == first.account.id
    await over(company.manager, number)
    assert "is over already" in await company.manager.ask_bot(f"poll close {number}")
    assert company.stack.sql("SELECT count(*) FROM crm.assignment WHERE lead_id = %s", lead) == [(1,)]


async def test_a_deadline_that_passes_while_crmd_is_away_fires_once(company):
    first = company.sales[0]
    lead = company.lead()
    number = await start(company.manager, f"poll start {lead}")
    await answer(first, number, "1")
    company.stack.kill("crmd")
    company.stack.sql("UPDATE crm.poll SET deadline = now() WHERE id = %s", number)
    company.stack.sql("UPDATE crm.job SET due_at = now() WHERE kind = 'poll.close' AND key = %s", str(number))
    company.stack.start("crmd")
    await over(first, number, timeout=30)
    assert company.assignee(lead) == first.account.id
    company.stack.restart("crmd")
    assert "over" in await company.manager.ask_bot(f"poll {number}", timeout=30)
    await first.messages.expect_nothing(lambda m: f"lead {lead} is yours" in (m.body or ""), seconds=1.0)


@pytest.mark.parametrize("rule", ["best", "turn", "ask"])
async def test_nobody_is_interested(company, rule):
    company.stack.sql("UPDATE crm.setting SET value = %s WHERE key = 'poll.nobody'", rule)
    lead = company.lead()
    number = await start(company.manager, f"poll start {lead}")
    await answer(company.sales[0], number, "2")
    await company.manager.ask_bot(f"poll close {number}")
    result = await over(company.manager, number)
    if rule == "ask":
        assert company.assignee(lead) is None and f"assign {lead} to" in result
    else:
        assert company.assignee(lead) in [client.account.id for client in company.sales] and "is assigned to" in result
    company.stack.sql("UPDATE crm.setting SET value = 'best' WHERE key = 'poll.nobody'")


async def test_a_lead_that_is_given_away_meanwhile_stays_so(company):
    first, second = company.sales[:2]
    lead = company.lead()
    number = await start(company.manager, f"poll start {lead}")
    await answer(first, number, "1")
    await company.manager.ask_bot(f"assign {lead} to {second.account.username}")
    await company.manager.ask_bot(f"poll close {number}")
    assert "assigned otherwise" in await over(company.manager, number)
    assert company.assignee(lead) == second.account.id
    assert await start(company.manager, f"poll ask \"Lunch?\" yes, no, later"), "and another poll can begin"


async def test_an_audience_is_a_team_or_a_tag(company, account, login):
    first, second = company.sales[:2]
    admin = await login(account("anita", "admin"))
    await admin.ask_bot(f"user tag {first.account.username} excel, german")
    company.stack.sql("INSERT INTO crm.team (name) VALUES ('Poll team') ON CONFLICT DO NOTHING")
    await admin.ask_bot(f"team join Poll team, {second.account.username}")
    tagged = await start(company.manager, f"poll start {company.lead()} tag=excel")
    assert (await asked(first)).bare == poll_address(company.stack, tagged)
    teamed = await start(company.manager, f"poll start {company.lead()} team=\"Poll team\"")
    assert (await asked(second)).bare == poll_address(company.stack, teamed)
    for client in company.sales[2:]:
        await client.messages.expect_nothing(lambda m: m.bare.startswith("poll-"), seconds=0.5)
    assert "there is none called" in await company.manager.ask_bot(f"poll start {company.lead()} team=Nowhere")


async def test_a_general_poll_tells_its_result_to_those_asked_or_to_a_room(company):
    number = await start(company.manager, 'poll ask "Demo on Friday?" yes, no, later')
    assert "Demo on Friday?\n1 yes\n2 no\n3 later" in (await asked(company.sales[0])).body
    for client, text in zip(company.sales, ("1", "yes", "later", "3")):
        assert "taken" in await answer(client, number, text)
    await company.manager.ask_bot(f"poll close {number}")
    for client in (*company.sales, company.manager):
        assert "is over: 2 yes, 0 no, 2 later" in await over(client, number)
    number = await start(company.manager, 'poll ask "Tea?" yes, no room=team')
    await company.manager.ask_bot(f"poll close {number}")
    rows = await until(company.stack, "SELECT count(*) = 1 FROM crm.outbox WHERE recipient = %s AND body LIKE %s", f"team@rooms.{company.stack.domain}", f"Poll {number}, %")
    assert rows
    shown = await company.manager.ask_bot(f"poll {number}")
    assert "no counts are shown" in shown


async def test_what_is_not_for_somebody_is_refused_and_reveals_nothing(company, account, login):
    outsider = await login(account("outsider", "sales"))
    manager = company.manager
    company.stack.sql("INSERT INTO crm.team (name) VALUES ('Small') ON CONFLICT DO NOTHING")
    company.stack.sql("INSERT INTO crm.team_member SELECT t.id, %s FROM crm.team t WHERE name = 'Small' ON CONFLICT DO NOTHING", company.sales[0].account.id)
    number = await start(manager, f"poll start {company.lead()} team=Small")
    error = None
    outsider.say(poll_address(company.stack, number), "1")
    error = await outsider.messages.expect(lambda m: m.type == "error")
    outsider.say(poll_address(company.stack, 999999), "1")
    absent = await outsider.messages.expect(lambda m: m.type == "error")
    assert error.condition == absent.condition == "item-not-found"
    assert "takes no such answer from you" in await answer(manager, number, "1"), "who may see it, and is not asked"
    asked_one = company.sales[0]
    assert "I read no answer" in await answer(asked_one, number, "perhaps")
    assert "I read no answer" in await answer(asked_one, number, "3")
    refused = await asked_one.ask_bot(f"poll vote {number} 1")
    assert "is secret, and chats are kept" in refused
    again = await asked_one.ask_bot(f"poll vote {number}")
    assert f"poll-{number} has asked you again" in again


async def test_the_bot_lists_and_shows_polls(company):
    number = await start(company.manager, f"poll start {company.lead()}")
    assert f"{number}" in await company.manager.ask_bot("polls")
    shown = await company.sales[0].ask_bot(f"poll show {number}")
    assert "Answers: shown when it is over" in shown and "People asked" not in shown
    assert "People asked: 4" in await company.manager.ask_bot(f"poll {number}")
