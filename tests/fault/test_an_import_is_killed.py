"""crmd dies in the middle of an import, again and again: the next one goes on behind the last slice that was committed, no row becomes two leads, none is lost,
and the counts say what is there."""

import pathlib
import subprocess
import tempfile

import pytest

from faults import until_rows
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
