"""One private stack for the whole run; each test makes the accounts and streams that it needs."""

import asyncio
import secrets
import sys
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from private_stack import DOMAIN, PrivateStack  # noqa: E402
from wire import SASL, Client, FakeCrmd, local  # noqa: E402


@pytest.fixture(scope="session")
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def stack():
    private = PrivateStack()
    try:
        private.prepare()
        private.start_prosody()
        yield private
    finally:
        private.stop()


class People:
    """Accounts with fresh names, and their streams, closed after the test."""

    def __init__(self, stack):
        self.stack, self.streams = stack, []

    def keep(self, stream):
        self.streams.append(stream)
        return stream

    def account(self, **options):
        username, password = "u" + secrets.token_hex(4), secrets.token_hex(8)
        self.stack.add_account(username, password, **options)
        return username, password

    async def stream(self, host=DOMAIN, tls=True, address=None):
        client = self.keep(Client(self.stack, host, address))
        await client.open()
        if tls:
            await client.starttls()
        return client

    async def staff(self, resource="desk", **options):
        username, password = self.account(**options)
        return await self.keep(Client(self.stack)).login(username, password, resource)

    async def database_works_again(self):
        """Tries to log in, as a client does, until the answer is no longer `temporary-auth-failure`."""
        username, password = self.account()
        for _ in range(500):
            client = Client(self.stack)
            await client.open()
            await client.starttls()
            reply = await client.plain(username, password)
            await client.close()
            if reply.tag == f"{SASL}success":
                return
            assert local(reply[0]) == "temporary-auth-failure"
        raise AssertionError("login does not work again")

    async def customer(self):
        username, password = self.account(kind="customer")
        return await self.keep(Client(self.stack, f"my.{DOMAIN}")).login(username, password)

    async def guest(self, secret=None, resource=""):
        return await self.keep(Client(self.stack, f"guest.{DOMAIN}")).login_as_guest(secret or secrets.token_urlsafe(32), resource)

    async def crmd(self):
        return await self.keep(FakeCrmd(self.stack)).connect()


@pytest_asyncio.fixture
async def people(stack):
    group = People(stack)
    yield group
    for stream in group.streams:
        if hasattr(stream, "writer"):
            stream.writer.close()
    await asyncio.gather(*(stream.expect_closed() for stream in group.streams if hasattr(stream, "task") and not stream.task.cancelled()), return_exceptions=True)


@pytest_asyncio.fixture
async def crmd(people):
    return await people.crmd()
