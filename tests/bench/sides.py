"""The sides of a comparison: stacks, what is attached to them, and the load generator of each. Processes are direct children, and die with us."""

import json
import os
import pathlib
import resource
import secrets
import shutil
import signal
import socket
import statistics
import subprocess

from support.stack import TOP, Stack, _descendants, _die_with_parent, build_folder

BENCH = TOP / "tests/bench"
TICKS = os.sysconf("SC_CLK_TCK")
# All visitors come from one address, and one connection says more than people do: the limits on strangers are in force, but out of reach.
OUT_OF_REACH = ("GUEST_MESSAGE_RATE", "GUEST_STANZA_RATE", "ADDRESS_MESSAGE_RATE", "CONNECTION_RATE")


def lift_limits():
    """Of this process and what it starts: open files, and what Prosody allows one address."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for limit in OUT_OF_REACH:
        os.environ[f"CRM_{limit}"] = "1000000"


def cpu_seconds(pid, family=False):
    """Processor time of a process so far, and of those it has started if they count."""
    total = 0
    for each in [pid, *(_descendants(pid) if family else [])]:
        try:
            numbers = pathlib.Path(f"/proc/{each}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += int(numbers[11]) + int(numbers[12])
    return total / TICKS


def memory_mib(pid, key="VmRSS"):
    """Resident memory of a process: VmRSS now, VmHWM at most so far."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(key)


def median(values):
    return statistics.median(values)


def start_child(arguments, ready, env=None):
    """Starts a program, and returns once it has printed the word that it is ready."""
    child = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, preexec_fn=_die_with_parent, env={**os.environ, **(env or {})})
    for line in child.stdout:
        if line.strip() == ready:
            return child
        print(line, end="")
    raise RuntimeError(f"{arguments[0]} ended with status {child.wait()}")


class Load:
    """One load generator (load/load.c): orders go in, answers come out as dictionaries."""

    def __init__(self, *arguments):
        self.child = subprocess.Popen([str(TOP / "build/bench/load"), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      preexec_fn=_die_with_parent)

    @classmethod
    def of_stack(cls, stack):
        return cls("xmpp", stack.domain, stack.port("HTTP"), stack.port("C2S"), secrets.token_hex(4))

    def order(self, *words):
        print(*words, file=self.child.stdin, flush=True)
        answer = self.child.stdout.readline()
        if not answer:
            raise RuntimeError(f"the load generator ended at {' '.join(map(str, words))[:100]}")
        return json.loads(answer)

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class Side:
    """One way of doing it: name, the stack under it, the processes whose time counts (name → pid, whether with its family)."""

    def __init__(self, name, stack, load, processes):
        self.name, self.stack, self.load, self.processes = name, stack, load, processes

    def cpu(self):
        return {name: cpu_seconds(pid, family) for name, (pid, family) in self.processes.items()}

    def measure(self, *order):
        """Gives the load an order; its answer, and what the processes spent for it ("cpu")."""
        before = self.cpu()
        answer = self.load.order(*order)
        after = self.cpu()
        answer["cpu"] = {"load": answer.pop("cpu_s"), **{name: round(after[name] - before[name], 3) for name in after}}
        return answer


def add_staff(stack, count):
    """So many Sales Persons: [(username, password)]."""
    accounts = [stack.add_account(f"agent{number}", "sales") for number in range(count)]
    return [(account.username, account.password) for account in accounts]


def new_stack():
    return Stack(build=build_folder())


def crmd_side():
    stack = new_stack()
    stack.start()
    processes = {"crmd": (stack.children["crmd"].pid, False), "prosody": (stack.children["prosody"].pid, False),
                 "postgres": (stack.children["postgres"].pid, True)}
    return Side("crmd", stack, Load.of_stack(stack), processes)


def start_relay(stack, staff):
    addresses = [f"{username}@{stack.domain}" for username, _ in staff]
    return start_child([TOP / "build/bench/relay", stack.component, stack.port("COMPONENT"),
                        pathlib.Path(stack.env["CRM_SECRETS_DIR"], "component_secret"), *addresses], "ready")


def relay_side(agents):
    """The same Prosody, with the bare relay in crmd's place. Returns the side and its staff."""
    stack = new_stack()
    stack.start("postgres", "prosody")
    staff = add_staff(stack, agents)
    relay = start_relay(stack, staff)
    processes = {"relay": (relay.pid, False), "prosody": (stack.children["prosody"].pid, False), "postgres": (stack.children["postgres"].pid, True)}
    return Side("relay", stack, Load.of_stack(stack), processes), staff


def _replace_once(text, was, becomes):
    if text.count(was) != 1:
        raise RuntimeError(f"prosody.cfg.lua has not once: {was}")
    return text.replace(was, becomes)


def stock_side():
    """The same configuration, but visitors are those of stock anonymous Prosody: mod_auth_anonymous, and nothing of ours on guest.D. The bare relay
    stands in crmd's place, so that what visitors send there does not come back as an error."""
    stack = new_stack()
    config = pathlib.Path(stack.env["CRM_RUN_DIR"], "share/prosody")
    stock = config.with_name("prosody.stock")
    shutil.copytree(config, stock)
    text = (stock / "prosody.cfg.lua").read_text(encoding="utf-8")
    text = _replace_once(text, 'authentication = "crm_guest"', 'authentication = "anonymous"')
    text = _replace_once(text, 'modules_enabled = { "crm_guard", "crm_admin", "crm_asleep" }', "modules_enabled = {}")
    (stock / "prosody.cfg.lua").write_text(text, encoding="utf-8")
    subprocess.run(["chmod", "-R", "a+rX", stock], check=True)
    subprocess.run(["chown", "-R", "--reference", config.parent, stock], check=True)
    if config.is_symlink():
        config.unlink()
    else:
        config.rename(config.with_name("prosody.ours"))
    stock.rename(config)
    stack.start("postgres", "prosody")
    start_relay(stack, [])
    return Side("stock", stack, Load.of_stack(stack), {"prosody": (stack.children["prosody"].pid, False)})


def fill_leads(stack, count, own):
    """Writes so many leads. Returns the Manager and the Sales Person who has `own` of them. Indexes are made behind them: one row after the other took
    eighteen minutes beside other work."""
    manager, person = stack.add_account("manager0", "manager"), stack.add_account("sales0", "sales")
    others = [stack.add_account(f"sales{number}", "sales").id for number in range(1, 25)]
    with stack.connect() as connection, connection.cursor() as cursor:
        indexes = stack.sql("SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
                            " WHERE i.indrelid = 'crm.lead'::regclass AND NOT i.indisprimary")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute((BENCH / "leads.sql").read_text(encoding="utf-8"),
                       {"count": count, "own": own, "person": person.id, "others": others, "creator": manager.id})
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            cursor.execute(definition)
    stack.sql("VACUUM (ANALYZE) crm.lead, crm.lead_tag")  # as autovacuum leaves a table of that age
    return manager, person


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def socketio_side(stack):
    """The peer, with a database of its own in the stack's cluster."""
    subprocess.run([str(BENCH / "peer/install")], check=True)
    stack.sql("CREATE DATABASE peer")
    port = free_port()
    peer = start_child([TOP / "web/node", BENCH / "peer/server.js"], "ready", env={
        "PORT": str(port), "PGHOST": stack.env["CRM_PG_SOCKET_DIR"], "PGPORT": stack.env["CRM_PG_PORT"], "PGUSER": "postgres",
        "PGPASSWORD": stack.secret("postgres_password"), "PGDATABASE": "peer", "NODE_ENV": "production"})
    processes = {"node": (peer.pid, False), "postgres": (stack.children["postgres"].pid, True)}
    return Side("socketio", stack, Load("socketio", port), processes)


def end_with_us():
    """Ctrl-C and an operator's kill end as errors do, so that stacks are closed."""
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
