"""crmctl backup, while staff and visitors write; crmctl restore, into a stack that has nothing yet: row by row the same, logins work, a visitor's
history is there, and nothing that was written meanwhile is there twice. And what a restore refuses."""

import asyncio
import contextlib
import dataclasses
import fcntl
import os
import pathlib
import signal
import sqlite3
import subprocess
import tarfile

import psycopg2
import pytest
import pytest_asyncio

from support.disk import small_disk
from support.staff import Staff
from support.stack import TOP, Stack, StackError, make_folder, remove_folder
from support.visitor import Visitor

OPERATE = TOP / "component/operate"
SECRET = "B" * 43
CONVERSATION = "SELECT m.body FROM crm.message m WHERE m.conversation_id = (SELECT conversation_id FROM crm.message WHERE body = 'before') "


class Refused(Exception):
    pass


def operate(stack, name, *arguments, **environment):
    """As the owner of the stack does: root here, or whoever runs the tests."""
    settings = pathlib.Path(stack.env["CRM_RUN_DIR"], "stack.env")
    done = subprocess.run([OPERATE / name, *map(str, arguments), "--settings", settings], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    return done.stdout


async def in_thread(function, *arguments):
    return await asyncio.get_running_loop().run_in_executor(None, lambda: function(*arguments))


def rows_of(stack):
    """All tables of the database, each as the sorted text of its rows. Not what a running crmd writes by itself."""
    tables = [name for name, in stack.sql("SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'")]
    own = {"lease", "stream_mark", "availability", "form_session"}
    return {name: [row for row, in stack.sql(f"SELECT t::text COLLATE \"C\" FROM crm.{name} t ORDER BY 1")] for name in tables if name not in own}


def sequences_of(stack):
    return dict(stack.sql("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'crm'"))


def data_of(stack):
    return pathlib.Path(stack.env["CRM_RUN_DIR"], "prosody/data")


def archive_rows(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        return set(connection.execute("SELECT host, user, store, key, value FROM prosodyarchive"))


@pytest.fixture(scope="module")
def place():
    folder = make_folder()
    yield folder
    remove_folder(folder)


def empty_stack():
    """Installed, PostgreSQL runs, and nobody has been here."""
    made = Stack()
    made.start("postgres")
    made.sql("SELECT 1")
    made._kept.close()  # pylint: disable=protected-access
    made._kept = None  # pylint: disable=protected-access
    with psycopg2.connect(host=made.env["CRM_PG_SOCKET_DIR"], port=made.env["CRM_PG_PORT"], dbname="postgres", user="postgres",
                          password=made.secret("postgres_password")) as connection:
        connection.autocommit = True
    connection.cursor().execute("DROP DATABASE crm")
    connection.close()
    return made


async def write_until(done, guest, staff, counts):
    """Traffic, one message after another and each receipted, until the backup is made."""
    heard = await staff.messages.expect(lambda message: message.body == "before")
    while not done.is_set():
        counts[0] += 1
        await guest.say_and_wait(f"during {counts[0]}")
        staff.say(heard.bare, f"answer {counts[0]}")
        await guest.messages.expect(body=f"answer {counts[0]}")


@dataclasses.dataclass
class Backups:
    """What was there when both archives were made: busy.tar.gz while staff and a visitor wrote, quiet.tar.gz after, of which every row must come
    back."""
    ravi: object
    answers: int
    rows: dict
    sequences: dict
    chats: set


@pytest_asyncio.fixture(scope="module")
async def backups(stack, place):
    ravi, admin = stack.add_account("backed.up.ravi", "sales"), stack.add_account("backed.up.admin", "admin")
    staff = await Staff.login(stack, ravi)
    guest = await Visitor.arrive(stack, secret=SECRET)
    await guest.say_and_wait("before")
    stack.sql("INSERT INTO crm.lead (name, email, phone, source, status, creator) VALUES ('O''Neil \"₹\" \\ Söhne', 'o@example.in', NULL, 'website', 'new', %s)",
              admin.id)
    pathlib.Path(data_of(stack), "notes").mkdir(exist_ok=True)
    pathlib.Path(data_of(stack), "notes/uploaded.bin").write_bytes(bytes(range(256)) * 300)
    done, counts, archive = asyncio.Event(), [0], place / "busy.tar.gz"
    traffic = asyncio.ensure_future(write_until(done, guest, staff, counts))
    said = await in_thread(operate, stack, "backup", archive)
    at_least = counts[0]
    done.set()
    await traffic
    assert f"Backed up {stack.domain}" in said and at_least > 0
    assert archive.stat().st_mode & 0o777 == 0o600 and [path.name for path in place.iterdir()] == ["busy.tar.gz"]
    await staff.logout()
    await guest.leave()
    stack.stop("crmd")
    while (data_of(stack) / "archive.journal").stat().st_size > 0:
        await asyncio.sleep(0.02)
    await in_thread(operate, stack, "backup", place / "quiet.tar.gz")
    made = Backups(ravi, counts[0], rows_of(stack), sequences_of(stack), archive_rows(data_of(stack) / "archive.sqlite"))
    stack.start("crmd")
    return made


@pytest.fixture(scope="module")
def quiet(backups, place):  # pylint: disable=unused-argument
    return place / "quiet.tar.gz"


@pytest.fixture(scope="module")
def restored(quiet):
    """A second machine, which had nothing yet; only PostgreSQL runs."""
    made = empty_stack()
    try:
        assert "Restored" in operate(made, "restore", quiet, "--keep-configuration")
        yield made
    finally:
        made.close()


async def test_what_was_receipted_before_is_in_it_and_what_comes_during_is_whole(stack, backups, restored):
    rows = rows_of(restored)
    assert rows.keys() == backups.rows.keys() and sum(map(len, rows.values())) > 50
    for name, expected in backups.rows.items():
        assert rows[name] == expected, name
    assert sequences_of(restored) == backups.sequences
    assert archive_rows(data_of(restored) / "archive.sqlite") == backups.chats and len(backups.chats) > 2
    assert (data_of(restored) / "notes/uploaded.bin").read_bytes() == bytes(range(256)) * 300
    for name in ("component_secret", "guest_pepper"):
        assert restored.secret(name) == stack.secret(name)

    restored.start("prosody", "crmd")
    staff = await Staff.login(restored, backups.ravi)
    guest = await Visitor.arrive(restored, secret=SECRET)
    page = await guest.history(before="")
    bodies = [message.body for _, message in page[0]]
    expected = [body for body, in stack.sql(CONVERSATION + "ORDER BY m.sequence")]
    assert bodies == expected[-len(bodies):] and f"answer {backups.answers}" in bodies, bodies
    heard = await guest.say_and_wait("and after")
    assert heard is not None
    assert (await staff.messages.expect(body="and after")) is not None
    await staff.logout()
    await guest.leave()


@pytest.mark.usefixtures("backups")
async def test_the_one_that_was_made_under_traffic_loses_and_doubles_nothing(place):
    """Its dump and its chat archives are of different moments; what the desk has to show for it is one conversation without gaps."""
    third = empty_stack()
    try:
        await in_thread(operate, third, "restore", place / "busy.tar.gz", "--keep-configuration")
        third.start("prosody", "crmd")
        said = [body for body, in third.sql(CONVERSATION + "ORDER BY m.sequence")]
        reached = [body for body in said if body.startswith("during")]
        answered = [body for body in said if body.startswith("answer")]
        assert reached == [f"during {number}" for number in range(1, len(reached) + 1)], reached
        assert answered == [f"answer {number}" for number in range(1, len(answered) + 1)], answered
        assert said[0] == "before", said
        # Asking the archives for what staff sent since the dump has taken in the rest, once each.
        values = [value for *_, value in archive_rows(data_of(third) / "archive.sqlite")]
        in_archive = {number for number in range(1, 1000) if any(f"<body>answer {number}</body>" in value for value in values)}
        assert in_archive and in_archive <= {int(body.split()[1]) for body in answered}, (in_archive, answered)
    finally:
        third.close()


async def test_a_restore_refuses_to_overwrite(restored, quiet):
    restored.sql("INSERT INTO crm.setting VALUES ('after.restore', 'kept')")
    with pytest.raises(Refused, match="there is a database crm already, and it is not overwritten"):
        await in_thread(operate, restored, "restore", quiet, "--keep-configuration")
    assert restored.sql("DELETE FROM crm.setting WHERE key = 'after.restore' RETURNING value") == [("kept",)]


async def test_chat_data_that_is_there_is_not_overwritten_and_nothing_is_begun(quiet):
    made = empty_stack()
    try:
        data_of(made).mkdir(parents=True)
        (data_of(made) / "something.dat").write_text("mine")
        with pytest.raises(Refused, match="there is chat data in .* already"):
            await in_thread(operate, made, "restore", quiet, "--keep-configuration")
        with pytest.raises(psycopg2.OperationalError, match='database "crm" does not exist'):
            made.connect()
    finally:
        made.close()


async def test_a_full_disk_is_said_and_the_same_restore_works_once_there_is_room(quiet, place):
    made = empty_stack()
    restore = (operate, made, "restore", quiet, "--keep-configuration")
    try:
        with small_disk(place / "disk", "64k") as disk, pytest.raises(Refused, match=f"could not be unpacked in {disk}: is the disk full"):
            restore[0](*restore[1:], TMPDIR=str(disk))
        with small_disk(data_of(made), "64k"):
            with pytest.raises(Refused, match="chat data could not be written .* is the disk full. Nothing was restored"):
                await in_thread(*restore)
            assert not list(data_of(made).iterdir())
        assert "Restored" in await in_thread(*restore)
        assert made.sql("SELECT count(*) FROM crm.message WHERE body = 'before'") == [(1,)]
    finally:
        made.close()


def databases_of(stack):
    with contextlib.closing(psycopg2.connect(host=stack.env["CRM_PG_SOCKET_DIR"], port=stack.env["CRM_PG_PORT"], dbname="postgres", user="postgres",
                                             password=stack.secret("postgres_password"))) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for name, in cursor}


async def test_a_restore_that_is_told_to_end_takes_back_what_it_has_begun(quiet):
    made = empty_stack()
    arguments = [quiet, "--keep-configuration"]
    try:
        settings = pathlib.Path(made.env["CRM_RUN_DIR"], "stack.env")
        with subprocess.Popen([OPERATE / "restore", *map(str, arguments), "--settings", settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as begun:
            while "crm" not in databases_of(made):
                assert begun.poll() is None, begun.stdout.read()
            begun.terminate()
            assert begun.wait(60) != 0
        assert "crm" not in databases_of(made) and not list(data_of(made).glob("*"))
        assert "Restored" in await in_thread(operate, made, "restore", *arguments)
    finally:
        made.close()


async def test_the_secrets_that_a_killed_restore_leaves_are_gone_after_the_next(quiet, place):
    made = empty_stack()
    folder = place / "staging"
    folder.mkdir()
    settings = pathlib.Path(made.env["CRM_RUN_DIR"], "stack.env")
    try:
        with subprocess.Popen([OPERATE / "restore", quiet, "--keep-configuration", "--settings", settings], stderr=subprocess.DEVNULL,
                              env={**os.environ, "TMPDIR": str(folder)}, start_new_session=True) as begun:
            while "crm" not in databases_of(made):
                assert begun.poll() is None
            os.killpg(begun.pid, signal.SIGKILL)
        left, = folder.iterdir()
        assert (left / "secrets/guest_pepper").is_file() and left.stat().st_mode & 0o777 == 0o700
        os.utime(left, (0, 0))
        handle = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # as long as it runs
            with pytest.raises(Refused, match="there is a database crm already"):
                operate(made, "restore", quiet, "--keep-configuration", TMPDIR=str(folder))
            assert left.exists()
        finally:
            os.close(handle)
        with pytest.raises(Refused, match="there is a database crm already"):
            operate(made, "restore", quiet, "--keep-configuration", TMPDIR=str(folder))
        assert not list(folder.iterdir())
    finally:
        made.close()


@pytest.mark.parametrize("harm, words", [
    (lambda content: b"", "is no archive of crmctl backup, or it is damaged"),
    (lambda content: b"no archive", "is no archive of crmctl backup, or it is damaged"),
    (lambda content: content[: len(content) // 2], "damaged"),
])
async def test_a_damaged_archive_is_refused(stack, quiet, place, harm, words):
    broken = place / "broken.tar.gz"
    broken.write_bytes(harm(quiet.read_bytes()))
    with pytest.raises(Refused, match=words):
        await in_thread(operate, stack, "restore", broken, "--keep-configuration")


async def test_an_archive_that_was_changed_is_refused(stack, quiet, place):
    changed = place / "changed.tar.gz"
    with tarfile.open(quiet) as source, tarfile.open(changed, "w:gz") as target:
        for member in source:
            content = source.extractfile(member) if member.isfile() else None
            if member.name.endswith("/crm.dump"):
                data = bytearray(content.read())
                data[len(data) // 2] ^= 1
                (place / "piece").write_bytes(data)
                content = open(place / "piece", "rb")  # pylint: disable=consider-using-with
            target.addfile(member, content)
    with pytest.raises(Refused, match="what it holds is not what was put in"):
        await in_thread(operate, stack, "restore", changed, "--keep-configuration")


async def test_a_backup_overwrites_nothing_and_leaves_nothing_half(stack, quiet, place, restored):
    with pytest.raises(Refused, match="is there already"):
        await in_thread(operate, stack, "backup", quiet)
    restored.stop("crmd", "prosody", "postgres")
    with pytest.raises(Refused, match="PostgreSQL does not answer"):
        await in_thread(operate, restored, "backup", place / "none.tar.gz")
    assert not [path for path in place.iterdir() if path.name.startswith("none")]
