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


async def talk(account, login, visitor, text):
    """A conversation that a salesperson has taken: (salesperson, visitor, contact, id of the visitor's message, the answer)."""
    asha, guest = await login(account("asha", full_name="Asha Rao")), await visitor()
    text = f"{text} {guest.bare}"
    own = await guest.say_and_wait(text)
    seen = await asha.messages.expect(body=text, carbon=None)
    asha.say(seen.bare, f"answer to {text}")
    answer = await guest.messages.expect(body=f"answer to {text}")
    return asha, guest, seen, own, answer


def messages(stack):
    """All that the database knows of what was said, but for receipts that clients send by themselves."""
    return stack.sql("SELECT id, body, replaces, author, displayed_at FROM crm.message ORDER BY id")


async def test_a_visitor_cannot_touch_another_s_messages_by_any_id(account, login, visitor, stack):
    asha, guest, seen, own, answer = await talk(account, login, visitor, "mine")
    ravi, stranger, other, _, _ = await talk(account, login, visitor, "other")
    before = messages(stack)
    for message_id in own, seen.id, answer.id, other.id:
        stranger.mark(message_id)
        stranger.mark(message_id, "acknowledged")
        stranger.receipt(message_id)
    assert messages(stack) == before
    for message_id in own, seen.id, answer.id:
        text = f"corrected {message_id}"
        await stranger.say_and_wait(text, replaces=message_id)
        got = await ravi.messages.expect(body=text, carbon=None)
        assert got.bare == other.bare and got.replaces is None, "it is a message of its own, in the stranger's own conversation"
    assert [row for row in messages(stack) if row in before] == before
    await asha.messages.expect_nothing(lambda m: m.displayed or m.replaces or "corrected" in (m.body or ""), seconds=0.5, bare=seen.bare)
    assert not guest.saw("corrected")


async def test_a_member_of_staff_cannot_touch_messages_of_another_s_conversation(account, login, visitor, stack):
    asha, guest, seen, own, answer = await talk(account, login, visitor, "mine")
    ravi, _, other, _, _ = await talk(account, login, visitor, "other")
    before = messages(stack)
    for message_id in own, seen.id, answer.id:
        for contact in seen.bare, other.bare:
            ravi.mark(contact, message_id)
            ravi.show_state(contact, "composing")
        ravi.say(seen.bare, "I correct you", replaces=message_id)
        error = await ravi.messages.expect(type="error")
        assert error.condition == "item-not-found"
        ravi.say(other.bare, f"not a correction {message_id}", replaces=message_id)
    await ravi.ask_bot("help")
    stack.sql_until("SELECT count(*) = 3 FROM crm.message WHERE body LIKE 'not a correction%%' AND replaces IS NULL")
    assert [row for row in messages(stack) if row in before] == before
    assert not guest.saw("I correct you") and not guest.saw("composing") and not guest.saw("displayed")


async def test_nobody_corrects_what_the_other_side_of_the_conversation_has_said(account, login, visitor):
    asha, guest, seen, own, answer = await talk(account, login, visitor, "both")
    await guest.say_and_wait("no, you said this", replaces=answer.id)
    assert (await asha.messages.expect(body="no, you said this", carbon=None)).replaces is None
    for turn, message_id in enumerate((seen.id, own)):
        asha.say(seen.bare, f"no, you did {turn}", replaces=message_id)
        assert (await guest.messages.expect(body=f"no, you did {turn}")).replaces is None


FORGERIES = [
    "<delay xmlns='urn:xmpp:delay' from='D' stamp='1999-01-01T00:00:00Z'/>",
    "<x xmlns='jabber:x:delay' stamp='19990101T00:00:00'/>",
    "<stanza-id xmlns='urn:xmpp:sid:0' by='OWN' id='forged-archive-id'/>",
    "<stanza-id xmlns='urn:xmpp:sid:0' by='support@crm.D' id='1'/>",
    "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='VICTIM' to='CONTACT'><body>inner</body></message></forwarded></sent>",
    "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='VICTIM' to='OWN'><body>inner</body></message></forwarded></received>",
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='VICTIM' to='CONTACT'><body>inner</body></message></forwarded>",
    "<result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='VICTIM'><body>inner</body></message></forwarded></result>",
    "<privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='VICTIM' to='VICTIM'><body>inner</body></message></forwarded></privilege>",
    "<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='VICTIM'/></addresses>",
    "<nick xmlns='http://jabber.org/protocol/nick'>Admin</nick>",
    "<notice xmlns='urn:traincape:crm:0' kind='taken'/>",
    "<reply xmlns='urn:xmpp:reply:0' to='VICTIM' id='1'/>",
    "<body xml:lang='de'>second</body>",
]


async def test_whatever_is_wrapped_around_a_text_of_either_side_the_text_alone_arrives(account, login, visitor, stack):
    asha, guest, seen, _, _ = await talk(account, login, visitor, "plain")
    meera = await login(account("meera", "manager"))
    for turn, forgery in enumerate(FORGERIES):
        for sender, own, target, inbox in ((guest, guest.bare, guest.desk, asha.messages), (asha, asha.account.address, seen.bare, guest.messages)):
            text = f"forged {turn} by {own}"
            extra = (forgery.replace("OWN", own).replace("VICTIM", meera.account.address).replace("CONTACT", target).replace("crm.D", stack.component)
                     .replace("'D'", f"'{stack.domain}'"))
            sender.send_raw(f"<message xmlns='jabber:client' to='{target}' type='chat' id='f{turn}'><body>{text}</body>{extra}</message>")
            got = await inbox.expect(body=text, carbon=None)
            # that what the visitor said has arrived may be told with the answer (XEP-0333)
            wrapped = {child.tag.rpartition("}")[2] for child in got.element if child.tag != "{urn:xmpp:chat-markers:0}received"}
            assert sorted(wrapped - {"stanza-id", "nick"}) == ["active", "body", "markable", "origin-id", "request"]
            assert got.nick in (None, "Asha") and "forged-archive-id" not in repr(got)
    assert not [m for m in asha.messages.all + guest.messages.all + meera.messages.all if "inner" in repr(m) or "second" in repr(m)]
    assert stack.sql("SELECT count(*) FROM crm.message WHERE body LIKE 'forged %%'") == [(2 * len(FORGERIES),)]


async def test_a_forged_archive_id_does_not_make_staff_s_message_pass_for_another(account, login, visitor, stack):
    asha, guest, seen, _, _ = await talk(account, login, visitor, "archive")
    for turn in range(3):
        asha.send_raw(f"<message to='{seen.bare}' type='chat' id='same'><body>turn {turn}</body>"
                      f"<stanza-id xmlns='urn:xmpp:sid:0' by='{asha.account.address}' id='always the same'/></message>")
        await guest.messages.expect(body=f"turn {turn}")


async def test_an_answer_to_a_question_of_crmd_s_counts_from_prosody_only(account, login, visitor, stack):
    asha, guest, seen, _, _ = await talk(account, login, visitor, "answers")
    mallory = await login(account("mallory"))
    forged = "".join(f"<iq xmlns='jabber:client' type='result' id='ask-{n}' to='TO'><barrier xmlns='urn:traincape:crm:0' now='9999999999' boot='x'/></iq>" for n in range(1, 200))
    for turn in range(5):
        asha.say(seen.bare, f"turn {turn}")
        mallory.send_raw(forged.replace("'TO'", f"'{stack.component}'"))
        guest.send_raw(forged[:forged.index("</iq>") + 5].replace("'TO'", f"'{guest.desk}'"))
        await guest.messages.expect(body=f"turn {turn}")
    assert stack.sql("SELECT heard_until < extract(epoch FROM now()) + 60 FROM crm.stream_mark") == [(True,)]
