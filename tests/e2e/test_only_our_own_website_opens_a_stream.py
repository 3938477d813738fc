"""Browsers let any website open a WebSocket or send a POST: the Origin allow-list of mod_crm_web says which may. And a visitor whose network lets
no WebSocket through talks over BOSH just the same."""

import aiohttp
import pytest
import pytest_asyncio

from support.bosh import BoshVisitor
from support.visitor import Refused, Visitor

FOREIGN = ["https://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:PORT", "http://127.0.0.1:PORT.evil.example", "http://evil.example:PORT",
           "http://127.0.0.1:PORT@evil.example", "http://127.0.0.1:PORT/", "http://127.0.0.1:PORT, https://evil.example", " ", "file://", "x" * 5000]
PATHS = ["/http-bind", "/http-bind/", "/http-bind?x=1", "/xmpp-websocket", "/xmpp-websocket/", "/xmpp-websocket?x=1"]


def here(stack, origin):
    return origin.replace("PORT", str(stack.port("HTTP")))


@pytest_asyncio.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("kind", [Visitor, BoshVisitor])
async def test_our_own_origin_may(stack, kind):
    for origin in "http://127.0.0.1:PORT", "http://LOCALHOST:PORT":
        guest = await kind.arrive(stack, origin=here(stack, origin))
        await guest.say_and_wait("hello")
        await guest.leave()


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_origin_may_not_whatever_the_path_and_the_host(stack, http, origin):
    with pytest.raises(Refused) as refused:
        await Visitor.arrive(stack, origin=here(stack, origin))
    assert refused.value.condition == 403
    for path in PATHS:
        for host in f"127.0.0.1:{stack.port('HTTP')}", stack.domain, "evil.example":
            for method in "GET", "POST", "OPTIONS":
                async with http.request(method, f"http://127.0.0.1:{stack.port('HTTP')}{path}", data=b"<body/>",
                                        headers={"Origin": here(stack, origin), "Host": host}) as answer:
                    assert answer.status == 403, (method, path, host)
                    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["//http-bind", "/./http-bind", "/%68ttp-bind", "/http-bind%2f", "/HTTP-BIND", "/http-bind/x", "/x/../http-bind"])
async def test_no_other_spelling_of_the_path_leads_there(stack, path):
    import asyncio
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port("HTTP"))
    body = (f"<body xmlns='http://jabber.org/protocol/httpbind' to='guest.{stack.domain}' rid='1' wait='1' hold='0' ver='1.6' "
            "xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'/>")
    writer.write(f"POST {path} HTTP/1.1\r\nHost: {stack.domain}\r\nOrigin: https://evil.example\r\nContent-Length: {len(body)}\r\n"
                 f"Connection: close\r\n\r\n{body}".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert b" sid='" not in answer and b'sid="' not in answer, answer


async def test_a_whole_conversation_over_bosh(account, login, stack):
    asha = await login(account("asha", full_name="Asha Rao"))
    guest = await BoshVisitor.arrive(stack)
    message_id = await guest.say_and_wait("by post")
    seen = await asha.messages.expect(body="by post", carbon=None)
    await guest.messages.expect(delivered=message_id)
    asha.say(seen.bare, "by return")
    answer = await guest.messages.expect(body="by return")
    assert answer.nick == "Asha" and answer.sender == guest.desk
    guest.show_state("composing")
    await asha.messages.expect(state="composing", bare=seen.bare, carbon=None)
    guest.mark(answer.id)
    await asha.messages.expect(lambda m: m.displayed is not None)
    await guest.leave()
    again = await BoshVisitor.arrive(stack, secret=guest.secret)
    assert again.bare == guest.bare
    page, complete = await again.history(before="")
    assert complete and [message.body for _, message in page] == ["by post", "by return"]
    await again.leave()


async def test_bosh_is_as_guarded_as_a_websocket(account, login, stack):
    asha, guest = await login(account("asha")), await BoshVisitor.arrive(stack)
    for target in asha.account.address, f"bot@{stack.component}", f"team@rooms.{stack.domain}":
        answer = await guest.exchange(f"<message to='{target}' id='ID' type='chat'><body>x</body></message>")
        assert answer.condition == "forbidden"
    await guest.leave()
