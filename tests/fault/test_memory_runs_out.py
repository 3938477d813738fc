"""Memory runs out in crmd, in the middle of a conversation: it ends loudly (DESIGN section 3), and the next one goes on from what was
committed. Nothing half done is ever seen: what was receipted is stored once and arrives once, in order, in both directions.

KILLS=n tries n points (make test-fault KILLS=200); SEED=n repeats a run's random choices."""

import asyncio
import os
import pathlib
import random
import signal
import struct

import pytest

from faults import Supervisor, cancel, until
from support.stack import Stack, build_folder
from talk import persist, said_in_order, talk, times_stored

POINTS = int(os.environ.get("KILLS") or 16)
SEED = int(os.environ.get("SEED") or random.randrange(1_000_000))
ALLOCATIONS_OF_A_TURN = 400    # about as many as a visitor's message and its answer take; later ones fail between turns


class Orders:
    """The file by which fail_allocation.c is told what to do."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.give(0, False)
        path.chmod(0o666)

    def give(self, countdown, all_that_follow):
        with open(self.path, "r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("=qq", 0, all_that_follow))
            file.flush()
            file.seek(0)
            file.write(struct.pack("=q", countdown))

    def left(self):
        return struct.unpack("=q", self.path.read_bytes()[:8])[0]


class Nurse(Supervisor):
    """Starts crmd again, with memory."""

    def __init__(self, stack, orders):
        super().__init__(stack)
        self.orders = orders

    def look(self):
        if not self.stack.alive("crmd"):
            self.orders.give(0, False)
        super().look()


@pytest.fixture(scope="module")
def prepared():
    stack = Stack(build=build_folder() / "torture-daemon")
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def orders(prepared):
    return Orders(prepared.folder / "orders")


@pytest.fixture(scope="module")
def stack(prepared, orders):
    os.environ["CRM_FAIL_ALLOCATION"] = str(orders.path)
    prepared.start()
    yield prepared
    del os.environ["CRM_FAIL_ALLOCATION"]


async def exchange(guest, asha, contact, number):
    """A message of the visitor, said until it is receipted, and an answer."""
    question, answer = f"question {number} of {guest.bare}", f"answer {number} to {guest.bare}"
    await persist(guest, question)
    asha.say(contact, answer)
    await until(lambda: any(message.body == answer for message in guest.messages.all), 30, f"answer {number}")
    return question, answer


def ended_loudly(stack, nurse):
    assert [end for end in nurse.by_itself if end != ("crmd", -signal.SIGABRT)] == []
    said = [line for line in stack.log("crmd").splitlines() if line.startswith("bug")]
    assert len(said) >= len(nurse.by_itself)    # two threads may say so before the process ends
    assert [line for line in said if "out of memory" not in line] == []


async def test_a_failed_allocation_at_any_point_of_a_turn_loses_and_doubles_nothing(stack, orders, account, login, visitor, capsys):
    guest, asha, contact = await talk(account, login, visitor)
    rng = random.Random(SEED)
    nurse = Nurse(stack, orders)
    watching = asyncio.ensure_future(nurse.watch())
    said = []
    try:
        for number in range(POINTS):
            orders.give(rng.randint(1, ALLOCATIONS_OF_A_TURN), number % 2)
            said.append(await exchange(guest, asha, contact, number))
        orders.give(0, False)
        await until(lambda: stack.alive("crmd"))
    finally:
        orders.give(0, False)
        await cancel([watching])
        with capsys.disabled():
            print(f"\nmemory ran out {len(nurse.by_itself)} times in {POINTS} exchanges, seed={SEED}")
    stack.wait()
    questions, answers = [list(column) for column in zip(*said)]
    await asha.messages.expect(body=questions[-1], carbon=None)
    assert [times_stored(stack, body) for body in questions + answers] == [1] * (2 * POINTS)
    assert said_in_order(guest, *answers) == answers
    heard = [message.body for message in asha.messages.all if message.body in questions and not message.carbon]
    assert heard == questions
    assert nurse.by_itself, "no allocation failed"
    ended_loudly(stack, nurse)
