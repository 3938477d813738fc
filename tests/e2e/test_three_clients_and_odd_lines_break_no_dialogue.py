"""One person in three clients at once, lines that nobody types, and a role that is lost while the bot waits for an answer: what is stored is what was
meant, once, and the answer says so."""

import asyncio

from support.records import add_lead, change_role

SHOWS_NOTHING = "\u202e\u2066\u200b\ufeff\u2060"    # turns the line, or is no character at all; a mark that some script needs, U+200F, is neither
HUGE = 100 * 1024


def from_bot(message):
    return message.bare.startswith("bot@") and message.body is not None


async def hear(client):
    return (await client.messages.expect(from_bot, carbon=None)).body


async def test_of_three_answers_at_once_one_is_the_answer(account, login, stack):
    own = account("manoj", "manager")
    clients = [await login(own, resource=name) for name in ("desk", "phone", "tablet")]
    bot, number = f"bot@{stack.component}", add_lead(stack, name="Three At Once", status="contacted")
    clients[0].say(bot, f"{number} won")
    assert all(["cannot become won" in await hear(client) for client in clients])
    for client in clients:
        client.say(bot, "qualified")
    said = [[await hear(client) for _ in range(3)] for client in clients]
    assert said[0] == said[1] == said[2], "each client hears all of it, in one order"
    assert sum("is qualified now" in text for text in said[0]) == 1, said[0]
    assert stack.sql("SELECT count(*) FROM crm.lead_event WHERE lead_id = %s AND field = 'status'", number) == [(1,)]


async def test_three_questions_at_once_leave_one_open_and_two_to_go_on_with(account, login, stack):
    own = account("manoj", "manager")
    clients = [await login(own, resource=name) for name in ("desk", "phone", "tablet")]
    bot, numbers = f"bot@{stack.component}", [add_lead(stack, name=f"Of Three {n}") for n in range(3)]
    for client, number in zip(clients, numbers):
        client.say(bot, f"delete {number}")
    asked = [await hear(clients[0]) for _ in range(3)]
    assert [f"It is about lead {number}" in text for number, text in zip(numbers, asked)].count(True) >= 1, asked
    last = next(number for number in numbers if f"lead {number}, Of Three" in asked[2])
    for client in clients[1:]:
        for _ in range(3):
            await hear(client)
    for client in clients:
        client.say(bot, "yes")
    said = [await hear(clients[0]) for _ in range(3)]
    assert sum("is deleted" in text for text in said) == 1, said
    assert stack.sql("SELECT id FROM crm.lead WHERE id = ANY (%s) AND deleted_at IS NOT NULL", numbers) == [(last,)]


async def test_a_yes_after_the_role_is_lost_is_forbidden(account, login, stack):
    manager = await login(account("manoj", "manager"))
    number = add_lead(stack, name="Stays Here")
    assert "(Reply yes or no)" in await manager.ask_bot(f"delete {number}")
    change_role(stack, manager.account, "sales")
    assert await manager.ask_bot("yes") == "Forbidden: “lead delete” is for Admins and Managers."
    change_role(stack, manager.account, "manager")
    assert "Status?" in await manager.ask_bot(f"status {number}")
    change_role(stack, manager.account, "sales")
    assert await manager.ask_bot("lost, too expensive") == f"There is no lead {number}."
    assert stack.sql("SELECT status, deleted_at FROM crm.lead WHERE id = %s", number) == [("new", None)]


async def test_lines_that_nobody_types_are_answered_and_store_nothing_odd(account, login, stack):
    manager = await login(account("manoj", "manager"))
    before = stack.sql("SELECT count(*) FROM crm.lead")
    for line in ("lead add " + "x" * HUGE, "🙏" * (HUGE // 4), "tag 1 " + "a, " * (HUGE // 3)):
        refused = await manager.exchange(f"<message id='ID' type='chat' to='bot@{stack.component}'><body>{line}</body></message>")
        assert (refused.type, refused.condition) == ("error", "policy-violation")
        assert "too long for me" in await manager.ask_bot(line[:15000])
    assert await manager.ask_bot("🙏🏽👍🏻") == "👍"
    assert (await manager.ask_bot(f"lead add {SHOWS_NOTHING}\u200f")).startswith("Name: ")
    assert "Cancelled" in await manager.ask_bot("cancel")
    assert stack.sql("SELECT count(*) FROM crm.lead") == before
    said = await manager.ask_bot(f"lead add \u202eoaR ahsA\u200b{SHOWS_NOTHING} Rao, from linkedin")
    assert not set(SHOWS_NOTHING) & set(said), ascii(said)
    assert not set(SHOWS_NOTHING) & set(stack.sql("SELECT name FROM crm.lead ORDER BY id DESC LIMIT 1")[0][0])
    assert "Noted on lead" in await manager.ask_bot("note it \u202e🙏\u2028second\x85third\tfourth")
    shown = await manager.ask_bot("show it")
    assert "🙏" in shown and "\u202e" not in shown, ascii(shown)


async def test_a_form_with_odd_values_says_what_is_wrong_or_stores_what_can_be_read(account, login, stack):
    manager = await login(account("manoj", "manager"))
    before = stack.sql("SELECT count(*) FROM crm.lead")
    form = await manager.commands.execute("lead.add")
    assert "too long" in (await form.go("complete", name="x" * HUGE)).text
    for name in ("x" * 15000, SHOWS_NOTHING + "\u200f\u3164", " \t\n "):
        form = await form.go("complete", name=name)
        assert form.status == "executing" and "Name (please correct)" in form.words, form.words[:300]
    assert stack.sql("SELECT count(*) FROM crm.lead") == before
    done = await form.go("complete", name="\u202eForm\u2066 Filler", requirements="one\ntwo\u202e")
    assert done.status == "completed" and not set(SHOWS_NOTHING) & set(done.words), ascii(done.words)
    again = await asyncio.gather(*(form.go("complete", name="Form Filler") for _ in range(3)))
    assert {step.words for step in again} == {done.words}
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE name = 'Form Filler'") == [(1,)]
