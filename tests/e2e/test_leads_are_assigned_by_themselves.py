"""lead.autoassign and what follows from it: the best who is free, rules first, a queue that drains oldest first, leads that nobody touches."""

import asyncio
import re

import pytest_asyncio

from support.polls import here, until
from support.records import add_lead, quietly, retire_sales


class Company:
    def __init__(self, stack, admin, manager, sales):
        self.stack, self.admin, self.manager, self.sales = stack, admin, manager, sales

    def assignee(self, lead):
        return self.stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", lead)[0][0]

    def way(self, lead):
        return self.stack.sql("SELECT way FROM crm.assignment WHERE lead_id = %s ORDER BY id DESC LIMIT 1", lead)[0][0]


@pytest_asyncio.fixture
async def company(stack, account, login):
    admin = await login(account("anita", "admin"))
    manager = await login(account("manoj", "manager"))
    sales = [await login(account("seller", "sales", full_name=f"Seller {n}")) for n in range(2)]
    retire_sales(stack, *(client.account for client in sales))
    stack.sql("DELETE FROM crm.assign_rule")
    stack.sql("DELETE FROM crm.assign_waiting")
    await here(stack, *sales)
    return Company(stack, admin, manager, sales)


async def test_it_goes_to_the_best_who_is_free_and_says_why(company):
    good, bad = company.sales
    for client, status, count in ((good, "won", 8), (bad, "lost", 8)):
        for n in range(count):
            add_lead(company.stack, f"Past {n}", client.account.id, **({"status": status, "reason": "past"}))
    lead = add_lead(company.stack, "Asha Rao", phone="+919876543210")
    said = await company.manager.ask_bot(f"lead autoassign {lead}")
    assert "is assigned to Seller 0, who has been told" in said
    told = await good.messages.expect(lambda m: f"Lead {lead} is yours" in (m.body or ""))
    assert "+91 98765 43210" in told.body
    why = await company.manager.ask_bot(f"why {lead}")
    assert "Performance: above average" in why and "Availability: here, with room for more leads" in why and "Was nobody's for: less than a minute" in why
    assert not re.search(r"\d\.\d", why), "coarse words, no numbers"
    assert "already" in await company.manager.ask_bot(f"lead autoassign {lead}")
    assert "chose them" in await company.manager.ask_bot(f"why {add_assigned(company, bad)}")


def add_assigned(company, client):
    lead = add_lead(company.stack)
    quietly(company.stack, "INSERT INTO crm.assignment (lead_id, person_id, made_by, waited) VALUES (%s, %s, %s, '0')", lead, client.account.id,
            company.manager.account.id)
    return lead


async def test_two_managers_at_once_give_nobody_more_than_fits(company, account, login):
    stack, other = company.stack, await login(account("mina", "manager"))
    retire_sales(stack, company.sales[0].account)
    lead = add_lead(stack, "Of two managers")
    said = await asyncio.gather(company.manager.ask_bot(f"lead autoassign {lead}"), other.ask_bot(f"lead autoassign {lead}"))
    assert sorted("is assigned to" in line for line in said) == [False, True], said
    assert stack.sql("SELECT count(*) FROM crm.assignment WHERE lead_id = %s", lead) == [(1,)]
    stack.sql("UPDATE crm.setting SET value = '2' WHERE key = 'assign.capacity'")
    try:
        leads = [add_lead(stack, f"Too many {n}") for n in range(2)]
        said = await asyncio.gather(company.manager.ask_bot(f"lead autoassign {leads[0]}"), other.ask_bot(f"lead autoassign {leads[1]}"))
        assert sorted("is assigned to" in line for line in said) == [False, True], said
        assert stack.sql("SELECT count(*) FROM crm.lead WHERE assignee = %s", company.sales[0].account.id) == [(2,)]
    finally:
        stack.sql("UPDATE crm.setting SET value = '30' WHERE key = 'assign.capacity'")
        stack.sql("DELETE FROM crm.assign_waiting")


async def test_rules_come_first(company):
    first, second = company.sales
    for client, status in ((first, "won"), (second, "lost")):
        for n in range(5):
            add_lead(company.stack, f"Past {n}", client.account.id, **({"status": status, "reason": "past"}))
    await company.admin.ask_bot(f"user tag {second.account.username} german")
    said = await company.admin.ask_bot("rule add source=linkedin, people=german")
    assert "Rule" in said and "is added" in said, said
    assert "leads from LinkedIn" in await company.admin.ask_bot("rules")
    lead = add_lead(company.stack, source="linkedin")
    await company.manager.ask_bot(f"lead autoassign {lead}")
    assert company.assignee(lead) == second.account.id and company.way(lead) == "rule"
    company.stack.sql("UPDATE crm.person SET languages = 'hi, de-AT' WHERE id = %s", first.account.id)
    await company.admin.ask_bot("rule add tag=wien, language=de")
    lead = add_lead(company.stack)
    company.stack.sql("INSERT INTO crm.lead_tag VALUES (%s, 'wien')", lead)
    await company.manager.ask_bot(f"lead autoassign {lead}")
    assert company.assignee(lead) == first.account.id
    number = re.search(r"Rule (\d+)", said).group(1)
    assert "is gone" in await company.admin.ask_bot(f"rule drop {number}")
    assert "There is no rule" in await company.admin.ask_bot(f"rule drop {number}")
    assert "To whom?" in await company.admin.ask_bot("rule add source=linkedin")
    await company.admin.ask_bot("cancel")
    assert "Forbidden" in await company.manager.ask_bot("rule add source=linkedin, people=german")


async def test_leads_wait_and_the_oldest_goes_first_when_somebody_comes_online_or_frees_up(company, login):
    first, second = company.sales
    await second.logout()
    await first.logout()
    await until(company.stack, "SELECT count(*) = 0 FROM crm.availability WHERE available AND person_id = ANY (%s)", [first.account.id, second.account.id])
    leads = [add_lead(company.stack, f"Waiting {n}") for n in range(3)]
    for place, lead in enumerate(leads, 1):
        assert f"It waits, as number {place}" in await company.manager.ask_bot(f"lead autoassign {lead}")
    company.stack.sql("UPDATE crm.setting SET value = '2' WHERE key = 'assign.capacity'")
    again = await login(first.account)
    told = await again.messages.expect(lambda m: (m.body or "").startswith("2 leads are yours:"))
    assert all(f"\n{lead}. Waiting {n}" in told.body for n, lead in enumerate(leads[:2])), "one message, not one a lead"
    for lead in leads[:2]:
        await company.manager.messages.expect(lambda m, lead=lead: f"Lead {lead}" in (m.body or "") and "waits no more" in m.body)
    assert company.assignee(leads[2]) is None, "that is their capacity"
    await again.ask_bot(f"status {leads[0]} lost because they have one")
    await again.messages.expect(lambda m: f"Lead {leads[2]} is yours" in (m.body or ""))
    assert company.stack.sql("SELECT count(*) FROM crm.assign_waiting") == [(0,)]
    company.stack.sql("UPDATE crm.setting SET value = '30' WHERE key = 'assign.capacity'")


async def test_a_lead_that_nobody_touches_goes_to_somebody_else(company):
    lead = add_lead(company.stack)
    await company.manager.ask_bot(f"lead autoassign {lead}")
    had = company.assignee(lead)
    before = next(client for client in company.sales if client.account.id == had)
    after = next(client for client in company.sales if client.account.id != had)
    assert company.stack.sql("SELECT due_at > now() + interval '47 hours' FROM crm.job WHERE kind = 'assign.untouched' AND key = %s", str(lead)) == [(True,)]
    company.stack.sql("UPDATE crm.job SET due_at = now() WHERE kind = 'assign.untouched' AND key = %s", str(lead))
    await after.messages.expect(lambda m: f"Lead {lead} is yours" in (m.body or ""), timeout=20)
    await before.messages.expect(lambda m: f"Lead {lead}" in (m.body or "") and "has gone to somebody else" in m.body)
    assert company.assignee(lead) == after.account.id and company.way(lead) == "untouched"
    # Touched: it stays.
    await after.ask_bot(f"note {lead} called")
    company.stack.sql("UPDATE crm.job SET due_at = now() WHERE kind = 'assign.untouched' AND key = %s", str(lead))
    await until(company.stack, "SELECT count(*) = 0 FROM crm.job WHERE kind = 'assign.untouched' AND key = %s", str(lead))
    assert company.assignee(lead) == after.account.id


async def test_a_lead_that_was_given_by_hand_goes_on_too_and_not_when_the_setting_says_never(company):
    first, second = company.sales
    lead = add_lead(company.stack)
    await company.manager.ask_bot(f"assign {lead} to {first.account.username}")
    company.stack.sql("UPDATE crm.job SET due_at = now() WHERE kind = 'assign.untouched' AND key = %s", str(lead))
    await second.messages.expect(lambda m: f"Lead {lead} is yours" in (m.body or ""), timeout=20)
    assert company.assignee(lead) == second.account.id and company.way(lead) == "untouched"
    assert company.stack.sql("SELECT due_at > now() + interval '47 hours' FROM crm.job WHERE kind = 'assign.untouched' AND key = %s", str(lead)) == [(True,)]
    company.stack.sql("UPDATE crm.setting SET value = '0' WHERE key = 'assign.untouched_hours'")
    lead = add_lead(company.stack)
    await company.manager.ask_bot(f"assign {lead} to {first.account.username}")
    company.stack.sql("UPDATE crm.setting SET value = '48' WHERE key = 'assign.untouched_hours'")
    assert company.stack.sql("SELECT count(*) FROM crm.job WHERE kind = 'assign.untouched' AND key = %s", str(lead)) == [(0,)]


async def test_all_leads_of_a_kind_are_given_at_once_and_what_is_too_many_waits(company):
    stack, tag = company.stack, "fair2026"
    leads = [add_lead(stack, f"Visitor {n}") for n in range(7)]
    other = add_lead(stack)
    for lead in leads:
        stack.sql("INSERT INTO crm.lead_tag VALUES (%s, %s)", lead, tag)
    polled = add_lead(stack, "In a poll")
    stack.sql("INSERT INTO crm.lead_tag VALUES (%s, %s)", polled, tag)
    await company.manager.ask_bot(f"poll start {polled}")
    stack.sql("UPDATE crm.setting SET value = '2' WHERE key = 'assign.capacity'")
    asked = await company.manager.ask_bot(f"distribute leads tagged {tag}")
    assert "It is about 7 leads, the oldest first. 2 Sales Persons are here, with room for 4. Go on?" in asked, asked
    assert "7 leads are on the way" in await company.manager.ask_bot("yes")
    await until(stack, "SELECT count(*) = 4 FROM crm.lead WHERE id = ANY (%s) AND assignee IS NOT NULL", leads)
    assert {company.assignee(lead) for lead in leads[:4]} == {client.account.id for client in company.sales}, "the oldest, to both"
    assert company.assignee(other) is None and company.assignee(polled) is None
    queue = await company.manager.ask_bot("queue")
    assert "3 leads wait for somebody who is free. No Sales Person with room for one is here now." in queue and "Visitor 6" in queue
    assert "There is no such lead" in await company.manager.ask_bot(f"distribute leads tagged {tag}")
    assert "Reply yes" in await company.manager.ask_bot("queue clear")
    assert "3 leads wait no more, and stay nobody's." in await company.manager.ask_bot("yes")
    assert "No lead waits." in await company.manager.ask_bot("queue")
    stack.sql("UPDATE crm.setting SET value = '30' WHERE key = 'assign.capacity'")


async def test_how_long_it_was_nobodys_is_recorded_whoever_assigns_it(company):
    lead = add_lead(company.stack, created_at="2020-01-01")
    await company.manager.ask_bot(f"assign {lead} to {company.sales[0].account.username}")
    rows = company.stack.sql("SELECT way, waited > interval '5 years', made_by FROM crm.assignment WHERE lead_id = %s", lead)
    assert rows == [("hand", True, company.manager.account.id)]
