"""A spreadsheet that is sent to the bot: what it says of it, what becomes leads, what comes back, and how all of it is taken back."""

import asyncio
import csv
import io
import re
import zipfile

import pytest

from support.records import add_lead
from support.spreadsheets import fetch, heard, send_file, start, undo, upload

CSV = ("Full Name;E-Mail Address;Mobile No.;Budget;Shoe size\r\n"
       "Asha Rao;asha.import@example.in;98765 00001;50000 INR;7\r\n"
       "Jürgen Müller;juergen@example.de;+49 151 12345678;;8\r\n"
       "Nobody;not an address;;;\r\n"
       "Ravi;ravi.import@example.in;9.19877E+11;;\r\n")


def counts(stack, number):
    return stack.sql("SELECT state, added, updated, skipped, rejected FROM crm.import WHERE id = %s", number)[0]


async def test_a_csv_file_is_read_confirmed_imported_and_taken_back(account, login, stack):
    manager = await login(account("manoj", "manager"))
    number = await send_file(manager, "leads.csv", CSV.encode("cp1252"))
    found = await heard(manager, "leads.csv has 4 rows")
    assert "2 can be imported; 2 cannot" in found and "Full Name → Name" in found and "left out: Shoe size" in found
    assert "Row 4: Email: “not an address” is not an email address." in found and "last digits" in found
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE email = 'asha.import@example.in'") == [(0,)]
    ended = await start(manager, number, "leads.csv")
    assert "2 leads added, 2 rejected." in ended
    assert counts(stack, number) == ("done", 2, 0, 0, 2)
    rows = stack.sql("SELECT name, phone, budget_minor, source FROM crm.lead WHERE email IN ('asha.import@example.in', 'juergen@example.de') ORDER BY id")
    assert rows == [("Asha Rao", "+919876500001", 5000000, "import"), ("Jürgen Müller", "+4915112345678", None, "import")]

    status, rejected = await fetch(re.search(r"http\S+/download/\S+", ended)[0])
    table = list(csv.reader(io.StringIO(rejected.decode("utf-8-sig"))))
    assert status == 200 and table[0][-1] == "Reason" and [row[0] for row in table[1:]] == ["Nobody", "Ravi"]
    assert "is not an email address" in table[1][-1] and "last digits" in table[2][-1]
    assert stack.sql("SELECT count(*) FROM crm.audit WHERE command = 'file.download' AND person_id = %s", manager.account.id) == [(1,)]

    assert "2 leads are as before it" in await undo(manager, number)
    assert stack.sql("SELECT count(*) FROM crm.lead WHERE email IN ('asha.import@example.in', 'juergen@example.de') AND deleted_at IS NULL") == [(0,)]


async def import_again(client, stack, name, content, duplicates):
    number = await send_file(client, name, content)
    await heard(client, f"{name} has")
    await start(client, number, name, f" duplicates={duplicates}")
    return number


async def test_duplicates_are_skipped_updated_or_added_and_all_of_it_can_be_undone(account, login, stack):
    manager = await login(account("manoj", "manager"))
    first = b"Name,Email,Phone,Tags\nMeera,meera.dup@example.in,+919876511111,\xc3\x84RGER\nMeera again,MEERA.DUP@example.in,,\n"
    number = await import_again(manager, stack, "one.csv", first, "skip")
    assert counts(stack, number) == ("done", 1, 0, 1, 0)
    changed = b"Name,Email,Phone,Notes,Tags\nMeera Joshi,,98765 11111,wants Excel,gold\n"
    number = await import_again(manager, stack, "two.csv", changed, "skip")
    assert counts(stack, number) == ("done", 0, 0, 1, 0)
    number = await import_again(manager, stack, "three.csv", changed, "update")
    assert counts(stack, number) == ("done", 0, 1, 0, 0)
    lead = "SELECT l.name, l.email, l.requirements, array_agg(t.tag ORDER BY t.tag) FROM crm.lead l JOIN crm.lead_tag t ON t.lead_id = l.id " \
           "WHERE l.phone = '+919876511111' AND l.deleted_at IS NULL GROUP BY l.id"
    assert stack.sql(lead) == [("Meera Joshi", "meera.dup@example.in", "wants Excel", ["gold", "ärger"])]
    await undo(manager, number)
    assert stack.sql(lead) == [("Meera", "meera.dup@example.in", None, ["ärger"])]
    number = await import_again(manager, stack, "four.csv", changed, "add")
    assert counts(stack, number) == ("done", 1, 0, 0, 0)


async def test_imports_of_one_lead_are_taken_back_in_any_order(account, login, stack):
    manager = await login(account("manoj", "manager"))
    lead = add_lead(stack, "Original", email="chain@example.in", requirements="Excel")
    first = await import_again(manager, stack, "first.csv", b"Name,Email,Notes\nFirst,chain@example.in,Tally\n", "update")
    second = await import_again(manager, stack, "second.csv", b"Name,Email\nSecond,chain@example.in\n", "update")
    await undo(manager, first)
    assert stack.sql("SELECT name, requirements FROM crm.lead WHERE id = %s", lead) == [("Second", "Excel")]
    await undo(manager, second)
    assert stack.sql("SELECT name, requirements FROM crm.lead WHERE id = %s", lead) == [("Original", "Excel")]


async def waiting_for(stack, count, kind):
    await asyncio.to_thread(stack.sql_until, "SELECT count(*) = %s FROM pg_locks WHERE locktype = %s AND NOT granted", count, kind)


async def test_a_lead_that_is_entered_by_hand_in_the_same_second_makes_no_double(account, login, stack):
    manager = await login(account("manoj", "manager"))
    first = await send_file(manager, "late.csv", b"Name,Email,Phone\nLate,SAME.second@example.in,\nToo late,,+919876544441\n")
    await heard(manager, "late.csv has 2 rows")
    second = await send_file(manager, "early.csv", b"Name,Phone\nEarly,+919876544442\n")
    await heard(manager, "early.csv has 1 row")
    other = stack.connect()
    try:
        with other.cursor() as cursor:
            # Somebody has entered both, and it is about to be committed.
            cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('crm.lead ' || c, 0)) FROM unnest('{email same.second@example.in,phone +919876544441}'::text[]) c;"
                           " INSERT INTO crm.lead (name, email, phone) VALUES ('By hand', 'same.second@example.in', '+919876544441')")
            await manager.ask_bot(f"import start {first}")
            manager.say(f"bot@{stack.component}", "yes")
            await waiting_for(stack, 1, "advisory")
            cursor.execute("COMMIT")
            assert "0 leads added, 2 skipped" in await heard(manager, "late.csv is imported")
            # A row goes in, and somebody enters it by hand.
            cursor.execute("BEGIN; LOCK TABLE crm.import_change IN SHARE MODE")
            await manager.ask_bot(f"import start {second}")
            manager.say(f"bot@{stack.component}", "yes")
            await waiting_for(stack, 1, "relation")
            manager.messages.forget()
            manager.say(f"bot@{stack.component}", "lead add Hand, +91 98765 44442")
            await waiting_for(stack, 1, "advisory")
            cursor.execute("ROLLBACK")
            assert "Early, has the same phone" in await heard(manager, "has the same phone")
            await manager.ask_bot("no")
    finally:
        other.close()
    assert stack.sql("SELECT name FROM crm.lead WHERE phone IN ('+919876544441', '+919876544442') ORDER BY phone") == [("By hand",), ("Early",)]


async def test_an_import_that_the_database_refuses_again_and_again_ends_and_is_taken_back(account, login, stack):
    manager = await login(account("manoj", "manager"))
    rows = "".join(f"Stuck {n},stuck{n}@example.in\n" for n in range(520))
    number = await send_file(manager, "stuck.csv", f"Name,Email\n{rows}".encode())
    await heard(manager, "stuck.csv has 520 rows")
    stack.sql("CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
              " BEGIN RAISE EXCEPTION 'odd' USING ERRCODE = CASE NEW.name WHEN 'Stuck 510' THEN 'XX001' ELSE '22003' END; END $$;"
              " CREATE TRIGGER broken BEFORE INSERT ON crm.lead FOR EACH ROW WHEN (NEW.name IN ('Stuck 7', 'Stuck 510')) EXECUTE FUNCTION public.refuse()")
    try:
        await manager.ask_bot(f"import start {number}")
        manager.say(f"bot@{stack.component}", "yes")
        await asyncio.to_thread(stack.sql_until, "SELECT attempts > 0 FROM crm.job WHERE kind = 'import.run' AND key = %s", number)
        assert stack.sql("UPDATE crm.job SET attempts = 8, due_at = now() WHERE kind = 'import.run' AND key = %s AND attempts > 0 RETURNING last_error ~ '^XX001 '", number) == [(True,)]
        said = await heard(manager, "has stopped")
    finally:
        stack.sql("DROP TRIGGER broken ON crm.lead; DROP FUNCTION public.refuse()")
    assert "500 of its 520 rows are dealt with: 499 leads added, 1 rejected" in said and f"import undo {number}" in said
    assert counts(stack, number) == ("stopped", 499, 0, 0, 1) and stack.sql("SELECT count(*) FROM crm.job WHERE kind = 'import.run'") == [(0,)]
    log = stack.log("crmd")
    assert re.search(rf"import={number} stopped after 8 attempts: XX001 ", log) and re.search(rf"import={number}: .* row 9: 22003 ", log)
    _, left = await fetch(re.search(r"http\S+/download/\S+", said)[0])
    table = list(csv.reader(io.StringIO(left.decode("utf-8-sig"))))
    assert [row[0] for row in table[1:]] == ["Stuck 7", *(f"Stuck {n}" for n in range(500, 520))]
    assert table[1][2] == "The database cannot keep a value in it, which is out of all bounds (22003)." and table[2][2] == "The import ended before this row."
    manager.messages.forget()
    assert "has stopped; it cannot be started" in await manager.ask_bot(f"import start {number}")
    assert "499 leads are as before it" in await undo(manager, number)


async def test_an_import_that_takes_too_long_at_once_goes_on_in_smaller_parts(account, login, stack):
    manager = await login(account("manoj", "manager"))
    rows = "".join(f"Slow {n},slow{n}@example.in\n" for n in range(520))
    number = await send_file(manager, "slow.csv", f"Name,Email\n{rows}".encode())
    await heard(manager, "slow.csv has 520 rows")
    # As if the time of a statement were over behind 260 rows.
    stack.sql("CREATE FUNCTION public.tire() RETURNS trigger LANGUAGE plpgsql AS $$"
              " DECLARE so_far int := coalesce(nullif(current_setting('crm.test_rows', true), ''), '0')::int + 1;"
              " BEGIN PERFORM set_config('crm.test_rows', so_far::text, true);"
              " IF so_far > 260 THEN RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END IF;"
              " RETURN NEW; END $$;"
              " CREATE TRIGGER tired BEFORE INSERT OR UPDATE ON crm.lead FOR EACH ROW WHEN (NEW.name ~ '^Slow') EXECUTE FUNCTION public.tire()")
    try:
        assert "520 leads added" in await start(manager, number, "slow.csv")
        assert re.search(r"job=import\.run key=\"\d+\" failed, and will be tried again: 57014", stack.log("crmd"))
        assert "520 leads are as before it" in await undo(manager, number)
    finally:
        stack.sql("DROP TRIGGER tired ON crm.lead; DROP FUNCTION public.tire()")


@pytest.mark.parametrize("change, why", [("enabled = false", "not in use any more"), ("role = 'sales'", "may not do that any more")])
async def test_an_import_of_somebody_who_may_not_any_more_stops_and_another_manager_takes_it_back(account, login, stack, change, why):
    leaving = account("manoj", "manager")
    manager, other = await login(leaving), await login(account("meera", "manager"))
    rows = "".join(f"Left {n},left{n}@example.in\n" for n in range(520))
    number = await send_file(manager, "left.csv", f"Name,Email\n{rows}".encode())
    await heard(manager, "left.csv has 520 rows")
    blocker = stack.connect()
    try:
        with blocker.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE crm.import_change IN SHARE MODE")
            await manager.ask_bot(f"import start {number}")
            manager.say(f"bot@{stack.component}", "yes")
            await waiting_for(stack, 1, "relation")
            stack.sql(f"UPDATE crm.person SET {change} WHERE username = %s", leaving.username)
            cursor.execute("ROLLBACK")
    finally:
        blocker.close()
    await asyncio.to_thread(stack.sql_until, "SELECT state = 'stopped' FROM crm.import WHERE id = %s", number)
    assert counts(stack, number) == ("stopped", 500, 0, 0, 0) and stack.sql("SELECT count(*) FROM crm.import_row WHERE import_id = %s", number) == [(0,)]
    assert why in await other.ask_bot(f"import show {number}")
    assert "500 leads are as before it" in await undo(other, number)


async def test_an_import_that_somebody_takes_back_is_not_stopped_by_the_job_of_who_left(account, login, stack):
    leaving = account("manoj", "manager")
    manager, other = await login(leaving), await login(account("meera", "manager"))
    rows = "".join(f"Late {n},late.job{n}@example.in\n" for n in range(3))
    number = await send_file(manager, "late-job.csv", f"Name,Email\n{rows}".encode())
    await heard(manager, "late-job.csv has 3 rows")
    await start(manager, number, "late-job.csv")
    # As if a slice had failed, and its job waited for the next try when the account is disabled and somebody takes the import back.
    stack.sql("UPDATE crm.person SET enabled = false WHERE username = %s", leaving.username)
    blocker = stack.connect()
    try:
        with blocker.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE crm.import_change IN SHARE MODE")
            await other.ask_bot(f"import undo {number}")
            await other.ask_bot("yes")
            await waiting_for(stack, 1, "relation")
            stack.sql("INSERT INTO crm.job (kind, key, due_at, person_id) VALUES ('import.run', %s, now() - interval '1 minute', %s)", str(number), leaving.id)
            cursor.execute("ROLLBACK")
    finally:
        blocker.close()
    await heard(other, "3 leads are as before it")


async def test_an_import_that_stops_while_it_is_taken_back_says_whose_account_it_was(account, login, stack):
    leaving = account("uma", "manager")
    manager, undoer, other = await login(account("manoj", "manager")), await login(leaving), await login(account("meera", "manager"))
    rows = "".join(f"Half {n},half{n}@example.in\n" for n in range(520))
    number = await send_file(manager, "half.csv", f"Name,Email\n{rows}".encode())
    await heard(manager, "half.csv has 520 rows")
    await start(manager, number, "half.csv")
    blocker = stack.connect()
    try:
        with blocker.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE crm.import_change IN SHARE MODE")
            await undoer.ask_bot(f"import undo {number}")
            undoer.say(f"bot@{stack.component}", "yes")
            await waiting_for(stack, 1, "relation")
            stack.sql("UPDATE crm.person SET enabled = false WHERE username = %s", leaving.username)
            cursor.execute("ROLLBACK")
    finally:
        blocker.close()
    await asyncio.to_thread(stack.sql_until, "SELECT state = 'stopped' FROM crm.import WHERE id = %s", number)
    assert "whoever took it back is not in use" in await other.ask_bot(f"import show {number}")
    assert "520 leads are as before it" in await undo(other, number)


async def test_cells_that_show_nothing_and_odd_blanks_are_borne(account, login, stack):
    manager = await login(account("manoj", "manager"))
    rows = ("Name,Email,Phone,Tags\n\u00a0,nobody.shows@example.in,,\n\u2028\u200b,,,\nOdd\u2003blanks,,+91\u00a098765\u200944451,\"vip,\u200b,new\u00a0one,vip\"\n"
            "\U0010ffff\u202e,,9876544452,\n")
    number = await send_file(manager, "odd.csv", rows.encode())
    assert "3 can be imported; 1 cannot" in await heard(manager, "odd.csv has 4 rows")
    assert "3 leads added, 1 rejected" in await start(manager, number, "odd.csv")
    assert stack.sql("SELECT l.name, l.phone, (SELECT array_agg(tag ORDER BY tag) FROM crm.lead_tag t WHERE t.lead_id = l.id) FROM crm.import_change c JOIN crm.lead l ON l.id = c.lead_id"
                     " WHERE c.import_id = %s ORDER BY l.id", number) == [("nobody.shows@example.in", None, None), ("Odd blanks", "+919876544451", ["new-one", "vip"]),
                                                                          ("\U0010ffff", "+919876544452", None)]
    share = (await upload(manager, "x.csv", b"Name\n")).split("/file_share/")[0] + "/file_share/"
    manager.messages.forget()
    assert "I read file" in await manager.ask_bot(f"import file {share}x/%ff%fe.csv")
    await heard(manager, "file is not there (any more)")
    assert "no link of our own" in await manager.ask_bot(f"import file {share}%2e%2E/download/x.csv")


async def test_a_column_is_made_something_else(account, login, stack):
    lead_person = await login(account("leela", "lead"))
    number = await send_file(lead_person, "odd.csv", "Who\tHandy\tEmail\nSita\t9876522222\tsita.odd@example.in\n".encode("utf-16"), "text/plain")
    assert "left out: Who, Handy" in await heard(lead_person, "odd.csv has 1 row")
    assert "with these columns" in await lead_person.ask_bot(f"import columns {number} Who = name; Handy = phone")
    assert "Who → Name, Handy → Phone, Email → Email" in await heard(lead_person, "odd.csv has 1 row")
    await start(lead_person, number, "odd.csv")
    assert stack.sql("SELECT name, phone FROM crm.lead WHERE email = 'sita.odd@example.in'") == [("Sita", "+919876522222")]


async def test_linkedins_export_maps_as_it_is(account, login, stack):
    manager = await login(account("manoj", "manager"))
    content = ("Lead ID,First Name,Last Name,Email Address,Phone Number,Company Name,Job Title,Campaign Name,Form Name,LinkedIn Profile URL\n"
               "1,Anna,Schmidt,anna.li@example.de,+4915112340000,Acme,CTO,Autumn,Demo,https://www.linkedin.com/in/anna\n")
    number = await send_file(manager, "linkedin.csv", content.encode())
    await heard(manager, "linkedin.csv has 1 row")
    await start(manager, number, "linkedin.csv")
    name, source, requirements = stack.sql("SELECT name, source, requirements FROM crm.lead WHERE email = 'anna.li@example.de'")[0]
    assert (name, source) == ("Anna Schmidt", "linkedin") and "Company Name: Acme\nJob Title: CTO" in requirements


def xlsx(parts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return packed.getvalue()


BOOK = {"xl/workbook.xml": "<workbook xmlns:r='r'><sheets><sheet name='s' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<R><Relationship Id='r1' Type='x/worksheet' Target='s.xml'/><Relationship Id='r2' Type='x/sharedStrings' Target='t.xml'/></R>"}
BAD = {
    "a PDF": (b"%PDF-1.7 and so on", "is a PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not a spreadsheet"),
    "truncated": (xlsx({**BOOK, "xl/s.xml": "<w/>"})[:300], "damaged or cut off"),
    "a locked one": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "a zip bomb": (xlsx({**BOOK, "xl/s.xml": "<w>" + " " * 40_000_000 + "</w>"}), "unpacks to more"),
    "an XML bomb": (xlsx({**BOOK, "xl/t.xml": "<!DOCTYPE s [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><s>&b;</s>", "xl/s.xml": "<w/>"}), "document type"),
    "a bomb of repeated texts": (xlsx({**BOOK, "xl/t.xml": f"<s><si><t>{'x' * 100_000}</t></si></s>",
                                       "xl/s.xml": "<w><row><c t='str'><v>Name</v></c></row>" + ("<row>" + "<c t='s'><v>0</v></c>" * 9 + "</row>") * 1000 + "</w>"}), "unpacks to more"),
    "10,000 columns": (b"Name" + b",x" * 9999 + b"\n", "more than 512 columns"),
    "no headers": (b"1,2,3\n4,5,6\n", "its first row must name the columns"),
    "nothing in it": (b"Name,Email\n", "has no rows"),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_is_no_spreadsheet_gets_one_sentence_and_nothing_is_imported(account, login, stack, what):
    content, sentence = BAD[what]
    manager = await login(account("manoj", "manager"))
    before = stack.sql("SELECT count(*) FROM crm.lead")
    number = await send_file(manager, "bad.xlsx", content, "application/octet-stream")
    said = await heard(manager, "Nothing was imported")
    assert said.startswith("bad.xlsx") and sentence in said and "\n" not in said
    assert counts(stack, number)[0] == "refused" and stack.sql("SELECT count(*) FROM crm.lead") == before
    assert stack.sql("SELECT count(*) FROM crm.import_row WHERE import_id = %s", number) == [(0,)]
    assert "cannot be started" in await manager.ask_bot(f"import start {number}")


async def test_only_our_own_share_is_fetched_from(account, login):
    manager = await login(account("manoj", "manager"))
    for link in ("http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1:1/file_share/x/a.csv"):
        assert "no link of our own file share" in await manager.ask_bot(f"import file {link}")


async def test_an_import_is_a_lead_persons_own(account, login, stack):
    one, other = await login(account("leela", "lead")), await login(account("lata", "lead"))
    number = await send_file(one, "mine.csv", b"Name\nA Person\n")
    await heard(one, "mine.csv has 1 row")
    assert await other.ask_bot(f"import show {number}") == f"There is no import {number}."
    assert "mine.csv" in await one.ask_bot(f"import show {number}")


async def test_sales_persons_import_nothing(account, login, stack):
    sales = await login(account("asha"))
    assert "Forbidden" in await sales.ask_bot(await upload(sales, "leads.csv", CSV.encode()))


# ---------------------------------------------------------------- and into spreadsheets

async def export(client, line):
    client.messages.forget()
    client.say(f"bot@{client.stack.component}", line)
    said = await heard(client, "/download/")
    status, content = await fetch(re.search(r"http\S+/download/\S+", said)[0])
    assert status == 200
    return said, content


async def test_a_list_is_exported_as_csv_and_xlsx_with_what_the_caller_may_see_and_no_formula(account, login, stack):
    manager, sales = await login(account("manoj", "manager")), await login(account("asha"))
    stack.sql("INSERT INTO crm.lead (name, phone, source, status, assignee) VALUES ('=HYPERLINK(\"http://evil\")', '+919876533333', 'referral', 'assigned', %s)",
              sales.account.id)
    stack.sql("INSERT INTO crm.lead (name, source) VALUES ('Not yours', 'referral')")
    said, content = await export(sales, "lead export from referral as csv")
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert said.startswith("1 lead: ") and table[1][1] == "'=HYPERLINK(\"http://evil\")" and table[1][3] == "'+919876533333"
    said, content = await export(manager, "lead export from referral")
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "Not yours" in sheet and "<f>" not in sheet
    audit = stack.sql("SELECT outcome, arguments->>'source' FROM crm.audit WHERE command = 'lead.export' AND person_id = %s", sales.account.id)
    assert audit == [("done", "referral")]


async def test_a_link_is_over_after_some_hours(account, login, stack):
    manager = await login(account("manoj", "manager"))
    said, _ = await export(manager, "lead export as csv")
    link = re.search(r"http\S+/download/\S+", said)[0]
    stack.sql("UPDATE crm.file SET expires_at = now() - interval '1 second' WHERE person_id = %s", manager.account.id)
    assert (await fetch(link))[0] == 404 and (await fetch(link.replace("/download/", "/download/x")))[0] == 404
    stack.restart("crmd")  # it looks when it starts, then every minute
    stack.sql_until("SELECT count(*) = 0 FROM crm.file WHERE person_id = %s", manager.account.id)
