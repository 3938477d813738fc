"""lead.erase is final: a lead is known by words that stand nowhere else, put in by every way there is, and after it is erased none of them is in a dump of the
database, in Prosody's archives and files, or in a log. What is not of the lead stays."""

import os
import pathlib
import re
import subprocess

from support.records import add_lead
from support.rooms import address, ask, join, say
from test_leads_come_from_spreadsheets import heard, send_file, start

# Each has a root that is in no other word of a stack.
FILE = "vobblethwick list.csv"
CSV = ("Full Name,E-Mail,Mobile,Requirements,Notes\r\n"
       "Zyxquarn Vobblethwick,zyxquarn@plonkmail.example.in,98111-22334,\"Wants nibblewix, and \"\"frobozz\"\" for 12\",imported with snorkelwump\r\n")
ROOTS = ("zyxquarn", "vobblethw", "plonkmail", "nibblewix", "frobozz", "snorkelwump", "quibblefrost", "grimbletag", "florpington", "plinkforth", "drizzlekin", "wugglemot",
         "crankleby", "mumblecrust", "zorbdust")
DIGITS = ("9811122334",)


def dump(stack):
    """Everything in the database, as pg_dump writes it."""
    program = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))[-1]
    env = {**os.environ, "PGHOST": stack.env["CRM_PG_SOCKET_DIR"], "PGPORT": stack.env["CRM_PG_PORT"], "PGUSER": "postgres", "PGPASSWORD": stack.secret("postgres_password")}
    return subprocess.run([program, "--data-only", "crm"], env=env, check=True, capture_output=True).stdout


def files(stack):
    """{name: content} of all that Prosody has, and of all logs: not PostgreSQL's own files, whose contents the dump shows, nor what clients of a test keep."""
    roots = [pathlib.Path(stack.env["CRM_RUN_DIR"], "prosody"), *stack.folder.glob("*.out"), *(p for p in [stack.env.get("CRM_LOG_DIR")] if p)]
    found = [p for root in map(pathlib.Path, roots) for p in ([root] if root.is_file() else root.rglob("*")) if p.is_file()]
    return {str(path): path.read_bytes() for path in found}


def places(stack):
    """Where each root is: {root: [file, …]}."""
    everything = {"dump": dump(stack), **files(stack)}
    folded = {name: content.lower() for name, content in everything.items()}
    where = {root: [name for name, content in folded.items() if root.encode() in content or root.encode().hex().encode() in content] for root in ROOTS}
    digits = {name: re.sub(rb"[^0-9a-z]", b"", content) for name, content in folded.items()}
    where.update({number: [name for name, content in digits.items() if number.encode() in content] for number in DIGITS})
    return where


def is_archive(name):
    return "archive.sqlite" in name or "archive.journal" in name


async def settled(client):
    """A query of the archive settles what Prosody has in its journal; all that it holds, as text."""
    texts, after = [], ""
    while True:
        done = await client.exchange("<iq type='set' id='ID'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>50</max>"
                                     f"{after}</set></query></iq>", timeout=30)
        assert done.type == "result"
        fin = done.element.find("{urn:xmpp:mam:2}fin")
        last = fin.findtext(".//{http://jabber.org/protocol/rsm}last")
        if fin.get("complete") == "true" or last is None:
            break
        after = f"<after>{last}</after>"
    for message in client.stanzas.all:
        result = message.element.find("{urn:xmpp:mam:2}result")
        if result is not None:
            texts += [body.text or "" for body in result.iter("{jabber:client}body")]
    return "\n".join(texts)


async def tell(client, text, part):
    """What the bot answers to it, which has this part, whatever else it says meanwhile."""
    client.messages.forget()
    client.say(f"bot@{client.stack.component}", text)
    return await heard(client, part, 10)


async def test_a_lead_of_unusual_words_is_found_nowhere_once_it_is_erased(account, login, stack):
    admin = await login(account("anna", "admin"))
    manager = await login(account("manoj", "manager"))
    offline, priya = account("ravi"), await login(account("priya"))
    room = address(stack, "managers")
    other = add_lead(stack, "Kept Person")

    # By import, with the file on the share and a name in its link.
    spreadsheet = await send_file(manager, FILE, CSV.encode())
    await heard(manager, "has 1 row")
    await start(manager, spreadsheet, "vobblethwick list.csv")
    number = stack.sql("SELECT id FROM crm.lead WHERE name = 'Zyxquarn Vobblethwick'")[0][0]
    # In chat with the bot, by hand, by a message to its address, in a form that stays open, in a room.
    assert "Drizzlekin" in await admin.ask_bot("field add Drizzlekin")
    for line in (f"lead edit {number} drizzlekin Florpington", f"tag {number} grimbletag", f"note {number} likes the quibblefrost & Söhne offer",
                 f"lead edit {number} name=\"Zyxquarn Plinkforth\"", f"assign {number} to {offline.username}"):
        await tell(manager, line, f"ead {number}")
    await tell(manager, f"assign {number} to {priya.account.username}", f"Lead {number}")
    priya.say(f"lead-{number}@{stack.component}", "seen with a wugglemot in person")
    await priya.messages.expect(lambda m: m.bare == f"lead-{number}@{stack.component}" and m.body, carbon=None)
    await tell(priya, f"followup {number} tomorrow 10:30", f"ead {number}")
    form = await manager.commands_of(f"lead-{number}@{stack.component}").execute("lead.edit")
    await manager.commands_of(f"lead-{number}@{stack.component}").execute("lead.note")
    assert (await form.complete(requirements="Wants nibblewix and a crankleby")).status == "completed"
    await tell(manager, "find vobblethw", "")
    for line in ("find 98111-22334", "find zyxq", f"lead {number}", f"history {number}"):
        await tell(manager, line, "Zyxquarn")
    await tell(manager, f"status {number} lost because of zorbdust", "is lost now")
    await tell(manager, "lead export", "/download/")
    await join(manager, room)
    assert "Zyxquarn" in await ask(manager, room, f"bot: lead {number}")
    say(manager, room, "Has anybody heard of Zyxquarn? It is about a mumblecrust of a lead-" + str(number))
    await manager.messages.expect(lambda m: m.bare == room and "mumblecrust" in (m.body or ""))
    manager.update_roster(f"lead-{number}@{stack.component}", name="Old Zyxquarn")
    # Of another lead, which stays.
    await tell(manager, f"lead {other}", "Kept Person")
    say(manager, room, "An umbrellastand stays")
    await manager.messages.expect(lambda m: m.bare == room and "umbrellastand" in (m.body or ""))
    await settled(manager)

    before = places(stack)
    assert all(before.values()), {root: names for root, names in before.items() if not names}
    in_archive = {root for root, names in before.items() if any(map(is_archive, names))}
    in_dump = {root for root, names in before.items() if "dump" in names}
    assert in_archive >= {"zyxquarn", "quibblefrost", "wugglemot", "grimbletag", "florpington", "plinkforth", "crankleby", "zorbdust", "mumblecrust", *DIGITS}
    assert in_dump >= set(ROOTS) - {"mumblecrust"}
    assert any("http_file_share" in name for name in before["snorkelwump"]) and any("roster" in name for name in before["zyxquarn"])

    await admin.ask_bot("field remove Drizzlekin")
    await admin.ask_bot("yes")
    assert "It cannot be undone" in await admin.ask_bot(f"lead erase {number}")
    said = await admin.ask_bot("yes")
    assert f"Lead {number} is erased." in said and "backups" in said
    told = await admin.messages.expect(lambda m: f"Lead {number} is erased everywhere" in (m.body or ""), 60, carbon=None)
    assert int(re.search(r"(\d+) messages", told.body)[1]) > 10 and int(re.search(r"(\d+) uploaded files", told.body)[1]) > 0

    admin.stanzas.forget()
    after = places(stack)
    after.pop("drizzlekin")  # a field is an Admin's own word, of no lead
    assert not any(after.values()), {root: names for root, names in after.items() if names}
    assert stack.sql("SELECT * FROM crm.erasure") == []
    assert stack.sql("SELECT who = %s, outcome FROM crm.audit WHERE command = 'lead.erase' AND target = %s AND outcome = 'done'",
                     admin.account.address, f"lead-{number}") == [(True, "done")]
    # Archives are read as before, and hold what is not of it.
    manager.stanzas.forget()
    assert f"Kept Person" in await settled(manager)
    assert any(b"umbrellastand" in content for name, content in files(stack).items() if is_archive(name))
    assert await manager.ask_bot(f"lead {number}") == f"There is no lead {number}."


async def test_what_was_asked_long_ago_goes_too_and_prosody_goes_on_where_it_was_killed(account, login, stack):
    admin = await login(account("anna", "admin"))
    number = add_lead(stack, "Wimbleshanks Ooze", email="wimble@example.in")
    assert "Wimbleshanks" in await admin.ask_bot(f"lead {number}")
    stack.sql("INSERT INTO crm.audit (who, surface, request, command, outcome, arguments) SELECT 'x', 'chat', 'old', 'lead.add', 'done', '{\"name\": \"Wimbleshanks \\\"O\\\" Ooze\"}'"
              " FROM generate_series(1, 3)")
    stack.sql("SELECT setval(pg_get_serial_sequence('crm.audit', 'id'), (SELECT max(id) FROM crm.audit) + 60000)")
    stack.kill("prosody")
    stack.sql("SELECT set_config('crm.person', %s, false)", str(admin.account.id))
    stack.sql("INSERT INTO crm.audit (who, surface, request, command, outcome) VALUES ('x', 'chat', 'new', 'me', 'done')")
    stack.sql("SELECT crm.lead_erase(%s)", number)
    stack.sql("SELECT set_config('crm.person', '', false)")
    stack.sql_until("SELECT audit_below = 0 FROM crm.erasure", timeout=30)
    assert stack.sql("SELECT count(*) FROM crm.audit WHERE arguments::text ILIKE '%%wimble%%'") == [(0,)]
    assert stack.sql("SELECT chats_at IS NULL FROM crm.erasure") == [(True,)]
    stack.start("prosody")
    stack.sql_until("SELECT count(*) = 0 FROM crm.erasure", timeout=60)
    assert not any(b"wimble" in content.lower() for name, content in files(stack).items())


async def test_one_that_was_merged_is_erased_with_the_one_that_stays(account, login, stack):
    admin = await login(account("anna", "admin"))
    gone, kept = add_lead(stack, "Merged Away"), add_lead(stack, "Still There")
    assert "which stays" in await admin.ask_bot(f"merge {gone} and {kept}")
    assert "is now one with" in await admin.ask_bot("yes")
    asked = await admin.ask_bot(f"lead erase {gone}")
    assert asked == f"Lead {gone} was merged into lead {kept}, and what is known of it is there. Erase that one: lead erase {kept}."
    assert "Go on?" in await admin.ask_bot(f"lead erase {kept}")
    assert "is erased" in await admin.ask_bot("yes")
    assert stack.sql("SELECT name FROM crm.lead WHERE id = ANY (%s)", [gone, kept]) == [("Erased",), ("Erased",)]
