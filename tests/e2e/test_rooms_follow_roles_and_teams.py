"""There is a room for everybody, one for each role and one for each team; who is in them follows from the CRM, at once, and whatever dies. Through clients,
on real Prosody, PostgreSQL and crmd."""

import asyncio
import secrets
import string

import pytest

from support.rooms import INFO, address, ask, bookmarks, is_known, is_of_bot, is_own_presence, item, join, listed, pushed, put_out, say, until_bookmarked

ROLE_ROOMS = {"admin": "admins", "manager": "managers", "lead": "lead-persons", "sales": "sales-persons"}


def a_name():
    return "Crew" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(8))


@pytest.fixture
def team(stack):
    """A team of its own for each test: (name, room)."""
    name = a_name()
    number = stack.sql("INSERT INTO crm.team (name) VALUES (%s) RETURNING id", name)[0][0]
    return name, address(stack, f"team-{number}")


async def appears(client, room):
    """Joins as soon as the room is there: a notice from PostgreSQL through crmd to Prosody is under way."""
    for _ in range(200):
        presence = await join(client, room)
        if presence.type != "error":
            return presence
        assert presence.condition == "item-not-found"
        await asyncio.sleep(0.05)
    raise AssertionError(f"{room} does not open to {client.account.username}")


@pytest.mark.parametrize("role", ROLE_ROOMS)
async def test_everybody_has_the_room_of_all_and_of_their_role_in_their_bookmarks(account, login, stack, role):
    person = await login(account("asha", role))
    own = {address(stack, "team"): "Team", address(stack, ROLE_ROOMS[role]): {"admin": "Admins", "manager": "Managers", "lead": "Lead Persons",
                                                                              "sales": "Sales Persons"}[role]}
    assert await bookmarks(person) == own
    legacy = await person.exchange("<iq type='get' id='ID'><query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query></iq>")
    assert {c.get("jid") for c in legacy.element.iter("{storage:bookmarks}conference")} == set(own)
    assert {c.get("autojoin") for c in legacy.element.iter("{storage:bookmarks}conference")} <= {"true", "1"}
    for room in own:
        assert item(await join(person, room))[1] in ("participant", "moderator")


async def test_who_may_enter_which_room(account, login, stack, team):
    rooms = {**{room: address(stack, room) for room in ["team", *ROLE_ROOMS.values()]}, "a team": team[1]}
    expected = {"admin": set(rooms), "manager": set(rooms) - {"admins"}, "lead": {"team", "lead-persons"}, "sales": {"team", "sales-persons"}}
    moderated = {"admin": set(rooms), "manager": set(rooms) - {"admins", "managers"}, "lead": set(), "sales": set()}
    admin = await login(account("admin", "admin"))
    await appears(admin, team[1])
    for role, allowed in expected.items():
        person = await login(account("person", role))
        seen = await listed(person, f"rooms.{stack.domain}")
        assert {name for name, room in rooms.items() if room in seen} == allowed
        for name, room in rooms.items():
            presence = await join(person, room)
            assert (presence.type != "error") == (name in allowed), (role, name)
            if name in allowed:
                assert item(presence) == (("admin", "moderator") if name in moderated[role] else ("member", "participant"))


async def test_a_room_that_one_may_not_see_answers_as_one_that_does_not_exist(account, login, stack, team):
    admin, person = await login(account("admin", "admin")), await login(account("ravi"))
    await appears(admin, team[1])
    absent = address(stack, "team-999999")
    stanzas = [INFO, "<iq type='get' id='ID' to='{}'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
               "<iq type='set' id='ID' to='{}'><query xmlns='urn:xmpp:mam:2'/></iq>", "<iq type='get' id='ID' to='{}'><vCard xmlns='vcard-temp'/></iq>",
               "<iq type='get' id='ID' to='{}'><query xmlns='jabber:iq:register'/></iq>", "<iq type='get' id='ID' to='{}/bot'><ping xmlns='urn:xmpp:ping'/></iq>",
               "<iq type='get' id='ID' to='{}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>",
               "<iq type='get' id='ID' to='{}'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query></iq>",
               "<message id='ID' type='groupchat' to='{}'><body>hello</body></message>", "<message id='ID' type='chat' to='{}/bot'><body>hello</body></message>",
               "<presence id='ID' to='{}/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>", "<presence id='ID' to='{}/me'/>"]
    for stanza in stanzas:
        for room in (team[1], address(stack, "admins"), absent):
            answer = await person.exchange(stanza.format(room))
            assert (answer.type, answer.condition) == ("error", "item-not-found"), (room, answer)
            assert answer.element.find(".//{*}text") is None and not answer.element.find("{*}error").get("by")
    assert (await admin.exchange(INFO.format(team[1]))).type == "result"


async def test_nobody_makes_a_room_or_changes_who_is_in_one(account, login, stack):
    admin, outsider = await login(account("admin", "admin")), account("ravi", "lead")
    own = address(stack, "my-own")
    assert (await join(admin, own)).condition == "item-not-found"
    room = address(stack, "managers")
    assert item(await join(admin, room)) == ("admin", "moderator")
    for affiliation in ("member", "outcast"):
        answer = await admin.exchange(f"<iq type='set' id='ID' to='{room}'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                                      f"<item affiliation='{affiliation}' jid='{outsider.address}'/></query></iq>")
        assert answer.condition == "not-allowed"
    invitation = (f"<message id='ID' to='{room}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='{outsider.address}'/></x></message>")
    assert (await admin.exchange(invitation)).condition == "not-allowed"
    config = await admin.exchange(f"<iq type='get' id='ID' to='{room}'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>")
    assert config.condition == "forbidden"
    await admin.exchange(f"<iq type='set' id='ID' to='{room}'><query xmlns='jabber:iq:register'><remove/></query></iq>")
    assert (await admin.exchange(INFO.format(room))).type == "result"
    assert (await join(await login(outsider), room)).condition == "item-not-found"


async def test_joining_and_leaving_a_team_takes_effect_while_one_is_online(account, login, stack, team):
    admin, priya, ravi = await login(account("admin", "admin")), await login(account("priya")), await login(account("ravi"))
    name, room = team
    for person in (priya, ravi):
        assert "is now in the team" in await admin.ask_bot(f"team join {name}, {person.account.username}")
    await until_bookmarked(priya, room)
    assert (await bookmarks(priya))[room] == name
    await until_bookmarked(ravi, room)
    assert item(await join(priya, room)) == ("member", "participant")
    await join(ravi, room)
    say(priya, room, "welcome")
    assert (await ravi.messages.expect(body="welcome")).sender == f"{room}/{priya.account.username}"
    assert "leads the team" in await admin.ask_bot(f"team lead {name}, {priya.account.username}")
    promoted = await priya.presences.expect(lambda p: p.bare == room and is_own_presence(p) and item(p)[0] == "admin")
    assert item(promoted) == ("admin", "moderator")
    assert "no longer" in await admin.ask_bot(f"team leave {name}, {ravi.account.username}")
    assert "321" in await put_out(ravi, room)
    await until_bookmarked(ravi, room, wanted=False)
    assert (await join(ravi, room)).condition == "item-not-found" and room not in await listed(ravi, f"rooms.{stack.domain}")
    say(priya, room, "between us")
    await priya.messages.expect(body="between us")
    assert "between us" not in ravi.messages.bodies()


async def test_another_role_is_another_room_and_a_disabled_account_is_nowhere(account, login, stack):
    admin, asha = await login(account("admin", "admin")), await login(account("asha"))
    await join(admin, address(stack, "sales-persons"))
    await join(asha, address(stack, "sales-persons"))
    assert "Go on?" in await admin.ask_bot(f"user role {asha.account.username} to manager")
    assert "is Manager now" in await admin.ask_bot("yes")
    await asha.ended()
    gone = await admin.presences.expect(lambda p: p.sender == f"{address(stack, 'sales-persons')}/{asha.account.username}" and p.type == "unavailable")
    assert gone
    again = await login(asha.account, resource="again")
    await until_bookmarked(again, address(stack, "managers"))
    assert address(stack, "sales-persons") not in await bookmarks(again)
    await appears(again, address(stack, "managers"))
    await join(admin, address(stack, "managers"))
    assert "yes or no" in await admin.ask_bot(f"user disable {asha.account.username}")
    assert "is disabled" in await admin.ask_bot("yes")
    await again.ended()
    members = await admin.exchange(f"<iq type='get' id='ID' to='{address(stack, 'managers')}'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                                   "<item affiliation='member'/></query></iq>")
    assert asha.account.address not in {i.get("jid") for i in members.element.iter("{http://jabber.org/protocol/muc#admin}item")}


async def test_a_team_that_is_called_otherwise_keeps_its_room_and_one_that_is_deleted_takes_it_along(account, login, stack, team):
    admin, priya = await login(account("anna", "admin")), await login(account("priya"))
    name, room = team
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM crm.team WHERE name = %s", priya.account.id, name)
    await until_bookmarked(priya, room)
    await join(priya, room)
    assert "is called" in await admin.ask_bot(f"rename team {name} to {name} II")
    await priya.messages.expect(lambda m: m.bare == room and any(s.get("code") == "104" for s in m.element.iter("{http://jabber.org/protocol/muc#user}status")))
    assert (await listed(priya, f"rooms.{stack.domain}"))[room] == name + " II"
    await until_bookmarked(priya, room, name=name + " II")
    assert "goes with its room" in await admin.ask_bot(f"delete team {name} II")
    assert "is gone" in await admin.ask_bot("yes")
    await put_out(priya, room)
    assert (await priya.exchange(INFO.format(room))).condition == "item-not-found"


async def test_a_bookmark_that_somebody_deleted_stays_deleted_until_they_join_again(account, login, stack, team):
    priya = await login(account("priya"))
    name, room = team
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM crm.team WHERE name = %s", priya.account.id, name)
    await until_bookmarked(priya, room)
    assert (await priya.exchange("<iq type='set' id='ID'><pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='urn:xmpp:bookmarks:1'>"
                                 f"<item id='{room}'/></retract></pubsub></iq>")).type == "result"
    other = a_name()
    stack.sql("WITH made AS (INSERT INTO crm.team (name) VALUES (%s) RETURNING id) INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM made",
              other, priya.account.id)
    other_room = address(stack, f"team-{stack.sql('SELECT id FROM crm.team WHERE name = %s', other)[0][0]}")
    await until_bookmarked(priya, other_room)
    assert room not in await bookmarks(priya)
    await priya.logout()
    again = await login(priya.account, resource="again")
    assert room not in await bookmarks(again) and other in (await bookmarks(again)).values()
    stack.sql("DELETE FROM crm.team_member WHERE person_id = %s", priya.account.id)
    await until_bookmarked(again, other_room, wanted=False)
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM crm.team WHERE name = %s", priya.account.id, name)
    await until_bookmarked(again, room)


async def test_bookmarks_are_pushed_to_a_client_that_is_online(account, login, stack, team):
    priya = await login(account("priya"))
    name, room = team
    await is_known(priya)
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM crm.team WHERE name = %s", priya.account.id, name)
    assert await pushed(priya, room) == "item"
    stack.sql("DELETE FROM crm.team_member WHERE person_id = %s", priya.account.id)
    assert await pushed(priya, room) == "retract"


async def test_nobody_takes_the_name_of_a_colleague_or_of_the_bot(account, login, stack):
    priya, ravi = await login(account("priya", full_name="Priya Nair")), await login(account("ravi"))
    room = address(stack, "team")
    for nick in (priya.account.username, priya.account.username.upper(), "Bot", "bot"):
        assert (await join(ravi, room, nick)).condition == "conflict", nick
    assert (await join(ravi, room)).type != "error"
    ravi.send_raw(f"<presence to='{room}/priya NAIR'/>")
    assert (await ravi.presences.expect(lambda p: p.bare == room and p.type == "error")).condition == "conflict"


async def test_what_changed_while_prosody_or_crmd_was_away_is_true_afterwards(account, login, stack, team):
    name, room = team
    priya, ravi = account("priya"), account("ravi")
    client = await login(priya)
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM crm.team WHERE name = %s", priya.id, name)
    await until_bookmarked(client, room)
    await join(client, room)
    say(client, room, "before the restart")
    await client.messages.expect(body="before the restart")
    stack.kill("prosody", "crmd")
    stack.sql("DELETE FROM crm.team_member WHERE person_id = %s", priya.id)
    stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM crm.team WHERE name = %s", ravi.id, name)
    stack.start("prosody", "crmd")
    gone, here = await login(priya, resource="again"), await login(ravi)
    assert room not in await bookmarks(gone) and room in await bookmarks(here)
    assert (await join(gone, room)).condition == "item-not-found"
    assert (await join(here, room)).type != "error"
    assert await here.messages.expect(lambda m: m.body == "before the restart" and m.delayed)


async def test_a_lost_notice_is_made_good_at_the_next_login(account, login, stack, team):
    name, room = team
    stack.kill("crmd")
    try:
        priya = account("priya")
        stack.sql("INSERT INTO crm.team_member (team_id, person_id) SELECT id, %s FROM crm.team WHERE name = %s", priya.id, name)
        client = await login(priya)
        await until_bookmarked(client, room)    # at once, unless Prosody has just read the rooms: then some seconds later
        assert (await join(client, room)).type != "error"
    finally:
        stack.start("crmd")


async def test_without_postgresql_rooms_stay_as_they_are(account, login, stack):
    priya, ravi = await login(account("priya")), await login(account("ravi"))
    room = address(stack, "team")
    await join(priya, room)
    await join(ravi, room)
    stack.kill("postgres")
    try:
        answer = await ask(priya, room, "bot: help")
        assert "away" in answer and answer.startswith(priya.account.username)
        say(priya, room, "still here")
        await ravi.messages.expect(lambda m: m.type == "groupchat" and m.body == "still here")
        assert item(await join(priya, room)) == ("member", "participant")
    finally:
        stack.start("postgres")
    # Said to her and now: the room's history, which each joining client gets, holds what the bot said to others.
    to_her = is_of_bot(room, f"{priya.account.username}:")
    assert "lead" in (await priya.messages.expect(lambda m: to_her(m) and "away" not in m.body, timeout=30)).body


async def test_the_room_keeps_its_history(account, login, stack):
    priya = await login(account("priya"))
    room = address(stack, "sales-persons")
    await join(priya, room)
    words = "we meet at ten " + secrets.token_hex(4)
    say(priya, room, words)
    await priya.messages.expect(body=words)
    ravi = await login(account("ravi"))
    await appears(ravi, room)
    ravi.messages.forget()
    done = await ravi.exchange(f"<iq type='set' id='ID' to='{room}'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><before/>"
                               "<max>20</max></set></query></iq>")
    assert done.type == "result"
    assert any(words in "".join(m.element.itertext()) for m in ravi.messages.all)
