"""Ids that no client of ours would make, one id for two texts, signs of what never was, and ten who answer at the same moment: a conversation goes on, and the
log has no error of it."""

import secrets
import xml.etree.ElementTree as ET

ODD = ["'\"<>&;--", "नमस्ते 👋 \u202e", "00000000-0000-0000-0000-000000000000", "{7}", " "]
HUGE = "".join(secrets.token_hex(16) for _ in range(250))


async def begin(visitor, *staff):
    guest = await visitor()
    hello = f"hello of {guest.bare}"
    await guest.say_and_wait(hello)
    return guest, [(await each.messages.expect(body=hello, carbon=None)).bare for each in staff][0]


async def test_of_either_side_they_pass_or_are_refused(account, login, visitor, stack):
    asha = await login(account("asha"))
    guest, contact = await begin(visitor, asha)
    asha.say(contact, "it is mine")
    before = len(stack.log("crmd"))
    for odd in ODD:
        message_id, words = odd + secrets.token_hex(4), f"of the visitor {secrets.token_hex(4)}"
        guest.say(words, message_id=message_id)
        await guest.messages.expect(receipt=message_id)
        assert (await asha.messages.expect(body=words, carbon=None)).id != message_id
        guest.say(f"{words}, corrected", replaces=message_id)
        assert (await asha.messages.expect(body=f"{words}, corrected", carbon=None)).replaces
        words = f"of staff {secrets.token_hex(4)}"
        asha.say(contact, words, message_id=message_id)
        said = await guest.messages.expect(body=words)
        await asha.messages.expect(receipt=message_id)
        guest.mark(said.id)
        await asha.messages.expect(displayed=message_id)
    guest.say("of a huge id", message_id=HUGE)
    assert (await guest.messages.expect(type="error", id=HUGE)).condition == "policy-violation"
    asha.say(contact, "of staff with a huge id", message_id=HUGE)
    await guest.messages.expect(body="of staff with a huge id")
    asha.say(contact, "corrected", replaces=HUGE)
    await guest.messages.expect(body="corrected")
    for marker in ("received", "displayed"):
        for message_id in [*ODD, HUGE, said.id.upper()]:
            if message_id != HUGE:
                guest.mark(message_id, marker)
                guest.receipt(message_id)
            asha.mark(contact, message_id, marker)
    same = secrets.token_hex(8)
    for words in (f"one {same}", f"two {same}"):
        guest.say(words, message_id=same)
        await guest.messages.expect(receipt=same)
        await asha.messages.expect(body=words, carbon=None)
    await guest.say_and_wait("after the odd ones")
    await asha.messages.expect(body="after the odd ones", carbon=None)
    new = stack.log("crmd")[before:]
    assert "error" not in new and "sqlstate" not in new, new


async def test_of_ten_who_answer_at_the_same_moment_one_gets_it(account, login, visitor, stack):
    ten = [await login(account("racer")) for _ in range(10)]
    guest, contact = await begin(visitor, *ten)
    for number, each in enumerate(ten):
        each.say(contact, f"answer {number}")
    first = await guest.messages.expect(lambda m: (m.body or "").startswith("answer "))
    winner = int(first.body.split()[1])
    for number, each in enumerate(ten):
        if number != winner:
            await each.messages.expect(lambda m: "not sent" in (m.body or ""))
    await guest.messages.expect_nothing(lambda m: (m.body or "").startswith("answer "), seconds=0.2)
    assert stack.sql("SELECT count(*), min(taken_by) FROM crm.conversation c JOIN crm.visitor v ON v.id = c.visitor_id WHERE v.address = %s",
                     guest.bare) == [(1, ten[winner].account.id)]


async def test_a_client_that_knows_neither_receipts_nor_carbons_talks(account, login, visitor):
    asha = await login(account("plain"), carbons=False, receipts=False)
    guest, contact = await begin(visitor, asha)
    for number in range(3):
        asha._send(ET.fromstring(f"<message xmlns='jabber:client' to='{contact}'><body>plain {number}</body></message>"))
        await guest.messages.expect(body=f"plain {number}")
        await guest.say_and_wait(f"and back {number}")
        await asha.messages.expect(body=f"and back {number}")
