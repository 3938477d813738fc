"""Leads are found by any field and with typing errors; what somebody asks for often they keep under a name, which nobody else sees; fields that an Admin adds can
be asked for, imported and exported at once; and everybody has their morning digest when they want it."""

import csv
import io
import re

import pytest

from support.records import add_lead
from test_leads_come_from_spreadsheets import counts, fetch, heard, send_file, start, undo


@pytest.fixture
async def people(account, login, stack):
    """A Manager, and two Sales Persons; three leads of the first with names of their own."""
    manager, asha, ravi = await login(account("findm", "manager")), await login(account("finda")), await login(account("findr"))
    leads = [add_lead(stack, name, asha.account.id, source="website", score=score)
             for name, score in (("Petra Zabriskie", 11), ("Olaf Zabriskie", 12), ("Petra Quornfield", 13))]
    yield manager, asha, ravi
    stack.sql("UPDATE crm.lead SET deleted_at = now() WHERE id = ANY (%s)", leads)


async def test_names_are_found_with_typing_errors_and_that_is_said(people):
    manager, asha, ravi = people
    for client in (manager, asha):
        said = await client.ask_bot("find zabriskie")
        assert said.startswith("Leads with “zabriskie”") and " · Petra Zabriskie" in said and " · Olaf Zabriskie" in said and "similar" not in said
        said = await client.ask_bot("find petra zabrsikie")
        assert said.startswith("No lead has “petra zabrsikie”. These are similar") and re.search("· Petra Zabriskie.* · similar", said) and "Olaf" not in said
    assert "There is no lead with “zabrsikie”" in await ravi.ask_bot("find zabrsikie")
    assert "There is no lead with “zabriskie”" in await ravi.ask_bot("find zabriskie")


async def test_a_search_is_narrowed_and_sorted_and_goes_on_in_a_form_too(people, stack):
    manager, asha, _ = people
    said = await manager.ask_bot("find zabriskie sorted by score")
    assert said.index("Olaf") < said.index("Petra")
    assert "Quornfield" in (said := await manager.ask_bot("find petra, score over 12")) and "Zabriskie" not in said
    said = await asha.ask_bot("find petra from website, sorted by name")
    assert said.index("Quornfield") < said.index("Zabriskie")
    assert "There is no lead like this" in await manager.ask_bot("find zabriskie, status=won")
    step = await manager.commands.execute("lead.find")
    step = await step.complete(text="zabriskie", sort="oldest")
    assert "Petra Zabriskie" in step.words and "Olaf Zabriskie" in step.words


async def test_a_search_is_kept_under_a_name_and_asked_again(people):
    manager, asha, ravi = people
    await asha.ask_bot("leads assigned from website, score over 12")
    assert "Saved as “hot zab”" in await asha.ask_bot("save this as hot zab")
    assert "hot zab" in (said := await asha.ask_bot("my searches")) and "score_from=12" in said and "source=website" in said
    for line in ("hot zab", "Hot Zab", "search hot zab", "saved run hot zab", "run search hot zab"):
        said = await asha.ask_bot(line)
        assert "Olaf Zabriskie" in said and "Quornfield" in said and "Petra Zabriskie" not in said, (line, said)
    assert "you have a search called “hot zab” already" in await asha.ask_bot("save this as HOT ZAB")
    await asha.ask_bot("cancel")
    for other in (manager, ravi):
        assert "no searches" in await other.ask_bot("saved list")
        assert "you have saved no search called “hot zab”" in await other.ask_bot("saved run hot zab")
        assert "no search called" in await other.ask_bot("saved remove hot zab")
        await other.ask_bot("cancel")
        assert "Olaf" not in await other.ask_bot("hot zab")
    assert "is removed" in await asha.ask_bot("forget search hot zab")
    assert "no searches" in await asha.ask_bot("my searches")
    assert "“hot zab” is back" in await asha.ask_bot("undo")
    assert "Olaf Zabriskie" in await asha.ask_bot("hot zab")
    await asha.ask_bot("saved remove hot zab")


async def test_saving_without_a_list_and_too_many_are_refused(account, login, stack):
    client = await login(account("finds"))
    assert "There is nothing to save" in await client.ask_bot("save this as nothing")
    stack.sql("INSERT INTO crm.saved_search (person_id, name, command, arguments) SELECT %s, 'old ' || n, 'lead.list', '{}' FROM generate_series(1, 30) n", client.account.id)
    await client.ask_bot("leads")
    assert "You have saved 30 searches" in await client.ask_bot("save this as one more")


async def test_a_kept_search_goes_on_in_a_form(people, stack):
    manager, asha, _ = people
    await asha.ask_bot("find zabriskie")
    step = await (await asha.commands.execute("saved.add")).complete(name="zabs")
    assert "Saved as “zabs”" in step.words
    step = await (await asha.commands.execute("saved.run")).complete(name="zabs")
    assert "Petra Zabriskie" in step.words and "Olaf Zabriskie" in step.words
    assert "is removed" in (await (await asha.commands.execute("saved.remove")).complete(name="zabs")).words


async def ask(client, line):
    """The answer, and not what an import tells meanwhile."""
    said = await client.ask_bot(line)
    while re.search("rows are done|is imported|has begun", said):
        said = (await client.messages.expect(lambda m: m.bare.startswith("bot@") and m.body is not None, carbon=None)).body
    return said


async def test_added_fields_are_asked_for_imported_and_exported_at_once(account, login, stack):
    admin, manager = await login(account("findadm", "admin")), await login(account("findmgr", "manager"))
    try:
        assert "Leads have the field" in await admin.ask_bot("field add Seats wanted, number")
        assert "Leads have the field" in await admin.ask_bot("field add Batch start, date")
        number = await send_file(manager, "seats.csv", b"Name,Email,Seats wanted,Batch start\nSeat Nine,nine@seats.example,9,2027-01-04\n"
                                 b"Seat Ten,ten@seats.example,10.0,2027-02-01\nSeat Bad,bad@seats.example,many,\n")
        found = await heard(manager, "seats.csv has 3 rows")
        assert "Seats wanted → Seats wanted" in found and "Batch start → Batch start" in found and "Row 4: Seats wanted: “many” is not a whole number" in found
        assert "2 leads added, 1 rejected" in await start(manager, number, "seats.csv")
        said = await ask(manager, "leads seats_wanted=>9")
        assert "Seat Ten" in said and "Seat Nine" not in said and "10" in said
        said = await ask(manager, 'leads seats_wanted="5 to 10", sort=name')
        assert "Seat Ten" in said and "Seat Nine" in said
        assert "Seat Nine" in (said := await ask(manager, "leads batch_start=2027-01-04")) and "Seat Ten" not in said
        assert "Seat Ten" in (said := await ask(manager, "find seat, seats_wanted=10")) and "Seat Nine" not in said
        assert "is not a whole number" in await ask(manager, "leads seats_wanted=lots")
        assert "Seats wanted" in await ask(manager, "help lead list")
        manager.messages.forget()
        await ask(manager, "lead export as csv, seats_wanted=<10")
        link = re.search(r"http\S+/download/\S+", await heard(manager, "/download/"))[0]
        table = list(csv.reader(io.StringIO((await fetch(link))[1].decode("utf-8-sig"))))
        assert table[0][-2:] == ["Seats wanted", "Batch start"] and [row[1] for row in table[1:]] == ["Seat Nine"] and table[1][-2] == "9"
        assert "2 leads are as before" in await undo(manager, number)
        assert counts(stack, number)[0] == "undone"
    finally:
        stack.sql("DELETE FROM crm.lead_field WHERE name IN ('seats_wanted', 'batch_start')")


async def test_everybody_has_their_digest_when_they_want_it(account, login, stack):
    client = await login(account("findd"))
    all_of_them = int(stack.sql("SELECT value FROM crm.setting WHERE key = 'digest.hour'")[0][0])
    assert "Morning digest: at 07:00" in await client.ask_bot("profile digest at 7")
    assert "Morning digest: at 18:00" in await client.ask_bot("profile digest_hour=18:00")
    assert "Morning digest: never" in await client.ask_bot("no digest")
    assert stack.sql("SELECT digest_hour FROM crm.person WHERE id = %s", client.account.id) == [(-1,)]
    said = await client.ask_bot("profile digest_hour=-")
    assert ("Morning digest: never" if all_of_them < 0 else f"Morning digest: at {all_of_them:02}:00") in said
    assert stack.sql("SELECT digest_hour FROM crm.person WHERE id = %s", client.account.id) == [(None,)]
    assert "“25” is none" in await client.ask_bot("profile digest_hour=25")
