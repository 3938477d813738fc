"""What every pytest suite shares: one event loop and one private stack for the session, and clients that are
disconnected when their test ends."""

import asyncio
import logging

import pytest
import pytest_asyncio

from support.records import change_role, forget_additions
from support.staff import Staff
from support.stack import Stack
from support.visitor import Visitor

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)


@pytest.fixture(scope="session")
def event_loop():
    """pytest-asyncio 0.20: overriding this fixture is how all tests and fixtures come to share one loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    # slixmpp leaves a task behind for each client that ever was.
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@pytest.fixture(scope="session")
def prepared():
    """A private stack that is prepared and not started: for suites that start only some of it."""
    stack = Stack()
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def stack(prepared):
    """The whole private stack, running. A test that kills parts of it leaves it running."""
    prepared.start()
    return prepared


@pytest.fixture
def account(stack, request):
    """account("asha", "sales") makes an account whose name is new in this session: user names get a number. What an earlier test has
    left that would come between the bot and this one is forgotten (support/records.py)."""
    forget_additions(stack)
    made = request.session.stash.setdefault(_COUNT, [0])

    def make(name, role="sales", **details):
        made[0] += 1
        return stack.add_account(f"{name}{made[0]}", role, name=details.pop("full_name", name.capitalize()), **details)
    return make


_COUNT = pytest.StashKey()


@pytest_asyncio.fixture
async def login(stack):
    """login(account, …) gives a Staff that is logged in; it is logged out after the test."""
    clients = []

    async def log_in(account, **options):
        clients.append(await Staff.login(stack, account, **options))
        return clients[-1]
    yield log_in
    for client in clients:
        await client.logout()


@pytest_asyncio.fixture(scope="module")
async def chameleon(stack, request):
    """chameleon(role) gives one and the same logged-in person of this module, who has that role from now on: a login for each role of each
    command would be most of what a test of them all costs."""
    made = request.session.stash.setdefault(_COUNT, [0])
    made[0] += 1
    account = stack.add_account(f"chameleon{made[0]}", "admin")
    client = await Staff.login(stack, account)

    def become(role):
        change_role(stack, account, role)
        client.messages.forget()
        return client
    yield become
    await client.logout()


@pytest_asyncio.fixture
async def visitor(stack):
    """visitor(…) gives a Visitor that has opened the chat; it leaves after the test."""
    visitors = []

    async def arrive(**options):
        visitors.append(await Visitor.arrive(stack, **options))
        return visitors[-1]
    yield arrive
    for each in visitors:
        await each.leave()
