"""/operate/metrics, ready and health, for allowed addresses; and the watchdog, which is fed only while every lane gets on."""

import asyncio
import os
import pathlib
import re
import signal
import socket
import time
import urllib.error
import urllib.request

import pytest

from support.away import database_away

LINE = re.compile(r"^(?:# (?:TYPE|HELP) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+=\"[^\"]*\"(?:,[a-z]+=\"[^\"]*\")*\})? -?[0-9.]+|# EOF)$")


def fetch(stack, path, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{stack.port('HTTP')}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


async def get(stack, path, **headers):
    return await asyncio.get_running_loop().run_in_executor(None, lambda: fetch(stack, path, **headers))


async def until(stack, statement, *values):
    """Without holding up the clients, which share this thread."""
    await asyncio.get_running_loop().run_in_executor(None, lambda: stack.sql_until(statement, *values))


async def numbers(stack):
    status, text, headers = await get(stack, "/operate/metrics")
    assert status == 200 and headers["Content-Type"].startswith("application/openmetrics-text"), (status, text)
    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    for line in lines:
        assert LINE.match(line), line
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


async def test_a_message_shows_in_the_numbers(stack, visitor, login, account):
    ravi = await login(account("ravi"))
    before = await numbers(stack)
    guest = await visitor()
    await guest.say_and_wait("a word that is in no metric")
    heard = await ravi.messages.expect(body="a word that is in no metric")
    after = await numbers(stack)
    for name in ('crmd_jobs_total{lane="chat"}', "crmd_unit_seconds_count", 'crmd_turn_seconds_count{lane="chat"}', 'crmd_wait_seconds_count{lane="chat"}'):
        assert after[name] > before[name], name
    assert after["crmd_ready"] == 1 and after["crmd_stream_connections_total"] >= 1 and after["crmd_database_connections"] >= 2
    text = (await get(stack, "/operate/metrics"))[1]
    for secret in ("a word that is", heard.bare, ravi.account.username, guest.secret):
        assert secret not in text


async def test_what_waits_for_a_visitor_who_left_is_counted(stack, visitor, login, account):
    ravi = await login(account("ravi"))
    guest = await visitor()
    await guest.say_and_wait("soon gone")
    heard = await ravi.messages.expect(body="soon gone")
    before = (await numbers(stack))['crmd_outbox_pending{recipient="visitor"}']
    await guest.leave()
    await until(stack, "SELECT NOT present FROM crm.visitor WHERE address = %s", guest.bare)
    ravi.say(heard.bare, "for later")
    await until(stack, "SELECT count(*) = 1 FROM crm.outbox WHERE body = 'for later' AND state = 'pending'")
    after = await numbers(stack)
    assert after['crmd_outbox_pending{recipient="visitor"}'] == before + 1 and after['crmd_outbox_age_seconds{recipient="visitor"}'] > 0


async def test_ready_says_no_while_the_database_is_away(stack, account):
    assert (await get(stack, "/operate/ready"))[:2] == (200, "ready\n")
    async with database_away(stack, account("ravi")):
        status, text, _ = await get(stack, "/operate/ready")
        assert status == 503 and "database does not answer" in text, text
        assert (await get(stack, "/operate/health"))[0] == 200
    await wait_until_ready(stack)


async def wait_until_ready(stack, timeout=20):
    end = time.monotonic() + timeout
    while (await get(stack, "/operate/ready"))[0] != 200:
        assert time.monotonic() < end, stack.log("crmd")[-2000:]
        await asyncio.sleep(0.1)


async def test_without_crmd_it_is_not_ready_and_prosody_is_well(bare):
    for path in ("ready", "metrics"):
        status, text, _ = await get(bare, f"/operate/{path}")
        assert (status, text) == (503, "crmd does not answer\n")
    assert (await get(bare, "/operate/health"))[:2] == (200, "ok\n")


def heading(page):
    """Prosody's page of an error, without the words that it draws by lot."""
    return re.search("<h1>(.*?)</h1>", page).group(1)


@pytest.mark.parametrize("path", ["metrics", "ready", "health", "other"])
async def test_others_do_not_learn_that_it_is_there(stack, path):
    absent = await get(stack, "/operated-is-no-page", **{"X-Forwarded-For": "192.0.2.7"})
    status, text, _ = await get(stack, f"/operate/{path}", **{"X-Forwarded-For": "192.0.2.7"})
    assert (status, heading(text)) == (absent[0], heading(absent[1])) and status == 404
    assert "crmd" not in text


async def test_no_account_can_ask_crmd_itself(stack, login, account):
    admin = await login(account("admin", "admin"))
    iq = admin.make_iq_get(ito=stack.component)
    iq.append(iq.xml.makeelement("{urn:traincape:crm:0}metrics", {}))
    with pytest.raises(Exception) as refusal:
        await iq.send(timeout=10)
    assert "crmd_jobs" not in str(refusal.value)


def hear(listener, seconds):
    """What crmd has told systemd in that time."""
    heard, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        listener.settimeout(max(0.01, end - time.monotonic()))
        try:
            heard.append(listener.recv(4096).decode())
        except socket.timeout:
            break
    return heard


async def hear_until(listener, condition, timeout=20):
    end = time.monotonic() + timeout
    while True:
        heard = await asyncio.get_running_loop().run_in_executor(None, hear, listener, 1.5)
        if condition(heard):
            return heard
        assert time.monotonic() < end, heard


async def test_the_watchdog_is_fed_only_while_every_lane_gets_on(stack, visitor):
    path = pathlib.Path(stack.folder, "notify")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(path))
    path.chmod(0o777)
    stack.stop("crmd")
    stack.start("crmd", env={"NOTIFY_SOCKET": str(path), "CRMD_LANES_PATIENCE": "3"})
    guest = await visitor()
    try:
        await guest.say_and_wait("all is well")
        assert "WATCHDOG=1" in hear(listener, 2)
        lanes = [pid for pid, in stack.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'crmd'")]
        for pid in lanes:
            os.kill(pid, signal.SIGSTOP)
        try:
            guest.say("into a lane that hangs")
            await hear_until(listener, lambda heard: "WATCHDOG=1" not in heard)
            assert re.search(r'lane "\w+ \d" has not got on for 3 seconds', stack.log("crmd"))
        finally:
            for pid in lanes:
                os.kill(pid, signal.SIGCONT)
        await hear_until(listener, lambda heard: "WATCHDOG=1" in heard)
    finally:
        listener.close()
        stack.restart("crmd")
