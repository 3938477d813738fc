"""crmd dies in the middle of an import, again and again: the next one goes on behind the last slice that was committed, no row becomes two leads, none is lost,
and the counts say what is there."""

import pathlib
import subprocess
import tempfile

import pytest

from faults import locked, until_held_up, until_rows
from support.spreadsheets import heard, upload
from support.stack import PROGRAM

ROWS = 20_000
KILLS = (3_000, 7_000, 12_000, 18_000)  # rows dealt with, at which crmd dies
BAD = 100                               # every so many'th row has no email that can be one, every other so many'th that of the row before


def sheet(path):
    lines = ["Name,Email"]
    for n in range(ROWS):
        email = "not an address" if n % BAD == 1 else f"kill{n - 1 if n % BAD == 3 else n}@kill.example"
        lines.append(f"Killed {n},{email}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def killed_csv():
    """Where the user of the stack can read it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = pathlib.Path(folder, "killed.csv")
        sheet(path)
        path.parent.chmod(0o755)
        yield path


def dealt(stack, number):
    return stack.sql("SELECT dealt, added + updated + skipped + rejected FROM crm.import WHERE id = %s", number)[0]


async def test_an_import_goes_on_where_it_was(account, login, stack, killed_csv):
    manager = account("manoj", "manager")
    client = await login(manager)
    done = subprocess.run([str(PROGRAM), "ctl", str(stack.run), "--as", manager.username, "import", str(killed_csv)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    number = stack.sql("SELECT max(id) FROM crm.import WHERE person_id = %s", manager.id)[0][0]
    assert "Reply yes" in await client.ask_bot(f"import start {number}")
    await client.ask_bot("yes")
    for rows in KILLS:
        await until_rows(stack, "SELECT dealt >= %s FROM crm.import WHERE id = %s", rows, number, timeout=120)
        stack.kill("crmd")
        before = dealt(stack, number)
        assert before[0] == before[1], "what is counted as dealt with is all that was done"
        assert stack.sql("SELECT added FROM crm.import WHERE id = %s", number) == stack.sql("SELECT count(*) FROM crm.lead WHERE email LIKE '%%@kill.example'")
        stack.start("crmd")
        stack.wait()
    await until_rows(stack, "SELECT state = 'done' FROM crm.import WHERE id = %s", number, timeout=180)
    bad, twins = ROWS // BAD, ROWS // BAD
    assert stack.sql("SELECT dealt, added, updated, skipped, rejected FROM crm.import WHERE id = %s", number) == [(ROWS, ROWS - bad - twins, 0, twins, bad)]
    assert stack.sql("SELECT count(*), count(DISTINCT email) FROM crm.lead WHERE email LIKE '%%@kill.example'") == [(ROWS - bad - twins,) * 2]
    assert stack.sql("SELECT count(*) FROM crm.import_change WHERE import_id = %s", number) == [(ROWS - bad - twins,)]
    told = await client.messages.expect(lambda m: "killed.csv is imported" in (m.body or ""), timeout=30, carbon=None)
    assert f"{ROWS - bad - twins} leads added, {twins} skipped as duplicates, {bad} rejected" in told.body
    assert stack.sql("SELECT count(*) FROM crm.outbox WHERE body LIKE 'killed.csv is imported%%'") == [(1,)]


@pytest.mark.parametrize("process", ["crmd", "postgres"])
async def test_each_phase_of_an_import_is_done_once(account, login, stack, process):
    """Killed while rows are staged, while what was rejected becomes a file, and while all of it is taken back."""
    client = await login(account("manoj", "manager"))
    name = f"phases-{process}.csv"
    content = f"Name,Email\nPhase One,one@{process}.example\nPhase Two,two@{process}.example\nNobody,no address\n".encode()

    async def killed_at(table, step):
        with locked(stack, table):
            step()
            await until_held_up(stack, table)
            stack.kill(process)
        stack.start(process)
        stack.wait()

    def say(text):
        return lambda: client.say(f"bot@{stack.component}", text)

    link = await upload(client, name, content)
    await killed_at("crm.import_row", say(link))
    await heard(client, f"{name} has 3 rows")
    number = stack.sql("SELECT max(id) FROM crm.import WHERE file = %s", name)[0][0]
    await client.ask_bot(f"import start {number}", 30)
    await killed_at("crm.file", say("yes"))
    assert "2 leads added, 1 rejected." in await heard(client, f"{name} is imported")
    await client.ask_bot(f"import undo {number}", 30)
    await killed_at("crm.import_change", say("yes"))
    assert "2 leads are as before it" in await heard(client, "is taken back")
    assert stack.sql("SELECT state, added, rejected, taken_back FROM crm.import WHERE file = %s", name) == [("undone", 2, 1, 2)]
    assert stack.sql("SELECT count(*), count(deleted_at) FROM crm.lead WHERE email LIKE %s", f"%@{process}.example") == [(2, 2)]
    for said in (f"{name} has 3 rows%Nothing is imported yet%", f"{name} is imported%", f"%{name}, is taken back%"):
        assert stack.sql("SELECT count(*) FROM crm.outbox WHERE body LIKE %s", said) == [(1,)], said
    assert stack.sql("SELECT count(*) FROM crm.file WHERE name = %s", f"rejected-{number}.csv") == [(1,)]
