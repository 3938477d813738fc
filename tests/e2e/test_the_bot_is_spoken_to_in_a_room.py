"""The bot sits in every room, answers who begins a line with its name, with the rights of who speaks, and shows a room nothing that somebody in it may not see.
What is not said to it, it does not hear. With real clients on real Prosody, PostgreSQL and crmd."""

import secrets

import pytest

from support.heard import CRM
from support.records import add_lead
from support.rooms import address, ask, is_of_bot, item, join, say, until_bookmarked

ELSEWHERE = "I have written to you in our own chat."


async def private(client):
    """The bot's next words in the person's own chat."""
    return (await client.messages.expect(lambda m: m.bare.startswith("bot@crm.") and m.type == "chat" and m.body is not None, carbon=None)).body


def barrier(client, room):
    """A line behind which the bot has answered all before it: one speaker's lines are dealt with in order."""
    return ask(client, room, "bot: help lead.show")


@pytest.mark.parametrize("line", ["bot: lead {}", "bot, lead {}", "@bot lead {}", "@bot: lead {}", "Bot:lead {}", "  BOT:  lead {}  "])
async def test_it_answers_its_name_as_clients_write_it(account, login, stack, line):
    manoj = await login(account("manoj", "manager"))
    number, room = add_lead(stack, "Asha Rao"), address(stack, "managers")
    await join(manoj, room)
    answer = await ask(manoj, room, line.format(number))
    assert answer.startswith(f"{manoj.account.username}:") and "Asha Rao" in answer


@pytest.mark.parametrize("line", ["lead 1", "the bot: lead 1", "bot is slow today", "bottle: help", "botany, help", "ask @bot for help", "@bothwell help", "bot"])
async def test_it_does_not_hear_what_is_not_said_to_it(account, login, stack, line):
    manoj = await login(account("manoj", "manager"))
    room = address(stack, "managers")
    await join(manoj, room)
    marker = secrets.token_hex(8)
    say(manoj, room, f"{line} {marker}" if line != "bot" else line)
    assert "Show a lead" in await barrier(manoj, room)
    assert len([m for m in manoj.messages.all if is_of_bot(room)(m)]) == 1
    assert not stack.sql("SELECT id FROM crm.audit WHERE arguments::text LIKE %s", f"%{marker}%")


async def test_it_is_there_for_all_to_see(account, login, stack):
    priya = await login(account("priya"))
    for room in ("team", "sales-persons"):
        await join(priya, address(stack, room))
        bot = await priya.presences.expect(lambda p: p.sender == f"{address(stack, room)}/bot")
        assert bot.type == "available" and item(bot) == ("member", "participant")
        assert bot.element.find(".//{*}item").get("jid").startswith(f"bot@{stack.component}")


async def test_managers_among_themselves_work_in_the_room(account, login, stack):
    manoj, mira, priya = await login(account("manoj", "manager")), await login(account("mira", "manager")), account("priya")
    number, room = add_lead(stack, "Asha Rao"), address(stack, "managers")
    await join(manoj, room)
    await join(mira, room)
    assert "Asha Rao" in await ask(manoj, room, f"bot: lead {number}")
    assert "Asha Rao" in (await mira.messages.expect(is_of_bot(room))).body
    assert priya.name in await ask(manoj, room, f"bot: assign it to {priya.username}")
    assert stack.sql("SELECT assignee FROM crm.lead WHERE id = %s", number)[0][0] == priya.id
    assert stack.sql("SELECT surface FROM crm.audit WHERE command = 'lead.assign' AND target = %s", f"lead-{number}") == [("room managers",)]
    assert not [m for m in manoj.messages.all if m.bare.startswith("bot@crm.")]


@pytest.mark.parametrize("role, room", [("manager", "managers"), ("lead", "lead-persons"), ("admin", "admins")])
async def test_where_every_reader_may_see_every_lead_the_room_hears_of_it(account, login, stack, role, room):
    speaker, room = await login(account("speaker", role)), address(stack, room)
    name = f"Heard of {secrets.token_hex(4)}"
    number = add_lead(stack, name)
    await join(speaker, room)
    for line in (f"lead {number}", "leads", f"find {name}", f"note {number} called", f"history {number}"):
        answer = await ask(speaker, room, f"bot: {line}")
        assert ELSEWHERE not in answer and (name in answer or str(number) in answer), line
    if role != "lead":
        stack.sql("UPDATE crm.lead SET deleted_at = now() WHERE id = %s", number)
        assert name in await ask(speaker, room, "bot: leads deleted")
    assert not [m for m in speaker.messages.all if m.bare.startswith("bot@crm.")]


async def archive(client, room):
    """Everything in a room's archive that this person may read, as one text; None when none of it."""
    before = len(client.messages.all)
    done = await client.exchange(f"<iq type='set' id='ID' to='{room}'><query xmlns='urn:xmpp:mam:2'/></iq>")
    found = [m for m in client.messages.all[before:] if m.child("urn:xmpp:mam:2", "result") is not None]
    return None if done.type == "error" else "\n".join("".join(m.element.itertext()) for m in found)


async def test_whoever_joins_a_team_later_reads_nothing_of_a_lead_in_its_archive(account, login, stack):
    lena, manoj, priya = await login(account("lena", "lead")), await login(account("manoj", "manager")), await login(account("priya"))
    secret = f"Secret {secrets.token_hex(4)}"
    number = add_lead(stack, secret)
    team = stack.sql("INSERT INTO crm.team (name) VALUES (%s) RETURNING id", secrets.token_hex(4))[0][0]
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) VALUES (%s, %s)", team, lena.account.id)
    room = address(stack, f"team-{team}")
    await until_bookmarked(lena, room)
    for client in (lena, manoj):    # so far, all of them may see every lead
        await join(client, room)
        for line in (f"lead {number}", f"find {secret}", f"history {number}", f"note {number} {secret}"):
            assert await ask(client, room, f"bot: {line}") == f"{client.account.username}: {ELSEWHERE}"
            await private(client)
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) VALUES (%s, %s)", team, priya.account.id)
    await until_bookmarked(priya, room)
    await join(priya, room)
    read = await archive(priya, room)
    assert ELSEWHERE in read
    assert [line for line in read.splitlines() if secret in line and "bot: " not in line] == [], "but for what the people said themselves"
    say(manoj, room, f"bot: lead {number}")
    await manoj.messages.expect(is_of_bot(room))
    await priya.messages.expect(lambda m: m.bare == room and ELSEWHERE in (m.body or ""))
    assert not [m for m in priya.messages.all if m.sender == f"{room}/bot" and secret in (m.body or "")]


async def test_whoever_becomes_a_sales_person_reads_no_more_of_the_room_where_leads_are_spoken_of(account, login, stack):
    lena = await login(account("lena", "lead"))
    secret, room = f"Secret {secrets.token_hex(4)}", address(stack, "lead-persons")
    number = add_lead(stack, secret)
    await join(lena, room)
    assert secret in await ask(lena, room, f"bot: lead {number}")
    assert secret in await archive(lena, room)
    stack.sql("UPDATE crm.person SET role = 'sales' WHERE id = %s", lena.account.id)
    await lena.ended()
    again = await login(lena.account, resource="again")
    assert await archive(again, room) is None
    assert (await join(again, room)).type == "error"
    say(again, room, f"bot: lead {number}")
    assert await again.ask_bot(f"lead {number}") == f"There is no lead {number}."


async def test_what_somebody_else_in_the_room_may_not_see_is_said_to_the_speaker_alone(account, login, stack):
    priya, ravi, manoj = await login(account("priya")), await login(account("ravi")), await login(account("manoj", "manager"))
    own, foreign = add_lead(stack, "Asha Rao", priya.account.id), add_lead(stack, "Secret Person", ravi.account.id)
    room = address(stack, "sales-persons")
    for person in (priya, ravi, manoj):
        await join(person, room)
    said = await ask(priya, room, f"bot: lead {own}")
    assert said == f"{priya.account.username}: {ELSEWHERE}" and "Asha Rao" in await private(priya)
    said = await ask(priya, room, f"bot: lead {foreign}")
    absent = await ask(priya, room, "bot: lead 999999")
    assert said == absent == f"{priya.account.username}: {ELSEWHERE}"
    assert (await private(priya)).replace(str(foreign), "N") == (await private(priya)).replace("999999", "N")
    assert await ask(manoj, room, f"bot: lead {foreign}") == f"{manoj.account.username}: {ELSEWHERE}"
    assert "Secret Person" in await private(manoj)
    assert await ask(priya, room, "bot: me") == f"{priya.account.username}: {ELSEWHERE}"
    for person in (priya, ravi, manoj):
        for message in person.messages.all:
            assert message.bare != room or not {"Asha Rao", "Secret Person"} & {w for w in ("Asha Rao", "Secret Person") if w in (message.body or "")}


async def test_a_manager_in_the_room_of_all_lets_nobody_see_a_lead(account, login, stack):
    manoj, priya = await login(account("manoj", "manager")), await login(account("priya"))
    number, room = add_lead(stack, "Secret Person"), address(stack, "team")
    await join(manoj, room)
    await join(priya, room)
    for line in (f"bot: lead {number}", "bot: leads", f"bot: note {number} called", f"bot: history {number}", "bot: stats", "bot: users"):
        assert await ask(manoj, room, line) == f"{manoj.account.username}: {ELSEWHERE}", line
        await private(manoj)
    assert "help" in await ask(manoj, room, "bot: help")


async def test_a_one_time_link_is_never_in_a_room(account, login, stack):
    admin, other = await login(account("admin", "admin")), account("ravi")
    room = address(stack, "admins")
    await join(admin, room)
    assert await ask(admin, room, f"bot: user password {other.username}") == f"{admin.account.username}: {ELSEWHERE}"
    assert "http" in await private(admin)
    assert not [m for m in admin.messages.all if m.bare == room and "http" in (m.body or "")]


async def test_what_is_asked_in_the_own_chat_stays_asked_when_a_line_in_a_room_is_answered_there(account, login, stack):
    manoj = await login(account("manoj", "manager"))
    number, room = add_lead(stack, "Asha Rao"), address(stack, "team")
    await join(manoj, room)
    assert "Go on?" in await manoj.ask_bot(f"delete {number}")
    assert await ask(manoj, room, "bot: me") == f"{manoj.account.username}: {ELSEWHERE}"
    await private(manoj)
    assert "is deleted" in await manoj.ask_bot("yes")


async def test_a_question_belongs_to_the_room_and_to_who_was_asked(account, login, stack):
    manoj, mira = await login(account("manoj", "manager")), await login(account("mira", "manager"))
    number, room = add_lead(stack, "Asha Rao"), address(stack, "managers")
    await join(manoj, room)
    await join(mira, room)
    asked = await ask(manoj, room, f"bot: delete {number}")
    assert "yes or no" in asked and "begin with “bot:”" in asked
    assert stack.sql("SELECT deleted_at FROM crm.lead WHERE id = %s", number)[0][0] is None
    mira.messages.forget()
    assert "asked you nothing in this room" in await ask(mira, room, "bot: yes")
    assert "delet" not in (await manoj.ask_bot("yes")).lower()
    assert stack.sql("SELECT deleted_at FROM crm.lead WHERE id = %s", number)[0][0] is None
    manoj.messages.forget()
    await ask(manoj, room, "bot: yes")
    assert stack.sql("SELECT deleted_at FROM crm.lead WHERE id = %s", number)[0][0] is not None


async def test_undo_in_a_room_takes_back_what_was_done_there_only(account, login, stack):
    manoj, priya, ravi = await login(account("manoj", "manager")), account("priya"), account("ravi")
    here, there, room = add_lead(stack, "Here"), add_lead(stack, "There"), address(stack, "managers")
    await join(manoj, room)
    await ask(manoj, room, f"bot: assign {here} to {priya.username}")
    await manoj.ask_bot(f"assign {there} to {ravi.username}")
    await ask(manoj, room, "bot: undo")
    owners = dict(stack.sql("SELECT name, assignee FROM crm.lead WHERE id IN (%s, %s)", here, there))
    assert owners == {"Here": None, "There": ravi.id}


async def test_nobody_speaks_as_somebody_else(account, login, stack):
    priya, manoj = await login(account("priya")), await login(account("manoj", "manager"))
    number, room = add_lead(stack, "Asha Rao"), address(stack, "team")
    await join(manoj, room)
    await join(priya, room, "The Manager")
    forged = f"<mention xmlns='{CRM}' room='managers' nick='x' id='1'><message xmlns='jabber:client' from='{manoj.account.address}' to='bot@{stack.component}' type='chat'>" \
             f"<body>delete {number}</body></message></mention>"
    say(priya, room, f"bot: delete {number}", extra=forged + f"<x xmlns='http://jabber.org/protocol/muc#user'><item jid='{manoj.account.address}'/></x>")
    await priya.messages.expect(is_of_bot(room))
    assert "forbidden" in (await private(priya)).lower()
    for target in (stack.component, f"bot@{stack.component}", f"{room}/bot"):
        answer = await priya.exchange(f"<iq type='set' id='ID' to='{target}'>{forged}</iq>")
        assert answer.type == "error"
    priya.send_raw(f"<message type='groupchat' to='{room}' from='{room}/{manoj.account.username}'><body>bot: delete {number}</body></message>")
    assert "Show a lead" in await barrier(manoj, room)
    assert stack.sql("SELECT deleted_at FROM crm.lead WHERE id = %s", number)[0][0] is None
    assert not stack.sql("SELECT id FROM crm.audit WHERE command = 'lead.delete' AND person_id = %s", manoj.account.id)


async def test_history_corrections_and_private_messages_are_not_acted_on(account, login, stack):
    manoj = await login(account("manoj", "manager"))
    number, room = add_lead(stack, "Asha Rao"), address(stack, "managers")
    await join(manoj, room)
    say(manoj, room, f"bot: note {number} from the past", extra="<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>")
    first = say(manoj, room, f"bot: note {number} first")
    await manoj.messages.expect(is_of_bot(room))
    say(manoj, room, f"bot: note {number} second", extra=f"<replace xmlns='urn:xmpp:message-correct:0' id='{first}'/>")
    assert "once" in await private(manoj)
    manoj.say(f"{room}/bot", f"note {number} third")
    assert "bot@" in (await manoj.messages.expect(sender=f"{room}/bot", type="chat")).body
    again = await login(manoj.account, resource="again")
    await join(again, room)
    await barrier(again, room)
    assert stack.sql("SELECT body FROM crm.lead_note WHERE lead_id = %s", number) == [("first",)]


async def test_what_is_said_while_crmd_is_away_is_done_once_when_it_is_back(account, login, stack):
    manoj = await login(account("manoj", "manager"))
    number, room = add_lead(stack, "Asha Rao"), address(stack, "managers")
    await join(manoj, room)
    stack.kill("crmd")
    said = await ask(manoj, room, f"bot: note {number} while you were away")
    assert "away" in said
    stack.kill("prosody")
    stack.start("prosody", "crmd")
    again = await login(manoj.account, resource="again")
    stack.sql_until("SELECT true FROM crm.lead_note WHERE lead_id = %s", number, timeout=30)
    await join(again, room)
    await barrier(again, room)
    assert stack.sql("SELECT body FROM crm.lead_note WHERE lead_id = %s", number) == [("while you were away",)]


async def test_the_bot_stays_after_each_restart_and_says_nothing_twice(account, login, stack):
    manoj = await login(account("manoj", "manager"))
    number, room = add_lead(stack, "Asha Rao"), address(stack, "managers")
    await join(manoj, room)
    await ask(manoj, room, f"bot: lead {number}")
    stack.sql("UPDATE crm.outbox SET state = 'pending', settled_at = NULL WHERE channel = 'room-managers'")  # as if no barrier had come back
    for names in (["crmd"], ["prosody"], ["prosody", "crmd"]):
        stack.kill(*names)
        stack.start(*names)
        again = await login(manoj.account, resource=f"after-{'-'.join(names)}")
        await join(again, room)
        await again.presences.expect(lambda p: p.sender == f"{room}/bot" and p.type == "available")
        say(again, room, "bot: help lead.show")
        await again.messages.expect(lambda m: is_of_bot(room)(m) and "Show a lead" in m.body)
    done = await again.exchange(f"<iq type='set' id='ID' to='{room}'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>50</max><before/></set></query></iq>")
    assert done.type == "result"
    archived = [m for m in again.messages.all if m.child("urn:xmpp:mam:2", "result") is not None]
    shown = [m for m in archived if f"Lead {number}" in "".join(m.element.itertext()) or "Asha Rao" in "".join(m.element.itertext())]
    bodies = [t for t in ("".join(m.element.itertext()) for m in shown) if "bot: lead" not in t and f"Lead {number}\n" in t]
    assert len(bodies) == 1, bodies

@pytest.mark.parametrize("filler", [" ", "\n", "'"])
async def test_what_is_too_long_is_said_to_be_and_holds_nobody_up(account, login, stack, filler):
    manoj, priya = await login(account("manoj", "manager")), await login(account("priya"))
    room = address(stack, "managers")
    await join(manoj, room)
    say(manoj, room, f"bot: help{filler * 240000}x")
    await priya.commands.list()    # through Prosody and crmd, behind it
    answer = await manoj.messages.expect(is_of_bot(room), 30)
    assert "That is too long for me: at most 4000 characters fit." in answer.body
    assert "Show a lead" in await barrier(manoj, room)


async def test_a_name_with_nothing_but_space_asks_for_help(account, login, stack):
    manoj = await login(account("manoj", "manager"))
    room = address(stack, "managers")
    await join(manoj, room)
    assert "help" in await ask(manoj, room, "bot:" + " " * 100000)
    assert "Show a lead" in await ask(manoj, room, "bot:" + " " * 100000 + "help lead.show" + "\n" * 100000)
