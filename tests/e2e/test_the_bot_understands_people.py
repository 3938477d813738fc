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


async def test_a_choice_is_numbered_and_has_buttons(account, login):
    manager = await login(account("manoj", "manager"))
    manager.say(f"bot@{manager.stack.component}", "lead add Meera Shah, from linkedn")
    question = await manager.messages.expect(from_bot, carbon=None)
    assert "\n1. linkedin" in question.body and "number" in question.body
    offered = [element.get("value") for element in question.element.findall(QUICK_RESPONSE)]
    assert offered[:2] == ["linkedin", "website"] and offered[-1] == "cancel"
    assert "Meera Shah, is added" in await manager.ask_bot("1")


async def test_a_typing_error_is_answered_with_what_was_meant(account, login):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("laed add Vikram Iyer")
    assert "Did you mean “lead add Vikram Iyer”" in said
    assert "Vikram Iyer, is added" in await manager.ask_bot("yes")


async def test_help_fits_a_phone_and_goes_deeper(account, login):
    manager = await login(account("manoj", "manager"))
    said = await manager.ask_bot("help")
    assert len(said.splitlines()) <= 15
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
