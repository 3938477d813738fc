"""mod_crm_swift: what is left out of the log when it is not kept is there when it is; garbage goes in small steps, and in time (garbage.lua)."""

import subprocess
from pathlib import Path

import pytest

from private_stack import PROSODY_SOURCE
from test_crmd_queries import BOT


def restart(stack):
    stack.kill_prosody()
    stack.start_prosody()


async def test_the_first_tags_of_stanzas_are_in_the_log_of_who_asks_for_all(people, stack, monkeypatch):
    monkeypatch.setenv("CRM_PROSODY_LOG_LEVEL", "debug")
    restart(stack)
    try:
        begin = stack.log_file.stat().st_size
        staff = await people.staff()
        staff.send(f"<message type='chat' to='{BOT}' id='tag-1'><body>first &amp; tag</body></message>")
        await staff.settle()
        log = stack.log_file.read_text()[begin:]
        assert any("Received[c2s]: <message" in line and "id='tag-1'" in line and line.rstrip().endswith(">") for line in log.splitlines())
        assert "Sending[c2s]: <iq" in log
    finally:
        monkeypatch.undo()
        restart(stack)


@pytest.mark.parametrize(("in_use", "most"), [(20, 70), (100, 250)])
def test_garbage_goes_in_small_steps_and_in_time(in_use, most):
    script, module = Path(__file__).with_name("garbage.lua"), Path(PROSODY_SOURCE, "mod_crm_swift.lua")
    done = subprocess.run(["lua5.4", script, module, str(in_use)], capture_output=True, text=True, check=True)
    megabytes = {name: int(number) for name, number in (word.split("=") for word in done.stdout.split())}
    assert 1.5 * megabytes["live"] < megabytes["most"] <= most, "collected after each stanza, or too late"
    assert megabytes["step"] <= 4, "collected all at once: everybody waits meanwhile"
