"""Spreadsheets as a client sends them to the bot, and what the bot says of them."""

import re
import urllib.parse

import aiohttp


async def upload(client, name, content, kind="text/csv"):
    """What a client does with its paper clip (XEP-0363): a slot, a PUT, and the link."""
    client.register_plugin("xep_0363")
    slot = await client["xep_0363"].request_slot(f"files.{client.stack.domain}", name, len(content), kind)
    link = slot["http_upload_slot"]["get"]["url"]
    headers = {header["name"]: header["value"] for header in slot["http_upload_slot"]["put"]["headers"]}
    # Names of a server that are in no DNS are those of this machine, and its certificate is our own.
    place = urllib.parse.urlsplit(slot["http_upload_slot"]["put"]["url"])
    place = place._replace(netloc=f"127.0.0.1:{place.port or client.stack.port('HTTPS')}").geturl()
    async with aiohttp.ClientSession() as session:
        async with session.put(place, data=content, headers={**headers, "Content-Type": kind}, ssl=False) as answer:
            assert answer.status == 201, await answer.text()
    return link


async def heard(client, part, timeout=60):
    message = await client.messages.expect(lambda m: m.bare.startswith("bot@") and m.body is not None and part in m.body, timeout, carbon=None)
    return message.body


async def send_file(client, name, content, kind="text/csv"):
    """Sends it to the bot; what the bot found in it, and the import's number."""
    client.say(f"bot@{client.stack.component}", await upload(client, name, content, kind))
    return re.search(r"Import (\d+): I read", await heard(client, ": I read"))[1]


async def start(client, number, name, how=""):
    """Says yes, and waits until it is over; what came of it."""
    client.messages.forget()
    assert "Reply yes" in (asked := await client.ask_bot(f"import start {number}{how}")), asked
    client.say(f"bot@{client.stack.component}", "yes")
    return await heard(client, f"{name} is imported")


async def undo(client, number):
    client.messages.forget()
    assert "Reply yes" in (asked := await client.ask_bot(f"import undo {number}")), asked
    client.say(f"bot@{client.stack.component}", "yes")
    return await heard(client, "is taken back")


async def fetch(link):
    async with aiohttp.ClientSession() as session:
        async with session.get(link) as answer:
            return answer.status, await answer.read()
