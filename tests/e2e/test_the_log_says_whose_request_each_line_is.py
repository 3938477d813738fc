"""Each line of the log names the request that it belongs to, the same as the audit; and whatever people, strangers and the programs themselves keep secret
is in no log of the three processes: crmd's at the level that says most, the others' as on a server."""

import asyncio
import pathlib
import re
import subprocess
import uuid

import pytest
import pytest_asyncio

from support.account_page import find_link, set_password
from support.records import add_lead
from support.stack import PROGRAM, Stack
from support.staff import LoginFailed, Staff
from support.accounts import Account

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest_asyncio.fixture(scope="module")
async def stack():
    """One of this module's own that says all it can."""
    made = Stack()
    made.start(env={"CRMD_LOG_LEVEL": "debug"})
    yield made
    made.close()


def requests_of(log, words):
    return re.findall(rf"{re.escape(words)}.* request=({UUID})$", log, re.M)


async def written(stack, wanted):
    """The requests of each kind of line, when each kind has been written: the log is another process's."""
    for _ in range(200):
        told = [requests_of(stack.log("crmd"), words) for words in wanted]
        if all(told):
            break
        await asyncio.sleep(0.05)
    return told


def audited(stack, command):
    return [row[0] for row in stack.sql("SELECT request FROM crm.audit WHERE command = %s ORDER BY id", command)]


async def test_a_command_is_one_line_with_the_id_that_the_audit_has(stack, account, login):
    manoj, ravi = await login(account("manoj", "manager")), await login(account("ravi"))
    await manoj.ask_bot("lead add Asha Rao, asha.rao@example.in")
    await (await manoj.commands.execute("lead.add")).complete(name="Second", email="second@example.in")
    assert (await ravi.commands.execute("lead.add")).condition == "forbidden"
    wanted = [f'info  command=lead.add surface="{surface}" person={who.account.id} outcome={outcome}'
              for surface, who, outcome in (("chat", manoj, "done"), ("form", manoj, "done"), ("form", ravi, "forbidden"))]
    told = await written(stack, wanted)
    assert [len(each) for each in told] == [1, 1, 1], stack.log("crmd")
    assert [each[0] for each in told] == audited(stack, "lead.add")


async def test_what_breaks_is_logged_under_the_id_that_the_person_is_told(stack, account, login):
    manoj = await login(account("manoj", "manager"))
    number = add_lead(stack, "Breaks")
    stack.sql("CREATE FUNCTION crm.break_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'it breaks' USING ERRCODE = '23514'; END$$")
    stack.sql("CREATE TRIGGER break_it BEFORE INSERT ON crm.lead_note FOR EACH ROW EXECUTE FUNCTION crm.break_it()")
    try:
        answer = await manoj.ask_bot(f"note {number} called")
    finally:
        stack.sql("DROP FUNCTION crm.break_it CASCADE")
    told = re.search(rf"Something went wrong here\. Nothing was changed\. \(({UUID})\)", answer)
    assert told, answer
    lines = [line for line in stack.log("crmd").splitlines() if line.endswith(f"request={told.group(1)}")]
    assert any(line.startswith("error command=lead.note") and "sqlstate=23514" in line for line in lines), lines
    assert any("command=lead.note" in line and "outcome=failed" in line for line in lines), lines
    assert told.group(1) in audited(stack, "lead.note")


async def test_what_a_visitor_sets_going_is_one_request(stack, account, login, visitor):
    ravi, guest = await login(account("ravi")), await visitor()
    await guest.say_and_wait("Do you teach Excel?")
    heard = await ravi.messages.expect(body="Do you teach Excel?")
    number = heard.bare.removeprefix("visitor-").partition("@")[0]
    ravi.say(heard.bare, "We do.")
    await guest.messages.expect(body="We do.")
    log = stack.log("crmd")
    for words in ("info  conversation visitor=", "debug desk job=visitor visitor=", "debug desk job=staff visitor="):
        assert requests_of(log, words), (words, log)
    claimed = [line for line in log.splitlines() if line.startswith(f"info  conversation visitor={number} ")]
    handled = requests_of(log, f"debug desk job=staff visitor={number}")
    assert any(line.rpartition("=")[2] in handled for line in claimed), claimed


async def test_no_line_can_be_forged(stack, account, login):
    manoj = await login(account("manoj", "manager"))
    before = len(stack.log("crmd"))
    await manoj.ask_bot("lead add Forged\u2028error command=user.role outcome=done, f@example.in")
    manoj.say(f"bot@{stack.component}", "x\nerror all is lost")
    await manoj.messages.expect(lambda heard: heard.body is not None, carbon=None)
    for line in stack.log("crmd")[before:].splitlines():
        assert re.match(r"(debug|info |warn |error) [ -~]+$", line), line
        assert "all is lost" not in line and "user.role" not in line, line


async def test_no_log_has_a_secret_in_it(stack, account, login, visitor):
    """Passwords that were right, wrong, new or malformed; the links and secrets of browsers; what was said; and the programs' own."""
    admin, ravi, guest = await login(account("admin", "admin")), await login(account("ravi")), await visitor()
    words = {"said": f"said-{uuid.uuid4()}", "answered": f"answered-{uuid.uuid4()}", "note": f"note-{uuid.uuid4()}", "wrong": f"wrong-{uuid.uuid4()}",
             "new": f"new-{uuid.uuid4()}", "phone": "+919876501234", "mail": f"mail-{uuid.uuid4().hex}@example.in"}
    await guest.say_and_wait(words["said"])
    heard = await ravi.messages.expect(body=words["said"])
    ravi.say(heard.bare, words["answered"])
    await guest.messages.expect(body=words["answered"])
    added = await admin.ask_bot(f"lead add Secret Person, {words['mail']}, {words['phone']}")
    number = re.search(r"\d+", added).group()
    await admin.ask_bot(f"note {number} {words['note']}")
    with pytest.raises(LoginFailed):
        await Staff.login(stack, Account(0, ravi.account.username, words["wrong"], "sales", "", ravi.account.address))
    link = find_link(await admin.ask_bot(f"user password {ravi.account.username}"))
    page = await asyncio.get_running_loop().run_in_executor(None, set_password, link, words["new"])
    assert page.status == 200, page
    listed = subprocess.run([PROGRAM, "ctl", stack.run, "--as", admin.account.username, "user.password", ravi.account.username], capture_output=True,
                            text=True, check=True, timeout=30)
    # A statement that fails is quoted by PostgreSQL, unless it is told not to.
    with stack.connect() as connection, connection.cursor() as cursor:
        with pytest.raises(Exception):
            cursor.execute("SELECT crm.prosody_store_keys(%s, 1)", (words["wrong"],))
    own = [path.read_text(encoding="utf-8").split("\n")[0] for path in pathlib.Path(stack.env["CRM_SECRETS_DIR"]).iterdir()]
    tokens = [each.rpartition("/")[2] for each in (link, find_link(listed.stdout))]
    secrets = [*words.values(), *own, *tokens, guest.secret, ravi.account.password, admin.account.password]
    assert len(own) >= 4 and all(len(secret) >= 12 for secret in secrets), secrets
    for name in ("crmd", "prosody", "postgres"):
        log = stack.log(name)
        logs = log + "".join(path.read_text(errors="replace") for path in pathlib.Path(stack.env["CRM_LOG_DIR"]).glob(f"{name}*"))
        assert len(logs) > 100, name
        for secret in secrets:
            assert secret not in logs, (name, secret, [line for line in logs.splitlines() if secret in line][:3])
    assert guest.bare not in stack.log("crmd")
