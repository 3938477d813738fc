"""On a server people know Prosody by a name and over TLS, or by that of a proxy; crmd, which may talk to this machine only, fetches what they send from
beside it. The name here is in no DNS, and the certificate is nobody's."""

import pathlib
import re

import pytest

from support.spreadsheets import heard, send_file, upload

HOST = "chat.crm.example.test"


@pytest.fixture
def named(stack):
    """What setup writes for --host."""
    settings = pathlib.Path(stack.env["CRM_RUN_DIR"], "stack.env")
    kept = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub("^CRM_HOST=.*$", f"CRM_HOST={HOST}", kept, flags=re.M), encoding="utf-8")
    try:
        stack.restart("prosody", "crmd", env={"CRMD_WEB_BASE_URL": f"https://{HOST}:{stack.port('HTTPS')}"})
        yield stack
    finally:
        settings.write_text(kept, encoding="utf-8")
        stack.restart("prosody", "crmd")


async def test_a_spreadsheet_that_is_sent_is_read(named, account, login):
    manager = await login(account("manoj", "manager"))
    assert (await upload(manager, "leads.csv", b"Name\nMeera Joshi\n")).startswith(f"https://{HOST}:{named.port('HTTPS')}/file_share/")
    await send_file(manager, "leads.csv", b"Name,Email\nMeera Joshi,meera.named@example.in\n")
    await heard(manager, "leads.csv has 1 row")
