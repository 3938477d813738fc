"""Every command as a line to bot@crm.D, and the dialogue around it: what is said, what is stored, who is told."""

import asyncio
import re

import pytest

from support import heard
from support.away import database_away
from support.records import add_lead, change_role, put_field, put_import, put_lead, put_person, put_poll, put_saved, put_source, put_visitor
from support.table import ROLES, commands, cut_in, named_in, named_in_kind, open_to, small_in

EXAMPLES = [(name, example) for name, row in commands().items() for example in row["examples"]]


# What jobs of earlier examples tell meanwhile.
NOTICE = re.compile(r"/download/|Nothing is imported yet|rows are done|is erased everywhere|is imported: |is taken back: |[.\w]+ is not there .* Nothing was imported|"
                    r"^Lead \d+ is yours: |^\d+ leads are yours:")


async def answer_of(client, line):
    said = await client.ask_bot(line)
    while NOTICE.search(said):
        said = (await client.messages.expect(lambda m: m.bare.startswith("bot@") and m.body is not None, carbon=None)).body
    return said


def fits_a_screen(said):
    """No column is made of spaces, and a line that puts values side by side is no wider than 60 columns; prose wraps by itself."""
    for line in said.splitlines():
        assert not re.search(r"\S {2,}\S|\t", line), f"a table of spaces: {line!r}"
        assert " · " not in line or len(line) <= 60, f"{len(line)} columns: {line!r}"


@pytest.mark.parametrize("name, example", EXAMPLES, ids=[example[:40] for _, example in EXAMPLES])
async def test_each_example_of_the_table_does_what_it_says(chameleon, stack, name, example):
    row = commands()[name]
    for role in row["roles"]:
        if role == "customer":
            continue
        client = chameleon(role)
        priya = put_person(stack, "priya", name="Priya Nair")
        put_person(stack, "ravi", name="Ravi Kumar")
        put_person(stack, "manoj", "manager", name="Manoj Verma")
        put_visitor(stack, 17, client.account.id)
        stack.sql("INSERT INTO crm.team (name) VALUES ('North') ON CONFLICT DO NOTHING")
        put_lead(stack, 42, client.account.id if role == "sales" else priya)
        put_lead(stack, 7, client.account.id if role == "sales" else priya, "Asha R")
        put_source(stack, "expo", "Expo")
        put_field(stack, "batch", "Batch")
        put_import(stack, 7, client.account.id)
        put_poll(stack, 9, client.account.id)
        put_saved(stack, "hot delhi", client.account.id)
        said = await answer_of(client, example.replace("127.0.0.1:25280", f"127.0.0.1:{stack.port('HTTP')}"))
        if row["unrecorded"]:
            assert "poll-9 has asked you again" in said
            assert not stack.sql("SELECT FROM crm.audit WHERE command = %s AND who = %s", name, client.account.address)
            continue
        if row["effect"] == "destroy" or "Reply yes" in said:
            said = await answer_of(client, "yes")
        fits_a_screen(said)
        stack.sql("DELETE FROM crm.assign_waiting")    # else whoever comes next gets what was given out
        outcome = stack.sql("SELECT command, outcome FROM crm.audit WHERE who = %s ORDER BY id DESC LIMIT 1", client.account.address)
        # What has been done in this stack before may stand in the way of a change, never the words; and help on what is not for the
        # role is refused.
        asks_about_commands = any(param["type"] == "command" for param in row["params"])
        right = ("done", "forbidden") if asks_about_commands else ("done",) if row["effect"] == "read" else ("done", "conflict", "state")
        right += ("invalid", "not-found") if name in ("poll.start", "rule.add", "rule.drop") else ()  # there may be no such team or rule
        assert outcome and outcome[0][0] == name and outcome[0][1] in right, f"{role} said “{example}”, got {outcome}: {said}"


LONG = "Maheshwaranathan " * 7
LISTS = [name for name, row in commands().items() if row["columns"]]


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_of_long_names_fits_a_screen(chameleon, stack, name):
    """Names and texts as long as there can be."""
    row = commands()[name]
    client = chameleon("admin" if "admin" in row["roles"] else row["roles"][0])
    person = put_person(stack, "maheshwaranathan.venkatasubramanian.of.the.long.names", name=LONG.strip())
    lead = add_lead(stack, LONG.strip(), person, source="linkedin", email="a" * 60 + "@example.in", budget_minor=123456789012, budget_currency="INR",
                    requirements="needs a lot " * 30, follow_up_at="2020-01-01 10:00+05:30")
    add_lead(stack, LONG.strip(), deleted_at="2020-01-01 10:00+05:30")
    stack.sql("INSERT INTO crm.team (name, leader) VALUES (%s, %s) ON CONFLICT DO NOTHING", ("North-by-north-west " * 3).strip(), person)
    said = await answer_of(client, {"lead.find": "find maheshwaranathan", "lead.history": f"history {lead}"}.get(name, name.replace(".", " ")))
    for _ in range(5):
        fits_a_screen(said)
        if "say “more”" not in said:
            break
        said = await answer_of(client, "more")


# ------------------------------------------------------------ each command

@pytest.mark.parametrize("role", ROLES)
async def test_help_lists_what_the_role_may_use(chameleon, role):
    """What does not fit the screen any more is behind its kind: "help lead"."""
    client = chameleon(role)
    said = await client.ask_bot("help", begins="What you can ask for")
    named, cut = named_in(said), cut_in(said)
    for kind, more in cut.items():
        behind = {name for name in named_in_kind(await client.ask_bot(f"help {kind}", begins="Commands with")) if name.startswith(f"{kind}.")} - named    # not team.lead
        assert len(behind) == more
        named |= behind
    for kind in small_in(said):
        behind = {name for name in named_in_kind(await client.ask_bot(f"help {kind}", begins="Commands with")) if name.startswith(f"{kind}.")}
        assert behind and not behind & named
        named |= behind
    assert named == open_to(role)


async def test_help_goes_deeper_into_a_group_and_a_command(account, login):
    sales, manager = await login(account("asha")), await login(account("manoj", "manager"))
    said = await sales.ask_bot("help lead")
    assert "lead show: Show a lead." in said and "lead add" not in said
    assert "lead add: Add a lead." in await manager.ask_bot("help lead")
    explained = await manager.ask_bot("help lead add")
    assert "name: Who it is" in explained and "Example: lead add" in explained


async def test_help_on_a_command_of_other_roles_is_forbidden_or_unknown_the_same_for_all_spellings(account, login):
    sales = await login(account("asha"))
    answers = {await sales.ask_bot(line) for line in ("help lead.add", "help lead add")}
    assert len(answers) == 1 and "Add a lead" not in answers.pop()


async def test_me_says_who_one_is(account, login):
    client = await login(account("asha", full_name="Asha Rao"))
    said = await client.ask_bot("me")
    assert "You are Asha Rao" in said and "Role: Sales Person" in said


async def test_a_lead_is_added_from_one_line(account, login, stack):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("lead add Meera Joshi, meera@example.in, +91 98765 43210, budget 50000 INR, from linkedin")
    assert "Meera Joshi, is added" in said
    row = stack.sql("SELECT name, email, phone, source, budget_minor, creator FROM crm.lead ORDER BY id DESC LIMIT 1")[0]
    assert row == ("Meera Joshi", "meera@example.in", "+919876543210", "linkedin", 5000000, manager.account.id)
    audit = stack.sql("SELECT surface, command, outcome FROM crm.audit WHERE who = %s", manager.account.address)
    assert audit == [("chat", "lead.add", "done")]


async def test_what_is_missing_is_asked_for_and_cancel_ends_it(account, login, stack):
    manager = await login(account("manoj", "manager"))
    before = stack.sql("SELECT count(*) FROM crm.lead")
    assert "Name?" in await manager.ask_bot("lead add")
    assert "Cancelled" in await manager.ask_bot("cancel")
    assert stack.sql("SELECT count(*) FROM crm.lead") == before
    assert "Name?" in await manager.ask_bot("add lead")
    assert "Vikram Iyer, is added" in await manager.ask_bot("Vikram Iyer")


@pytest.mark.parametrize("line, said", [
    ("lead add Asha, email=nonsense", "not an email address"), ("lead add Asha, phone=12", "phone"),
    ("lead add Asha, budget=much", "budget"), ("lead add Asha, follow_up=some day", "follow-up"),
    ("lead add Asha, source=moon", "One of"), ("lead add Asha, assign to nobodyatall", "nobody called")])
async def test_a_wrong_argument_is_named_and_can_be_put_right(account, login, stack, line, said):
    manager = await login(account("manoj", "manager"))
    before = stack.sql("SELECT count(*) FROM crm.lead")
    assert said.lower() in (await manager.ask_bot(line)).lower()
    assert stack.sql("SELECT count(*) FROM crm.lead") == before
    await manager.ask_bot("cancel")


async def test_the_assigned_person_is_told_on_every_client_and_in_the_archive(account, login, stack):
    manager, asha = await login(account("manoj", "manager")), await login(account("asha"))
    phone = await login(asha.account, resource="phone")
    number = add_lead(stack, "Asha Rao", phone="+919876543210")
    said = await manager.ask_bot(f"assign {number} to {asha.account.username}")
    assert "who has been told" in said
    for client in (asha, phone):
        told = await client.messages.expect(lambda m: f"assigned lead {number} to you" in (m.body or ""))
        assert told.bare == f"bot@{stack.component}" and "+91 98765 43210" in told.body
    assert "already" in await manager.ask_bot(f"assign {number} to {asha.account.username}")


async def test_the_assigned_person_who_is_away_is_told_later(account, login, stack):
    manager, asha = await login(account("manoj", "manager")), account("asha")
    number = add_lead(stack)
    await manager.ask_bot(f"assign {number} to {asha.username}")
    client = await login(asha)
    kept = await client["xep_0313"].retrieve(with_jid=f"bot@{stack.component}", rsm={"max": "10"})
    bodies = [result["mam_result"]["forwarded"]["stanza"]["body"] for result in kept["mam"]["results"]]
    assert any(f"assigned lead {number} to you" in body for body in bodies), bodies


async def test_a_lead_of_somebody_else_and_no_lead_are_the_same_answer(account, login, stack):
    asha, ravi = await login(account("asha")), account("ravi")
    number = add_lead(stack, assignee=ravi.id)
    answers = [(await asha.ask_bot(f"lead {n}")).replace(str(n), "N") for n in (number, 99999999)]
    assert answers[0] == answers[1] and answers[0].startswith("There is no lead N.")
    await asha.ask_bot("cancel")
    mine = add_lead(stack, "Mine only", asha.account.id)
    listed = await asha.ask_bot("leads")
    assert "Mine only" in listed and f"{number} ·" not in listed
    assert "Mine only" in await asha.ask_bot(f"lead {mine}")


async def test_a_role_that_changes_between_question_and_answer_is_forbidden(account, login, stack):
    manager = await login(account("manoj", "manager"))
    assert "Name?" in await manager.ask_bot("lead add")
    change_role(stack, manager.account, "sales")
    said = await manager.ask_bot("Not mine to add")
    assert said.startswith("Forbidden")
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Not mine to add'") == [(0,)]


async def test_what_cannot_be_understood_gets_a_way_out(account, login):
    client = await login(account("asha"))
    assert "help" in await client.ask_bot("what is the weather like")
    assert "Did you mean" in await client.ask_bot("laed 42")
    assert await client.ask_bot("cancel")


async def test_a_very_long_line_is_refused_with_the_limit(account, login):
    client = await login(account("asha"))
    assert "4000" in await client.ask_bot("lead " + "x" * 4100)


async def test_with_the_database_away_a_line_is_kept_and_done_later(account, login, stack):
    manager = await login(account("manoj", "manager"))
    async with database_away(stack, manager.account):
        manager.say(f"bot@{stack.component}", "lead add Kept For Later")
        await asyncio.sleep(2)
        # Nothing is said when crmd has noticed before the line came: then it is read from the archive.
        said = [heard for heard in manager.messages.all if heard.bare.startswith("bot@") and heard.body]
        assert all("I have kept this" in heard.body for heard in said), said
    await manager.messages.expect(lambda m: "Kept For Later, is added" in (m.body or ""), timeout=30)
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Kept For Later'") == [(1,)]


async def test_customers_get_no_answer_of_the_bot(account, login, stack):
    customer = await login(account("kiran", "customer"))
    customer.say(f"bot@{stack.component}", "leads")
    error = await customer.messages.expect(type="error")
    assert error.condition in ("forbidden", "service-unavailable")


async def test_a_message_to_the_bot_is_receipted(account, login, stack):
    client = await login(account("asha"))
    message_id = client.say(f"bot@{stack.component}", "me")
    assert (await client.messages.expect(receipt=message_id)).child(heard.RECEIPTS, "received") is not None
