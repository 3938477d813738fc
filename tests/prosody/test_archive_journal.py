"""Messages wait in a journal on their way into the archive: crm_journal, mod_storage_crm_archive."""

import sqlite3
import struct
import time

from private_stack import COMPONENT, DOMAIN, wait_until
from test_crmd_queries import BOT, missed
from wire import body_of, local

MAM = "urn:xmpp:mam:2"


def archive_of(stack):
    return stack.dir / "prosody/data/archive.sqlite"


def journal_of(stack):
    return stack.dir / "prosody/data/archive.journal"


def rows_of(stack, username):
    with sqlite3.connect(f"file:{archive_of(stack)}?mode=ro", uri=True) as connection:
        return [value for value, in connection.execute('SELECT "value" FROM "prosodyarchive" WHERE "user" = ? ORDER BY "sort_id"', (username,))]


def record_of(username, key, body):
    """As crm_journal writes it."""
    xml = f"<message type='chat' to='{BOT}' from='{username}@{DOMAIN}/desk'><body>{body}</body></message>"
    fields = [DOMAIN, username, "archive", BOT, key, xml]
    payload = b"".join(struct.pack("<I", len(field.encode())) + field.encode() for field in fields) + struct.pack("<Q", int(time.time()))
    return struct.pack("<I", len(payload)) + payload + b"\n"


async def bodies_in_archive(client, form=""):
    """What the client's archive holds, as the client reads it."""
    query = f"<query xmlns='{MAM}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{MAM}</value></field>{form}</x></query>"
    client.inbox.clear()
    await client.iq("set", None, query)
    found = [e.find(f"{{{MAM}}}result/{{urn:xmpp:forward:0}}forwarded") for e in client.inbox if local(e) == "message"]
    return [body_of(next(child for child in forwarded if local(child) == "message")) for forwarded in found if forwarded is not None]


async def test_what_was_just_said_is_in_the_archive_that_a_client_reads(people):
    staff = await people.staff()
    for text in ("one", "two"):
        staff.send(f"<message type='chat' to='{BOT}'><body>{text}</body></message>")
    assert await bodies_in_archive(staff) == ["one", "two"]
    assert await bodies_in_archive(staff, f"<field var='with'><value>{BOT}</value></field>") == ["one", "two"]


async def test_a_total_counts_what_was_just_said(people):
    staff = await people.staff()
    totals = []
    for _ in range(2):
        staff.send(f"<message type='chat' to='{BOT}'><body>more</body></message>")
        answer = await staff.iq("set", None, f"<query xmlns='{MAM}'><set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></query>")
        totals.append(answer.find(".//{http://jabber.org/protocol/rsm}count").text)
    assert totals == ["1", "2"]


async def test_the_journal_is_emptied_into_the_archive(people, stack):
    staff = await people.staff()
    staff.send(f"<message type='chat' to='{BOT}'><body>settles</body></message>")
    await staff.settle()
    wait_until(lambda: rows_of(stack, staff.bare.partition("@")[0]) and journal_of(stack).stat().st_size == 0, "the journal is not emptied")


async def test_what_a_crash_left_in_the_journal_is_in_the_archive_once(people, stack):
    username, password = people.account()
    staff, since = await (await people.stream()).login(username, password), time.time()
    staff.send(f"<message type='chat' to='{BOT}'><body>live</body></message>")
    await staff.settle()
    stack.kill_prosody()
    # the archive had taken the record already when Prosody died, or not; and another was being written
    record = record_of(username, "left-in-journal", "left")
    with journal_of(stack).open("ab") as file:
        file.write(record + record + record[:-9])
    stack.start_prosody()
    found = [body for _, by, body in await missed(await people.crmd(), since) if by == f"{username}@{DOMAIN}"]
    assert found == ["live", "left"]
    again = await (await people.stream()).login(username, password)
    again.send(f"<message type='chat' to='{COMPONENT}'><body>after</body></message>")
    assert await bodies_in_archive(again) == ["live", "left", "after"]


async def test_messages_wait_in_the_journal_while_the_archive_takes_none_and_survive_kill_9(people, stack):
    username, password = people.account()
    staff, since = await (await people.stream()).login(username, password), time.time()
    with sqlite3.connect(archive_of(stack), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")  # somebody holds the archive: SQLite answers "busy"
        staff.send(f"<message type='chat' to='{BOT}'><body>waits</body></message>")
        await staff.settle()
        wait_until(lambda: "takes no messages" in stack.log_file.read_text(), "the archive takes messages nevertheless")
        stack.kill_prosody()
        other.execute("ROLLBACK")
    stack.start_prosody()
    assert (f"{username}@{DOMAIN}", "waits") in [entry[1:] for entry in await missed(await people.crmd(), since)]
