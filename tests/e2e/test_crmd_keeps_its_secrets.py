"""crmd as the kernel sees it, and what it lets out: no new rights, no core files, nothing left open, no secret in a log or on its command line."""

import asyncio
import os
import pathlib

import pytest


def process(stack):
    return pathlib.Path(f"/proc/{stack.children['crmd'].pid}")


def status(stack, name):
    lines = (process(stack) / "status").read_text(encoding="ascii").splitlines()
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(name + ":"))


def test_it_can_gain_no_rights_and_leaves_no_core(stack):
    assert status(stack, "NoNewPrivs") == "1"
    assert status(stack, "Umask") == "0077"
    assert status(stack, "CapEff") == "0" * 16
    limits = (process(stack) / "limits").read_text(encoding="ascii")
    assert next(line for line in limits.splitlines() if line.startswith("Max core file size")).split()[4:6] == ["0", "0"]


def test_another_process_of_the_same_user_cannot_read_its_memory(stack):
    """The kernel gives what may not be dumped to root."""
    if "san" not in os.environ.get("CRM_BUILD", ""):    # LeakSanitizer has to attach
        assert (process(stack) / "mem").stat().st_uid == 0


def test_it_has_nothing_open_but_what_it_opened_itself(stack):
    allowed = ("socket:", "pipe:", "anon_inode:", "/dev/null", "/dev/urandom")
    opened = [os.readlink(each) for each in (process(stack) / "fd").iterdir() if int(each.name) > 2]
    assert all(target.startswith(allowed) for target in opened), opened


async def test_no_secret_is_in_its_log_nor_on_its_command_line(stack, account, login, visitor):
    staff, guest = await login(account("asha")), await visitor()
    await guest.say_and_wait("a word that is not for logs")
    await staff.messages.expect(body="a word that is not for logs", carbon=None)
    secrets = [file.read_text(encoding="utf-8").split("\n")[0] for file in pathlib.Path(stack.env["CRM_SECRETS_DIR"]).iterdir()]
    assert len(secrets) >= 4 and all(len(secret) >= 16 for secret in secrets)
    command_line = (process(stack) / "cmdline").read_text(encoding="utf-8")
    environment = (process(stack) / "environ").read_text(encoding="utf-8", errors="replace")
    for text in [*secrets, guest.secret, staff.account.password, "a word that is not for logs", guest.jid]:
        assert text not in stack.log("crmd") and text not in command_line and text not in environment


@pytest.mark.parametrize("name", ["expat", "libstrophe", "PostgreSQL", "Prosody"])
async def test_what_it_stands_on_is_asked_for_its_version_and_new_enough(stack, name):
    async with asyncio.timeout(30):
        while f"stands on {name} version=" not in stack.log("crmd"):
            await asyncio.sleep(0.05)
    assert "is older than" not in stack.log("crmd") and "does not say a version" not in stack.log("crmd")
