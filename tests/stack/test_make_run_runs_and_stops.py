"""`stack run`, what make run starts: everything up, restarted when it dies, and nothing left when it ends."""

import fcntl
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import termios
import time

import pytest

from support.places import processes_of
from support.stack import PROGRAM, build_folder, make_folder, remove_folder, run_program


class Run:
    """A `stack run` in the background, with its log; terminal: a descriptor that becomes its controlling terminal."""

    def __init__(self, folder, terminal=None):
        self.folder = folder
        self.log_path = folder / "run.log"
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                [str(PROGRAM), "run", str(folder / "run"), "--free-ports", "--demo", "--build", str(build_folder())],
                stdin=subprocess.DEVNULL, stdout=terminal or log, stderr=terminal or log, start_new_session=True,
                preexec_fn=lambda: self._as_from_a_shell(terminal))

    @staticmethod
    def _as_from_a_shell(terminal):
        """Between fork and exec. Ctrl-C counts even if this test run itself is a background job, for which shells ignore it."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if terminal:
            fcntl.ioctl(1, termios.TIOCSCTTY, 0)

    @property
    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def until(self, pattern, timeout=60):
        end = time.monotonic() + timeout
        while not (found := re.search(pattern, self.log)):
            assert time.monotonic() < end and self.child.poll() is None, f"no {pattern!r} in:\n{self.log}"
            time.sleep(0.1)
        return found

    def pid(self, name):
        path = {"postgres": "database/postmaster.pid", "prosody": "prosody.pid", "crmd": "crmd.ready"}[name]
        return int(pathlib.Path(self.folder, "run", path).read_text().split()[0])

    def gone(self, timeout=15):
        end = time.monotonic() + timeout
        while left := processes_of(self.folder):
            assert time.monotonic() < end, left
            time.sleep(0.1)
        return True


@pytest.fixture
def run():
    folder = make_folder()
    started = Run(folder)
    started.until("TrainCape runs")
    yield started
    if started.child.poll() is None:
        started.child.terminate()
        started.child.wait(40)
    remove_folder(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_counts_as_success(run, number):
    run.child.send_signal(number)
    assert run.child.wait(20) == 0
    assert run.gone(1)


def test_it_runs_from_a_folder_with_blanks_and_quotes_in_its_name():
    folder = make_folder()
    asked = folder / "Asha's new folder"
    asked.mkdir()
    asked.chmod(folder.stat().st_mode)
    shutil.chown(asked, folder.stat().st_uid, folder.stat().st_gid)
    started = Run(asked)
    try:
        started.until("TrainCape runs")
        assert "Accounts" in started.log
    finally:
        started.child.terminate()
        assert started.child.wait(40) == 0
        remove_folder(folder)


def test_when_the_program_itself_is_killed_nothing_stays(run):
    run.child.kill()
    run.child.wait()
    assert run.gone()


def test_what_dies_is_restarted_and_the_log_says_so(run):
    for name in ("crmd", "prosody", "postgres"):
        before = run.pid(name)
        os.kill(before, signal.SIGKILL)
        run.until(rf"{name} +ended by signal 9; starting it again")
        run_program("wait", run.folder / "run", "--timeout", 30)
        assert run.pid(name) != before


def test_a_second_run_from_the_same_folder_is_refused_and_harms_nothing(run, refusal):
    assert f"already runs from this folder (process {run.child.pid})" in refusal("run", run.folder / "run")
    run_program("wait", run.folder / "run")


def test_make_stop_stops_it(run):
    run_program("stop", run.folder / "run")
    assert run.child.wait(1) == 0
    assert run.gone(1)


def test_the_second_start_has_yesterdays_data_ports_and_passwords(run):
    accounts = r"Accounts[\s\S]*?\n\n"
    first = run.until(accounts).group()
    assert "admin" in first.lower()
    run_program("psql", run.folder / "run", "-qc", "CREATE TABLE public.remembered ()")
    run.child.send_signal(signal.SIGINT)
    run.child.wait(20)
    run.log_path.unlink()
    again = Run(run.folder)
    try:
        again.until("TrainCape runs")
        assert again.until(accounts).group() == first
        run_program("psql", run.folder / "run", "-qc", "SELECT FROM public.remembered")
    finally:
        again.child.terminate()
        assert again.child.wait(20) == 0


def test_a_closed_terminal_stops_everything():
    folder = make_folder()
    keyboard, terminal = pty.openpty()
    started = Run(folder, terminal=terminal)
    os.close(terminal)
    seen = b""
    while b"TrainCape runs" not in seen:
        seen += os.read(keyboard, 4096)
    os.close(keyboard)
    assert started.child.wait(20) == 0
    assert started.gone(1)
    remove_folder(folder)


def test_a_start_right_after_the_program_was_killed_waits_for_what_still_stops(run):
    run.child.kill()
    run.child.wait()
    run.log_path.unlink()
    again = Run(run.folder)
    again.until("TrainCape runs")
    again.child.terminate()
    assert again.child.wait(20) == 0
