"""What people wrote with the release before is there after the upgrade: the rows of a busy day, put into a database that has every migration but the last,
then migrated as crmctl setup does it, and used."""

import asyncio

import psycopg2
import psycopg2.extras
import pytest

from support import release
from support.records import quietly
from support.stack import TOP, Stack, run_program
from support.staff import Staff
from support.visitor import Visitor

SECRET = "C" * 43
OWN = {"lease", "stream_mark", "availability", "form_session", "schema_migration"}    # what crmd and schema/apply write by themselves


@pytest.fixture(scope="module")
def stack():
    made = Stack()
    made.start()
    yield made
    made.close()


def tables_of(stack):
    return {name for name, in stack.sql("SELECT relname::text FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'")} - OWN


def columns_of(stack, table):
    """But for those that are computed."""
    return [name for name, in stack.sql("SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
                                        " AND attgenerated = '' ORDER BY 1", f"crm.{table}")]


def rows_of(stack, shape):
    """{table: its rows, only the columns of that shape, in an order of their own}."""
    return {table: sorted(repr(row) for row in stack.sql(f"SELECT {', '.join(columns)} FROM crm.{table}")) for table, columns in shape.items()}


def take_out(stack):
    """Every row of every table, as JSON."""
    return {table: [row for row, in stack.sql(f"SELECT to_jsonb(t) FROM crm.{table} t")] for table in tables_of(stack)}


def put_in(stack, rows):
    """What of the rows has a place there; what the last migration added has none."""
    for table in tables_of(stack):
        quietly(stack, f"DELETE FROM crm.{table}")    # what migrations put in is among the rows
        columns = ", ".join(columns_of(stack, table))
        for row in rows.get(table, []):
            quietly(stack, f"INSERT INTO crm.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM jsonb_populate_record(NULL::crm.{table}, %s)",
                    psycopg2.extras.Json(row))
    for sequence, table, column in stack.sql(
            "SELECT pg_get_serial_sequence(format('crm.%%I', c.relname), a.attname), c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'crm'::regnamespace AND a.attidentity <> ''"):
        stack.sql(f"SELECT setval(%s, greatest((SELECT max({column}) FROM crm.{table}), 1))", sequence)


def begin_anew(stack):
    """An empty database crm."""
    stack._kept.close()  # pylint: disable=protected-access
    stack._kept = None  # pylint: disable=protected-access
    connection = psycopg2.connect(host=stack.env["CRM_PG_SOCKET_DIR"], port=stack.env["CRM_PG_PORT"], dbname="postgres", user="postgres",
                                  password=stack.secret("postgres_password"))
    connection.autocommit = True
    connection.cursor().execute("DROP DATABASE crm WITH (FORCE)")
    connection.cursor().execute("CREATE DATABASE crm TEMPLATE template0")
    connection.close()


def apply_schema(stack, folder):
    """What it says."""
    program, *arguments = release.apply_command(stack, folder)
    return run_program(*arguments, program=program)


async def history_of(staff, number):
    """Beside what the bot tells by itself."""
    staff.say(f"bot@{staff.stack.component}", f"history {number}")
    return (await staff.messages.expect(lambda heard: (heard.body or "").startswith(f"History of lead {number}"))).body


async def a_busy_day(stack, manager, sales):
    """A bit of everything, by the ways that people use; returns a lead's history."""
    manoj, ravi = await Staff.login(stack, manager), await Staff.login(stack, sales)
    guest = await Visitor.arrive(stack, secret=SECRET)
    await guest.say_and_wait("Do you teach Excel?")
    heard = await ravi.messages.expect(body="Do you teach Excel?")
    ravi.say(heard.bare, "We do.")
    await guest.messages.expect(body="We do.")
    for line in ("lead add Asha Rao, asha@example.in, +91 98765 43210, budget 50000 INR, from linkedin", f"assign 1 to {sales.username}", "tag 1 vip, excel",
                 "note 1 called, wants Monday", "lead add Gone, gone@example.in", "delete 2", "yes"):
        await manoj.ask_bot(line)
    await ravi.ask_bot("status 1 contacted")
    await guest.leave()
    await asyncio.get_running_loop().run_in_executor(None, lambda: stack.sql_until("SELECT NOT present FROM crm.visitor"))
    ravi.say(heard.bare, "Are you there?")    # waits in the outbox for the visitor
    await asyncio.get_running_loop().run_in_executor(None, lambda: stack.sql_until("SELECT count(*) = 1 FROM crm.outbox WHERE body = 'Are you there?'"))
    shown = await history_of(ravi, 1)
    for client in (manoj, ravi):
        await client.logout()
    return shown


async def test_all_of_it_is_there_and_goes_on(stack, account, tmp_path):
    manager, sales, loop = account("manoj", "manager"), account("ravi"), asyncio.get_running_loop()
    shown = await a_busy_day(stack, manager, sales)
    stack.stop("crmd", "prosody")
    day = take_out(stack)
    assert {"message", "conversation", "visitor", "lead", "lead_event", "lead_note", "lead_tag", "audit", "outbox", "credential", "person"} <= {
        table for table, rows in day.items() if rows}
    begin_anew(stack)
    last = release.release_before(tmp_path)
    await loop.run_in_executor(None, apply_schema, stack, tmp_path)
    assert stack.sql("SELECT max(version) FROM crm.schema_migration") == [(last - 1,)]
    put_in(stack, day)
    shape = {table: columns_of(stack, table) for table in tables_of(stack)}
    before = rows_of(stack, shape)
    assert sum(map(len, before.values())) > 60

    assert f"schema: applied {last:04}_" in await loop.run_in_executor(None, apply_schema, stack, TOP)
    assert rows_of(stack, shape) == before

    stack.start("prosody", "crmd")
    ravi = await Staff.login(stack, sales)
    assert await history_of(ravi, 1) == shown and "called, wants Monday" in shown
    ravi.say(f"bot@{stack.component}", "leads")
    await ravi.messages.expect(lambda heard: "Asha Rao" in (heard.body or "") and "contacted" in heard.body.lower())
    guest = await Visitor.arrive(stack, secret=SECRET)
    await guest.messages.expect(body="Are you there?", timeout=20)
    bodies = [message.body for _, message in (await guest.history(before=""))[0]]
    assert bodies == ["Do you teach Excel?", "We do.", "Are you there?"], bodies
    await guest.say_and_wait("Yes")
    await ravi.messages.expect(body="Yes")
    await ravi.logout()
    await guest.leave()
