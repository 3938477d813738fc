"""Who may send a file (XEP-0363): accounts of staff, customers and visitors, and nobody who has none, whatever they know of the file service's address."""

import asyncio
import http.client
import xml.etree.ElementTree as ET

from private_stack import COMPONENT, DOMAIN
from wire import local, new_id

FILES = f"files.{DOMAIN}"
REQUEST = "<request xmlns='urn:xmpp:http:upload:0' filename='a.png' size='10' content-type='image/png'/>"
UPLOAD = "{urn:xmpp:http:upload:0}"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"


async def ask_as(crmd, sender):
    """What the file service answers an address of crm.D."""
    stanza_id = new_id()
    crmd.send(f"<iq type='get' id='{stanza_id}' from='{sender}' to='{FILES}'>{REQUEST}</iq>")
    return await crmd.expect(lambda e: local(e) == "iq" and e.get("id") == stanza_id)


async def test_what_is_no_account_gets_no_slot(crmd):
    """Fails when http_file_share_access is empty: then each address of each host of this server gets one."""
    for sender in (COMPONENT, f"bot@{COMPONENT}", f"lead-1@{COMPONENT}", f"visitor-1@{COMPONENT}/desk"):
        answer = await ask_as(crmd, sender)
        assert answer.get("type") == "error" and answer.find(f".//{STANZAS}forbidden") is not None, ET.tostring(answer)
        assert answer.find(f".//{UPLOAD}slot") is None


async def test_whoever_has_not_logged_in_gets_no_slot(people):
    for host in (DOMAIN, f"my.{DOMAIN}", f"guest.{DOMAIN}"):
        for tls in (False, True):
            stranger = await people.stream(host, tls=tls)
            stranger.send(f"<iq type='get' id='early' to='{FILES}'>{REQUEST}</iq>")
            answer = await stranger.expect(lambda e: True)
            assert local(answer) == "error" or answer.get("type") == "error", ET.tostring(answer)
            assert not [e for e in stranger.inbox if e.find(f".//{UPLOAD}slot") is not None], (host, tls)


def put(stack, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", stack.http_port)
    connection.request("PUT", path, b"0123456789", {"Content-Type": "image/png", **headers})
    status = connection.getresponse().status
    connection.close()
    return status


async def test_a_slot_is_for_one_file_of_whom_it_was_given_to(people, stack):
    guest = await people.guest()
    slots = [(await guest.iq("get", FILES, REQUEST)).find(f"{UPLOAD}slot") for _ in range(2)]
    path, other = [slot.find(f"{UPLOAD}put").get("url").partition(str(stack.http_port))[2] for slot in slots]
    token = slots[0].findtext(f"{UPLOAD}put/{UPLOAD}header")
    for wrong_path, headers in ((path, {}), (path, {"Authorization": "Bearer x"}), (other, {"Authorization": token})):
        assert await asyncio.to_thread(put, stack, wrong_path, **headers) in (400, 401, 403), wrong_path
    assert await asyncio.to_thread(put, stack, path, Authorization=token) == 201
    assert await asyncio.to_thread(put, stack, path, Authorization=token) == 409
