"""The schema moves on by one migration, which rewrites a large table, while visitors and salespeople talk: nothing that was receipted is lost, the order is
kept, the crmd of the version before ends with one sentence, the next one goes on. And a table that is in use all the time holds nobody up."""

import asyncio
import os
import random
import shutil
import subprocess

import pytest

from faults import until
from support import release
from support.records import quietly
from support.stack import Stack, build_folder
from talk import persist, talk
from world import World, all_agree

SEED = int(os.environ.get("SEED") or random.randrange(1_000_000))
ROWS = 100_000
# Rewrites the table, checks each row, and makes an index: what a migration costs at its worst.
MIGRATION = """
ALTER TABLE crm.message ADD COLUMN upgraded_at timestamptz NOT NULL DEFAULT clock_timestamp(), ADD CHECK (length(body) > 0);
CREATE INDEX message_upgraded ON crm.message (upgraded_at);
"""
IN_USE = "a table is in use, trying again: crm.message has been in use since "


class NextRelease:
    """The program files of a release that is one migration on."""

    def __init__(self, stack):
        self.stack = stack
        self.files = stack.folder / "next-release"
        self.number = release.next_release(self.files, MIGRATION)
        self.said = stack.folder / "upgrade.out"

    def begin(self, **environment):
        with open(self.said, "wb") as out:
            return subprocess.Popen(release.apply_command(self.stack, self.files), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    env={**os.environ, **environment})

    def says(self, words):
        return words in self.said.read_text(encoding="utf-8")

    def install_program(self):
        """Its crmd in the place of the one before."""
        program = f"{self.stack.env['CRM_RUN_DIR']}/share/crmd"
        shutil.copyfile(build_folder() / "next-release/crmd", program + ".new")
        os.chmod(program + ".new", 0o755)
        os.replace(program + ".new", program)


@pytest.fixture(scope="module")
def stack():
    made = Stack()
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def next_release(stack):
    return NextRelease(stack)


@pytest.fixture(autouse=True)
def all_running():
    """Instead of conftest's: which crmd runs is what this is about."""


def fill(stack):
    """Messages of somebody who has said a great deal."""
    stack.sql("INSERT INTO crm.visitor (id, address) OVERRIDING SYSTEM VALUE VALUES (1000000, 'of long ago')")
    stack.sql("INSERT INTO crm.conversation (id, visitor_id, state) OVERRIDING SYSTEM VALUE VALUES (1000000, 1000000, 'closed')")
    quietly(stack, "INSERT INTO crm.message (id, visitor_id, conversation_id, sequence, author, body)"
                   " SELECT gen_random_uuid(), 1000000, 1000000, n, 'visitor', repeat('word ', 20) FROM generate_series(1, %s) n", ROWS)


def long_read(stack):
    """Somebody's report, which has begun to read and does not come to an end."""
    connection = stack.connect()
    connection.autocommit = False
    connection.cursor().execute("SET application_name = 'report'; SELECT count(*) FROM crm.message")
    return connection


def version_of(stack):
    return stack.sql("SELECT max(version) FROM crm.schema_migration")[0][0]


def errors_of(stack):
    return [line for line in stack.log("crmd").splitlines() if line.startswith("error")]


async def test_a_migration_that_cannot_have_its_table_gives_up_and_disturbs_nobody(stack, account, login, visitor, next_release):
    guest, asha, contact = await talk(account, login, visitor)
    before = version_of(stack)
    report = long_read(stack)
    try:
        upgrade = next_release.begin(SCHEMA_PATIENCE="4")
        await until(lambda: next_release.says(IN_USE), what="the first attempt")
        number = 0
        while upgrade.poll() is None:
            number += 1
            await persist(guest, f"meanwhile {number}")
            asha.say(contact, f"answer {number}")
            await guest.messages.expect(body=f"answer {number}")
    finally:
        report.close()
    assert upgrade.returncode == 1 and number > 2
    said = next_release.said.read_text()
    assert "schema/apply: a table is in use all the time" in said and 'application "report"' in said and "End that, then run this again." in said, said
    assert said.count(IN_USE) == 1, said
    assert version_of(stack) == before and stack.alive("crmd") and not errors_of(stack)


class Upgrade:
    """What an operator does, and what systemd does, while the world talks."""

    def __init__(self, world, stack, next_one):
        self.world, self.stack, self.release = world, stack, next_one

    async def run(self):
        await self.world.more_receipts(20)
        report = long_read(self.stack)
        upgrade = self.release.begin()
        await until(lambda: self.release.says(IN_USE), what="the first attempt")
        await self.world.more_receipts(20)
        assert upgrade.poll() is None and self.stack.alive("crmd")
        report.close()
        await until(lambda: upgrade.poll() is not None, 120, "the migration")
        assert upgrade.returncode == 0, self.release.said.read_text()
        await until(lambda: not self.stack.alive("crmd"), what="the end of the crmd of the version before")
        self.status = self.stack.children["crmd"].returncode
        self.release.install_program()
        self.stack.start("crmd", wait=False)
        await until(lambda: self.stack.log("crmd").count("ready domain=") == 2, 60, "the next crmd")
        await self.world.more_receipts(20)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_migration_under_load_loses_nothing_and_the_next_crmd_goes_on(stack, account, next_release):
    await asyncio.get_running_loop().run_in_executor(None, fill, stack)
    before = version_of(stack)
    world = World(stack, [account(name) for name in ("ravi", "meera")], SEED)
    upgrade = Upgrade(world, stack, next_release)
    try:
        await world.run(upgrade.run())
        assert await all_agree(world) > 0, f"seed {SEED}"
    finally:
        await world.stop()
    assert version_of(stack) == before + 1 == next_release.number
    assert stack.sql("SELECT count(*) FROM crm.message WHERE visitor_id = 1000000 AND upgraded_at IS NOT NULL") == [(ROWS,)]
    # systemd starts it again as often as it takes (Restart=always, but for 3): when the next program is there it is that one.
    assert upgrade.status == 1
    sentence = f"error the database has schema version {before + 1}, and this program needs {before}; install the program that belongs to it"
    assert [line.partition(" request=")[0] for line in errors_of(stack)] == [sentence]
    assert "Traceback" not in stack.log("prosody")
