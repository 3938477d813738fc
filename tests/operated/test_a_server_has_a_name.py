"""On a server people know Prosody by a name and over TLS, or by that of a reverse proxy; crmd, which may talk to this machine only, fetches what they
send from beside it. The name here is in no DNS, and the certificate is nobody's."""

import pathlib
import re
import socket
import ssl

import pytest

from support.spreadsheets import heard, send_file, upload
from support.visitor import Visitor

HOST = "chat.crm.example.test"


@pytest.fixture(params=["own", "proxy"])
def named(stack, request):
    """What README says of a proxy; and a server that was set up when its settings did not say yet where people reach it. The address that people know."""
    address = f"https://{HOST}:{stack.port('HTTPS')}" if request.param == "own" else f"https://{HOST}"
    settings = pathlib.Path(stack.env["CRM_RUN_DIR"], "stack.env")
    kept = settings.read_text(encoding="utf-8")
    said = {"CRM_HOST": HOST, "CRM_WEB_URL": "" if request.param == "own" else address}
    settings.write_text(re.sub("^(CRM_HOST|CRM_WEB_URL)=.*$", lambda line: f"{line[1]}={said[line[1]]}", kept, flags=re.M), encoding="utf-8")
    try:
        stack.restart("prosody", "crmd", env={"CRMD_WEB_BASE_URL": address})
        yield address
    finally:
        settings.write_text(kept, encoding="utf-8")
        stack.restart("prosody", "crmd")


def shown(stack, name):
    """Whether a certificate is shown to who asks for that name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", stack.port("HTTPS")), timeout=20) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
        return secure.getpeercert(binary_form=True)


async def test_a_spreadsheet_that_is_sent_is_read_and_its_visitors_are_let_in(stack, named, account, login):
    manager = await login(account("manoj", "manager"))
    assert (await upload(manager, "leads.csv", b"Name\nMeera Joshi\n")).startswith(f"{named}/file_share/")
    await send_file(manager, "leads.csv", b"Name,Email\nMeera Joshi,meera.named@example.in\n")
    await heard(manager, "leads.csv has 1 row")
    for name in (HOST, stack.domain, None):  # what a browser asks for, and who asks for no name
        assert shown(stack, name), name
    guest = Visitor(stack, origin=named)
    await guest.connect()
    await guest.say_and_wait("from the website of that name")
    await guest.leave()
    with pytest.raises(Exception) as refused:
        await Visitor(stack, origin="https://elsewhere.example").connect()
    assert "403" in str(refused.value)
