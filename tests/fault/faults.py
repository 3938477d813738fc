"""Ways to make a process fail at a chosen point: frozen, killed, held up by a lock in PostgreSQL. And the supervisor that starts
again what died, as s6 does in `make run`."""

import asyncio
import contextlib
import random
import signal
import time

from support.stack import NAMES


# ---------------------------------------------------------------- waiting

async def until(condition, timeout=20, what="it"):
    """Waits until condition() is true, and returns what it returned."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} has not happened within {timeout} s"
        await asyncio.sleep(0.02)


async def until_rows(stack, statement, *values, timeout=20):
    """Waits until the query's first column is true."""
    return await until(lambda: (stack.sql(statement, *values) or [[None]])[0][0], timeout, statement)


async def cancel(tasks):
    """Ends tasks for certain: asyncio.wait_for() of Python 3.11 can swallow a cancellation that comes as it finishes."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.5)


# ---------------------------------------------------------------- freezing and killing

def freeze(stack, name):
    """The process stands still, its connections stay."""
    stack.signal(name, signal.SIGSTOP)


def thaw(stack, name):
    if stack.alive(name):
        stack.signal(name, signal.SIGCONT)


def kill_and_restart(stack, *names):
    """kill -9 all of them, then start them in the order in which they need one another."""
    stack.kill(*names)
    for name in NAMES:
        if name in names:
            stack.start(name)


def resident_kilobytes(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmRSS")), 0)
    except OSError:
        return 0


def unread_by_prosody(stack):
    """How many bytes crmd has written that Prosody has not read."""
    port = f":{stack.port('COMPONENT'):04X}"
    with open("/proc/net/tcp", encoding="ascii") as table:
        lines = [line.split() for line in table]
    return sum(int(line[4].partition(":")[2], 16) for line in lines if line[1].endswith(port) and line[3] == "01")


# ---------------------------------------------------------------- PostgreSQL as a brake

@contextlib.contextmanager
def locked(stack, table, mode="SHARE ROW EXCLUSIVE"):
    """While this lasts nobody can write to the table (mode "ACCESS EXCLUSIVE": nor read it): whoever tries waits, in the middle of their
    transaction."""
    connection = stack.connect()
    connection.autocommit = False
    try:
        connection.cursor().execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
    finally:
        connection.close()


async def until_held_up(stack, table):
    """Waits until crmd has run into a locked table."""
    await until_rows(stack, "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                            " WHERE a.usename = 'crmd' AND NOT l.granted AND l.relation = %s::regclass", table)


SETTLING_HELD = """
CREATE OR REPLACE FUNCTION public.fault_hold() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END $$;
CREATE TRIGGER fault_hold BEFORE UPDATE ON crm.outbox FOR EACH ROW EXECUTE FUNCTION public.fault_hold();
"""


@contextlib.contextmanager
def settling_held(stack):
    """While this lasts rows can be added to the outbox but none can be settled: Prosody has a message, and crmd does not get to
    write that down."""
    connection = stack.connect()
    cursor = connection.cursor()
    cursor.execute(SETTLING_HELD)
    cursor.execute("SELECT pg_advisory_lock(4711)")
    try:
        yield
    finally:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crmd'")  # what waits must not go on
        cursor.execute("SELECT pg_advisory_unlock(4711)")
        cursor.execute("DROP TRIGGER fault_hold ON crm.outbox; DROP FUNCTION public.fault_hold()")
        connection.close()


MESSAGE_HELD = """
CREATE OR REPLACE FUNCTION public.fault_hold_message() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(4712); RETURN NEW; END $$;
CREATE TRIGGER fault_hold_message BEFORE INSERT ON crm.message FOR EACH ROW WHEN (NEW.body = %s) EXECUTE FUNCTION public.fault_hold_message();
"""


class MessageHeld:
    """The turn that writes this text stands still in the middle of its transaction until let_go(); all others go on."""

    def __init__(self, stack, body):
        self.stack, self._connection = stack, stack.connect()
        cursor = self._connection.cursor()
        cursor.execute(MESSAGE_HELD, [body])
        cursor.execute("SELECT pg_advisory_lock(4712)")

    async def until_held_up(self):
        await until_rows(self.stack, "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4712 AND NOT granted")

    def let_go(self):
        self._connection.cursor().execute("SELECT pg_advisory_unlock(4712)")

    def close(self):
        self._connection.close()
        self.stack.sql("DROP TRIGGER fault_hold_message ON crm.message")
        self.stack.sql("DROP FUNCTION public.fault_hold_message()")


# ---------------------------------------------------------------- supervision

class Supervisor:
    """Starts again at once what has died, without waiting for what it needs."""

    def __init__(self, stack):
        self.stack = stack
        self.by_itself = []    # (name, status) of processes that ended though nobody killed them
        self.killed = set()

    def restore(self):
        for name in NAMES:
            thaw(self.stack, name)
            if not self.stack.alive(name):
                self.stack.start(name)
        self.stack.wait()

    def kill(self, name):
        self.killed.add(self.stack.children[name].pid)
        self.stack.kill(name)

    def look(self):
        for name in NAMES:
            child = self.stack.children[name]
            if child.poll() is None:
                continue
            if child.pid not in self.killed:
                self.by_itself.append((name, child.returncode))
            self.stack.start(name, wait=False)

    async def watch(self):
        while True:
            self.look()
            await asyncio.sleep(0.02)


class Traffic:
    """Something has just happened: a message, a receipt. The killer waits for it, so that kills fall between the writes that follow."""

    def __init__(self):
        self._waiting = []

    def happened(self):
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, timeout):
        """Returns whether something has happened within that time."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        done, _ = await asyncio.wait({future}, timeout=timeout)
        return bool(done)


class Killer:
    """kill -9 at random: up to 300 ms after something happened, and now and then a second process at the same time. starving: who has waited for
    so long that they must come through before the next kill; else a busy machine, or a thing that only a restart puts right, would hide behind
    the kills."""

    def __init__(self, supervisor, traffic, rng: random.Random, starving=lambda: []):
        self.supervisor, self.traffic, self.rng, self.starving = supervisor, traffic, rng, starving
        self.pauses = 0
        self.times = []             # (monotonic time, name)
        self.largest_kilobytes = 0  # crmd's memory just before it was killed

    async def run(self, kills, victims=NAMES):
        order = [name for name in victims for _ in range(kills)]
        self.rng.shuffle(order)
        silent = 0
        while order:
            silent = 0 if await self.traffic.wait(timeout=6) else silent + 1
            assert silent < 20, "nothing gets through any more"
            if self.starving():
                self.pauses += 1
                await until(lambda: not self.starving(), 120, f"that {self.starving()} come through while nothing is killed")
            await asyncio.sleep(self.rng.uniform(0, 0.3))
            await self._kill(order.pop())
            while order and self.rng.random() < 0.25:
                await asyncio.sleep(self.rng.uniform(0, 0.05))
                await self._kill(order.pop())

    async def _kill(self, name):
        stack = self.supervisor.stack
        await until(lambda: stack.alive(name), what=f"the restart of {name}")
        if name == "crmd":
            self.largest_kilobytes = max(self.largest_kilobytes, resident_kilobytes(stack.children[name].pid))
        self.supervisor.kill(name)
        self.times.append((time.monotonic(), name))
