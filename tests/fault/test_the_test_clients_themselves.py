"""A test client that waits for what cannot come any more stands still while the test goes on without it: it must notice."""

import asyncio
import re

import pytest

from faults import freeze, thaw
from salesperson import Salesperson
from support.staff import Disconnected, Staff
from world import World


class Staggering(Staff):
    """Something happens just before this client asks for its roster."""

    def __init__(self, *arguments, happens):
        super().__init__(*arguments)
        self.happens = happens

    def get_roster(self, *arguments, **options):
        self.happens(self)
        return super().get_roster(*arguments, **options)


async def test_a_login_whose_connection_is_lost_halfway_has_failed(account, stack):
    client = Staggering(stack, account("asha"), happens=Staff.abort)
    with pytest.raises(Disconnected, match="roster"):
        await client.log_in()


async def test_a_login_that_gets_no_answer_halfway_has_failed(account, stack):
    client = Staggering(stack, account("asha"), happens=lambda _: freeze(stack, "prosody"))
    try:
        with pytest.raises(asyncio.TimeoutError, match="roster"):
            await client.log_in(timeout=3)
    finally:
        thaw(stack, "prosody")


async def test_a_login_that_was_given_up_does_not_come_later(account, stack):
    stack.kill("prosody")
    client = Staff(stack, account("asha"))
    with pytest.raises(asyncio.TimeoutError):
        await client.log_in(timeout=0.5)
    assert not client.is_connecting() and not client.is_connected()


async def test_a_connection_can_be_given_up_while_it_closes(account, stack):
    client = await Staff.login(stack, account("asha"))
    client.abort()
    client.abort()
    await client.lost


async def test_a_client_that_has_ended_by_itself_is_no_client_at_rest(account, stack, monkeypatch):
    async def break_down(*_):
        raise RuntimeError("the client is broken")

    monkeypatch.setattr(Salesperson, "_session", break_down)
    world = World(stack, [account("asha")], seed=1)
    with pytest.raises(RuntimeError, match="the client is broken"):
        await world.run(asyncio.sleep(0))
    await world.stop()


async def test_who_does_not_come_to_rest_is_described(account, stack):
    stack.kill("prosody")
    person = account("asha")
    world = World(stack, [person], seed=1)
    world.salespeople[0].start()
    try:
        await asyncio.sleep(0)
        words = "\n".join(world.describe())
        assert re.search(rf"{person.username}: waiting for Prosody's port for [\d.]+ s", words)
        assert "running: postgres, crmd" in words
        assert "the end of crmd's log\n" in words
    finally:
        await world.stop()
