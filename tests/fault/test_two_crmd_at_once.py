"""Two crmd on one database: one works, the other waits; a lease with an epoch keeps the first from writing when it has lost its place."""

import subprocess

import pytest_asyncio

from faults import freeze, thaw, until
from talk import live_count, persist, processed, said_in_order, talk, times_stored

TAKEN_OVER = 3


class Second:
    """Another crmd of the same stack, started by hand: the stack knows of one."""

    def __init__(self, stack):
        self.path = stack.folder / "second-crmd.out"
        run, user = stack.env["CRM_RUN_DIR"], stack.env["CRM_USER"]
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        self.path.unlink(missing_ok=True)
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen([*as_user, f"{run}/share/crmd", "--config", stack.env["CRM_CRMD_CONF"]],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def says(self, words):
        return words in self.path.read_text(encoding="utf-8")


@pytest_asyncio.fixture
async def second(stack):
    started = Second(stack)
    yield started
    started.process.kill()
    started.process.wait()


def drop_lock(stack):
    """PostgreSQL lets go of the connection that holds crmd's place."""
    stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
              f"crmd clock, process {stack.children['crmd'].pid}")


async def test_the_second_waits_and_disturbs_nothing(account, login, visitor, stack, second):
    guest, asha, _ = await talk(account, login, visitor)
    await until(lambda: second.says("waiting: another crmd is running"))
    await persist(guest, "still the first")
    await asha.messages.expect(body="still the first", carbon=None)
    assert stack.alive("crmd") and second.process.poll() is None
    assert "conflict" not in stack.log("crmd") and not second.says("connected to Prosody")


async def test_it_takes_over_when_the_first_hangs_and_the_first_writes_nothing_more(account, login, visitor, stack, second):
    guest, asha, contact = await talk(account, login, visitor)
    await until(lambda: second.says("waiting: another crmd is running"))
    freeze(stack, "crmd")
    message_id = guest.say("sent to the one that hangs")
    asha.say(contact, "answered to the one that hangs")
    await processed(asha)
    drop_lock(stack)
    await until(lambda: second.says("ready"))
    await persist(guest, "sent to the one that hangs", message_id)
    await guest.messages.expect(body="answered to the one that hangs", timeout=20)
    thaw(stack, "crmd")
    await until(lambda: not stack.alive("crmd"), what="the end of the first")
    assert stack.children["crmd"].returncode == TAKEN_OVER
    await persist(guest, "to the second")
    await asha.messages.expect(body="to the second", carbon=None)
    assert times_stored(stack, "sent to the one that hangs") == times_stored(stack, "answered to the one that hangs") == 1
    assert live_count(asha, "sent to the one that hangs") == 1
    assert said_in_order(guest, "answered to the one that hangs") == ["answered to the one that hangs"]
