"""The table of the operator's page, "what the logs say": each of its rows is made to happen, and the log shows just these words. And afterwards all goes on."""

import asyncio
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from support.stack import TOP, Stack
from support.visitor import Visitor

sys.path.insert(0, str(TOP / "tests/package"))
import page  # noqa: E402  pylint: disable=wrong-import-position

LANES = "SELECT pid FROM pg_stat_activity WHERE application_name = 'crmd'"


@pytest.fixture(scope="module")
def stack():
    made = Stack()
    made.start(env={"CRMD_LANES_PATIENCE": "1"})
    yield made
    made.close()


async def until(condition, words, timeout=30):
    for _ in range(int(timeout / 0.05)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(words())


class Second:
    """Another crmd on the same database."""

    def __init__(self, stack):
        run, user = stack.env["CRM_RUN_DIR"], stack.env["CRM_USER"]
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        self.path = pathlib.Path(stack.folder, "second.out")
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen([*as_user, f"{run}/share/crmd", "--config", stack.env["CRM_CRMD_CONF"]], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)

    def says(self, words):
        return words in self.path.read_text(encoding="utf-8")

    def end(self):
        self.process.terminate()
        self.process.wait(20)


class Trouble:
    """Each method makes one row of the table happen; `said` is how one looks for its words."""

    def __init__(self, stack, words):
        self.stack, self.words = stack, words
        self.before = {name: len(stack.log(name)) for name in ("crmd", "prosody")}
        self.second = None

    def said(self):
        logs = [self.stack.log(name)[length:] for name, length in self.before.items()]
        logs += [path.read_text(errors="replace") for path in pathlib.Path(self.stack.env["CRM_LOG_DIR"]).glob("prosody*")]
        return any(self.words in log for log in logs) or (self.second is not None and self.second.says(self.words))

    async def shown(self, timeout=30):
        await until(self.said, lambda: f"{self.words!r} is in no log: {self.stack.log('crmd')[-1500:]}", timeout)

    async def write(self, body="hello"):
        guest = await Visitor.arrive(self.stack)
        guest.say(body)
        return guest

    async def database_down(self):
        self.stack.kill("postgres")
        await self.shown()
        self.stack.start("postgres")

    async def disk_full(self):
        """In PostgreSQL's own words."""
        self.stack.sql("CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END$$;"
                       "CREATE TRIGGER full_disk BEFORE INSERT ON crm.message FOR EACH ROW EXECUTE FUNCTION public.full()")
        guest = await self.write()
        try:
            await self.shown()
        finally:
            self.stack.sql("DROP FUNCTION public.full() CASCADE")
            await guest.leave()

    async def prosody_down(self):
        self.stack.stop("prosody")
        await self.shown()
        self.stack.start("prosody")

    async def wrong_secret(self):
        self.stack.stop("crmd")
        self.stack.start("crmd", wait=False, env={"CRMD_XMPP_COMPONENT_SECRET_FILE": f"{self.stack.env['CRM_SECRETS_DIR']}/guest_pepper"})
        await self.shown()
        self.stack.restart("crmd")

    async def certificate_expired(self):
        key = self.stack.certificate.with_suffix(".key")
        kept = self.stack.certificate.read_bytes()
        made = pathlib.Path(self.stack.folder)
        subprocess.run(["openssl", "x509", "-in", self.stack.certificate, "-signkey", key, "-days", "-1", "-out", made / "old.crt"], check=True,
                       capture_output=True)
        self.stack.certificate.write_bytes((made / "old.crt").read_bytes())
        os.kill(self.stack.children["prosody"].pid, signal.SIGHUP)

        def look():
            subprocess.run(["openssl", "s_client", "-starttls", "xmpp", "-xmpphost", self.stack.domain, "-connect", f"127.0.0.1:{self.stack.port('C2S')}",
                            "-CAfile", made / "old.crt", "-verify_return_error"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
            return self.said()
        try:
            for _ in range(20):    # until Prosody has read it
                if await asyncio.get_running_loop().run_in_executor(None, look):
                    break
                await asyncio.sleep(0.3)
            await self.shown(1)
        finally:
            self.stack.certificate.write_bytes(kept)
            os.kill(self.stack.children["prosody"].pid, signal.SIGHUP)

    async def second_waits(self):
        self.second = Second(self.stack)
        await self.shown()
        self.second.end()

    async def second_takes_over(self):
        self.second = Second(self.stack)
        await until(lambda: self.second.says("waiting: another crmd is running"), lambda: "it does not wait")
        first = self.stack.children["crmd"].pid
        os.kill(first, signal.SIGSTOP)
        self.stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", f"crmd clock, process {first}")
        await until(lambda: self.second.says("ready"), lambda: "it does not take over")
        os.kill(first, signal.SIGCONT)
        await self.shown()
        await until(lambda: not self.stack.alive("crmd"), lambda: "the first goes on")
        self.second.end()
        self.stack.start("crmd")

    async def migrated(self):
        self.stack.sql("INSERT INTO crm.schema_migration (version, name, sha256) VALUES (999, 'test', '')")
        self.stack.sql("NOTIFY crm_schema")
        await self.shown()
        await until(lambda: not self.stack.alive("crmd"), lambda: "crmd goes on")
        self.stack.sql("DELETE FROM crm.schema_migration WHERE version = 999")
        self.stack.start("crmd")

    async def lane_hangs(self):
        """It lasts as long as PostgreSQL does not answer; the patience here is a second."""
        self.stack.restart("crmd", env={"CRMD_LANES_PATIENCE": "1"})
        guest = await self.write()
        lanes = [pid for pid, in self.stack.sql(LANES)]
        for pid in lanes:
            os.kill(pid, signal.SIGSTOP)
        try:
            guest.say("into a lane that hangs")
            await self.shown()
        finally:
            for pid in lanes:
                os.kill(pid, signal.SIGCONT)
        await guest.leave()

    async def key_unreadable(self):
        key = pathlib.Path(self.stack.env["CRM_CERT_DIR"], self.stack.domain + ".key")
        mode = key.stat().st_mode & 0o777
        self.stack.stop("prosody")
        key.chmod(0)
        try:
            self.stack.start("prosody", wait=False)
            await self.shown()
        finally:
            key.chmod(mode)
            self.stack.stop("prosody")
            self.stack.start("prosody")

    async def restarted(self):
        self.stack.kill("crmd")
        self.stack.start("crmd")
        await self.shown()


HAPPENINGS = {
    "the database is away": Trouble.database_down,
    "sqlstate=53100": Trouble.disk_full,
    "no connection to Prosody yet": Trouble.prosody_down,
    "Prosody refuses the component's secret": Trouble.wrong_secret,
    "alert certificate expired": Trouble.certificate_expired,
    "Check that the file exists and the permissions are correct": Trouble.key_unreadable,
    "waiting: another crmd is running": Trouble.second_waits,
    "another crmd is in charge now": Trouble.second_takes_over,
    "and this program needs": Trouble.migrated,
    "has not got on for": Trouble.lane_hangs,
    "ready domain=": Trouble.restarted,
}


def test_each_row_of_the_page_is_made_to_happen():
    assert page.troubles() == list(HAPPENINGS)


@pytest.mark.parametrize("words", page.troubles())
async def test_the_log_shows_what_the_page_says_and_all_goes_on(stack, words):
    trouble = Trouble(stack, words)
    assert not trouble.said()
    await HAPPENINGS[words](trouble)
    for _ in range(60):    # as the widget does it: again until there is a receipt
        guest = await Visitor.arrive(stack)
        try:
            await guest.messages.expect(timeout=2, receipt=guest.say(f"after {words}"))
            break
        except AssertionError:
            continue
        finally:
            await guest.leave()
    else:
        raise AssertionError("nobody can write any more")


def test_each_command_of_the_page_is_typed_by_the_package_s_test():
    """That one takes long, and is not part of make test: a command that it would not type shows here."""
    source = (TOP / "tests/package/test_the_package_on_a_fresh_debian.py").read_text(encoding="utf-8")
    typed = [command for command in page.commands() if f'"{command}"' in source or f'"{command.rpartition(" ")[0]} {{level}}"' in source]
    assert typed == page.commands()
