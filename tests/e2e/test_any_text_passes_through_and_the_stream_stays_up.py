"""Every character that XML 1.0 allows goes through real Prosody, both ways, into forms, to the bot and into names; those that it forbids cost
the sender's own stream and nobody else's. The conversation beside goes on over the same stream of crmd."""

import asyncio
import uuid
import xml.sax.saxutils as sax

import pytest
import pytest_asyncio

from support.beside import beside
from support.visitor import Visitor

# XML 1.0 section 2.2. CR is left out: parsers make it LF (section 2.11), and Prosody writes it as it is.
ALLOWED = [chr(c) for c in range(0x110000) if c in (9, 10) or 0x20 <= c <= 0xD7FF or 0xE000 <= c <= 0xFFFD or c >= 0x10000]
# Everything up to Tibetan, and of the rest one in 31, so that each of UTF-8's bytes is there.
SAMPLE = ALLOWED[:0x0F00] + ALLOWED[0x0F00::31]


def batches(characters, size):
    return ["".join(characters[i:i + size]) for i in range(0, len(characters), size)]


@pytest_asyncio.fixture(scope="module", autouse=True)
async def hasty(stack):
    """Visitors may write as fast as they can, as nobody else here does."""
    stack.restart("prosody", env={"CRM_GUEST_MESSAGE_RATE": "10000", "CRM_ADDRESS_MESSAGE_RATE": "10000"})
    stack.wait("crmd")
    yield
    stack.restart("prosody")
    stack.wait("crmd")


def chat(recipient, body):
    return f"<message xmlns='jabber:client' to='{recipient}' type='chat' id='{uuid.uuid4()}'><body>{sax.escape(body)}</body></message>"


async def send_all(sender, recipient, bodies, inbox):
    """Each must arrive as it was; at most a few are on their way."""
    for first in range(0, len(bodies), 8):
        for body in bodies[first:first + 8]:
            sender.send_raw(chat(recipient, body))
        for body in bodies[first:first + 8]:
            await inbox.expect(timeout=30, body=body, carbon=None)


async def pair_up(account, login, visitor, count):
    pairs = []
    for _ in range(count):
        staff, guest = await login(account("asha")), await visitor()
        mark = str(uuid.uuid4())
        await guest.say_and_wait(mark)
        contact = (await staff.messages.expect(body=mark, carbon=None)).bare
        staff.say(contact, "mine")
        await guest.messages.expect(body="mine")
        pairs.append((staff, guest, contact))
    return pairs


async def test_all_characters_go_from_visitors_to_staff_and_back(account, login, visitor, stack):
    pairs = await pair_up(account, login, visitor, 5)
    staff, guest, _ = pairs.pop()
    to_staff, to_visitor = batches(ALLOWED, 3900), batches(ALLOWED, 15900)
    async with beside(stack, staff, guest):
        await asyncio.gather(*(send_all(guest, guest.desk, to_staff[i::4], staff.messages) for i, (staff, guest, _) in enumerate(pairs)))
        await asyncio.gather(*(send_all(staff, contact, to_visitor[i::4], guest.messages) for i, (staff, guest, contact) in enumerate(pairs)))


def letters(text):
    """What no field takes away or squeezes."""
    return [c for c in text if c.isalnum()]


async def test_forms_keep_all_letters_and_come_back_whole(account, login, visitor, stack):
    meera, asha, guest = await login(account("meera", "manager")), await login(account("asha")), await visitor()
    async with beside(stack, asha, guest):
        for text in batches(SAMPLE, 3900):
            mark = str(uuid.uuid4())
            done = await (await meera.commands.execute("lead.add")).complete(name=mark, requirements=text)
            assert done.status == "completed", done.words
            (number, stored), = stack.sql("SELECT id, requirements FROM crm.lead WHERE name = %s", mark)
            assert letters(stored) == letters(text)
            shown = await (await meera.commands.execute("lead.show")).complete(lead=number)
            assert letters(shown.values["requirements"]) == letters(text)


async def test_the_bot_and_names_of_leads_take_all_characters(account, login, visitor, stack):
    meera, asha, guest = await login(account("meera", "manager")), await login(account("asha")), await visitor()
    async with beside(stack, asha, guest):
        for text in batches(ALLOWED[:0x0800] + ["\u2028", "\u202e", "\ufeff", "\ufffd", "\U0001fffe", "\U0010ffff"] * 20, 150):
            answer = await meera.ask_bot(f"lead add name=\"N{text}\"")
            assert answer
            assert await meera.ask_bot("lead list")
            assert await meera.ask_bot(text)


FORBIDDEN = [bytes([c]) for c in range(0x20) if c not in (9, 10, 13)] + [
    "\ufffe".encode(), "\uffff".encode(), b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\x80", b"\xe2\x82",
    b"&#0;", b"&#1;", b"&#xFFFE;", b"&#xD800;", b"&#x110000;", b"&nbsp;", b"<", b"&"]


async def test_a_forbidden_character_ends_the_stream_of_its_sender_only(account, login, visitor, stack):
    asha, guest = await login(account("asha")), await visitor()
    async with beside(stack, asha, guest):
        for bad in FORBIDDEN:
            for sender in await Visitor.arrive(stack), await login(asha.account, resource=str(uuid.uuid4())):
                sender.send_raw(chat(f"support@{stack.component}", "BAD").encode().replace(b"BAD", b"x" + bad + b"y"))
                await sender.ended()
    assert not [body for body in asha.messages.bodies() if body.startswith("x")]
