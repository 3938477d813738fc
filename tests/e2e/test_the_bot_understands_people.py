"""What one says to the bot as one says it to a colleague: "it", numbers for choices, yes and no, undo, typing errors, from three clients."""

import asyncio

from support.records import put_person

QUICK_RESPONSE = "{urn:xmpp:tmp:quick-response}response"


def from_bot(message):
    return message.bare.startswith("bot@") and message.body is not None


async def test_it_is_the_last_record_and_undo_takes_the_last_change_back(account, login):
    manager = await login(account("manoj", "manager"))
    priya = await login(account("priya", "sales"))
    said = await manager.ask_bot("lead add Asha Rao, 98765 43210, 1.5 lakh, from linkedin")
    assert "Asha Rao, is added" in said
    assert "is assigned to" in await manager.ask_bot(f"assign it to {priya.account.username}")
    told = await priya.messages.expect(from_bot)
    assert "Asha Rao" in told.body
    assert "₹1,50,000" in await manager.ask_bot("show it")
    assert (await manager.ask_bot("undo")).startswith("Undone. Lead ")
    back = await priya.messages.expect(from_bot)
    assert "back from you" in back.body


async def test_whoever_heard_of_a_move_hears_that_it_was_taken_back(account, login):
    manager = await login(account("manoj", "manager", full_name="Manoj Verma"))
    priya = await login(account("priya", "sales"))
    await manager.ask_bot(f"lead add Usha Rao, to {priya.account.username}")
    assert "assigned" in (await priya.messages.expect(from_bot)).body
    await manager.ask_bot("it lost because too expensive")
    assert "from assigned to lost" in (await priya.messages.expect(from_bot)).body
    assert "no reason, status assigned" in await manager.ask_bot("undo")
    assert "took the last change back" in (back := (await priya.messages.expect(from_bot)).body) and "is assigned again" in back
    assert "reason: too expensive, status lost" in await manager.ask_bot("redo")
    assert "is lost again" in (await priya.messages.expect(from_bot)).body
    await priya.messages.expect_nothing(from_bot)


async def test_what_changed_nothing_is_no_change_to_undo(account, login):
    manager, priya = await login(account("manoj", "manager")), account("priya")
    said = await manager.ask_bot(f"lead add Gita Rao, to {priya.username}")
    number = said.split()[1].rstrip(",")
    for word in ("contacted", "contacted"):
        said = await manager.ask_bot(f"{number} {word}")
    assert "is contacted already" in said
    assert "status assigned" in await manager.ask_bot("undo")
    assert "nothing more to undo" in await manager.ask_bot("undo")


async def test_whose_lead_is_named_is_looked_for(account, login):
    manager, priya = await login(account("manoj", "manager")), account("priya")
    await manager.ask_bot("lead add Rohitash Sharma, 98765 43210")
    assert "Give the number of the lead, such as 42. Did you mean “find rohitash sharma”?" in await manager.ask_bot(f"assign rohitash sharma to {priya.username}")
    assert "Rohitash Sharma" in await manager.ask_bot("yes")


async def test_a_budget_is_taken_back_and_put_back(account, login):
    manager = await login(account("manoj", "manager"))
    await manager.ask_bot("lead add Lata Rao")
    for given, before in (("60000 INR", None), ("700 USD", "₹60,000")):
        await manager.ask_bot(f"lead edit it budget {given}")
        assert "budget as before" in await manager.ask_bot("undo")
        shown = await manager.ask_bot("show it")
        assert f"Budget: {before}" in shown if before else "Budget" not in shown
        assert "budget as changed" in await manager.ask_bot("redo")
        assert "Budget: " in await manager.ask_bot("show it")


async def test_a_question_for_a_person_takes_no_half_command_for_a_name(account, login):
    manager = await login(account("manoj", "manager"))
    await manager.ask_bot("lead add Hema Rao")
    assert "there is nobody called “nobodyatall”" in await manager.ask_bot("assign it to nobodyatall")
    said = await manager.ask_bot("status it")
    assert said.startswith("Status? ") and "(Set aside: “Assign to?” of “lead assign”. Say “go on” for it later)" in said


async def test_help_about_what_is_no_command_asks_nothing(account, login):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("help forms")
    assert "“forms” is not a command" in said and "cancel" not in said
    assert "There is nothing to cancel" in await manager.ask_bot("cancel")


async def test_a_choice_is_numbered_and_has_buttons(account, login):
    manager = await login(account("manoj", "manager"))
    manager.say(f"bot@{manager.stack.component}", "lead add Meera Shah, from linkedn")
    question = await manager.messages.expect(from_bot, carbon=None)
    assert "\n1. linkedin" in question.body and "number" in question.body
    offered = [element.get("value") for element in question.element.findall(QUICK_RESPONSE)]
    assert offered == ["linkedin", "cancel"]    # what is near; all of them when nothing is
    assert "Meera Shah, is added" in await manager.ask_bot("1")


async def test_a_typing_error_is_answered_with_what_was_meant(account, login):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("laed add Vikram Iyer")
    assert "Did you mean “lead add Vikram Iyer”" in said
    assert "Vikram Iyer, is added" in await manager.ask_bot("yes")


async def test_help_fits_a_phone_and_goes_deeper(account, login):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("help")
    assert sum(-(-len(line) // 40) for line in said.splitlines()) <= 12
    assert await manager.ask_bot("?") == said
    assert "lead add" in await manager.ask_bot("help leads")
    assert "Example: assign 42 to priya" in await manager.ask_bot("help assign")


async def test_a_user_name_is_nobody_else_though_others_are_called_so(account, login, stack):
    admin, ravi = await login(account("anjali", "admin")), account("ravi", full_name="Ravi Kumar")
    put_person(stack, "namesake", name=ravi.username)
    assert "Go on?" in await admin.ask_bot(f"user disable {ravi.username}")
    assert "Ravi Kumar is disabled" in await admin.ask_bot("yes")


async def test_three_clients_of_one_person_are_one_conversation(account, login):
    own = account("manoj", "manager")
    desk, phone, tablet = [await login(own, resource=name) for name in ("desk", "phone", "tablet")]
    desk.say(f"bot@{desk.stack.component}", "lead add")
    for client in (desk, phone, tablet):
        assert (await client.messages.expect(from_bot, carbon=None)).body.startswith("Name?")
    phone.say(f"bot@{desk.stack.component}", "Kiran Shah")
    for client in (desk, phone, tablet):
        assert "Kiran Shah, is added" in (await client.messages.expect(from_bot, carbon=None)).body
    await tablet.messages.expect_nothing(from_bot, carbon=None)


async def test_quick_lines_are_answered_in_their_order(account, login):
    manager = await login(account("manoj", "manager"))
    for number in range(8):
        manager.say(f"bot@{manager.stack.component}", f"lead add Person {'abcdefgh'[number]}")
    await asyncio.sleep(0)
    for number in range(8):
        answer = await manager.messages.expect(from_bot, carbon=None)
        assert f"Person {'abcdefgh'[number]}, is added" in answer.body


async def test_what_is_no_phone_is_asked_about_and_not_kept_elsewhere(account, login, stack):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("lead add Foo Bar, +91 123")
    assert said.startswith("Phone: “+91 123” is not a phone number: it has too few digits. Give one such as +91 98765 43210.")
    said = await manager.ask_bot("98765 43210, foo@@bar")
    assert said.startswith("Email: “foo@@bar” is not an email address.")
    said = await manager.ask_bot("foo@example.in")
    assert "Foo Bar, is added.\nEmail: foo@example.in\nPhone: +91 98765 43210" in said
    assert stack.sql("SELECT phone, email, budget_minor, requirements FROM crm.lead WHERE name = 'Foo Bar' ORDER BY id DESC LIMIT 1") == [
        ("+919876543210", "foo@example.in", None, None)]


async def test_an_open_question_swallows_no_command_and_takes_a_wide_answer(account, login):
    manager = await login(account("manoj", "manager"))
    assert (await manager.ask_bot("lead add")).startswith("Name?")
    said = await manager.ask_bot("help")
    assert said.startswith("What you can ask for") and said.endswith("(Still open: “Name?” of “lead add”. Answer it, or: cancel)")
    assert (await manager.ask_bot("lead 999999")).startswith("There is no lead 999999.\n(Still open")
    said = await manager.ask_bot("Help Desk, desk@example.in")
    assert "Help Desk, is added.\nEmail: desk@example.in" in said
    await manager.ask_bot("lead add")
    said = await manager.ask_bot("note it called")
    assert said.startswith("Noted on lead ") and said.endswith("(Still open: “Name?” of “lead add”. Answer it, or: cancel)")
    assert "2. a command of its own: user list" in await manager.ask_bot("usr list")
    assert (await manager.ask_bot("go on")).startswith("Name?")


async def test_whose_lead_is_given_away_is_told_whichever_surface_did_it(account, login):
    manager = await login(account("manoj", "manager"))
    priya, ravi = await login(account("priya", "sales")), await login(account("ravi", "sales"))
    said = await manager.ask_bot(f"lead add Asha Rao, 98765 43210, to {priya.account.username}")
    number = said.split()[1].rstrip(",")
    await priya.messages.expect(from_bot)
    await manager.ask_bot(f"assign {number} to {ravi.account.username}")
    told = await priya.messages.expect(from_bot)
    assert f"has taken lead {number}, Asha Rao, off your list" in told.body and "98765" not in told.body and ravi.account.username not in told.body
    assert "to you: Asha Rao" in (await ravi.messages.expect(from_bot)).body
    step = await manager.commands.execute("lead.assign")
    await step.complete(lead=number, assignee=priya.account.username)
    assert "off your list" in (await ravi.messages.expect(from_bot)).body
    assert "to you: Asha Rao" in (await priya.messages.expect(from_bot)).body
    assert "is nobody's now" in await manager.ask_bot(f"assign {number} to nobody")
    assert "off your list" in (await priya.messages.expect(from_bot)).body
    assert await priya.ask_bot(f"lead {number}") == f"There is no lead {number}."


async def test_a_yes_from_another_client_confirms_and_deleted_leads_are_found_again(account, login):
    own = account("manoj", "manager")
    desk, phone = [await login(own, resource=name) for name in ("desk", "phone")]
    sales = await login(account("priya", "sales"))
    desk.say(f"bot@{desk.stack.component}", "lead add Gone Soon")
    number = [(await client.messages.expect(from_bot, carbon=None)).body for client in (desk, phone)][0].split()[1].rstrip(",")
    desk.say(f"bot@{desk.stack.component}", "delete it")
    for client in (desk, phone):
        assert "(Reply yes or no)" in (await client.messages.expect(from_bot, carbon=None)).body
    phone.say(f"bot@{desk.stack.component}", "yes")
    for client in (desk, phone):
        assert "Gone Soon, is deleted" in (await client.messages.expect(from_bot, carbon=None)).body
    phone.say(f"bot@{desk.stack.component}", "leads deleted")
    for client in (desk, phone):
        assert f"{number} · Gone Soon" in (await client.messages.expect(from_bot, carbon=None)).body
    assert await sales.ask_bot("deleted leads") == "Forbidden: “lead deleted” is for Admins and Managers."
    desk.say(f"bot@{desk.stack.component}", f"restore {number}")
    for client in (desk, phone):
        assert "is back" in (await client.messages.expect(from_bot, carbon=None)).body


async def test_a_pasted_lead_is_added_after_a_yes_only(account, login):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("Name: Pasted Person\nPh: 98765 43210\nwants Excel course")
    assert said.startswith("Is this for “lead add”?\nName: Pasted Person\nPhone: +91 98765 43210\nRequirements: Excel course")
    assert "Pasted Person, is added" in await manager.ask_bot("yes")
    sales = await login(account("priya", "sales"))
    assert (await sales.ask_bot("Name: Pasted Person\nPh: 98765 43210")).startswith("Forbidden: “lead add” is for")


async def test_courtesies_are_answered_shortly_and_a_long_message_is_refused_readably(account, login):
    sales = await login(account("priya", "sales"))
    for line, answer in (("thanks!", "You are welcome."), ("👍", "👍"), ("ok", "👍"), ("hello", "Hello, ")):
        assert (await sales.ask_bot(line)).startswith(answer)
    assert await sales.ask_bot("x" * 4001) == "That is too long for me: at most 4000 characters fit."
    many = "\n".join(f"line {number}" for number in range(300))
    assert (await sales.ask_bot(many)).startswith("I did not understand that.")


async def undo_by_form(client):
    step = await client.commands.execute("undo")
    return (step if step.status == "completed" else await step.complete()).words


async def test_of_two_undos_at_once_one_undoes_and_the_other_hears_of_it(account, login, stack):
    own = account("manoj", "manager")
    desk, phone = [await login(own, resource=name) for name in ("desk", "phone")]
    priya, ravi = account("priya", "sales"), account("ravi", "sales")
    said = await desk.ask_bot(f"lead add Asha Rao, to {priya.username}")
    number = said.split()[1].rstrip(",")
    await desk.ask_bot(f"assign {number} to {ravi.username}")
    texts = await asyncio.gather(undo_by_form(phone), desk.ask_bot("undo"))
    assert [f"Undone. Lead {number}, Asha Rao: assigned to {priya.name}." in text for text in texts].count(True) == 1, texts
    assert ["There is nothing more to undo: your last change has been undone already." in text for text in texts].count(True) == 1, texts
    assert stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", int(number)) == [(priya.id,)]
    assert stack.sql("SELECT count(*) FROM crm.lead_event WHERE lead_id = %s AND field = 'assignee'", int(number)) == [(2,)]
