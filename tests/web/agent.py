"""A staff member for the browser tests: an independent XMPP client (slixmpp) driven over stdin and stdout.

Arguments: JID HOST PORT, password in the environment (AGENT_PASSWORD).
Reads one JSON command a line:
    {"do": "say", "to": jid, "body": text, "id": id, "replaces": id?}
    {"do": "state", "to": jid, "state": "composing"}
    {"do": "displayed", "to": jid, "id": id}
    {"do": "available"} / {"do": "away"} / {"do": "quit"}
Prints one JSON event a line: {"is": "online"} or {"is": "message", "from": …, "id": …, "body": …,
"replaces": …, "state": …, "receipt": …, "displayed": …}. Receipts (XEP-0184) are answered by itself, as clients do.
"""
import asyncio
import json
import os
import ssl
import sys

import slixmpp
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

CHAT_STATES = "http://jabber.org/protocol/chatstates"
CORRECTION = "urn:xmpp:message-correct:0"
MARKERS = "urn:xmpp:chat-markers:0"
RECEIPTS = "urn:xmpp:receipts"


class Agent(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.add_event_handler("session_start", self.on_start)
        # The event "message" is only for those with a body.
        self.register_handler(Callback("messages", MatchXPath("{jabber:client}message"), self.on_message))
        self.add_event_handler("failed_auth", lambda _: tell({"is": "refused"}))

    async def on_start(self, _event):
        await self.get_roster()
        self.send_presence()
        tell({"is": "online"})

    def on_message(self, message):
        def attribute(name, namespace, key="id"):
            found = message.xml.find(f"{{{namespace}}}{name}")
            return None if found is None else found.get(key)

        state = next((part.tag.split("}")[1] for part in message.xml if part.tag.startswith(f"{{{CHAT_STATES}}}")), None)
        tell({
            "is": "message", "from": str(message["from"]), "type": message["type"], "id": message["id"],
            "body": message["body"] or None, "state": state,
            "replaces": attribute("replace", CORRECTION), "receipt": attribute("received", RECEIPTS),
            "displayed": attribute("displayed", MARKERS),
        })
        if message.xml.find(f"{{{RECEIPTS}}}request") is not None and message["type"] != "error":
            self.signal(message["from"].bare, "received", RECEIPTS, {"id": message["id"]})

    def signal(self, to, name, namespace, attributes):
        answer = self.make_message(mto=to, mtype="chat")
        answer.xml.append(ET.Element(f"{{{namespace}}}{name}", attributes))
        answer.send()

    def obey(self, command):
        what = command["do"]
        if what == "say":
            message = self.make_message(mto=command["to"], mbody=command["body"], mtype="chat")
            message["id"] = command["id"]
            message.xml.append(ET.Element(f"{{{RECEIPTS}}}request"))
            message.xml.append(ET.Element(f"{{{MARKERS}}}markable"))
            message.xml.append(ET.Element("{urn:xmpp:sid:0}origin-id", {"id": command["id"]}))
            if command.get("replaces"):
                message.xml.append(ET.Element(f"{{{CORRECTION}}}replace", {"id": command["replaces"]}))
            message.send()
        elif what == "state":
            self.signal(command["to"], command["state"], CHAT_STATES, {})
        elif what == "displayed":
            self.signal(command["to"], "displayed", MARKERS, {"id": command["id"]})
        elif what == "available":
            self.send_presence()
        elif what == "away":
            self.send_presence(pshow="xa")
        elif what == "quit":
            self.disconnect()


def tell(event):
    print(json.dumps(event), flush=True)


async def main():
    jid, host, port = sys.argv[1:4]
    agent = Agent(jid, os.environ["AGENT_PASSWORD"])
    agent.connect((host, int(port)))
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        agent.obey(command)
        if command["do"] == "quit":
            break
    await asyncio.sleep(0.2)


asyncio.run(main())
