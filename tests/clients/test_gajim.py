"""Gajim 1.7 under Xvfb: three forms from the account's menu to the row in PostgreSQL, and a visitor who is answered in a chat window."""

import asyncio
import re

import pytest

from support import table
from support.gajim import Gajim

# What the menu calls a command: its summary without the full stop.
NAMES = {name: row["summary"].removesuffix(".") for name, row in table.commands().items()}


@pytest.fixture(scope="module")
def staff(stack):
    """A Manager, and a Sales Person whom forms can offer."""
    return {role: stack.add_account(f"gajim-{role}", role, name=name) for role, name in (("manager", "Meera Shah"), ("sales", "Priya Nair"))}


@pytest.fixture(scope="module")
def manager(stack, staff):
    gajim = Gajim(stack, staff["manager"])
    yield gajim
    gajim.close()


@pytest.fixture(scope="module")
def sales(stack, staff):
    gajim = Gajim(stack, staff["sales"])
    yield gajim
    gajim.close()


def add_lead(stack, name):
    return stack.sql("INSERT INTO crm.lead (name) VALUES (%s) RETURNING id", name)[0][0]


def add_lead_of(stack, account, name):
    return stack.sql("INSERT INTO crm.lead (name, status, assignee) VALUES (%s, 'assigned', %s) RETURNING id", name, account.id)[0][0]


def test_the_certificate_is_accepted_and_the_team_is_there(manager):
    manager.sees("Team")
    manager.screenshot("start")


def test_a_lead_is_added_with_all_its_fields(manager, staff, stack):
    assert NAMES["lead.add"] in manager.open_commands()
    manager.screenshot("commands")
    manager.execute(NAMES["lead.add"])
    manager.screenshot("lead-add")
    manager.fill(Name="Asha Rao", Email="asha.rao@example.in", Phone="+91 98765 43210", Source="LinkedIn", Budget="1.5 lakh",
                 Requirements="Needs 20 seats\nby March", Assign_to="Priya Nair")
    manager.ask("fill", "Follow-up", "2030-12-01 10:30")
    page = manager.complete()
    manager.screenshot("lead-added")
    assert any("Asha Rao, is added." in text for text in page["texts"]), page
    assert stack.sql("SELECT name, email, phone, source, status, assignee, budget_minor, budget_currency, requirements,"
                     " to_char(follow_up_at AT TIME ZONE 'Asia/Kolkata', 'YYYY-MM-DD HH24:MI') FROM crm.lead WHERE email = 'asha.rao@example.in'") == [
        ("Asha Rao", "asha.rao@example.in", "+919876543210", "linkedin", "assigned", staff["sales"].id, 15000000, "INR",
         "Needs 20 seats\nby March", "2030-12-01 10:30")]


def test_a_wrong_field_is_shown_again_with_the_warning(manager, stack):
    manager.open_commands()
    manager.execute(NAMES["lead.add"])
    manager.fill(Name="Kiran Bose", Email="not an address")
    page = manager.complete()
    manager.screenshot("warning")
    assert any("not an address" in text and "asha@example.in" in text for text in page["texts"])
    assert {"Email (please correct)", "Kiran Bose"} <= set(page["texts"])
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Kiran Bose'") == [(0,)]
    manager.ask("fill", "Email (please correct)", "kiran@example.in")
    manager.complete()
    assert stack.sql("SELECT email FROM crm.lead WHERE name = 'Kiran Bose'") == [("kiran@example.in",)]


def test_a_lead_is_given_to_a_sales_person(manager, staff, stack):
    number = add_lead(stack, "Ravi Menon")
    manager.open_commands()
    manager.execute(NAMES["lead.assign"])
    manager.fill(Lead="Ravi Menon")
    manager.next()
    manager.screenshot("lead-assign")
    manager.fill(Assign_to="Priya Nair")
    manager.complete()
    manager.screenshot("lead-assigned")
    assert stack.sql("SELECT status, assignee FROM crm.lead WHERE id = %s", number) == [("assigned", staff["sales"].id)]


def test_the_list_has_a_row_for_each_lead(manager, stack):
    number = add_lead(stack, "Divya Iyer")
    manager.open_commands()
    manager.execute(NAMES["lead.list"])
    manager.fill(Status="New")
    page = manager.complete()
    manager.screenshot("lead-list")
    assert any(f"lead-{number}" in text for text in page["texts"]) and any("Divya Iyer" in text for text in page["texts"])


def listed(page):
    """The leads of a page of a list, by their numbers, in its order."""
    return [int(number) for text in page["texts"] for number in re.findall(r"^lead-(\d+): ", text, re.M)]


def test_a_long_list_is_leafed_through_with_buttons(manager, stack):
    numbers = [add_lead(stack, f"Leaf of a list {n}") for n in range(23)]
    manager.open_commands()
    manager.execute(NAMES["lead.find"])
    manager.fill(Text="Leaf of a list")
    page = manager.complete()
    manager.screenshot("list-page-1")
    assert (listed(page), set(page["buttons"])) == (numbers[:-11:-1], {"Next", "Cancel"})
    assert "Page 1; there is more." in page["texts"] and "Go to" not in page["texts"]
    page = manager.next()
    manager.screenshot("list-page-2")
    assert (listed(page), set(page["buttons"])) == (numbers[-11:-21:-1], {"Next", "Previous", "Cancel"})
    page = manager.previous()
    assert listed(page) == numbers[:-11:-1]
    manager.next()
    page = manager.next()
    manager.screenshot("list-page-3")
    assert (listed(page), set(page["buttons"])) == (numbers[2::-1], {"Complete", "Previous", "Cancel"})
    page = manager.complete()
    manager.screenshot("list-closed")
    assert "The list is closed." in page["texts"] and page["buttons"] == ["Commands"]


def shown(page):
    """The values of a page's fields, as a person reads them."""
    return set(page["texts"])


async def test_a_lead_in_the_contact_list_has_its_commands_filled_in_with_what_it_has(manager, login, stack):
    number = stack.sql("INSERT INTO crm.lead (name, email, phone, source, budget_minor, budget_currency, requirements)"
                       " VALUES ('Farah Khan', 'farah@example.in', '+919876543210', 'linkedin', 5000000, 'INR', 'Excel') RETURNING id")[0][0]
    address = f"lead-{number}@{stack.component}"
    beside = await login(manager.account, resource="beside")
    beside.update_roster(address, name="Farah Khan", groups=["Leads"])
    beside.send_presence(pto=address, ptype="subscribe")
    presence = await beside.presences.expect(lambda p: p.bare == address and p.child("vcard-temp:x:update", "x") is not None)
    picture = presence.child("vcard-temp:x:update", "x").findtext("{vcard-temp:x:update}photo")
    await asyncio.to_thread(edit_from_the_contact_list, manager, number, stack)
    await asyncio.to_thread(manager.wait_until, lambda: manager.has_picture(picture), "picture of the lead")
    await asyncio.to_thread(manager.screenshot, "contact-list")


def edit_from_the_contact_list(manager, number, stack):
    assert set(manager.open_commands_of("Farah Khan")) == {NAMES[name] for name in table.at_a_lead() & table.open_to("manager")}
    manager.screenshot("contact-commands")
    page = manager.execute(NAMES["lead.edit"])
    manager.screenshot("lead-edit")
    assert {"Farah Khan", "farah@example.in", "+91 98765 43210", "LinkedIn", "50000 INR", "Excel"} <= shown(page), page
    assert any(f"Lead {number}, Farah Khan." in text for text in page["texts"])
    stack.sql("UPDATE crm.lead SET phone = '+919812345678' WHERE id = %s", number)
    manager.fill(Email="", Budget="75000 INR")
    page = manager.complete()
    manager.screenshot("lead-edited")
    assert any("Farah Khan, is changed." in text for text in page["texts"]), page
    assert stack.sql("SELECT name, email, phone, source, budget_minor, requirements FROM crm.lead WHERE id = %s", number) == [
        ("Farah Khan", None, "+919812345678", "linkedin", 7500000, "Excel")], "what was not touched is as somebody else left it"


async def test_a_visitor_is_answered_in_a_chat_window(sales, visitor):
    await asyncio.to_thread(sales.sees, "Team")
    guest = await visitor()
    await guest.say_and_wait("Hello, do you teach Python?")
    await asyncio.to_thread(sales.sees, "Hello, do you teach Python?")
    name = next(text for text in await asyncio.to_thread(sales.texts) if text.startswith("Visitor "))
    await asyncio.to_thread(sales.open_chat, name)
    await asyncio.to_thread(sales.say, "Yes, from Monday.")
    answer = await guest.messages.expect(body="Yes, from Monday.")
    assert answer.nick == "Priya"
    assert not guest.saw(sales.account.username)
    await guest.say_and_wait("See you then")
    await asyncio.to_thread(sales.sees, "See you then")
    await asyncio.to_thread(sales.screenshot, "chat")


async def test_a_visitors_contact_has_its_commands(sales, visitor):
    await asyncio.to_thread(sales.sees, "Team")
    guest = await visitor()
    await guest.say_and_wait("Who am I to you?")
    await asyncio.to_thread(sales.sees, "Who am I to you?")
    name = next(text for text in await asyncio.to_thread(sales.texts) if text.startswith("Visitor "))
    await asyncio.to_thread(sales.open_chat, name)
    await asyncio.to_thread(sales.say, "Somebody new.")
    await guest.messages.expect(body="Somebody new.")
    await asyncio.to_thread(show_from_the_contact_list, sales, name)


def show_from_the_contact_list(sales, name):
    assert sales.open_commands_of(name) == [NAMES["visitor.show"]]
    sales.screenshot("visitor-commands")
    page = sales.execute(NAMES["visitor.show"])
    sales.screenshot("visitor-show")
    assert any("Priya Nair" in text for text in page["texts"]), page


def test_a_sales_person_moves_a_lead_on_and_leafs_through_their_own(sales, staff, stack):
    mine = [add_lead_of(stack, staff["sales"], f"Mine, number {n}") for n in range(12)]
    add_lead(stack, "Of nobody, for no Sales Person to see")
    assert NAMES["lead.add"] not in sales.open_commands()
    sales.screenshot("sales-commands")
    sales.execute(NAMES["lead.status"])
    sales.screenshot("lead-status-lead")
    sales.fill(Lead="Mine, number 3")
    page = sales.next()
    sales.screenshot("lead-status")
    assert any("Mine, number 3" in text for text in page["texts"]), page
    sales.fill(Status="Contacted")
    page = sales.complete()
    sales.screenshot("lead-status-done")
    assert stack.sql("SELECT status FROM crm.lead WHERE id = %s", mine[3]) == [("contacted",)]
    mine += [add_lead_of(stack, staff["sales"], f"Mine, number {n}") for n in range(12, 23)]    # a page holds twenty
    sales.open_commands()
    sales.execute(NAMES["lead.list"])
    sales.screenshot("lead-list-filters")
    first = sales.complete()
    sales.screenshot("lead-list-mine")
    second = sales.next()
    assert set(mine) <= {*listed(first), *listed(second)}
    assert not any("Of nobody" in text for page in (first, second) for text in page["texts"])
