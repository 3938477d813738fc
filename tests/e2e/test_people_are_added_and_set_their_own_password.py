"""An Admin adds people, who set their own password through a one-time link; accounts are disabled, change their role, and their sessions end; and what
people say of themselves is in their vCard. Through the bot and through forms, on real Prosody, PostgreSQL and crmd."""

import asyncio
import base64
import secrets
import time
import xml.etree.ElementTree as ET

import pytest

from support.account_page import find_link, open_page, set_password
from support.accounts import Account
from support.staff import LoginFailed, Staff

PASSWORD = "four plain words here"


def a_name(word):
    return word + secrets.token_hex(3)


def account_of(stack, username, password=PASSWORD, role="sales"):
    row = stack.sql("SELECT id, name FROM crm.person WHERE kind = 'staff' AND username = %s", username)[0]
    return Account(row[0], username, password, role, row[1], f"{username}@{stack.domain}")


async def in_thread(function, *arguments):
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)


async def until(condition, seconds=5):
    for _ in range(int(seconds * 20)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to pass")


async def test_whom_an_admin_adds_in_chat_sets_a_password_and_logs_in(account, login, stack):
    admin = await login(account("admin", "admin"))
    username = a_name("asha")
    answer = await admin.ask_bot(f"user add Asha Rao, {username}, sales, asha@example.in")
    assert "is added as Sales Person" in answer
    link = find_link(answer)
    page = await in_thread(open_page, link)
    assert page.status == 200 and f"{username}@{stack.domain}" in page.words
    assert "script" not in page.text and "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
    with pytest.raises(LoginFailed):
        await Staff.login(stack, account_of(stack, username))
    assert (await in_thread(set_password, link, PASSWORD)).status == 200
    await login(account_of(stack, username))
    await login(account_of(stack, username), mechanism="PLAIN", resource="plain")


async def test_the_same_by_form_and_the_password_is_nowhere(account, login, stack):
    admin = await login(account("admin", "admin"))
    username = a_name("ravi")
    form = await admin.commands.execute("user.add")
    assert form.status == "executing" and not any(field.type == "text-private" for field in form.fields)
    done = await form.complete(name="Ravi Kumar", account=username, role="lead")
    link = find_link(done.words)
    assert (await in_thread(set_password, link, PASSWORD)).status == 200
    await login(account_of(stack, username, role="lead"))
    token = link.rpartition("/")[2]
    held = stack.sql("SELECT string_agg(l::text, ' ') FROM crm.account_link l")[0][0]
    assert token not in held and PASSWORD not in stack.log("prosody") and token not in stack.log("prosody") + stack.log("crmd")
    assert token not in stack.sql("SELECT coalesce(string_agg(arguments::text, ' '), '') FROM crm.audit")[0][0]


async def test_used_unknown_and_expired_links_get_the_same_answer(account, login, stack):
    admin = await login(account("admin", "admin"))
    person = account("meera")
    used = find_link(await admin.ask_bot(f"user password {person.username}"))
    assert (await in_thread(set_password, used, PASSWORD)).status == 200
    expired = find_link(await admin.ask_bot(f"user password {person.username}"))
    stack.sql("UPDATE crm.account_link SET expires_at = now() - interval '1 second' WHERE person_id = %s AND used_at IS NULL", person.id)
    unknown = used.rpartition("/")[0] + "/" + secrets.token_urlsafe(32)
    pages = [await in_thread(set_password, link, "another good password") for link in (used, unknown, expired)]
    pages += [await in_thread(open_page, link) for link in (used, unknown, expired)]
    assert {(page.status, page.text) for page in pages} == {(404, pages[0].text)}
    await login(account_of(stack, person.username))


async def test_a_newer_link_takes_the_place_of_the_older_one(account, login):
    admin = await login(account("admin", "admin"))
    person = account("nina")
    first = find_link(await admin.ask_bot(f"user password {person.username}"))
    second = find_link((await (await admin.commands.execute("user.password")).complete(person=person.username)).words)
    assert (await in_thread(open_page, first)).status == 404
    assert (await in_thread(open_page, second)).status == 200


async def test_weak_passwords_are_refused_and_the_link_stays_good(account, login):
    admin = await login(account("admin", "admin"))
    person = account("gopalkrishna")
    link = find_link(await admin.ask_bot(f"user password {person.username}"))
    for weak, again, part in [("short", "short", "too short"), (person.username, person.username, "user name"), ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "guess"),
                              (PASSWORD, PASSWORD + "x", "not the same"), ("x" * 201, "x" * 201, "too long")]:
        page = await in_thread(set_password, link, weak, again)
        assert page.status == 422 and part in page.words
        assert PASSWORD not in page.text
    assert (await in_thread(set_password, link, PASSWORD)).status == 200


async def test_setting_a_password_ends_the_sessions_of_before(account, login, stack):
    admin = await login(account("admin", "admin"))
    person = account("tara")
    client = await login(person)
    link = find_link(await admin.ask_bot(f"user password {person.username}"))
    ended = asyncio.get_running_loop().create_future()
    client.add_event_handler("disconnected", lambda _: ended.done() or ended.set_result(None))
    assert (await in_thread(set_password, link, PASSWORD)).status == 200
    await asyncio.wait_for(ended, 5)
    with pytest.raises(LoginFailed):
        await Staff.login(stack, person)


async def test_disabling_asks_first_ends_the_session_at_once_and_names_the_open_leads(account, login, stack):
    family = a_name("Nair")    # shared with somebody who is not disabled
    admin, person, sister = await login(account("admin", "admin")), account("priya", full_name=f"Priya {family}"), account("leela", full_name=f"Leela {family}")
    lead = stack.sql("INSERT INTO crm.lead (name, status, assignee) VALUES ('Meera Joshi', 'assigned', %s) RETURNING id", person.id)[0][0]
    client = await login(person)
    ended = asyncio.get_running_loop().create_future()
    client.add_event_handler("disconnected", lambda _: ended.done() or ended.set_result(None))
    asked = await admin.ask_bot(f"user disable {person.username}")
    assert person.username in asked and asked.endswith("Go on?\n(Reply yes or no)")
    assert stack.sql("SELECT enabled FROM crm.person WHERE id = %s", person.id)[0][0]
    answer = await admin.ask_bot("yes")
    assert f"{person.name} is disabled" in answer and f"1 open lead: {lead} Meera Joshi (assigned)" in answer
    await asyncio.wait_for(ended, 5)
    with pytest.raises(LoginFailed):
        await Staff.login(stack, person)
    form = await (await admin.commands.execute("user.enable")).complete(person=family)
    assert form.field("person").options[person.username] == person.name and sister.username not in form.field("person").options
    assert "is enabled again" in (await form.complete(person=person.username)).words
    await login(person)


async def test_a_new_role_is_in_force_at_once(account, login, stack):
    admin, person = await login(account("admin", "admin")), account("leela")
    client = await login(person)
    assert "lead.assign" not in await client.commands.list()
    await until(lambda: stack.sql("SELECT available FROM crm.availability WHERE person_id = %s", person.id) == [(True,)])
    form = await (await admin.commands.execute("user.role")).next(person=person.username)
    form = await form.complete(role="manager")
    assert form.status == "executing" and f"{person.name} is here now: all open sessions end. Go on?" in form.words
    asked = await admin.ask_bot(f"user role {person.username} to manager")
    assert asked.endswith(f"{person.name} is here now: all open sessions end. Go on?\n(Reply yes or no)")
    assert client.is_connected() and stack.sql("SELECT role FROM crm.person WHERE id = %s", person.id) == [("sales",)]
    assert "is Manager now" in await admin.ask_bot("yes")
    await until(lambda: not client.is_connected())
    again = await login(person)
    assert "lead.assign" in await again.commands.list()


async def test_sessions_end_when_an_admin_says_so_and_lastseen_is_known(account, login, stack):
    admin, manager, person = await login(account("admin", "admin")), await login(account("manoj", "manager")), account("uma", full_name="Uma Das")
    assert "has not been here yet" in await manager.ask_bot(f"lastseen {person.username}")
    client = await login(person)
    await until(lambda: stack.sql("SELECT available FROM crm.availability WHERE person_id = %s", person.id) == [(True,)])
    assert "Uma Das is here now" in await manager.ask_bot(f"lastseen {person.username}")
    form = await admin.commands.execute("user.sessions")
    assert "being ended" in (await form.complete(person=person.username, end="1")).words
    await until(lambda: not client.is_connected())
    await until(lambda: stack.sql("SELECT available FROM crm.availability WHERE person_id = %s", person.id) == [(False,)])
    assert "Uma Das was last here" in await manager.ask_bot(f"lastseen {person.username}")


@pytest.mark.parametrize("role", ["manager", "lead", "sales"])
async def test_what_is_for_admins_is_forbidden_to_others_on_both_surfaces(account, login, stack, role):
    client, victim = await login(account("eve", role)), account("victim")
    offered = await client.commands.list()
    lines = [f"user add X, {a_name('x')}, admin", f"user role {victim.username} to admin", f"user disable {victim.username}", f"user password {victim.username}",
             f"user sessions {victim.username} end=yes", "team add Nowhere", "settings set desk.away_seconds to 90", "audit list"]
    if role != "manager":
        lines += ["user list", f"user show {victim.username}", f"lastseen {victim.username}", "team list", "stats"]
    for line in lines:
        node = ".".join(line.split()[:2]) if line.split()[0] not in ("lastseen", "stats") else line.split()[0]
        assert (await client.ask_bot(line)).lower().startswith("forbidden"), line
        assert node not in offered
        assert (await client.commands.execute(node)).condition == "forbidden", node
    assert stack.sql("SELECT role, enabled FROM crm.person WHERE id = %s", victim.id) == [("sales", True)]


async def vcard(client, address):
    iq = client.make_iq_get(ito=address)
    iq.xml.append(ET.Element("{vcard-temp}vCard"))
    return (await iq.send(timeout=5)).xml.find("{vcard-temp}vCard")


async def test_a_profile_is_changed_in_chat_and_seen_as_vcard_by_colleagues(account, login):
    asha, ravi = await login(account("asha", full_name="Asha Rao")), await login(account("ravi"))
    answer = await asha.ask_bot("profile phone 98765 43210")
    assert "+91 98765 43210" in answer
    form = await asha.commands.execute("profile")
    end = time.monotonic() + 6    # Prosody believes a vCard for 5 seconds
    done = await form.complete(name="Asha R. Rao", time_zone="berlin", languages="hi, EN")
    assert "Europe/Berlin" in done.words and "hi, en" in done.words
    assert "Did you mean Asia/Kolkata" in await asha.ask_bot("profile time_zone=kolkat")
    await asha.ask_bot("cancel")
    card = await vcard(ravi, asha.account.address)
    while card.findtext("{vcard-temp}FN") != "Asha R. Rao" and time.monotonic() < end:
        await asyncio.sleep(0.2)
        card = await vcard(ravi, asha.account.address)
    assert card.findtext("{vcard-temp}FN") == "Asha R. Rao" and card.findtext("{vcard-temp}TITLE") == "Sales Person"
    assert card.findtext("{vcard-temp}TEL/{vcard-temp}NUMBER") == "+919876543210"
    iq = ravi.make_iq_get(ito=asha.account.address)
    pubsub = ET.SubElement(iq.xml, "{http://jabber.org/protocol/pubsub}pubsub")
    ET.SubElement(pubsub, "{http://jabber.org/protocol/pubsub}items", {"node": "urn:xmpp:vcard4"})
    card = next((await iq.send(timeout=5)).xml.iter("{urn:ietf:params:xml:ns:vcard-4.0}vcard"))
    assert card.findtext("{urn:ietf:params:xml:ns:vcard-4.0}fn/{urn:ietf:params:xml:ns:vcard-4.0}text") == "Asha R. Rao"
    assert [lang.findtext("*") for lang in card.iter("{urn:ietf:params:xml:ns:vcard-4.0}lang")] == ["hi", "en"]


async def test_teams_settings_audit_and_counts_over_both_surfaces(account, login, stack):
    admin, person = await login(account("admin", "admin")), account("priya", full_name="Priya Nair")
    manager = await login(account("manoj", "manager"))
    team = "North" + "".join(secrets.choice("abcdefgh") for _ in range(6))
    assert "is added" in await admin.ask_bot(f"team add {team}")
    form = await admin.commands.execute("team.join")
    assert "is now in the team" in (await form.complete(team=team, member=person.username)).words
    assert "leads the team" in await admin.ask_bot(f"team lead {team}, {manager.account.username}")
    assert "made you the leader" in (await manager.messages.expect(lambda m: "leader" in (m.body or ""), carbon=None)).body
    assert f"{team} · led by Manoj · Priya Nair" in await manager.ask_bot("teams")
    assert "is no longer in" in await admin.ask_bot(f"team leave {team}, {person.username}")
    try:
        form = await admin.commands.execute("settings.set")
        assert form.field("setting").type == "text-single", "there are more than a list holds: a word is searched for"
        stack.sql("UPDATE crm.setting SET value = '60' WHERE key = 'desk.away_seconds'")
        again = await form.complete(setting="desk.away_seconds", value="5")
        assert again.status == "executing" and "from 10 to 3600" in again.words
        assert "is 90 seconds now, and was 60 seconds" in (await again.complete(value="90")).words
        await admin.ask_bot("settings set money.currency to usd")
        await manager.ask_bot("lead add Dollar Person, budget 1200")
        assert stack.sql("SELECT budget_currency FROM crm.lead WHERE name = 'Dollar Person'") == [("USD",)]
    finally:
        stack.sql("UPDATE crm.setting SET value = CASE key WHEN 'money.currency' THEN 'INR' ELSE '60' END WHERE key IN ('money.currency', 'desk.away_seconds')")
    assert "settings.set" in await admin.ask_bot(f"audit list by {admin.account.username}")
    assert "Leads in all: " in (await manager.commands.execute("stats")).words


async def test_an_imported_bcrypt_account_logs_in_with_plain_and_has_scram_keys_from_then_on(account, login, stack):
    person = account("imported")
    stack.sql("UPDATE crm.credential SET salt = NULL, iterations = NULL, stored_sha1 = NULL, server_sha1 = NULL, stored_sha256 = NULL, server_sha256 = NULL,"
              " bcrypt = replace(crypt(%s, gen_salt('bf', 10)), '$2a$', '$2y$') WHERE person_id = %s", person.password, person.id)
    with pytest.raises(LoginFailed):
        await Staff.login(stack, person, mechanism="SCRAM-SHA-256")
    await login(person, mechanism="PLAIN")
    assert stack.sql("SELECT bcrypt IS NULL AND stored_sha256 IS NOT NULL FROM crm.credential WHERE person_id = %s", person.id) == [(True,)]
    await login(person, mechanism="SCRAM-SHA-256", resource="scram")


async def test_the_last_enabled_admin_stays(account, login, stack):
    admin, other = await login(account("admin", "admin")), account("second", "admin")
    stack.sql("UPDATE crm.person SET enabled = false WHERE role = 'admin' AND id NOT IN (%s, %s)", admin.account.id, other.id)
    await admin.ask_bot(f"user disable {other.username}")
    assert "is disabled" in await admin.ask_bot("yes")
    assert "last enabled Admin" in await admin.ask_bot(f"user role {admin.account.username} to sales")
    assert "cannot disable your own" in await admin.ask_bot(f"user disable {admin.account.username}")
    assert stack.sql("SELECT role, enabled FROM crm.person WHERE id = %s", admin.account.id) == [("admin", True)]


async def test_the_picture_that_somebody_sets_in_their_client_is_seen_by_colleagues(account, login, stack):
    asha, meera = await login(account("asha", full_name="Asha Rao")), await login(account("meera", "manager"))
    picture = b"\x89PNG\r\n\x1a\nnot much of a picture"
    asha.register_plugin("xep_0084")
    await asha["xep_0084"].publish_avatar(picture)
    await asha["xep_0084"].publish_avatar_metadata([{"id": asha["xep_0084"].generate_id(picture), "type": "image/png", "bytes": len(picture)}])
    card = await vcard_of(meera, asha.account.address)
    assert card.findtext("{vcard-temp}FN") == "Asha Rao"
    assert base64.b64decode(card.findtext("{vcard-temp}PHOTO/{vcard-temp}BINVAL")) == picture


async def vcard_of(client, address):
    iq = client.make_iq_get(ito=address)
    iq.xml.append(ET.Element("{vcard-temp}vCard"))
    return (await iq.send(timeout=10)).xml.find("{vcard-temp}vCard")
