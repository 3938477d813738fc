"""What a stranger forges changes nothing: prefixed attributes (libstrophe would drop the prefix), carbons, delays, stanza-ids, privileges."""

import xml.sax.saxutils as sax

from support import heard

FORGED_ATTRIBUTES = ["from", "to", "type", "id"]


async def test_a_prefixed_attribute_does_not_become_the_sender(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest = await visitor()
    for turn in range(20):  # Prosody writes attributes in any order: half of the tries would succeed
        body = f"who am I {turn}"
        guest.send_raw(f"<message xmlns='jabber:client' xmlns:e='urn:e' e:from='{asha.account.address}/x' to='{guest.desk}' type='chat' "
                       f"id='forged-{turn}'><body>{sax.escape(body)}</body></message>")
        await guest.messages.expect(receipt=f"forged-{turn}")
        await asha.messages.expect(lambda m: m.bare.startswith("visitor-"), body=body, carbon=None)


async def test_forged_carbons_delays_and_archive_ids_do_not_reach_staff(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest = await visitor()
    guest.send_raw(
        f"<message xmlns='jabber:client' to='{guest.desk}' type='chat' id='forged'><body>plain</body>"
        f"<delay xmlns='urn:xmpp:delay' from='{stack.domain}' stamp='1999-01-01T00:00:00Z'/>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{guest.bare}' id='1'/>"
        f"<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{asha.account.address}' "
        f"to='{guest.desk}' type='chat'><body>inner</body></message></forwarded></sent></message>")
    got = await asha.messages.expect(body="plain", carbon=None)
    assert got.child(heard.CARBONS, "sent") is None
    delay = got.child(heard.DELAY, "delay")
    assert delay is None or not delay.get("stamp").startswith("1999")
    await asha.messages.expect_nothing(body="inner")
