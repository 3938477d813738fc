"""The file of the chat archives (SQLite): mod_crm_storage."""

import asyncio
import contextlib
import os
import sqlite3

import pytest

MAM = "{urn:xmpp:mam:2}"


def folder(stack):
    return stack.dir / "prosody" / "data"


@contextlib.contextmanager
def held_by_somebody_else(stack):
    """Nobody else can write to the file meanwhile."""
    other = sqlite3.connect(folder(stack) / "archive.sqlite", isolation_level=None)
    try:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


async def texts_archived(client):
    client.send("<iq type='set' id='mam'><query xmlns='urn:xmpp:mam:2'/></iq>")
    await client.expect_id("mam")
    found = []
    while (result := client.take(lambda e: e.find(f"{MAM}result") is not None)) is not None:
        found += [body.text for body in result.iter("{jabber:client}body")]
    return found


async def say(client, other, text):
    """Returns what comes of it: the server has handled it when that is done."""
    client.send(f"<message to='{other.bare}' type='chat'><body>{text}</body></message>")
    return await client.settle()


async def test_a_message_is_archived_although_somebody_else_has_the_file_for_a_moment(people, stack):
    staff, other = await people.staff(), await people.staff()
    with held_by_somebody_else(stack):
        said = asyncio.ensure_future(say(staff, other, "in a locked moment"))
        await asyncio.wait({said}, timeout=0.5)    # longer than the file is waited for
    await said
    assert await texts_archived(staff) == ["in a locked moment"]


async def test_an_archive_that_could_not_be_made_when_it_was_first_needed_is_made_later(people, stack):
    stack.kill_prosody()
    for file in folder(stack).glob("archive.sqlite*"):
        file.unlink()
    with held_by_somebody_else(stack):
        for file in folder(stack).glob("archive.sqlite*"):
            os.chown(file, stack.user.pw_uid, stack.user.pw_gid)
        stack.start_prosody()
        staff, other = await people.staff(), await people.staff()
        await say(staff, other, "without a file")
    await say(staff, other, "with a file")
    # what came before waited in the journal (crm_journal)
    assert await texts_archived(staff) == ["without a file", "with a file"]


@pytest.mark.parametrize(("most", "found"), [("0.5", 1), ("2.5", 3), ("-5", 0), ("nan", 4), ("1e99", 4)])
async def test_a_page_of_any_length_is_asked_for_without_an_error(people, stack, most, found):
    staff, other = await people.staff(), await people.staff()
    for number in range(4):
        await say(staff, other, f"text {number}")
    begin = stack.log_file.stat().st_size
    page = f"<set xmlns='http://jabber.org/protocol/rsm'><max>{most}</max></set>"
    answer = await staff.iq("set", None, f"<query xmlns='urn:xmpp:mam:2'>{page}</query>")
    assert answer.get("type") == "result"
    assert len([e for e in staff.inbox if e.find(f"{MAM}result") is not None]) <= found
    assert "SQL" not in stack.log_file.read_text()[begin:]
