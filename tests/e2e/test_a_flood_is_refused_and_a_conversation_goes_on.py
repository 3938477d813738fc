"""Strangers who open, begin, write and send too much are told so, and a conversation beside them loses nothing. Who floods comes from other
addresses (127.0.0.2 and so on) than the visitor who just talks."""

import asyncio
import contextlib
import itertools
import uuid
import xml.etree.ElementTree as ET

import aiohttp
import pytest
import pytest_asyncio

from support import heard
from support.beside import beside, epochs
from support.visitor import Refused, Visitor

LIMITS = {"CONNECTIONS": 30, "SESSIONS": 12, "LOGINS": 30, "CONVERSATIONS": 6, "UPLOADS": 3, "REQUESTS": 10, "MESSAGE_RATE": 4, "STANZA_RATE": 20}
ENVIRONMENT = {**{f"CRM_ADDRESS_{name}": str(value) for name, value in LIMITS.items()}, "CRM_ADDRESS_UPLOAD_SPACE": "20", "CRM_VISITOR_UPLOAD_SPACE": "64"}
BURST = 15    # seconds of a rate that may come at once: mod_crm_guard

addresses = (f"127.0.0.{number}" for number in itertools.count(2))    # a new one each time: counts over an hour stay with an address


@pytest_asyncio.fixture(scope="module", autouse=True)
async def narrow(stack):
    stack.restart("prosody", env=ENVIRONMENT)
    stack.wait("crmd")
    yield
    stack.restart("prosody")
    stack.wait("crmd")


@pytest_asyncio.fixture
async def talking(stack, account, login, visitor):
    """The conversation beside; the test fails when anything of it did not arrive."""
    staff, guest = await login(account("asha")), await visitor(address=next(addresses))
    async with beside(stack, staff, guest, pause=0.6):
        yield


@contextlib.asynccontextmanager
async def strangers(stack, address):
    """A coroutine function that makes one more visitor from that address."""
    made = []

    async def make(**options):
        made.append(Visitor(stack, address=address, **options))
        await made[-1].connect()
        return made[-1]
    try:
        yield make
    finally:
        for each in made:
            await each.drop()


async def connect(stack, port, address):
    return await asyncio.open_connection("127.0.0.1", stack.port(port), local_addr=(address, 0))


async def said_at_once(reader, seconds=1):
    """What the server says before it is asked anything, and then hangs up; "" when it waits for us."""
    try:
        return (await asyncio.wait_for(reader.read(), seconds)).decode()
    except asyncio.TimeoutError:
        return ""


def errors(visitor):
    """(type, condition, text) of each error that came back."""
    found = []
    for stanza in visitor.stanzas.all:
        error = stanza.element.find(f"{{{heard.CLIENT}}}error")
        if error is not None:
            condition = next(child.tag.rpartition("}")[2] for child in error if child.tag.startswith(f"{{{heard.STANZAS}}}"))
            found.append((error.get("type"), condition, error.findtext(f"{{{heard.STANZAS}}}text")))
    return found


@pytest.mark.usefixtures("talking")
@pytest.mark.parametrize("port, refusal", [("HTTP", "HTTP/1.1 503"), ("C2S", "resource-constraint")])
async def test_connections_of_an_address_are_limited_and_come_back(stack, port, refusal):
    address = next(addresses)
    held = [await connect(stack, port, address) for _ in range(LIMITS["CONNECTIONS"])]
    if port == "C2S":    # these are served: the server is listening
        for _, writer in held[:3]:
            writer.write(f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='{stack.domain}'"
                         " version='1.0'>".encode())
        assert all([(await reader.read(10)).startswith(b"<?xml") for reader, _ in held[:3]])
    for _ in range(5):
        reader, writer = await connect(stack, port, address)
        said = await said_at_once(reader, 10)
        assert refusal in said and "Too many connections from your network" in said
        writer.close()
    other, writer = await connect(stack, port, next(addresses))
    assert await said_at_once(other) == ""
    writer.close()
    for _, writer in held:
        writer.close()
    for _ in range(100):
        reader, writer = await connect(stack, port, address)
        said = await said_at_once(reader, 0.2)
        writer.close()
        if said == "":
            return
    raise AssertionError("an address stays closed although it has closed its connections")


@pytest.mark.usefixtures("talking")
async def test_open_windows_of_an_address_are_limited_and_come_back(stack):
    async with strangers(stack, next(addresses)) as stranger:
        windows = [await stranger() for _ in range(LIMITS["SESSIONS"])]
        with pytest.raises(Refused) as refused:
            await stranger()
        assert refused.value.condition == "resource-constraint"
        await windows[0].leave()
        for _ in range(50):
            with contextlib.suppress(Refused):
                await stranger()
                return
        raise AssertionError("a window that was closed still counts")


@pytest.mark.usefixtures("talking")
async def test_logins_of_an_address_are_limited(stack):
    address, passed, refusals = next(addresses), 0, []
    for _ in range(LIMITS["LOGINS"] + 10):
        guest = Visitor(stack, address=address)
        try:
            await guest.connect(show=False)
            passed += 1
        except Refused as refused:
            refusals.append(refused.condition)
        await guest.leave()
    assert passed >= LIMITS["LOGINS"]
    assert refusals and all("Too many visitors come from your network" in text for text in refusals)


async def connected_again(stack):
    """crmd connects by itself to a Prosody that was started again."""
    before = epochs(stack)
    stack.restart("prosody", env=ENVIRONMENT)
    async with asyncio.timeout(60):
        while epochs(stack) == before:
            await asyncio.sleep(0.05)


async def write_first(visitor):
    """A first message; returns None when it is receipted, or the error's text."""
    message_id = visitor.say(f"hello from {visitor.bare}")
    answer = await visitor.stanzas.expect(lambda stanza: message_id in (stanza.receipt, stanza.id if stanza.type == "error" else None))
    return None if answer.receipt else errors(visitor)[-1]


async def test_new_conversations_of_an_address_are_limited_also_over_a_restart(stack, account, login, visitor):
    address = next(addresses)
    async with strangers(stack, address) as stranger:
        writers = [await stranger() for _ in range(LIMITS["CONVERSATIONS"])]
        for writer in writers:
            assert await write_first(writer) is None
        one_more = await stranger()
        kind, condition, text = await write_first(one_more)
        assert (kind, condition) == ("wait", "resource-constraint") and "Too many new conversations" in text
        assert await write_first(writers[0]) is None    # who has begun goes on
    await connected_again(stack)
    async with strangers(stack, address) as stranger:
        again = await stranger(secret=writers[1].secret)
        await again.say_and_wait("here again")    # until crmd has agreed with the new Prosody
        kind, condition, _ = await write_first(await stranger())
        assert (kind, condition) == ("wait", "resource-constraint")
    staff, guest = await login(account("asha")), await visitor(address=next(addresses))
    async with beside(stack, staff, guest):
        pass


@pytest.mark.usefixtures("talking")
async def test_messages_of_an_address_are_limited_and_each_is_refused_or_receipted(stack):
    async with strangers(stack, next(addresses)) as stranger:
        flooders = [await stranger() for _ in range(5)]
        sent = [(flooder, flooder.say(f"flood {number}")) for number in range(40) for flooder in flooders]
        for flooder, message_id in sent:
            await flooder.stanzas.expect(lambda stanza: message_id in (stanza.receipt, stanza.id if stanza.type == "error" else None))
        refused = [each for flooder in flooders for each in errors(flooder)]
        assert set(refused) == {("wait", "resource-constraint", "Too many messages at once. Wait a few seconds, then try again.")}
        at_once = LIMITS["MESSAGE_RATE"] * BURST
        assert at_once <= len(sent) - len(refused) < len(sent) / 2 and len(refused) > at_once


@pytest.mark.usefixtures("talking")
async def test_stanzas_of_any_kind_of_an_address_are_limited(stack):
    async with strangers(stack, next(addresses)) as stranger:
        flooders = [await stranger() for _ in range(4)]
        for _ in range(200):
            for flooder in flooders:
                flooder.send_raw("<iq xmlns='jabber:client' type='get' id='flood'><ping xmlns='urn:xmpp:ping'/></iq>")
        for flooder in flooders:
            await flooder.stanzas.expect(type="error")
            assert errors(flooder)[0] == ("wait", "resource-constraint", "Too much at once. Wait a few seconds, then try again.")


@pytest.mark.usefixtures("talking")
async def test_too_large_a_stanza_costs_its_sender_only(stack):
    async with strangers(stack, next(addresses)) as stranger:
        large = await stranger()
        large.say("x" * 80000)
        await large.ended()
        long_one = await stranger()
        message_id = long_one.say("y" * 4001)
        await long_one.stanzas.expect(id=message_id, type="error")
        assert errors(long_one)[-1][:2] == ("modify", "policy-violation")


@pytest.mark.usefixtures("talking")
async def test_files_of_an_address_are_limited(stack):
    async with strangers(stack, next(addresses)) as stranger:
        async def ask_for_slot():
            guest = await stranger()
            slot = ET.Element("{urn:xmpp:http:upload:0}request", {"filename": f"{uuid.uuid4()}.png", "size": "100", "content-type": "image/png"})
            return await guest.ask(slot, f"files.{stack.domain}", kind="get")
        for _ in range(LIMITS["UPLOADS"]):
            await ask_for_slot()
        with pytest.raises(Refused) as refused:
            await ask_for_slot()
        assert refused.value.condition == "resource-constraint"


async def test_visitors_from_everywhere_leave_room_for_the_files_of_staff(stack, account, login):
    """A slot takes its size of everybody's quota for a month, also when nothing is uploaded, and a new name costs a stranger nothing."""
    async def ask_for_slot(stranger, megabytes):
        slot = ET.Element("{urn:xmpp:http:upload:0}request", {"filename": f"{uuid.uuid4()}.png", "size": str(megabytes << 20), "content-type": "image/png"})
        return await (await stranger()).ask(slot, f"files.{stack.domain}", kind="get")

    async def is_refused(stranger, megabytes):
        with pytest.raises(Refused) as refused:
            await ask_for_slot(stranger, megabytes)
        return refused.value.condition == "resource-constraint"
    async with strangers(stack, next(addresses)) as stranger:
        await ask_for_slot(stranger, 10)
        await ask_for_slot(stranger, 9)
        assert await is_refused(stranger, 2)
    for _ in range(2):
        async with strangers(stack, next(addresses)) as stranger:
            await ask_for_slot(stranger, 10)
            await ask_for_slot(stranger, 10)
    async with strangers(stack, next(addresses)) as stranger:
        assert await is_refused(stranger, 10)
        await ask_for_slot(stranger, 1)
    stack.restart("prosody", env=ENVIRONMENT)
    stack.wait("crmd")
    async with strangers(stack, next(addresses)) as stranger:
        assert await is_refused(stranger, 10)
    staff = await login(account("asha"))
    granted = await staff.exchange(f"<iq id='ID' to='files.{stack.domain}' type='get'><request xmlns='urn:xmpp:http:upload:0' filename='a.png' size='{10 << 20}'"
                                   " content-type='image/png'/></iq>")
    assert granted.type == "result"


@pytest.mark.usefixtures("talking")
async def test_pages_are_served_while_somebody_holds_all_they_may(stack):
    address = next(addresses)
    held = [await connect(stack, "HTTP", address) for _ in range(LIMITS["CONNECTIONS"])]
    async with aiohttp.ClientSession() as http:
        for _ in range(20):
            async with http.get(f"http://127.0.0.1:{stack.port('HTTP')}/") as answer:
                assert answer.status == 200
    for _, writer in held:
        writer.close()


async def statuses_of(stack, address, request, count):
    """Of so many equal requests, one after another, each over a connection of its own when the one before was closed."""
    found, writer = [], None
    for _ in range(count):
        if writer is None:
            reader, writer = await connect(stack, "HTTP", address)
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        found.append((int(head.split()[1]), "\r\nRetry-After: " in head))
        if "\r\nConnection: close" in head:
            writer.close()
            writer = None
        else:
            length = next(int(line.split(": ")[1]) for line in head.splitlines() if line.startswith("Content-Length: "))
            await reader.readexactly(length)
    if writer is not None:
        writer.close()
    return found


@pytest.mark.usefixtures("talking")
async def test_requests_of_an_address_are_limited(stack):
    address, other, page = next(addresses), next(addresses), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    allowed = LIMITS["REQUESTS"] * BURST
    found = await statuses_of(stack, address, page, 3 * allowed)
    assert found[:allowed] == [(200, False)] * allowed
    assert found.count((429, True)) > allowed / 2 and set(found) == {(200, False), (429, True)}
    assert await statuses_of(stack, other, page, 3) == [(200, False)] * 3


@pytest.mark.usefixtures("talking")
async def test_streams_over_bosh_of_an_address_are_limited_and_come_back(stack):
    async def open_stream(http, address):
        body = f"<body xmlns='http://jabber.org/protocol/httpbind' to='guest.{stack.domain}' rid='1' wait='60' hold='1' ver='1.6'/>"
        async with http.post(f"http://127.0.0.1:{stack.port('HTTP')}/http-bind", data=body, headers={"X-Forwarded-For": address}) as answer:
            return ET.fromstring(await answer.text())

    async def close_stream(http, sid):
        body = f"<body xmlns='http://jabber.org/protocol/httpbind' sid='{sid}' rid='2' type='terminate'/>"
        async with http.post(f"http://127.0.0.1:{stack.port('HTTP')}/http-bind", data=body) as answer:
            await answer.read()
    async with aiohttp.ClientSession() as http:    # as a reverse proxy's: it has any number of connections
        opened = [await open_stream(http, "192.0.2.7") for _ in range(LIMITS["CONNECTIONS"])]
        assert all(stream.get("sid") for stream in opened)
        refused = [await open_stream(http, "192.0.2.7") for _ in range(5)]
        assert {(stream.get("sid"), stream.get("type"), stream.get("condition")) for stream in refused} == {(None, "terminate", "item-not-found")}
        assert (await open_stream(http, "192.0.2.8")).get("sid")
        await close_stream(http, opened[0].get("sid"))
        assert (await open_stream(http, "192.0.2.7")).get("sid")


def memory_of(stack):
    """Of Prosody, in kilobytes."""
    with open(f"/proc/{stack.children['prosody'].pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


@pytest.mark.usefixtures("talking")
@pytest.mark.parametrize("begin", [b"POST /http-bind HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n", b"GET / HTTP/1.1\r\nX: "])
async def test_requests_that_do_not_end_take_little_memory(stack, begin):
    address = next(addresses)
    held = [await connect(stack, "HTTP", address) for _ in range(LIMITS["CONNECTIONS"] - 5)]
    for _, writer in held:
        with contextlib.suppress(ConnectionError):
            writer.write(begin)
            for _ in range(90):
                writer.write(b"x" * 100_000)
                await asyncio.wait_for(writer.drain(), 20)
    memory = memory_of(stack)
    for _, writer in held:
        writer.close()
    assert memory < 150 * 1024, f"{len(held)} connections hold {memory} kB of Prosody"


async def test_who_announces_a_large_request_is_told_that_it_is_too_large(stack):
    for path in ("/http-bind", f"/account/{'A' * 43}", "/nowhere"):
        reader, writer = await connect(stack, "HTTP", next(addresses))
        writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n".encode())
        assert (await said_at_once(reader, 10)).startswith("HTTP/1.1 413 ")
        writer.close()


async def test_a_length_that_is_none_costs_its_sender_the_connection_and_the_log_a_line(stack):
    for length in ("0.5", "-0.5", "-5"):
        before = stack.log("prosody")
        reader, writer = await connect(stack, "HTTP", next(addresses))
        writer.write(f"POST /http-bind HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\nabc".encode())
        await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert "traceback" not in stack.log("prosody")[len(before):].lower()
