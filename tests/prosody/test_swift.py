"""mod_crm_swift: what is left out of the log when it is not kept is there when it is."""

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
