"""What mod_crm_guard is for, end to end: whoever is no member of staff reaches support@crm.D and upload slots of files.D. Everybody and everything
else is forbidden in the same words, whether it exists or not, and hears nothing of it."""

import aiohttp
import pytest
import pytest_asyncio

UPLOAD = "{urn:xmpp:http:upload:0}"

MESSAGES = [f"<message id='ID' to='TO' type='{kind}'><body>let me in</body></message>" for kind in ("chat", "groupchat", "headline", "normal")] + [
    "<message id='ID' to='TO'><x xmlns='jabber:x:conference' jid='trap@rooms.x'/></message>",
    "<message id='ID' to='TO'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
    "<message id='ID' to='TO'><privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'>"
    "<message xmlns='jabber:client' to='TO'><body>let me in</body></message></forwarded></privilege></message>",
] + [f"<presence id='ID' to='TO' type='{kind}'/>" for kind in ("subscribe", "subscribed", "probe", "unavailable")] + ["<presence id='ID' to='TO'/>"]

PAYLOADS = {
    "get": ["<query xmlns='http://jabber.org/protocol/disco#info'/>", "<query xmlns='http://jabber.org/protocol/disco#items'/>",
            "<vCard xmlns='vcard-temp'/>", "<query xmlns='jabber:iq:roster'/>", "<query xmlns='jabber:iq:last'/>",
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'/></pubsub>",
            "<barrier xmlns='urn:traincape:crm:0'/>", "<sessions xmlns='urn:traincape:crm:0'/>", "<missed xmlns='urn:traincape:crm:0' since='0'/>"],
    "set": ["<query xmlns='urn:xmpp:mam:2'/>", "<command xmlns='http://jabber.org/protocol/commands' node='lead.list' action='execute'/>",
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='x'/></pubsub>", "<query xmlns='jabber:iq:roster'><item jid='a@b'/></query>",
            "<privileged_iq xmlns='urn:xmpp:privilege:2'/>", "<end-sessions xmlns='urn:traincape:crm:0' user='asha'/>",
            "<query xmlns='jabber:iq:register'><username>x</username><password>x</password></query>"],
}
QUESTIONS = [f"<iq id='ID' to='TO' type='{kind}'>{payload}</iq>" for kind, payloads in PAYLOADS.items() for payload in payloads]


@pytest_asyncio.fixture(params=["visitor", "customer"])
async def outsiders(request, account, login, visitor):
    """Makes as many as are needed: what one may send in a while is limited."""
    async def arrive():
        return await visitor() if request.param == "visitor" else await login(account("uma", "customer"))
    arrive.kind = request.param
    return arrive


def full(client):
    return client.jid if isinstance(client.jid, str) else client.boundjid.full


def bare(client):
    return full(client).partition("/")[0]


@pytest.mark.parametrize("stanzas", [MESSAGES, QUESTIONS], ids=["messages and presence", "questions"])
async def test_all_else_is_forbidden_and_hears_nothing(account, login, visitor, stack, outsiders, stanzas):
    staff, guest, customer = await login(account("asha")), await visitor(), await login(account("ravi", "customer"))
    await guest.say_and_wait("I am visitor 1 or later")
    d = stack.domain
    targets = [bare(staff), full(staff), f"nobody@{d}", d, bare(guest), full(guest), bare(customer), full(customer), f"team@rooms.{d}", f"rooms.{d}",
               stack.component, f"bot@{stack.component}", f"visitor-1@{stack.component}", f"lead-1@{stack.component}", f"x@{stack.component}",
               f"support@{d}", "files.example", "someone@elsewhere.example",
               f"my.{d}" if outsiders.kind == "visitor" else f"guest.{d}"]
    answers = set()
    for first in range(0, len(targets), 10):
        outsider = await outsiders()
        for target in targets[first:first + 10]:
            for stanza in stanzas:
                answer = await outsider.exchange(stanza.replace("'TO'", f"'{target}'"))
                answers.add((answer.type, answer.condition, answer.element.findtext(".//{*}error/{*}text")))
        for victim in (staff, guest, customer):
            assert not [s for s in victim.stanzas.all if outsider_in(s, outsider)], victim.stanzas.all
    assert answers == {("error", "forbidden", "Only the support desk can be reached from here.")}


def outsider_in(stanza, outsider):
    return (stanza.sender or "").startswith(bare(outsider)) or "let me in" in (stanza.body or "")


async def test_of_their_own_server_they_get_what_a_client_needs(stack, outsiders):
    outsider = await outsiders()
    for target in bare(outsider).partition("@")[2], bare(outsider):
        for stanza in QUESTIONS:
            own = target == bare(outsider) and outsiders.kind == "customer" and ("jabber:iq:roster" in stanza or "mam:2" in stanza)
            if "disco" not in stanza and not own and not (outsiders.kind == "customer" and ("roster" in stanza or "mam" in stanza)):
                assert (await outsider.exchange(stanza.replace("'TO'", f"'{target}'"))).condition == "forbidden", stanza
    push = "<iq id='ID' type='set'><enable xmlns='urn:xmpp:push:0' jid='asha@x' node='n'/></iq>"
    assert (await outsider.exchange(push)).condition == "forbidden"


async def test_nor_can_the_desk_s_other_doors_be_opened(stack, outsiders):
    outsider = await outsiders()
    for stanza in QUESTIONS:
        answer = await outsider.exchange(stanza.replace("'TO'", f"'support@{stack.component}'"))
        picture = "vcard-temp" in stanza and "type='get'" in stanza    # the desk's own name and picture
        expected = "result" if picture or "disco#info" in stanza or "mam:2" in stanza else "error"
        assert answer.type == expected, (stanza, answer)


async def test_a_file_can_be_uploaded_and_fetched_by_its_link(stack, outsiders):
    outsider = await outsiders()
    answer = await outsider.exchange(f"<iq id='ID' to='files.{stack.domain}' type='get'>"
                                     "<request xmlns='urn:xmpp:http:upload:0' filename='a.svg' size='6' content-type='image/svg+xml'/></iq>")
    slot = answer.child("urn:xmpp:http:upload:0", "slot")
    put, get = slot.find(f"{UPLOAD}put"), slot.find(f"{UPLOAD}get")
    headers = {header.get("name"): header.text for header in put}
    async with aiohttp.ClientSession() as http:
        local = lambda url: f"http://127.0.0.1:{stack.port('HTTP')}/" + url.split("/", 3)[3]
        host = {"Host": put.get("url").split("/")[2]}
        async with http.put(local(put.get("url")), data=b"<svg/>", headers={**headers, **host, "Content-Type": "image/svg+xml"}) as done:
            assert done.status == 201
        async with http.get(local(get.get("url")), headers=host) as fetched:
            assert await fetched.read() == b"<svg/>" and fetched.headers["Content-Disposition"].startswith("attachment")
