"""Rooms, people, files of the team: customers and visitors find none of it, wherever they look; and staff are not shown the servers of outsiders."""

import aiohttp
import pytest
import pytest_asyncio

from support.rooms import INFO, ITEMS, address, join, listed

VCARDS = ["<iq id='ID' type='get' to='{}'><vCard xmlns='vcard-temp'/></iq>",
          "<iq id='ID' type='get' to='{}'><vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/></iq>"]
NODES = [f"<iq id='ID' type='get' to='{{}}'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'/></pubsub></iq>"
         for node in ("urn:xmpp:vcard4", "urn:xmpp:bookmarks:1", "urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata")]
ROOM = ["<iq id='ID' type='set' to='{}'><query xmlns='urn:xmpp:mam:2'/></iq>", "<message id='ID' type='groupchat' to='{}'><body>bot: leads</body></message>",
        "<presence id='ID' to='{}/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>"]


@pytest_asyncio.fixture(params=["visitor", "customer"])
async def outsider(request, account, login, visitor):
    return await visitor() if request.param == "visitor" else await login(account("uma", "customer"))


async def test_rooms_and_people_are_forbidden_whether_they_exist_or_not(account, login, stack, outsider):
    priya = await login(account("priya"))
    await join(priya, address(stack, "team"))
    rooms = [address(stack, room) for room in ("team", "sales-persons", "team-1", "nothing")]
    answers = set()
    for stanza in [INFO, ITEMS, *ROOM]:
        for room in rooms:
            answer = await outsider.exchange(stanza.format(room))
            answers.add((answer.type, answer.condition, "".join(answer.element.itertext())))
    for stanza in [INFO, ITEMS, *VCARDS, *NODES]:
        for person in (priya.account.address, f"nobody@{stack.domain}", f"rooms.{stack.domain}", stack.domain):
            answer = await outsider.exchange(stanza.format(person))
            answers.add((answer.type, answer.condition, "".join(answer.element.itertext())))
    assert answers == {("error", "forbidden", "Only the support desk can be reached from here.")}
    outside = outsider.jid if isinstance(outsider.jid, str) else outsider.boundjid.full
    assert not [s for s in priya.stanzas.all if (s.sender or "").startswith(outside.partition("/")[0])]


async def test_their_own_server_lists_uploads_and_nothing_else(stack, outsider):
    own = (outsider.jid if isinstance(outsider.jid, str) else outsider.boundjid.full).partition("@")[2].partition("/")[0]
    assert set(await listed(outsider, own)) == {f"files.{stack.domain}"}
    assert await listed(outsider, f"files.{stack.domain}") == {}


@pytest.mark.parametrize("role", ["admin", "sales"])
async def test_staff_see_services_and_not_the_servers_of_customers_and_visitors(account, login, stack, role):
    person = await login(account("priya", role))
    assert await listed(person, stack.domain) == {f"rooms.{stack.domain}": "Team rooms", f"files.{stack.domain}": "Files", stack.component: "TrainCape CRM"}
    assert await listed(person, f"files.{stack.domain}") == {}


async def test_staff_share_files_by_upload_and_nobody_lists_them(account, login, stack):
    priya = await login(account("priya"))
    answer = await priya.exchange(f"<iq id='ID' to='files.{stack.domain}' type='get'>"
                                  "<request xmlns='urn:xmpp:http:upload:0' filename='offer.txt' size='5' content-type='text/plain'/></iq>")
    slot = answer.child("urn:xmpp:http:upload:0", "slot")
    put = slot.find("{urn:xmpp:http:upload:0}put")
    headers = {header.get("name"): header.text for header in put}
    path, host = "/" + put.get("url").split("/", 3)[3], put.get("url").split("/")[2]
    base = f"http://127.0.0.1:{stack.port('HTTP')}"
    async with aiohttp.ClientSession() as http:
        async with http.put(base + path, data=b"offer", headers={**headers, "Host": host, "Content-Type": "text/plain"}) as done:
            assert done.status == 201
        for listing in ("/file_share", "/file_share/", "/file_share/*"):
            async with http.get(base + listing, headers={"Host": host}) as page:
                assert path.split("/")[2] not in await page.text() and "offer" not in await page.text(), listing
        async with http.put(base + path, data=b"other", headers={"Host": host, "Content-Type": "text/plain"}) as refused:
            assert refused.status in (401, 403)
