"""SIGHUP: crmd reads its configuration again, takes over what may change while it runs, and says what needs a restart."""

import pathlib
import signal
import time

from support.account_page import LINK


def reload(stack, text):
    """Rewrites crmd.conf, sends SIGHUP to crmd, and returns what it says of that."""
    path = pathlib.Path(stack.env["CRM_CRMD_CONF"])
    before = path.read_text(encoding="utf-8")
    seen = len(stack.log("crmd"))
    path.write_text(text(before), encoding="utf-8")
    stack.children["crmd"].send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while "reloaded" not in stack.log("crmd")[seen:]:
        assert time.monotonic() < end, stack.log("crmd")[seen:]
        time.sleep(0.02)
    path.write_text(before, encoding="utf-8")
    return seen


async def test_links_begin_with_the_new_address(stack, login, account):
    admin = await login(account("admin", "admin"))
    reload(stack, lambda text: "".join("base_url=https://crm.example.org\n" if line.startswith("base_url") else line
                                       for line in text.splitlines(keepends=True)))
    answer = await admin.ask_bot(f"user password {admin.account.username}")
    assert LINK.findall(answer)[0].startswith("https://crm.example.org/account/"), answer
    reload(stack, lambda text: text)
    answer = await admin.ask_bot(f"user password {admin.account.username}")
    assert not LINK.findall(answer)[0].startswith("https://crm.example.org/"), answer


async def test_what_needs_a_restart_is_said_and_left(stack, visitor):
    seen = reload(stack, lambda text: text.replace("queue=1024", "queue=7").replace("level=info", "level=warn"))
    await (await visitor()).say_and_wait("still there")
    said = stack.log("crmd")[seen:]
    assert "a restart is needed for what else has changed in the configuration: [lanes] queue" in said, said
    assert 'the configuration was reloaded changed="[log] level"' in said
    assert "info " not in said.split("a restart is needed")[1]  # it is below the level that holds from now on
    seen = reload(stack, lambda text: text)
    assert 'the configuration was reloaded changed="[log] level"' in stack.log("crmd")[seen:]


async def test_a_mistake_changes_nothing(stack, visitor):
    seen = reload(stack, lambda text: text.replace("level=info", "level=loud").replace("queue=1024", "queue=many"))
    said = stack.log("crmd")[seen:]
    wrong = [line.partition("the configuration is wrong: ")[2] for line in said.splitlines() if "the configuration is wrong: " in line]
    assert "was not reloaded, and stays as it was" in said and len(wrong) == 2, said
    assert any("[lanes] queue: 'many'" in line for line in wrong) and any("[log] level: 'loud' is not allowed" in line for line in wrong), wrong
    await (await visitor()).say_and_wait("still there")
