"""Leads are changed, moved on, noted on, tagged, listed, deleted and restored: by the bot and by forms, with the real Prosody, PostgreSQL and crmd. Each
command is refused to the roles that it is closed to, and what a Sales Person may not see is absent."""

import re

import pytest
import pytest_asyncio

NUMBER = re.compile(r"Lead (\d+)")


class Lead:
    """One lead and the people around it: a manager, a Lead Person, its Sales Person and another one."""

    def __init__(self, stack, number, **people):
        self.stack, self.number = stack, number
        self.manager, self.creator, self.owner, self.other = (people[name] for name in ("manager", "creator", "owner", "other"))
        self.address = f"lead-{number}@{stack.component}"

    def value(self, column):
        return self.stack.sql(f"SELECT {column} FROM crm.lead WHERE id = %s", self.number)[0][0]

    async def ask(self, who, text):
        return await who.ask_bot(text.format(self.number))


@pytest_asyncio.fixture
async def lead(account, login, stack):
    manager = await login(account("manoj", "manager", full_name="Manoj Verma"))
    creator = await login(account("leela", "lead", full_name="Leela Das"))
    owner = await login(account("priya", "sales", full_name="Priya Nair"))
    other = await login(account("ravi", "sales", full_name="Ravi Kumar"))
    answer = await manager.ask_bot(f"lead add Asha Rao, asha@example.in, budget 50000 INR, to {owner.account.username}")
    await owner.messages.expect(lambda m: "assigned lead" in (m.body or ""))
    return Lead(stack, int(NUMBER.search(answer).group(1)), manager=manager, creator=creator, owner=owner, other=other)


# ---------------------------------------------------------------- in chat

async def test_a_sales_person_works_on_their_lead_by_chat(lead):
    assert "Phone: +91 91234 56789" in await lead.ask(lead.owner, "edit {} phone +91 91234 56789, budget=-")
    assert (lead.value("phone"), lead.value("budget_minor")) == ("+919123456789", None)
    assert "is contacted now" in await lead.ask(lead.owner, "status {} contacted")
    assert "Noted on lead" in await lead.ask(lead.owner, "note {} called, wants Monday")
    assert "is tagged: excel, vip" in await lead.ask(lead.owner, "tag {} VIP, #excel")
    shown = await lead.ask(lead.owner, "lead {}")
    assert "Tags: excel, vip" in shown and "called, wants Monday" in shown
    assert f"status {lead.number} qualified" in shown
    history = await lead.ask(lead.owner, "history {}")
    assert "Priya Nair (chat): status: assigned → contacted" in history
    assert "Manoj Verma (chat): added as Asha Rao" in history


async def test_an_illegal_move_and_wrong_input_are_refused_with_an_example(lead):
    refused = await lead.ask(lead.owner, "status {} won")
    assert "From assigned it goes to contacted or lost.\n1. contacted\n2. lost" in refused
    assert "Reason is missing" in await lead.ask(lead.owner, "status {} lost")
    assert "is lost now. Reason: too expensive" in await lead.owner.ask_bot("too expensive")
    wrong = await lead.ask(lead.owner, "edit {} email=nonsense")
    assert wrong.startswith("Email: “nonsense” is not an email address") and "asha@example.in" in wrong
    await lead.owner.ask_bot("cancel")
    assert "Tags: “hot” is both put on and taken off" in await lead.ask(lead.owner, "tag {} hot -hot")
    await lead.owner.ask_bot("cancel")
    assert (lead.value("status"), lead.value("reason"), lead.value("email")) == ("lost", "too expensive", "asha@example.in")


@pytest.mark.parametrize("line", ["edit {} name=x", "status {} contacted", "note {} hello", "tag {} mine", "history {}", "lead {}"])
async def test_a_lead_of_somebody_else_is_absent(lead, line):
    invisible = await lead.ask(lead.other, line)
    absent = await lead.other.ask_bot(line.format(999999))
    assert invisible == absent.replace("999999", str(lead.number)) == f"There is no lead {lead.number}."


async def test_deleting_and_restoring_is_for_admins_and_managers(lead):
    for who in (lead.creator, lead.owner):
        assert await lead.ask(who, "delete {}") == "Forbidden: “lead delete” is for Admins and Managers."
        assert await lead.ask(who, "restore {}") == "Forbidden: “lead restore” is for Admins and Managers."
    assert f"about lead {lead.number}, Asha Rao. Go on?" in await lead.ask(lead.manager, "delete {}")
    assert lead.value("deleted_at") is None
    assert "is deleted" in await lead.manager.ask_bot("yes")
    await lead.owner.messages.expect(lambda m: "deleted your lead" in (m.body or ""))
    assert await lead.ask(lead.manager, "lead {}") == await lead.ask(lead.owner, "lead {}") == f"There is no lead {lead.number}."
    assert "is back" in await lead.ask(lead.manager, "restore {}")
    assert "Asha Rao" in await lead.ask(lead.manager, "lead {}")


async def test_lists_are_filtered_sorted_and_paged(lead):
    user = lead.owner.account.username
    lead.stack.sql("INSERT INTO crm.lead (name, status, source, assignee, created_at) SELECT 'Page ' || n, 'assigned', 'linkedin', %s,"
                   " now() - n * interval '1 day' FROM generate_series(1, 12) n", lead.owner.account.id)
    first = await lead.owner.ask_bot("leads")
    assert first.startswith("Leads: 13") and "Asha Rao" in first and "Page 9" in first and "Page 10" not in first
    assert first.endswith("There is more: say “more”.")
    second = await lead.owner.ask_bot("more")
    assert "Page 10" in second and "Page 12" in second and "more" not in second
    assert "Leads: 12" in await lead.manager.ask_bot(f"leads assigned, from linkedin, of {user}")
    assert "Leads: 3" in await lead.owner.ask_bot("leads of me, older than 10 days")
    assert (await lead.owner.ask_bot("leads sort=oldest")).splitlines()[1].split(" · ")[1] == "Page 12"
    assert "no leads like this" in await lead.other.ask_bot("leads")
    assert "Older than: “soon” is not a length of time. Give one such as 3 days." in await lead.owner.ask_bot("leads older=soon")


# ---------------------------------------------------------------- in forms

async def test_a_lead_is_changed_and_moved_by_form(lead):
    commands = lead.owner.commands_of(lead.address)
    form = await commands.execute("lead.edit")
    wrong = await form.complete(email="nonsense")
    assert wrong.status == "executing" and "“nonsense” is not an email address" in wrong.words and "asha@example.in" in wrong.words
    done = await wrong.complete(email="-", budget="1.5 lakh", source="referral")
    assert done.status == "completed" and "is changed" in done.words
    assert (lead.value("email"), lead.value("budget_minor"), lead.value("source")) == (None, 15000000, "referral")
    form = await commands.execute("lead.status")
    assert list(form.field("status").options) == ["assigned", "contacted", "lost"]
    wrong = await form.complete(status="won")
    assert "From assigned it goes to contacted or lost." in wrong.words
    wrong = await wrong.complete(status="lost")
    assert "Reason is missing" in wrong.words
    done = await wrong.complete(status="lost", reason="too expensive")
    assert done.status == "completed" and (lead.value("status"), lead.value("reason")) == ("lost", "too expensive")


async def test_notes_tags_and_history_by_form(lead):
    commands = lead.owner.commands_of(lead.address)
    assert "Note is missing" in (await (await commands.execute("lead.note")).complete()).words
    assert (await (await commands.execute("lead.note")).complete(text=["called", "wants Monday"])).status == "completed"
    assert "is tagged: vip" in (await (await commands.execute("lead.tag")).complete(tags="VIP")).words
    wrong = await (await commands.execute("lead.tag")).complete(tags="x" * 40)
    assert "too long" in wrong.words and "such as vip" in wrong.words
    history = await commands.execute("lead.history")
    assert "noted: called\nwants Monday" in history.words and "tagged vip" in history.words and "(form)" in history.words
    assert lead.stack.sql("SELECT body FROM crm.lead_note WHERE lead_id = %s", lead.number) == [("called\nwants Monday",)]


async def test_a_list_by_form(lead):
    form = await lead.manager.commands.execute("lead.list")
    owner = lead.owner.account.username
    assert [value for value in form.field("due").options if value != "-"][:3] == ["due", "overdue", "today"]
    page = await form.next(status="open", assignee=owner)
    wrong = await page.complete(budget_from="lots")
    assert wrong.status == "executing" and "Budget from: “lots”" in wrong.words and "50000 INR" in wrong.words
    done = await wrong.complete(budget_from="1000", sort="name")
    assert done.status == "completed" and "Leads: 1" in done.words and "Asha Rao" in done.words
    assert "nobody" in form.field("assignee").options or form.field("assignee").type == "text-single"


async def test_follow_ups_that_are_due_by_form(lead):
    lead.stack.sql("UPDATE crm.lead SET follow_up_at = now() - interval '3 days' WHERE id = %s", lead.number)
    done = await (await lead.owner.commands.execute("lead.list")).complete(due="overdue")
    assert "Follow-ups: 1" in done.words and f"lead-{lead.number}: Asha Rao" in done.words
    assert (await lead.ask(lead.owner, "overdue")).startswith("Follow-ups: 1\n")


async def test_deletion_by_form_is_confirmed_and_forbidden_to_others(lead):
    for who in (lead.creator, lead.owner):
        for node in ("lead.delete", "lead.restore"):
            assert node not in await who.commands.list()
            assert (await who.commands.execute(node)).condition == "forbidden"
    form = await lead.manager.commands_of(lead.address).execute("lead.delete")
    again = await form.complete()
    assert again.status == "executing" and lead.value("deleted_at") is None
    assert "Nothing was done" not in form.words and "Nothing was done: it needs the tick at “Yes, do it”. Delete a lead" in again.words
    assert (await again.complete(confirm="true")).status == "completed"
    for who in (lead.manager, lead.owner):
        gone = await who.commands_of(lead.address).execute("lead.show")
        assert gone.condition == "item-not-found"
    assert (await (await lead.manager.commands.execute("lead.restore")).complete(lead=lead.number)).status == "completed"
    assert lead.value("deleted_at") is None


async def test_somebody_elses_lead_offers_no_commands(lead):
    for node in ("lead.edit", "lead.status", "lead.note", "lead.tag", "lead.history"):
        step = await lead.other.commands_of(lead.address).execute(node)
        assert step.condition == "item-not-found"


# ---------------------------------------------------------------- messages to the lead's address

async def test_a_message_to_a_lead_is_a_note_and_the_lead_answers(lead):
    sent = lead.owner.say(lead.address, "called,\nwants Monday")
    answer = await lead.owner.messages.expect(bare=lead.address, body="Noted on lead %d, Asha Rao." % lead.number)
    assert answer.sender.partition("/")[0] == lead.address
    await lead.owner.messages.expect(bare=lead.address, receipt=sent)
    assert lead.stack.sql("SELECT body, person_id FROM crm.lead_note WHERE lead_id = %s", lead.number) == [
        ("called,\nwants Monday", lead.owner.account.id)]
    lead.manager.say(lead.address, "give 10% off")
    told = await lead.owner.messages.expect(lambda m: "noted on your lead" in (m.body or ""))
    assert told.bare == f"bot@{lead.stack.component}"


async def test_a_message_to_an_invisible_lead_is_as_to_an_absent_one(lead):
    answers = []
    for address in (lead.address, f"lead-999999@{lead.stack.component}"):
        lead.other.say(address, "mine?")
        answer = await lead.other.messages.expect(type="error", bare=address)
        answers.append((answer.condition, "".join(answer.element.itertext())))
    assert answers[0] == answers[1] and answers[0][0] == "item-not-found"
    assert lead.stack.sql("SELECT count(*) FROM crm.lead_note WHERE lead_id = %s", lead.number) == [(0,)]


async def test_a_note_that_was_sent_while_crmd_was_away_is_written_once(lead, stack):
    stack.kill("crmd")
    lead.owner.say(lead.address, "while you were away")
    await lead.owner.messages.expect_nothing(type="chat", bare=lead.address)    # and Prosody has it by then
    stack.start("crmd")
    stack.sql_until("SELECT count(*) = 1 FROM crm.lead_note WHERE lead_id = %s AND body = 'while you were away'", lead.number)
    await lead.owner.messages.expect(bare=lead.address, body="Noted on lead %d, Asha Rao." % lead.number)
    stack.restart("crmd")
    await lead.owner.messages.expect_nothing(lambda m: m.body is not None, bare=lead.address, type="chat", seconds=2.0)
    assert stack.sql("SELECT count(*) FROM crm.lead_note WHERE lead_id = %s", lead.number) == [(1,)]
