"""Rooms (XEP-0045) as a client sees them: its bookmarks, its list of rooms, joining, speaking. All with plain stanzas of a slixmpp client."""

import asyncio
import uuid

MUC = "http://jabber.org/protocol/muc"
MUC_USER = "http://jabber.org/protocol/muc#user"
BOOKMARKS = "urn:xmpp:bookmarks:1"
PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event"
ITEMS = "<iq type='get' id='ID' to='{}'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>"
INFO = "<iq type='get' id='ID' to='{}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"


def address(stack, room):
    return f"{room}@rooms.{stack.domain}"


async def bookmarks(client):
    """{address: name} of what the client finds in PEP (XEP-0402)."""
    answer = await client.exchange(f"<iq type='get' id='ID'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{BOOKMARKS}'/></pubsub></iq>")
    return {item.get("id"): item.find(f"{{{BOOKMARKS}}}conference").get("name") for item in answer.element.iter("{http://jabber.org/protocol/pubsub}item")}


async def listed(client, host):
    """{address: name} of the items of a host or room (XEP-0030)."""
    answer = await client.exchange(ITEMS.format(host))
    return {item.get("jid"): item.get("name") for item in answer.element.iter("{http://jabber.org/protocol/disco#items}item")}


def is_own_presence(heard):
    return any(status.get("code") == "110" for status in heard.element.iter(f"{{{MUC_USER}}}status"))


async def join(client, room, nick=None):
    """Joins and waits for the own presence behind everybody else's (XEP-0045, 7.2.2); returns it, or the error."""
    nick = nick or client.account.username
    client.send_raw(f"<presence to='{room}/{nick}'><x xmlns='{MUC}'><history maxstanzas='20'/></x></presence>")
    return await client.presences.expect(lambda p: p.bare == room and (p.type == "error" or (p.type == "available" and is_own_presence(p))))


async def put_out(client, room):
    """Waits until the room has put the client out; returns the status codes."""
    left = await client.presences.expect(lambda p: p.bare == room and p.type == "unavailable" and is_own_presence(p))
    return {status.get("code") for status in left.element.iter(f"{{{MUC_USER}}}status")}


def item(presence):
    """(affiliation, role) that a presence in a room shows."""
    found = presence.element.find(f"{{{MUC_USER}}}x/{{{MUC_USER}}}item")
    return found.get("affiliation"), found.get("role")


def say(client, room, body, extra="", message_id=None):
    message_id = message_id or str(uuid.uuid4())
    escaped = body.replace("&", "&amp;").replace("<", "&lt;")
    client.send_raw(f"<message to='{room}' type='groupchat' id='{message_id}'><body>{escaped}</body>{extra}</message>")
    return message_id


def is_of_bot(room, nick=""):
    """What the bot says now in the room (to somebody)."""
    return lambda m: m.sender == f"{room}/bot" and m.type == "groupchat" and (m.body or "").startswith(nick) and m.body and not m.delayed


async def ask(client, room, body, extra="", message_id=None):
    """Says it, and returns what the bot says to this client next in the room."""
    say(client, room, body, extra, message_id)
    return (await client.messages.expect(is_of_bot(room, client.account.username + ":"))).body


async def until_bookmarked(client, room, wanted=True, name=None):
    """Asks until the bookmark is there (under that name), or gone."""
    def is_so(found):
        return (room in found) == wanted and (name is None or found.get(room) == name)
    for _ in range(200):
        if is_so(found := await bookmarks(client)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{client.account.username} has {found}")


async def pushed(client, room):
    """Waits for the push (XEP-0163) of the room's bookmark, or of its end; returns "item" or "retract"."""
    def of_room(heard):
        event = heard.child(PUBSUB_EVENT, "event")
        return [] if event is None else [e for e in event.iter() if e.get("id") == room]
    return of_room(await client.messages.expect(of_room))[0].tag.rpartition("}")[2]


async def is_known(client):
    """Says what the client wants pushed (XEP-0115), and waits until the server has asked for it in full."""
    await client["xep_0115"].update_caps()
    await client.stanzas.expect(lambda s: s.name == "iq" and s.type == "get" and s.child("http://jabber.org/protocol/disco#info", "query") is not None)
    await bookmarks(client)  # behind our answer
