"""profanity drives every command that has a form, answers a visitor, and shows what was wrong with a form; what counts is in PostgreSQL."""

import asyncio
import pathlib
import re

import pytest

import samples
from support import table
from support.profanity import Profanity
from support.stack import TOP

COMMANDS = list(table.commands().values())
FORMS = [command for command in COMMANDS if command["params"] or command["target"] or command["effect"] == "destroy"]


def connect_line(stack, address):
    """The line that README.md tells people to type, with this stack's values in it."""
    line = re.search(r"^ *(/connect .*)$", pathlib.Path(TOP, "README.md").read_text(encoding="utf-8"), re.M).group(1)
    line = re.sub(r"priya@\S+", address, line)
    return line.replace("127.0.0.1", stack.env["CRM_HOST"]).replace("25222", str(stack.port("C2S")))


@pytest.fixture(scope="module")
def seat(stack):
    """seat("manager") is a profanity in which somebody of that role is logged in; one for each role."""
    open_seats = {}

    def take(role):
        if role not in open_seats:
            account = stack.add_account(f"profanity-{role}", role, name=f"Profanity {role.capitalize()}")
            open_seats[role] = profanity = Profanity()
            profanity.account = account
            profanity.connect(connect_line(stack, account.address), account)
        return open_seats[role]
    yield take
    for profanity in open_seats.values():
        profanity.close()


def role_for(command):
    """Who drives a command: the Manager, unless the table closes it to them."""
    return "manager" if "manager" in command["roles"] else command["roles"][0]


def drive(profanity, stack, command):
    """Executes a command and fills page after page; returns the result that is shown in the end, and who typed."""
    typist = samples.Typist(stack, command)
    form = profanity.execute(command["name"], stack.component)
    for _ in range(12):
        if not form.open:
            return form, typist
        for field in form.fields:
            typed = typist.value(field)
            if typed is not None:
                profanity.fill(field, typed)
        form = profanity.submit()
        assert not [field for field in form.fields if field.wrong], f"{command['name']} was not taken:\n{form.words}"
    raise AssertionError(f"{command['name']} does not end:\n{form.words}")


# ---------------------------------------------------------------- the table

def test_the_menu_is_the_table(seat):
    profanity = seat("manager")
    assert profanity.list_commands("crm." + profanity.account.address.partition("@")[2]) == [
        command["name"] for command in COMMANDS if "manager" in command["roles"]]


def test_a_leads_address_has_its_own_menu(seat, stack):
    profanity, number = seat("manager"), samples.lead(stack)
    assert profanity.list_commands(f"lead-{number}@{stack.component}") == sorted(table.at_a_lead() & table.open_to("manager"))
    assert f"Lead {number}" in profanity.execute("lead.show", f"lead-{number}@{stack.component}").words


@pytest.mark.parametrize("command", FORMS, ids=lambda command: command["name"])
def test_every_form_can_be_filled_and_submitted(seat, stack, command):
    seat("sales")    # somebody whom lists of people can offer
    profanity = seat(role_for(command))
    before = stack.sql("SELECT coalesce(max(id), 0) FROM crm.audit")[0][0]
    result, typist = drive(profanity, stack, command)
    assert result.title and (result.sentences or result.fields), "a result says something"
    done = stack.sql("SELECT surface, outcome FROM crm.audit WHERE id > %s AND who = %s AND command = %s",
                     before, profanity.account.address, command["name"])
    if command["unrecorded"]:
        assert not done, "a vote is on no record"
    elif command["effect"] != "read":
        assert ("form", "done") in done
    assert all(outcome == "done" for _, outcome in done)
    assert typist.stored(profanity.account.username), f"not stored: {typist.typed}"


@pytest.mark.parametrize("command", [command for command in COMMANDS if "sales" not in command["roles"]], ids=lambda command: command["name"])
def test_what_is_forbidden_is_said_in_a_sentence(seat, stack, command):
    profanity = seat("sales")
    sentence = profanity.refusal(command["name"], stack.component)
    assert sentence.startswith("Forbidden: ") and sentence.endswith(".")


# ---------------------------------------------------------------- what the forms do

def fill(profanity, form, **values):
    """Types values into the fields with these labels, "_" being a space."""
    for label, value in values.items():
        profanity.fill(form.field(label.replace("_", " ")), value)


def test_a_lead_with_all_its_columns_is_stored_as_it_was_typed(seat, stack, account):
    profanity, priya = seat("manager"), account("priya", full_name="Priya Nair")
    form = profanity.execute("lead.add", stack.component)
    fill(profanity, form, Name="Asha Rao", Email="asha.rao@example.in", Phone="+91 98765 43210", Source="linkedin", Budget="1.5 lakh",
         Requirements="Needs 20 seats\nby March", Assign_to=priya.username)
    profanity.fill(form.field("Follow-up"), "2030-12-01 10:30")
    result = profanity.submit()
    number = int(re.search(r"Lead (\d+), Asha Rao, is added", result.words).group(1))
    assert stack.sql("SELECT name, email, phone, source, status, assignee, budget_minor, budget_currency, requirements,"
                     " to_char(follow_up_at AT TIME ZONE 'Asia/Kolkata', 'YYYY-MM-DD HH24:MI') FROM crm.lead WHERE id = %s", number) == [
        ("Asha Rao", "asha.rao@example.in", "+919876543210", "linkedin", "assigned", priya.id, 15000000, "INR", "Needs 20 seats\nby March",
         "2030-12-01 10:30")]


def test_a_form_with_an_error_is_shown_again_with_the_warning(seat, stack):
    profanity = seat("manager")
    form = profanity.execute("lead.add", stack.component)
    fill(profanity, form, Name="Kiran Desai", Email="not an address")
    again = profanity.submit()
    assert again.open
    assert any("not an address" in sentence and "asha@example.in" in sentence for sentence in again.sentences)
    assert [field.label for field in again.fields if field.wrong] == ["Email"]
    assert again.field("Name").value == "Kiran Desai", "what was right is still there"
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Kiran Desai'") == [(0,)]
    fill(profanity, again, Email="kiran@example.in")
    assert not profanity.submit().open
    assert stack.sql("SELECT email FROM crm.lead WHERE name = 'Kiran Desai'") == [("kiran@example.in",)]


def test_what_is_required_and_left_out_is_named(seat, stack):
    profanity = seat("manager")
    profanity.execute("lead.add", stack.component)
    again = profanity.submit()
    assert again.open and [field.label for field in again.fields if field.wrong] == ["Name"]
    assert any("Name" in sentence for sentence in again.sentences)


def test_a_lead_is_given_to_somebody_who_is_told_in_chat(seat, stack):
    manager, sales, number = seat("manager"), seat("sales"), samples.lead(stack)
    sales.go_to_console()
    form = manager.execute("lead.assign", stack.component)
    fill(manager, form, Lead=number)
    form = manager.submit()
    fill(manager, form, Assign_to=sales.account.username)
    manager.submit()
    assert stack.sql("SELECT status, assignee FROM crm.lead WHERE id = %s", int(number)) == [("assigned", sales.account.id)]
    sales.wait_for(r"<< chat message: TrainCape bot")


def test_a_list_has_a_line_for_each_lead(seat, stack):
    profanity = seat("manager")
    numbers = [samples.lead(stack), samples.lead(stack)]
    profanity.execute("lead.list", stack.component)
    result = profanity.submit()    # the filters are on more than one page, and nobody has to see the second
    assert all(f"lead-{number}: " in result.words for number in numbers)


def test_a_long_list_has_its_pages_in_the_form(seat, stack):
    profanity = seat("manager")
    numbers = [int(samples.lead(stack)) for _ in range(23)]
    form = profanity.execute("lead.find", stack.component)
    fill(profanity, form, Text="Lead to act on")
    page = profanity.submit()
    assert page.open and "Page 1; there is more. Submit for the next page." in page.sentences
    assert listed(page) == numbers[:-11:-1]
    assert page.field("Go to").options == ["next", "close"]
    page = profanity.submit()
    assert "Page 2; there is more. Submit for the next page." in page.sentences and listed(page) == numbers[-11:-21:-1]
    assert page.field("Go to").options == ["next", "previous", "close"]
    fill(profanity, page, Go_to="previous")
    page = profanity.submit()
    assert listed(page) == numbers[:-11:-1], "the page before"
    fill(profanity, page, Go_to="close")
    profanity.clear()
    profanity.type("/form submit")
    profanity.wait_for("The list is closed")


def listed(page):
    """The leads of a page, by their numbers, in its order."""
    return [int(found[1]) for sentence in page.sentences if (found := re.match(r"lead-(\d+): ", sentence))]


def test_a_lead_that_does_not_exist_is_not_found(seat, stack):
    profanity = seat("manager")
    for _ in range(21):    # more than a list offers: then it is typed
        samples.lead(stack)
    form = profanity.execute("lead.show", stack.component)
    fill(profanity, form, Lead="999999")
    again = profanity.submit()
    assert again.sentences[0] == "There is no lead 999999."


# ---------------------------------------------------------------- the desk

async def test_a_visitor_is_answered_in_a_chat_window(seat, visitor):
    profanity = seat("sales")
    await asyncio.to_thread(profanity.go_to_console)
    guest = await visitor()
    await guest.say_and_wait("Hello, do you teach Python?")
    name = (await asyncio.to_thread(profanity.wait_for, r"<< chat message: (Visitor \d+)")).group(1)
    number = name.rpartition(" ")[2]
    await asyncio.to_thread(profanity.type, f"/msg visitor-{number}@{guest.stack.component}")
    await asyncio.to_thread(profanity.wait_for, "Hello, do you teach Python")
    await asyncio.to_thread(profanity.type, "Yes, from Monday.")
    answer = await guest.messages.expect(body="Yes, from Monday.")
    assert answer.nick == "Profanity"
    assert not guest.saw(profanity.account.username)
    await guest.say_and_wait("See you then")
    await asyncio.to_thread(profanity.wait_for, "See you then")


def test_nobody_is_shown_an_empty_message(seat):
    """mod_privilege sends each client an empty message when it comes online; a client may not show one."""
    profanity = seat("manager")
    profanity.type("/win 1")
    assert not profanity.shows(r"chat message: (traincape\.localhost|\S*crm\.)")


def test_the_next_time_the_address_is_enough(seat):
    profanity = seat("manager")
    profanity.go_to_console()
    profanity.type("/disconnect")
    profanity.wait_for("logged out successfully")
    profanity.clear()
    profanity.connect(f"/connect {profanity.account.address}", profanity.account)
