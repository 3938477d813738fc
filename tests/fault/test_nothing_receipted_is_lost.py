"""Traffic in both directions while crmd, Prosody and PostgreSQL are killed at random (kill -9) and started again.

KILLS=n kills each of the three n times (make test-fault KILLS=200); SEED=n repeats a run's random choices; VICTIMS=prosody,postgres spares
crmd, to see whether it grows. The last line that the test prints counts what happened."""

import asyncio
import collections
import os
import random
import time

import pytest

from faults import Killer, Supervisor, resident_kilobytes
from world import World, all_agree

KILLS = int(os.environ.get("KILLS") or 7)
VICTIMS = (os.environ.get("VICTIMS") or "postgres,prosody,crmd").split(",")
SEED = int(os.environ.get("SEED") or random.randrange(1_000_000))


def report(world, killer, accepted, seconds):
    widgets, people = world.widgets, world.salespeople
    count = collections.Counter(name for _, name in killer.times)
    doubles = sum(sum(person.doubles.values()) for person in people)
    print(f"\nfault run: seed={SEED} kills={dict(count)} in {seconds:.0f} s; visitors={len(widgets)}"
          f" said={sum(len(w.said) for w in widgets)} receipted={sum(len(w.receipted) for w in widgets)}"
          f" told-to-wait={sum(w.told_to_wait for w in widgets)} sessions={sum(w.sessions for w in widgets)}"
          f" resumed={sum(w.resumed for w in widgets)} shown={sum(len(w.shown) for w in widgets)}"
          f" raw-doubles-dropped={sum(w.raw_doubles for w in widgets)}; staff accepted={accepted} refused={sum(len(p.refusals) for p in people)}"
          f" got={sum(len(p.got) for p in people)} logins={sum(p.logins for p in people)} doubles={doubles};"
          f" crmd at most {killer.largest_kilobytes} kB, now {resident_kilobytes(world.stack.children['crmd'].pid)} kB; ended by itself={killer.supervisor.by_itself}; pauses={killer.pauses}")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_under_random_kills_everything_receipted_arrives_once_and_in_order(stack, account, capsys):
    world = World(stack, [account(name) for name in ("asha", "ravi", "meera")], SEED)
    killer = Killer(Supervisor(stack), world.traffic, world.rng, world.starving)
    start = time.monotonic()
    with capsys.disabled():
        print(f"\nfault run: seed={SEED} ({KILLS} kills each)", flush=True)
    watching = asyncio.ensure_future(killer.supervisor.watch())
    try:
        await world.run(killer.run(KILLS, VICTIMS))
        accepted = await all_agree(world)
        assert not [line for line in stack.log("crmd").splitlines() if line.startswith("error")]
        assert "Traceback" not in stack.log("prosody")
        with capsys.disabled():
            report(world, killer, accepted, time.monotonic() - start)
    finally:
        watching.cancel()
        await world.stop()
