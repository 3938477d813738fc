"""A private stack (component/stack/stack) whose three processes are direct children, so that a test can kill each of
them with SIGKILL and start it again."""

import ctypes
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

import psycopg2

from . import accounts

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = TOP / "component/stack/stack"
NAMES = ("postgres", "prosody", "crmd")
# All visitors of a test come from one address: what prosody.cfg.lua allows an address is no obstacle, but where that is what is tested.
for limit in ("ADDRESS_CONNECTIONS", "ADDRESS_REQUESTS", "ADDRESS_SESSIONS", "ADDRESS_LOGINS", "ADDRESS_CONVERSATIONS", "ADDRESS_UPLOADS", "ADDRESS_UPLOAD_SPACE",
              "ADDRESS_STANZA_RATE", "VISITOR_UPLOAD_SPACE"):
    os.environ.setdefault(f"CRM_{limit}", "1000000")
# How each is asked to end: PostgreSQL's "fast" shutdown is SIGINT.
END_SIGNALS = {"postgres": signal.SIGINT, "prosody": signal.SIGTERM, "crmd": signal.SIGTERM}


class StackError(Exception):
    """A command of the stack failed; the text is what it said."""


def run_program(*arguments, timeout=120, env=None, program=None):
    """Runs component/stack/stack (or another clone's) and returns its standard output; StackError with its standard
    error if it fails."""
    done = subprocess.run([str(program or PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise StackError(done.stderr.strip())
    return done.stdout


def build_folder():
    return TOP / os.environ.get("CRM_BUILD", "build")


def make_folder():
    """A new folder for test state that the unprivileged user can traverse; remove_folder() takes it away."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="traincape-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder):
    if not os.environ.get("KEEP"):
        shutil.rmtree(folder, ignore_errors=True)


def _die_with_parent():
    """Between fork and exec: should the test run be killed, the kernel kills what it started."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _descendants(pid):
    """Process ids of what a process has started, and of what those have."""
    found = []
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return found
    for child in map(int, children):
        found += [child, *_descendants(child)]
    return found


def _wait_until_gone(pid, timeout=30):
    """Waits until a process that is not our child has ended; StackError when it goes on."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([handle], [], [], timeout)[0]:
            raise StackError(f"process {pid} goes on although what started it is dead")
    finally:
        os.close(handle)


class Stack:
    """One stack in a folder of its own, on free ports. Not thread safe; make it and start it in the main thread."""

    def __init__(self, *options, build=None):
        self.folder = make_folder()
        self.run = self.folder / "run"
        self.children = {}
        self._kept = None
        self._quiet = False
        self.options = ["--free-ports", "--build", str(build or build_folder()), *options]
        self.prepare()

    def prepare(self):
        """Makes or refreshes the run folder; harmless while the stack runs."""
        run_program("prepare", self.run, *self.options)
        text = run_program("env", self.run)
        self.env = dict(line.split("=", 1) for line in text.splitlines())

    @property
    def domain(self):
        return self.env["CRM_DOMAIN"]

    @property
    def component(self):
        return "crm." + self.domain

    def port(self, name):
        """The number of the port "C2S", "HTTP", "HTTPS" or "COMPONENT"."""
        return int(self.env[f"CRM_{name}_PORT"])

    def secret(self, name):
        return pathlib.Path(self.env["CRM_SECRETS_DIR"], name).read_text(encoding="utf-8").strip()

    @property
    def certificate(self):
        return pathlib.Path(self.env["CRM_CERT_DIR"], self.domain + ".crt")

    @property
    def as_user(self):
        """What a command begins with so that it runs as the user who owns the stack."""
        user = self.env["CRM_USER"]
        return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if os.getuid() == 0 else []

    # ------------------------------------------------------------ processes

    def start(self, *names, wait=True, env=None):
        """Starts the processes named (all, if none), each when the one before answers; wait=False: all at once, and
        does not wait. env: added to their environment."""
        for name in names or NAMES:
            if name in self.children and self.children[name].poll() is None:
                raise StackError(f"{name} runs already")
            with open(self.folder / f"{name}.out", "ab") as log:
                self.children[name] = subprocess.Popen(
                    [str(PROGRAM), "start", str(self.run), name], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True, preexec_fn=_die_with_parent, env={**os.environ, **(env or {})})
            if wait:
                self.wait(name)
        if wait and not names and not self._quiet:
            # No morning digest among what tests wait for, whatever the time of day is.
            self.sql("UPDATE crm.setting SET value = '-1' WHERE key = 'digest.hour'")
            self._quiet = True

    def wait(self, *names, timeout=60):
        """Waits until the processes named (all, if none) answer; StackError with their output when one does not, or
        ends meanwhile."""
        names = names or NAMES
        waiting = subprocess.Popen([str(PROGRAM), "wait", str(self.run), "--timeout", str(timeout), *names],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while waiting.poll() is None and all(self.alive(name) for name in names):
            time.sleep(0.02)
        waiting.kill()
        problem = waiting.communicate()[1].strip()
        if waiting.returncode != 0:
            dead = [name for name in names if not self.alive(name)]
            tails = "\n".join(f"--- {name}\n{self.log(name)[-2000:]}" for name in names)
            raise StackError(f"{' and '.join(dead)} ended\n{tails}" if dead else f"{problem}\n{tails}")

    def kill(self, *names):
        """SIGKILL: no chance to say goodbye. Returns when the process is gone, and what it had started: PostgreSQL's
        backends end by themselves when they see that their parent is gone, and until then they go on working."""
        for name in names or NAMES:
            family = _descendants(self.children[name].pid)
            self.children[name].kill()
            self.children[name].wait()
            for pid in family:
                _wait_until_gone(pid)

    def signal(self, name, number):
        os.kill(self.children[name].pid, number)

    def stop(self, *names, timeout=30):
        """Asks the processes to end, as `stack run` does; returns their exit statuses by name."""
        statuses = {}
        for name in names or tuple(reversed(NAMES)):
            child = self.children.pop(name, None)
            if child is None:
                continue
            if child.poll() is None:
                child.send_signal(END_SIGNALS[name])
            try:
                statuses[name] = child.wait(timeout)
            except subprocess.TimeoutExpired:
                child.kill()
                statuses[name] = child.wait()
        return statuses

    def restart(self, *names, env=None):
        """Stops them in the order given, and starts them in the order in which they need one another."""
        self.stop(*names)
        self.start(*(name for name in NAMES if not names or name in names), env=env)

    def alive(self, name):
        return name in self.children and self.children[name].poll() is None

    def log(self, name):
        """Everything that the process has written to its standard output and error."""
        path = self.folder / f"{name}.out"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def close(self):
        """Ends everything. Fails when a sanitizer has found something, or crmd did not end as it should."""
        if self._kept is not None:
            self._kept.close()
        statuses = self.stop()
        found = re.search(r"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:)(.*\n){1,40}", self.log("crmd"))
        remove_folder(self.folder)
        assert not found, found.group()
        assert statuses.get("crmd", 0) in (0, -signal.SIGKILL), f"crmd ended with {statuses['crmd']}"

    # ------------------------------------------------------------ the database

    def connect(self, user="postgres", secret="postgres_password"):
        """A new psycopg2 connection, as the superuser unless told otherwise; autocommit."""
        connection = psycopg2.connect(host=self.env["CRM_PG_SOCKET_DIR"], port=self.env["CRM_PG_PORT"], dbname="crm",
                                      user=user, password=self.secret(secret))
        connection.autocommit = True
        return connection

    def sql(self, statement, *values):
        """Runs one statement as the superuser, with %s for the values; returns the rows, if it has any. The connection is kept: a new one
        for each statement would cost ten times the statement."""
        try:
            return self._run(statement, values)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            if self._kept is None or not self._kept.closed:
                raise
            # PostgreSQL has been away since the last statement.
            self._kept = None
            return self._run(statement, values)

    def _run(self, statement, values):
        if self._kept is None:
            self._kept = self.connect()
        with self._kept.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def sql_until(self, statement, *values, timeout=30):
        """Repeats a query until its first column is true; fails with the last rows otherwise."""
        end = time.monotonic() + timeout
        while True:
            rows = self.sql(statement, *values)
            if rows and rows[0][0]:
                return rows
            assert time.monotonic() < end, f"still {rows} after {timeout} s: {statement}"
            time.sleep(0.05)

    # ------------------------------------------------------------ accounts

    def add_account(self, username, role="sales", **details):
        """Writes an account straight into the database; see accounts.add."""
        return accounts.add(self, username, role, **details)
