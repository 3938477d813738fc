"""A visitor over BOSH (XEP-0124, XEP-0206), for browsers whose network lets no WebSocket through: a Visitor whose frames travel in requests."""

import asyncio
import secrets
import xml.etree.ElementTree as ET

import aiohttp

from . import heard
from .visitor import BIND, Refused, Visitor

HTTPBIND = "http://jabber.org/protocol/httpbind"
XBOSH = "urn:xmpp:xbosh"
RESTART = "restart the stream"


class BoshVisitor(Visitor):
    """At most two requests at a time (hold='1'): one is always open for what the server wants to say, the other takes what the visitor says
    meanwhile, all of it together. No XEP-0198."""

    async def connect(self, show=True):
        await self.drop()
        self._control = asyncio.Queue()
        self._http = aiohttp.ClientSession(headers={"Origin": self.origin} if self.origin else {})
        self._rid, self._sid, self._to_say, self._news = secrets.randbelow(1 << 30), None, [], asyncio.Event()
        await self._request(to=self.host, ver="1.6", wait="20", hold="1", **{"xml:lang": "en", f"{{{XBOSH}}}version": "1.0"})
        await self._next_control("features")
        self._reader = asyncio.ensure_future(self._keep_asking())
        await self._authenticate()
        answer = await self.ask(ET.Element(f"{{{BIND}}}bind"))
        self.jid = answer.findtext(f"{{{BIND}}}bind/{{{BIND}}}jid")
        if show:
            self.send(ET.Element(f"{{{heard.CLIENT}}}presence"))
            self.send(ET.Element(f"{{{heard.CLIENT}}}presence", {"to": self.desk}))
        return self

    async def _restart(self):
        self._to_say.append(RESTART)
        self._news.set()
        await self._next_control("features")

    def send_raw(self, text):
        self._to_say.append(text)
        self._news.set()

    async def _keep_asking(self):
        going = set()
        while True:
            self._news.clear()
            while self._to_say and len(going) < 2 or not going:
                going.add(asyncio.ensure_future(self._say_what_there_is()))
                await asyncio.sleep(0)  # it takes its number now
            news = asyncio.ensure_future(self._news.wait())
            try:
                done, _ = await asyncio.wait({news, *going}, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                for task in going:
                    task.cancel()
                raise
            finally:
                news.cancel()
            going -= done

    def _say_what_there_is(self):
        if RESTART in self._to_say:
            self._to_say.remove(RESTART)
            return self._request(to=self.host, **{f"{{{XBOSH}}}restart": "true"})
        content, self._to_say = "".join(self._to_say), []
        return self._request(content)

    async def _request(self, content="", **attributes):
        self._rid += 1
        body = ET.Element(f"{{{HTTPBIND}}}body", {"rid": str(self._rid), **({"sid": self._sid} if self._sid else {}), **attributes})
        text = ET.tostring(body, encoding="unicode").removesuffix(" />") + f">{content}</ns0:body>"
        async with self._http.post(f"http://127.0.0.1:{self.stack.port('HTTP')}/http-bind", data=text.encode(),
                                   headers={"Content-Type": "text/xml; charset=utf-8"}) as response:
            if response.status != 200:
                raise Refused(response.status)
            answer = await response.text()
        self.raw.append(answer)
        root = ET.fromstring(answer)
        self._sid = root.get("sid") or self._sid
        for child in root:
            self._take(child)

    async def leave(self):
        if self._reader:
            await self._stop()
            await self._request(type="terminate")
        await self.drop()

    async def _stop(self):
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        self._reader = None

    async def drop(self):
        if self._reader:
            await self._stop()
        if self._http:
            await self._http.close()
        self._http = None
